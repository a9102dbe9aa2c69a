"""``hamtui run``: check what can be checked, start the run, watch it."""

import importlib
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hamtui.cli import extras, knobs, options, values
from hamtui.cli.refuse import Refused
from hamtui.contract.layout import DEFAULT_CACHE_DIR
from hamtui.contract.spec import RunSpec

if TYPE_CHECKING:
    from hamtui.supervise.start import Started

CONTEXT_ENDINGS = (".json", ".py")

_HELP = """
Launch a dataflow under the recorder and watch it.

MODULE is a file (its folder becomes importable, its stem is the module's name) or a dotted name (the
working folder is importable). Give several to build one dataflow of them. With a terminal the dashboard
opens; without one, or with --plain, each change of state is one line. The run goes on when the screen is
left or lost; `hamtui attach` comes back to it. Its standard input is empty, its output goes to output.log.

Launch and watch; with inputs and config; from a file of them:

  hamtui run pipeline.py --target report
  hamtui run pipeline.py --target report --input day=2026-11-22 --config region='"eu"'
  hamtui run load.py model.py --target score --target plot --input @inputs.yaml

In CI; in the background:

  hamtui run pipeline.py --target report --plain
  hamtui run pipeline.py --target report --detach

Mark what takes longer than half a minute, use the cache, run blocks in four processes:

  hamtui run pipeline.py --target report --hang-after 30 --cache --executor processes --max-tasks 4

Tell somebody, once a node that is marked: the command gets the JSON of `hamtui status` on its stdin, and
HAMTUI_NODE, HAMTUI_VERDICT, HAMTUI_LEVEL and HAMTUI_LAUNCH_DIR in its environment; what it says goes to
on_suspect.log in the launch folder:

  hamtui run pipeline.py --target report --on-suspect 'mail -s "$HAMTUI_NODE: $HAMTUI_VERDICT" me'

Again, with the value that the cache holds of one node; only one node and what it needs:

  hamtui run pipeline.py --target report --saved joined
  hamtui run pipeline.py --target joined

With the interpreter of another project, in which hamtui need not be installed:

  hamtui run pipeline.py --target report --python .venv/bin/python

Exit code: the run's own, 128+n for signal n; 0 when the dashboard is left while the run goes on; 2 for
what can't be launched as asked.
"""


@click.command(cls=knobs.Page, help=options.paragraphs(_HELP))
@click.argument("modules", metavar="MODULE...", nargs=-1)
@click.option(
    "--target", "targets", metavar="NAME", multiple=True, help="A node to compute; repeat it for more."
)
@click.option(
    "--config",
    metavar="KEY=VALUE",
    multiple=True,
    help="Hamilton config. VALUE is JSON, else text; or @file.json, .toml, .yaml.",
)
@click.option(
    "--input",
    "inputs",
    metavar="KEY=VALUE",
    multiple=True,
    help="An input of the dataflow, written the same way.",
)
@click.option(
    "--override",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="A node's value, instead of computing it; written the same way.",
)
@click.option(
    "--saved",
    metavar="NODE",
    multiple=True,
    help="Take this node's value from the cache, as the last launch stored it (NODE=VERSION: as that one), instead of computing it.",
)
@click.option("--context", metavar="FILE", help="A context file of Hamilton's own CLI (.json or .py).")
@click.option(
    "--allow-module-overrides", is_flag=True, help="A later module may define an earlier one's node again."
)
@options.launching
@options.screen
@knobs.options()
def run(  # noqa: D103  its help is the text above
    modules: tuple[str, ...],
    diag_dir: Path,
    trust: bool,
    plain: bool,
    detach: bool,
    **given: Any,
) -> int:
    spec = checked(modules, given, diag_dir)
    return launch(
        spec, diag_dir, trust=trust, plain=plain, detach=detach, **options.taken(given, options.SCREEN)
    )


def launch(
    spec: RunSpec, diag_dir: Path, *, trust: bool, plain: bool, detach: bool, poll: bool, **screen: Any
) -> int:
    """Start it and watch it as asked; the exit code. Raises Refused for what can't be watched so."""
    if spec.diagnostics.pdb and spec.diagnostics.executor in {"ray", "dask"}:
        raise Refused(
            f"--pdb does not reach into workers of --executor {spec.diagnostics.executor}; debug with sync, threads or processes"
        )
    if spec.diagnostics.pdb and not detach and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused("--pdb needs a terminal; without one give --detach too, and `hamtui attach` from one")
    shown = not detach and not plain and _has_terminal()
    caught: list[int] = []
    if not shown and not detach:
        from hamtui.cli.bar import check

        check(spec.diagnostics.progress)
        _catch(caught)
    started = _start(spec, diag_dir, trust=trust, meanwhile="hamtui.tui.app" if shown else None)
    if spec.diagnostics.hang_after is None:
        from hamtui.cli.remember import hand_over

        hand_over(started.folder)
    if detach:
        click.echo(str(started.folder))
        return 0
    if not shown:
        from hamtui.cli.plain import foreground

        return foreground(started, caught, poll=poll, progress=spec.diagnostics.progress)
    from hamtui.cli.dashboard import watch_own

    return watch_own(started, poll=poll, **screen)


