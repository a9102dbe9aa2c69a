"""``hamtui``: the group of commands, and how every one of them ends."""

import errno
import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

from hamtui import __version__
from hamtui.cli.options import paragraphs

INTERRUPTED = 130
#: What a stream says whose disk takes no more.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})

_HELP = """
Watch Apache Hamilton runs from a terminal.

hamtui launches a Hamilton dataflow under a recorder, which writes what happens into a folder of plain
files, and shows it live: which node is running, why it is slow, what it produced, whether it was cached,
and where it blew up or got stuck. The run does not depend on the screen: close the terminal, lose the
SSH line, and come back with `hamtui attach`.

Launch a dataflow and watch it; then come back to it from anywhere:

  hamtui run pipeline.py --target report
  hamtui attach

In CI, or wherever there is no terminal, plain lines and the run's own exit code:

  hamtui run pipeline.py --target report --plain

One look at the newest launch, for people and for programs:

  hamtui status
  hamtui status --json --exit-code

It seems stuck: where is it? Then end it:

  hamtui dump
  hamtui stop

FILES: everything stands in ./_hamilton_diag, a folder a launch, and `latest` is the newest. A launch's
folder holds hamilton_flight.jsonl (what happened), faulthandler_stacks.jsonl (where every thread was),
cache_logs.jsonl, app.log.jsonl, output.log and exit.json. They are plain text; delete them at will.

EXIT CODES: `run` ends with the run's own code, 128+n for signal n. 2 is for what can't be done as asked.
See `hamtui status --help` for those of status.
"""


#: In the order in which one needs them. A command's own module is imported when the command is asked for:
#: some need readers and watchers, and `run` must not wait for them.
COMMANDS = {
    "run": "Launch a dataflow under the recorder and watch it.",
    "exec": "Run a program that builds its Drivers itself, and watch it.",
    "attach": "Watch a launch that runs, has ended, or has died.",
    "status": "One look at a launch, for people or as JSON.",
    "dump": "Print where every thread of the run is right now.",
    "stop": "End a run: INT, then TERM, then KILL.",
    "prune": "Delete old launches.",
    "track": "Send the Hamilton UI what it was not told of a launch.",
    "graph": "Print the graph of a dataflow, or draw it.",
    "registry": "Compile the public outputs of a dataflow, and check them.",
    "profiles": "Print every setting, and where its value comes from.",
}


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Every command, none imported."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"hamtui.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of the commands, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Group, help=paragraphs(_HELP), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hamtui", message="%(prog)s %(version)s")
def cli() -> None:
    """The commands."""


def main(argv: Sequence[str] | None = None) -> None:
    """The program: never a traceback for what a person did."""
    _have_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names and errors hold what an ASCII terminal can't show.
            stream.reconfigure(errors="backslashreplace")
    code = _ended(sys.argv[1:] if argv is None else list(argv))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_stdout()
    except OSError as fault:
        said = _unwritten(fault)
        code = code or said
    sys.exit(code)


def _have_streams() -> None:
    """Nothing in the stead of streams that are closed (``<&- >&-``): their numbers must not go to files of ours."""
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(fd)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != fd:
                os.dup2(nowhere, fd)
                os.close(nowhere)
        if getattr(sys, name) is None:
            setattr(sys, name, open(fd, "w" if fd else "r", encoding="utf-8", closefd=False))  # noqa: SIM115 - it lasts as long as we do


def _ended(argv: list[str]) -> int:
    try:
        if not argv:
            with click.Context(cli, info_name="hamtui", **cli.context_settings) as context:
                click.echo(cli.get_help(context), err=True)
            return 2
        code = cli.main(argv, prog_name="hamtui", standalone_mode=False)
    except click.ClickException as fault:
        _complain(" ".join(fault.format_message().split()))
        return 2 if isinstance(fault, click.UsageError) else fault.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        return 0
    except OSError as fault:
        if fault.errno not in _FULL or fault.filename is not None:
            raise
        return _unwritten(fault)
    return code if isinstance(code, int) else 0


def _complain(sentence: str) -> None:
    from hamtui.model.text import visible

    try:
        click.echo(f"hamtui: {visible(sentence)}", err=True)
    except OSError:
        return


def _unwritten(fault: OSError) -> int:
    _let_go_of_stdout()
    _complain(
        f"what it has to say can't be written to standard output: {fault.strerror or fault}; make room, or write it elsewhere"
    )
    return 2


def _let_go_of_stdout() -> None:
    """Nobody reads it any more (``| head``): what is still to be flushed goes nowhere, quietly."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
