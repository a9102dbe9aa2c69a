"""``hamtui status``: one look, for people or for programs."""

import json
from pathlib import Path
from typing import Any

import click

from hamtui.cli import look, options
from hamtui.cli.picture import lines

_HELP = """
One look at a launch, without the dashboard: its state, its runs, what is late and where it is stuck.

DIR is a diag folder (its newest launch), a launch folder, or a folder that somebody's own scripts write;
./_hamilton_diag if left out.

For people; for programs; as a check:

  hamtui status
  hamtui status ./_hamilton_diag --json
  hamtui status --exit-code && echo fine

Exit code: 0, and 2 when there is no launch there. With --exit-code, the largest that applies: 0 fine or
finished well, 1 failed, 2 no launch there, 3 a node is suspected to hang, 4 that is confirmed, 5 killed,
crashed or lost.
"""


@click.command(help=options.paragraphs(_HELP))
@options.directory
@options.launch
@options.trust
@click.option("--json", "as_json", is_flag=True, help="The whole picture as one JSON object (schema 1).")
@click.option("--exit-code", "with_code", is_flag=True, help="Say how it stands by the exit code.")
def status(directory: Path, launch: str | None, trust: bool, as_json: bool, with_code: bool) -> int:  # noqa: D103
    from hamtui.cli.asides import asides
    from hamtui.follow.past import read_past
    from hamtui.model import status as model_status

    ref = look.found(directory, launch, trust=trust)
    past = read_past(ref)
    seen = look.closer(look.at(ref, past), past)
    picture: dict[str, Any] = model_status.status(seen.launch, ref.id, ref.dir, seen.fact, seen.now, past)
    if as_json:
        click.echo(json.dumps(picture, indent=1, allow_nan=False))
    else:
        for line in lines(picture, asides(seen, past)):
            click.echo(line)
    return model_status.exit_code(picture) if with_code else 0