def in_foreground(spec: RunSpec, diag_dir: Path, *, trust: bool) -> tuple[int, Path]:
    """Launch, tell each change of state in a line, wait for the end; the exit code and the launch folder. Raises Refused."""
    from hamtui.cli.plain import foreground

    caught: list[int] = []
    _catch(caught)
    started = _start(spec, diag_dir, trust=trust, meanwhile=None)
    return foreground(started, caught, poll=False), started.folder


def _catch(caught: list[int]) -> None:
    """From here on these are for the run, which may have begun before anybody acts on them."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: caught.append(number))


def checked(modules: tuple[str, ...], given: dict[str, Any], diag_dir: Path) -> RunSpec:
    """The launch as asked, its folder still to be made.

    Raises:
        Refused: what can be known to be wrong without running it.
    """
    cwd = working_folder()
    check_modules(modules)
    context = context_file(given["context"])
    targets = list(given["targets"])
    if any(not target.strip() for target in targets):
        raise Refused("--target must name a node")
    if not targets and context is None:
        raise Refused("nothing to compute: name a node by --target NAME, or give a --context file")
    resolved = knobs.resolved(cwd, given)
    python = values.interpreter(given["python"])
    extras.check(resolved.diagnostics, python)
    return RunSpec(
        launch_dir="",
        modules=list(modules),
        targets=targets,
        argv=["hamtui", *values.masked(sys.argv[1:])],
        cwd=str(cwd),
        python=python,
        config=values.pairs(given["config"], "--config"),
        inputs=values.pairs(given["inputs"], "--input"),
        overrides=values.pairs(given["overrides"], "--override"),
        saved=_saved(given["saved"], diag_dir, resolved.diagnostics.cache_dir or DEFAULT_CACHE_DIR),
        context=context,
        allow_module_overrides=given["allow_module_overrides"],
        diagnostics=resolved.diagnostics,
        settings=resolved.told(),
        on_suspect=values.shell_command(given["on_suspect"], "--on-suspect"),
    )


def _start(spec: RunSpec, diag_dir: Path, *, trust: bool, meanwhile: str | None) -> "Started":
    """Start it; a module named by ``meanwhile`` is imported while the supervisor comes up."""
    from hamtui.contract.folder import LaunchFolderError, make_launch
    from hamtui.supervise.start import StartError, begin

    began = time.time()
    try:
        folder = make_launch(diag_dir, trust=trust)
        starting = begin(replace(spec, launch_dir=str(folder), started_at=began))
        if meanwhile is not None:
            from hamtui.cli.dashboard import uncollected

            uncollected()
            importlib.import_module(meanwhile)
        return starting.heard()
    except (LaunchFolderError, StartError) as fault:
        raise Refused(str(fault)) from None


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def working_folder() -> Path:
    """Where we are. Raises Refused where that is gone."""
    try:
        return Path.cwd()
    except OSError:
        raise Refused("the working folder is gone; change to one that is there") from None


def check_modules(modules: tuple[str, ...]) -> None:
    """Raises Refused for modules that can be known not to be importable together."""
    if not modules:
        raise Refused(
            "no module: name a Python file or a dotted module name, such as `hamtui run pipeline.py`"
        )
    stems: dict[str, str] = {}
    for module in modules:
        name = _module_name(module)
        other = stems.setdefault(name, module)
        if other != module:
            raise Refused(f"{other} and {module} would both be the module {name!r}; rename one of them")


def _module_name(module: str) -> str:
    """The name under which ``module`` will be imported. Whether a dotted name can be, only the run can tell."""
    looks_like_file = module.endswith(".py") or os.sep in module
    if looks_like_file or os.path.isfile(module):
        if not os.path.exists(module):
            raise Refused(f"there is no file {module}")
        if os.path.isdir(module):
            raise Refused(f"{module} is a folder; name a file in it, or the package by its dotted name")
        if not module.endswith(".py"):
            raise Refused(f"{module} is no Python file: its name does not end in .py")
        if not os.access(module, os.R_OK):
            raise Refused(f"{module} can't be read")
        return Path(module).stem
    if not all(part.isidentifier() for part in module.split(".")):
        raise Refused(f"{module!r} is neither a file nor a dotted module name")
    return module


def _saved(given: tuple[str, ...], diag_dir: Path, cache_dir: str) -> dict[str, str]:
    found = {}
    for pair in given:
        node, _, version = pair.partition("=")
        if not version:
            from hamtui.follow.saved import newest_version

            version = newest_version(diag_dir, node, cache_dir) or ""
        if not node or not version:
            raise Refused(
                f"--saved {pair}: no launch in {diag_dir} stored a value of {node or 'it'} in {cache_dir}"
            )
        found[node] = version
    return found


def context_file(given: str | None) -> str | None:
    """The absolute path of a context file; None where none was given. Raises Refused where there is no such file."""
    if given is None:
        return None
    path = Path(given)
    if path.suffix not in CONTEXT_ENDINGS:
        raise Refused(f"--context {given}: Hamilton reads context files that end in .json or .py")
    if not path.is_file():
        raise Refused(f"--context {given}: there is no such file")
    if not os.access(path, os.R_OK):
        raise Refused(f"--context {given} can't be read")
    return os.path.abspath(path)
