"""Showing the dashboard, and what is said after it."""

import sys

import click

from hamtui.cli import ending, look
from hamtui.cli.plain import EXIT_RECORD_WITHIN_S, LOST, code_of, told_error
from hamtui.follow.launches import LaunchRef
from hamtui.supervise.start import Started

STOP = "stop"


def watch(
    ref: LaunchRef, *, readonly: bool, poll: bool, ascii_only: bool, theme: str | None, node: str | None
) -> int:
    """Attach to a launch; leaving never touches it."""
    from hamtui.tui.app import HamtuiApp

    app = HamtuiApp(ref, readonly=readonly, poll=poll, ascii=ascii_only, theme=theme, open_node=node)
    result = app.run()
    if result == STOP:
        _stop(ref)
    click.echo(f"come back with: hamtui attach {ref.dir}")
    return 0


def watch_own(started: Started, *, poll: bool, ascii_only: bool, theme: str | None) -> int:
    """Watch the run that was just launched; its own exit code if it ended, 0 if it goes on."""
    from hamtui.tui.app import HamtuiApp

    ref = look.ref_of(started.folder)
    app = HamtuiApp(ref, poll=poll, ascii=ascii_only, theme=theme, stop_on_quit_asks=True, own_launch=True)
    result = app.run()
    if result == STOP:
        _stop(ref)
    seen = look.at(ref)
    if seen.over and seen.launch.exit is None:
        look.wait_for_exit(seen, EXIT_RECORD_WITHIN_S)
        seen = look.at(ref)
    if seen.launch.exit is None:
        if seen.over:
            click.echo(
                f"the run is lost: its process is gone and left no exit record; see {ref.dir}", err=True
            )
            return LOST
        click.echo(f"the run goes on; come back with: hamtui attach {ref.dir}")
        return 0
    if seen.launch.error is not None and not seen.launch.runs:
        for line in told_error(seen.launch.error):
            print(line, file=sys.stderr)
    click.echo(f"look at it again with: hamtui attach {ref.dir}")
    return code_of(seen.launch.exit)


def _stop(ref: LaunchRef) -> None:
    seen = look.at(ref)
    target = None if seen.over else ending.target_of(seen.launch.info)
    if target is not None and seen.fact.alive:
        ending.end(ref, target, ending.asker("dashboard"), click.echo)
        look.wait_for_exit(seen, EXIT_RECORD_WITHIN_S)
