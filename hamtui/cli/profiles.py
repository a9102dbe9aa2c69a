"""``hamtui profiles``: every setting, its value, and who set it."""

import json
import os
from pathlib import Path
from typing import Any

import click

from hamtui.cli import knobs, options
from hamtui.cli.refuse import Refused
from hamtui.contract import settings, tracking
from hamtui.contract.diagnostics import PROFILES, Diagnostics, names
from hamtui.contract.settings import SettingError
from hamtui.model.text import visible

_TOLD = {
    "dev_fast": "starts and ends of nodes, next to no cost",
    "debug_hangs": "stacks of late nodes and what they wait for, light summaries",
    "debug_payloads": "values and statistics of chosen nodes too (--node-filter)",
}

_HELP = """
Print every setting as a run from this folder would have it, and where each comes from.

An option goes first, then a variable HAMTUI_*, then [tool.hamtui] in the nearest pyproject.toml, then the
profile, then the default. A profile of your own is a table there, and may begin with another one:

  [tool.hamtui]
  profile = "nightly"
  hang_after = "30m"

  [tool.hamtui.profiles.nightly]
  extends = "debug_payloads"
  node_filter = ["load_*", "tag:layer=gold"]
  keep_going = true

What holds here; what a profile would give; the same for programs:

  hamtui profiles
  hamtui profiles dev_fast
  hamtui profiles nightly --json

Exit code: 0; 2 for a profile or a setting that is unknown or can't be.
"""


@click.command(help=options.paragraphs(_HELP))
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object: setting to value and source.")
def profiles(name: str | None, as_json: bool) -> int:  # noqa: D103  its help is the text above
    found = knobs.resolved(Path.cwd(), {"profile": name})
    told = [(knob, getattr(found.diagnostics, knob), found.sources[knob]) for knob in names()]
    if as_json:
        click.echo(
            json.dumps({knob: {"value": value, "source": source} for knob, value, source in told}, indent=1)
        )
        return 0
    click.echo(_list(found.diagnostics.profile))
    width = max(len(knob) for knob, _, _ in told)
    shown = [(knob, _word(value), source) for knob, value, source in told]
    middle = min(max(len(value) for _, value, _ in shown), 34)
    for knob, value, source in shown:
        click.echo(f"  {knob:{width}}  {visible(value):{middle}}  {visible(source)}")
    if found.diagnostics.track is not None:
        for line in _captured(found.diagnostics):
            click.echo(line)
    return 0


def _captured(wanted: Diagnostics) -> list[str]:
    """The capture knobs of Hamilton's own tracker, which has files and variables of its own."""
    found = tracking.captured(wanted, os.environ)
    rows = [f"  {one.name:26}  {_word(one.value):8}{visible(one.source)}" for one in found]
    return ["", "What Hamilton's tracker captures:", *rows]


def _list(current: str) -> str:
    """The profiles that there are, the one in use marked with a star."""
    try:
        own = settings.read_table(Path.cwd()).profiles
    except SettingError as fault:
        raise Refused(str(fault)) from None
    rows = {
        **_TOLD,
        **{name: "your own" + (", on top of hamtui's" if name in PROFILES else "") for name in own},
    }
    width = max(map(len, rows))
    lines = [
        f"{'*' if name == current else ' '} {visible(name):{width}}  {told}" for name, told in rows.items()
    ]
    return "\n".join([*lines, ""])


def _word(value: Any) -> str:
    if value is None or value == ():
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
