"""Options that several commands share: same option, same name everywhere."""

from collections.abc import Callable
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


def screen(command: Command) -> Command:
    """How the dashboard looks and reads: run and attach."""
    for option in (
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


def paragraphs(text: str) -> str:
    """Help text whose indented lines are examples, kept as they are."""
    blocks = []
    for block in text.strip("\n").split("\n\n"):
        kept = any(line.startswith("  ") for line in block.splitlines())
        blocks.append(("\b\n" if kept else "") + block)
    return "\n\n".join(blocks)
