"""``hamtui track``: how far the Hamilton UI was told of a launch, and the rest of it now."""

from pathlib import Path

import click

from hamtui.cli import look, options
from hamtui.cli.refuse import Refused
from hamtui.contract import tracking
from hamtui.model.text import plural, visible
from hamtui.supervise import progress
from hamtui.supervise import track as sending
from hamtui.supervise.progress import Progress
from hamtui.supervise.web import WebError

UNTOLD = 1

_HELP = """
Send the Hamilton UI what it was not told of a launch: the server was down, slow or broken while it ran.

A launch with --track writes what the UI is to know into its own folder, and a process beside it sends that
until a minute after the run's end. This command sends what is left by then. An API key comes from
HAMILTON_API_KEY or DAGWORKS_API_KEY in the environment; it is not kept with the launch.

Send the newest launch's; a certain one's; only look:

  hamtui track
  hamtui track ./_hamilton_diag --launch 20261122T213511Z-4121
  hamtui track --look

Exit code: 0 when all is told, 1 when something is not, 2 when there is no launch there or it has no tracker.
"""


@click.command(help=options.paragraphs(_HELP))
@options.directory
@options.launch
@options.trust
@click.option("--look", "only_look", is_flag=True, help="Say how far it is; send nothing.")
def track(directory: Path, launch: str | None, trust: bool, only_look: bool) -> int:  # noqa: D103  its help is the text above
    ref = look.found(directory, launch, trust=trust)
    found = progress.read(ref.dir)
    if found is None:
        raise Refused(f"launch {ref.id} has no tracker; give hamtui run a --track PROJECT_ID")
    if not only_look:
        try:
            found = sending.resend(ref.dir)
        except sending.BusyError:
            click.echo("the launch's own sender is still at it; come again in a minute", err=True)
        except WebError as error:
            click.echo(f"{found.destination.get('api_url')} {visible(str(error))}", err=True)
            found = progress.read(ref.dir) or found
        except OSError as error:
            raise Refused(f"{ref.dir} can't be written: {error.strerror or error}") from None
    return _say(ref.dir, found)


def _say(folder: Path, found: Progress) -> int:
    left = progress.left(folder, found)
    told = f"{plural(found.told, 'call')} told"
    if found.refused:
        told += f", {found.refused} refused by the server"
    click.echo(told + (f", {left} left" if left else ""))
    if found.url is not None:
        click.echo(visible(found.url))
    return 0 if left == 0 and found.state == tracking.DONE else UNTOLD
