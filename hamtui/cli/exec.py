"""``hamtui exec``: a program that builds its Drivers itself, unchanged, under the recorder."""

import os
from pathlib import Path
from typing import Any

import click

from hamtui.cli import extras, knobs, options, run, values
from hamtui.cli.refuse import Refused
from hamtui.contract.spec import RunSpec

_HELP = """
Run a program that builds its Hamilton Drivers itself, unchanged, and watch it.

SCRIPT and its arguments are run as `python SCRIPT ARGS` would run them (a folder or zip file with __main__.py and a
.pyc too), -m MODULE as `python -m MODULE`; every Driver that the program builds is recorded, those of processes that
it starts by multiprocessing too, those of other child processes not. What is hamtui's stands before SCRIPT. Standard input is empty,
output goes to output.log.

A script; a module; in the background, with the interpreter of another project:

  hamtui exec service.py --port 8080
  hamtui exec -m shop.nightly --day 2026-11-22
  hamtui exec --detach --python ../shop/.venv/bin/python service.py

A program that must start by itself records itself: `hamtui.record()` at its top (a notebook too), or
`hamtui.instrument(builder)` for one Driver; `hamtui attach` watches it.

Exit code: the program's own, 128+n for signal n; 0 when the dashboard is left while it goes on; 2 for what
can't be launched as asked.
"""


class _Program(knobs.Page):
    """Its own options end where the program is named, by ``-m`` too, as Python's do."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What stands behind the module's name is the program's."""
        takes_none = {
            word
            for option in self.get_params(ctx)
            if isinstance(option, click.Option) and (option.is_flag or option.count)
            for word in (*option.opts, *option.secondary_opts)
        }
        at = 0
        while at < len(args) and args[at].startswith("-") and args[at] != "--":
            if args[at] == "-m":
                args = [*args[: at + 2], "--", *args[at + 2 :]]
                break
            at += 1 if "=" in args[at] or args[at] in takes_none else 2
        return super().parse_args(ctx, args)


@click.command(
    "exec",
    cls=_Program,
    help=options.paragraphs(_HELP),
    context_settings={"allow_interspersed_args": False},
)
@click.argument("words", metavar="[SCRIPT] [ARGS]...", nargs=-1, type=click.UNPROCESSED)
@click.option("-m", "module", metavar="MODULE", help="Run this module as a program; ARGS are its own.")
@options.launching
@options.screen
@knobs.options("record", "instruments", "tracker", "tracing", "service")
def exec(  # noqa: A001, D103  its help is the text above
    words: tuple[str, ...],
    module: str | None,
    diag_dir: Path,
    trust: bool,
    plain: bool,
    detach: bool,
    **given: Any,
) -> int:
    cwd = run.working_folder()
    program = _program(words, module, cwd)
    resolved = knobs.resolved(cwd, given)
    python = values.interpreter(given["python"])
    extras.check(resolved.diagnostics, python)
    spec = RunSpec(
        launch_dir="",
        modules=[module or words[0]],
        targets=[],
        # The program's own arguments may be secrets.
        argv=["hamtui", "exec", *(["-m", module] if module else words[:1])],
        cwd=str(cwd),
        python=python,
        program=program,
        diagnostics=resolved.diagnostics,
        settings=resolved.told(),
        on_suspect=values.shell_command(given["on_suspect"], "--on-suspect"),
    )
    return run.launch(
        spec, diag_dir, trust=trust, plain=plain, detach=detach, **options.taken(given, options.SCREEN)
    )


def _program(words: tuple[str, ...], module: str | None, cwd: Path) -> list[str]:
    if module is not None:
        if not all(part.isidentifier() for part in module.split(".")):
            raise Refused(f"-m {module!r} is no dotted module name")
        return ["-m", module, *words]
    if not words:
        raise Refused("no program: name a script, such as `hamtui exec service.py`, or a module by -m")
    script, *rest = words
    path = os.path.join(cwd, script)
    if os.path.isdir(path) and not os.path.exists(os.path.join(path, "__main__.py")):
        raise Refused(f"{script} is a folder without __main__.py; name a script in it, or a module by -m")
    if not os.path.exists(path):
        raise Refused(f"there is no file {script}")
    if not os.access(path, os.R_OK):
        raise Refused(f"{script} can't be read")
    return [script, *rest]
