"""Options that several commands share: same option, same name everywhere."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from hamtui.contract.layout import DEFAULT_DIAG_DIR

Command = TypeVar("Command", bound=Callable[..., Any])

#: DIR of attach, status, dump and stop.
directory = click.argument(
    "directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path), default=DEFAULT_DIAG_DIR
)
launch = click.option(
    "--launch",
    metavar="ID",
    help="The launch of this id (its folder's name, or the start of it), not the newest.",
)
trust = click.option(
    "--trust", is_flag=True, help="Take a folder that belongs to another user; without this it is refused."
)
#: What ``screen`` gives a command.
SCREEN = ("poll", "ascii_only", "theme", "fps", "inline")


def taken(given: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Some of a command's options, to be handed on together."""
    return {name: given[name] for name in names}


def screen(command: Command) -> Command:
    """How the dashboard looks and reads: run and attach."""
    for option in (
        click.option(
            "--inline",
            is_flag=True,
            help="Draw below the prompt instead of on a screen of its own; the last picture stays.",
        ),
        click.option(
            "--fps",
            type=click.IntRange(1, 60),
            default=30,
            metavar="N",
            help="At most N frames a second; fewer by itself where the terminal can't keep up.  [default: 30]",
        ),
        click.option(
            "--theme",
            metavar="NAME",
            help="The dashboard's colours: dark, light, ansi, or a theme of Textual's.",
        ),
        click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters alone."),
        click.option(
            "--poll",
            is_flag=True,
            help="Look at file sizes instead of waiting for notifications (NFS, some containers).",
        ),
    ):
        command = option(command)
    return command


def launching(command: Command) -> Command:
    """Where a launch goes and who looks on: run and exec."""
    for option in (
        click.option("--detach", is_flag=True, help="Launch, print the launch folder, return."),
        click.option(
            "--plain", is_flag=True, help="No dashboard: one line a change of state, in the foreground."
        ),
        click.option(
            "--diag-dir",
            metavar="DIR",
            type=click.Path(path_type=Path),
            default=DEFAULT_DIAG_DIR,
            show_default=True,
            help="The folder for launch folders.",
        ),
        trust,
        click.option(
            "--on-suspect",
            metavar="CMD",
            help="Run this shell command once for each node that is marked, the JSON of `hamtui status` on its stdin.",
        ),
        click.option(
            "--python",
            metavar="PATH",
            help="The interpreter of your project, when hamtui is installed elsewhere.",
        ),
    ):
        command = option(command)
    return command


def paragraphs(text: str) -> str:
    """Help text whose indented lines are examples, kept as they are."""
    blocks = []
    for block in text.strip("\n").split("\n\n"):
        kept = any(line.startswith("  ") for line in block.splitlines())
        blocks.append(("\b\n" if kept else "") + block)
    return "\n\n".join(blocks)
