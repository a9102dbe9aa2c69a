"""Showing the dashboard, and what is said after it."""

import gc
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hamtui.cli import ending, look
from hamtui.cli.plain import EXIT_RECORD_WITHIN_S, LOST, code_of, told_error
from hamtui.follow.launches import LaunchRef
from hamtui.model.text import visible
from hamtui.supervise.start import Started

if TYPE_CHECKING:
    from hamtui.tui.session import Left


def watch(ref: LaunchRef, *, readonly: bool = False, node: str | None = None, **screen: Any) -> int:
    """Show the dashboard on a launch until it is left, which never touches the run. ``screen``: how it looks and reads."""
    left, code, _ = _show(ref, readonly=readonly, open_node=node, **screen)
    click.echo(f"come back with: {_way_back(ref if left is None else left.ref)}")
    return code


def uncollected() -> None:
    """No garbage collection until the launch is read: looking through what is imported takes a tenth of the start."""
    gc.disable()


def _show(
    ref: LaunchRef, *, own: bool = False, ascii_only: bool = False, inline: bool = False, **rest: Any
) -> "tuple[Left | None, int, list[Path]]":
    """How the dashboard was left, its own exit code, and the launches that were started from it."""
    uncollected()
    from hamtui.cli.again import Again
    from hamtui.cli.hands import RunHands
    from hamtui.tui.app import HamtuiApp

    def stop() -> Iterator[str]:
        # Another launch may have been opened since: the one on the screen is meant.
        return ending.climb(shown(), ending.asker("dashboard"))

    def shown() -> LaunchRef:
        return app.session.ref

    again = Again(shown, ref.dir if own else None, sys.argv[1:])
    hands = RunHands(shown, ending.asker("dashboard"), again)
    app = HamtuiApp(ref, ascii=ascii_only, own_launch=own, stop=stop, hands=hands, inline=inline, **rest)
    # Not `inline=True`: that would be Textual's own driver, and the app has one.
    left = app.run(inline_no_clear=inline)
    return left, app.return_code or 0, again.started


def watch_own(started: Started, **screen: Any) -> int:
    """Watch the run that was just launched; its own exit code if it ended, 0 if it goes on.

    Where the dashboard was left on a run that was started from it, that one's.
    """
    left, failed, others = _show(look.ref_of(started.folder), own=True, **screen)
    folder = left.ref.dir if left is not None and left.ref.dir in others else started.folder
    ref = look.ref_of(folder)
    seen = look.at(ref)
    # A run that has ended leaves its exit record a moment later: whoever leaves in between meant the end, too.
    ended = bool(seen.launch.runs) and all(run.state != "running" for run in seen.launch.runs.values())
    if (seen.over or ended) and seen.launch.exit is None:
        look.wait_for_exit(seen, EXIT_RECORD_WITHIN_S)
        seen = look.at(ref)
    if seen.launch.exit is None and seen.over and folder == started.folder:
        seen.launch.exit = started.end()
    if seen.launch.exit is None:
        if seen.over:
            click.echo("the run is lost: its process is gone and left no exit record", err=True)
        else:
            click.echo(f"the run goes on; come back with: {_way_back(ref)}")
        return LOST if seen.over else failed
    if seen.launch.error is not None and not seen.launch.runs:
        for line in told_error(seen.launch.error):
            print(line, file=sys.stderr)
    click.echo(f"look at it again with: {_way_back(ref)}")
    return code_of(seen.launch.exit)


def _way_back(ref: LaunchRef) -> str:
    """The command that shows the launch again, to be pasted into a shell."""
    return "hamtui attach " + visible(shlex.quote(str(ref.dir)))
