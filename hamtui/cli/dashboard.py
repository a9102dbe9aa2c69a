"""Showing the dashboard, and what is said after it."""

import sys
from collections.abc import Iterator

import click

from hamtui.cli import ending, look
from hamtui.cli.plain import EXIT_RECORD_WITHIN_S, LOST, code_of, told_error
from hamtui.follow.launches import LaunchRef
from hamtui.supervise.start import Started


def watch(
    ref: LaunchRef,
    *,
    readonly: bool = False,
    poll: bool = False,
    ascii_only: bool = False,
    theme: str | None = None,
    node: str | None = None,
    own: bool = False,
) -> int:
    """Show the dashboard on a launch until it is left, which never touches the run."""
    from hamtui.cli.hands import RunHands
    from hamtui.tui.app import HamtuiApp

    def stop() -> Iterator[str]:
        # Another launch may have been opened since: the one on the screen is meant.
        return ending.climb(app.session.ref, ending.asker("dashboard"))

    app = HamtuiApp(
        ref,
        readonly=readonly,
        poll=poll,
        ascii=ascii_only,
        theme=theme,
        open_node=node,
        own_launch=own,
        stop=stop,
        hands=RunHands(lambda: app.session.ref, ending.asker("dashboard")),
    )
    left = app.run()
    if not own:
        click.echo(f"come back with: hamtui attach {ref.dir if left is None else left.ref.dir}")
    return app.return_code or 0


def watch_own(started: Started, *, poll: bool, ascii_only: bool, theme: str | None) -> int:
    """Watch the run that was just launched; its own exit code if it ended, 0 if it goes on."""
    ref = look.ref_of(started.folder)
    failed = watch(ref, poll=poll, ascii_only=ascii_only, theme=theme, own=True)
    seen = look.at(ref)
    # A run that has ended leaves its exit record a moment later: whoever leaves in between meant the end, too.
    ended = bool(seen.launch.runs) and all(run.state != "running" for run in seen.launch.runs.values())
    if (seen.over or ended) and seen.launch.exit is None:
        look.wait_for_exit(seen, EXIT_RECORD_WITHIN_S)
        seen = look.at(ref)
    if seen.launch.exit is None:
        if seen.over:
            click.echo("the run is lost: its process is gone and left no exit record", err=True)
        else:
            click.echo(f"the run goes on; come back with: hamtui attach {ref.dir}")
        return LOST if seen.over else failed
    if seen.launch.error is not None and not seen.launch.runs:
        for line in told_error(seen.launch.error):
            print(line, file=sys.stderr)
    click.echo(f"look at it again with: hamtui attach {ref.dir}")
    return code_of(seen.launch.exit)
