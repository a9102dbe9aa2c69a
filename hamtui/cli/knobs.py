"""The options that ``Diagnostics`` has fields for, made from these, and how a page of help shows them."""

import os
from collections.abc import Callable
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from hamtui.cli.refuse import Refused
from hamtui.contract import settings, tracing, tracking
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.settings import Resolved, SettingError

Command = TypeVar("Command", bound=Callable[..., Any])

#: Groups of knobs, with their headings, in the order in which they are shown.
HEADINGS = {
    "record": "What is recorded",
    "instruments": "Hamilton's instruments",
    "cache": "The cache",
    "execution": "Where it runs",
    "tracker": "The Hamilton UI (nothing leaves the machine without --track)",
    "tracing": "Tracing (nothing leaves the machine without --trace)",
    "service": "What is kept",
}


class Knob(click.Option):
    """An option under a heading of its own."""

    def __init__(self, *words: str, heading: str, **rest: Any) -> None:
        super().__init__(list(words), **rest)
        self.heading = heading


class Page(click.Command):
    """A command whose options stand under headings; what has none comes first."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, group by group."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx)
            if row is not None:
                sections.setdefault(getattr(parameter, "heading", "Options"), []).append(row)
        for heading, rows in sections.items():
            with formatter.section(heading):
                formatter.write_dl(rows)


def options(*groups: str) -> Callable[[Command], Command]:
    """The options of these groups of knobs; of all of them where none is named."""

    def decorate(command: Command) -> Command:
        made = [
            _option(knob) for knob in fields(Diagnostics) if knob.metadata["group"] in (groups or HEADINGS)
        ]
        by_heading = sorted(made, key=lambda one: list(HEADINGS.values()).index(one.heading))
        for one in reversed(by_heading):
            _attach(command, one)
        return command

    return decorate


def _attach(command: Any, one: click.Option) -> None:
    """What ``click.option`` does with an option that is ready-made."""
    if isinstance(command, click.Command):
        command.params.append(one)
        return
    known = getattr(command, "__click_params__", None)
    if known is None:
        known = command.__click_params__ = []
    known.append(one)


def _option(knob: "Field[Any]") -> Knob:
    about, name = knob.metadata, settings.option(knob.name)
    heading = HEADINGS[about["group"]]
    if knob.type in (bool, bool | None):
        on_off = f"{name}/--no-{name[2:]}"
        return Knob(on_off, knob.name, heading=heading, default=None, help=about["help"])
    metavar = about.get("metavar") or "|".join(map(str, about["choices"]))
    many = knob.type == tuple[str, ...]
    told = about["help"] + (" Repeat it for more." if many else "")
    if knob.default not in (None, ()):
        told += (
            f" [default: {knob.default:g}]"
            if isinstance(knob.default, float)
            else f" [default: {knob.default}]"
        )
    return Knob(name, knob.name, heading=heading, metavar=metavar, multiple=many, help=told)


#: What no knob can say of itself alone.
_CHECKS = (tracking.trouble, tracing.trouble)


def resolved(cwd: Path, given: dict[str, Any]) -> Resolved:
    """The knobs from the options given, the environment and the nearest pyproject.toml.

    Raises:
        Refused: one of them can't be as it is.
    """
    names = {knob.name for knob in fields(Diagnostics)}
    asked = {name: value for name, value in given.items() if name in names}
    try:
        found = settings.resolve(asked, os.environ, settings.read_table(cwd))
    except SettingError as fault:
        raise Refused(str(fault)) from None
    for sentence in filter(None, (check(found.diagnostics, os.environ) for check in _CHECKS)):
        raise Refused(sentence)
    return Resolved(_placed(found.diagnostics, cwd), found.sources)


def _placed(wanted: Diagnostics, cwd: Path) -> Diagnostics:
    if wanted.cache_dir is None:
        return wanted
    path = os.path.join(cwd, wanted.cache_dir)
    if os.path.exists(path) and not os.path.isdir(path):
        raise Refused(f"--cache-dir {wanted.cache_dir} is a file, not a folder")
    return replace(wanted, cache_dir=path)
