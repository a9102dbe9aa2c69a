"""``hamtui attach``: the dashboard on a launch that somebody started, or that ended, or that died."""

import sys
from pathlib import Path
from typing import Any

import click

from hamtui.cli import look, options
from hamtui.cli.refuse import Refused

_HELP = """
Watch a launch that runs, has ended, or has died. Watching never touches it.

DIR is a diag folder (its newest launch), a launch folder, or a folder that somebody's own scripts write;
./_hamilton_diag if left out.

The newest launch here; over SSH; a certain node of a certain launch:

  hamtui attach
  ssh -t box hamtui attach /data/job/_hamilton_diag
  hamtui attach --launch 20261122T213511Z-4121 --node risk_score

On a file system that tells of no changes (NFS); where nothing may be asked of the run:

  hamtui attach /nfs/job/_hamilton_diag --poll --readonly

Over a thin line; below the prompt, where the last picture stays:

  hamtui attach --fps 4
  hamtui attach --inline

Exit code: 0, and 2 when there is no launch there or no terminal to show it in.
"""


@click.command(help=options.paragraphs(_HELP))
@options.directory
@options.launch
@options.trust
@click.option("--node", metavar="NAME", help="Open on this node.")
@click.option(
    "--readonly", is_flag=True, help="Offer nothing that would reach the run: no dump, no signal, no stop."
)
@options.screen
def attach(  # noqa: D103  its help is the text above
    directory: Path,
    launch: str | None,
    trust: bool,
    node: str | None,
    readonly: bool,
    **screen: Any,
) -> int:
    ref = look.found(directory, launch, trust=trust)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused(
            f"the dashboard needs a terminal; without one, `hamtui status {directory}` tells the same"
        )
    from hamtui.cli.dashboard import watch

    return watch(ref, readonly=readonly, node=node, **screen)
