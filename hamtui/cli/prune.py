"""``hamtui prune``: delete old launches."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hamtui.cli import options
from hamtui.cli.refuse import Refused
from hamtui.contract import durations, settings
from hamtui.contract.owner import stranger
from hamtui.model.text import plural, size

if TYPE_CHECKING:
    from hamtui.supervise.prune import Found

NOT_ALL = 1

_HELP = """
Delete old launches of a diag folder, and say what went, what stayed, and why.

DIR is a diag folder; ./_hamilton_diag if left out. Only what is named as a launch folder is and holds a
launch.json is ever deleted; never a launch that runs, or that another user made, and no link is followed.
Nodes' usual times, and the thresholds that follow from them, come from earlier launches: what is deleted is
no longer part of a node's past. The cache is not touched.

The newest twenty stay; what is older than a week goes; at most two gigabytes stay; only look:

  hamtui prune --keep 20
  hamtui prune --older-than 7d
  hamtui prune ./_hamilton_diag --max-size 2G
  hamtui prune --keep 20 --dry-run

`hamtui run --keep N` does the first at the start of each launch.

Exit code: 0, 1 when something could not be deleted, 2 when there is no such folder or nothing says what may go.
"""


@click.command(help=options.paragraphs(_HELP))
@options.directory
@options.trust
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep the newest N launches.")
@click.option("--older-than", metavar="AGE", help="Delete launches that began longer ago (7d, 12h, 30m).")
@click.option(
    "--max-size", metavar="BYTES", help="Keep the newest launches that take so much together (2G, 200M)."
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def prune(  # noqa: D103  its help is the text above
    directory: Path,
    trust: bool,
    keep: int | None,
    older_than: str | None,
    max_size: str | None,
    dry_run: bool,
) -> int:
    from hamtui.supervise.prune import Limits, beyond
    from hamtui.supervise.prune import prune as delete

    limits = Limits(keep, _seconds(older_than), _bytes(max_size))
    if limits == Limits():
        raise Refused("say what may go: --keep N, --older-than AGE or --max-size BYTES")
    owner = None if trust else stranger(directory)
    if owner is not None:
        raise Refused(f"{directory} belongs to {owner}, not to you; --trust deletes your own launches in it")
    try:
        if dry_run:
            told: list[tuple[Found, OSError | None]] = [
                (found, None) for found in beyond(directory, limits, time.time())
            ]
        else:
            told = list(delete(directory, limits))
    except FileNotFoundError:
        raise Refused(f"There is no folder {directory}; name a diag folder.") from None
    except OSError as fault:
        raise Refused(f"{directory} can't be read: {fault.strerror or fault}") from None
    return _tell(told, dry_run=dry_run)


def _tell(told: "list[tuple[Found, OSError | None]]", *, dry_run: bool) -> int:
    """What went, what stayed, and why; the exit code."""
    freed = gone = failed = 0
    for found, fault in told:
        word, why = "would go" if dry_run else "deleted", found.over
        if fault is not None:
            failed += 1
            word, why = "kept", f"could not be deleted: {fault.strerror or fault}"
        elif found.stays is not None:
            word, why = "kept", f"{found.over}, but {found.stays}"
        else:
            gone, freed = gone + 1, freed + found.size
        click.echo(f"{word:<8}  {found.dir.name}  {size(found.size):>8}  {why}")
    did = "would be deleted" if dry_run else "deleted"
    click.echo(f"{plural(gone, 'launch', 'launches')} {did}, {size(freed)}")
    return NOT_ALL if failed else 0


def _seconds(given: str | None) -> float | None:
    try:
        return None if given is None else durations.seconds(given)
    except ValueError as fault:
        raise Refused(f"--older-than {fault}") from None


def _bytes(given: str | None) -> int | None:
    try:
        return None if given is None else settings.size(given)
    except settings.SettingError as fault:
        raise Refused(f"--max-size {fault}") from None
