"""``hamtui registry``: the public outputs of a dataflow as a file, and what changed against it."""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from hamtui.cli import knobs, options, registry_report, run, values
from hamtui.cli.asked import asked
from hamtui.cli.refuse import Refused
from hamtui.cli.registry_report import Report
from hamtui.contract import layout, semantic, semantic_check
from hamtui.contract import registry as contract_registry
from hamtui.contract.registry import Registry, RegistryError
from hamtui.contract.semantic_check import Checked, Problem
from hamtui.contract.spec import Check, RunSpec
from hamtui.model.registry_diff import changes
from hamtui.model.text import plural, visible

COMPILER, CHECKER = "hamtui.semantic.program", "hamtui.semantic.execute"

Command = TypeVar("Command", bound=Callable[..., Any])

_HELP = """
Compile the public outputs of a dataflow into a registry, and check what changed.

An output is public when its node is tagged layer="semantic"; its semantic_id is the name that others use.
`hamtui.semantic.semantic_output` sets the tags. A registry is a JSON file that is checked in: what is public,
of which kind, by which keys, under which schema. Nothing of the dataflow runs, but with --execute.

Write the registry; in CI, say what changed and what that means to readers; check the values too:

  hamtui registry compile outputs.py -o semantic_registry.json
  hamtui registry check outputs.py --against semantic_registry.json --format github
  hamtui registry check outputs.py --against semantic_registry.json --execute --fixture fixture.py

Exit code: 0; 1 for outputs that break the rules, that changed, or whose values are wrong; 2 for what can't be
done as asked.
"""

_COMPILE = """
Write the registry of the public outputs, sorted by semantic_id; the same file, byte for byte, for the same outputs.

Each rule that an output breaks is told in a line, with its place and how to mend it, all of them at once; with an
error nothing is written. Recommended tags that are missing and names that had better be others are warnings,
and errors under --strict. Nothing of the dataflow runs; its modules are imported.

Write the file; print it; of a variant of the dataflow, with no warning left over:

  hamtui registry compile outputs.py -o semantic_registry.json
  hamtui registry compile load.py outputs.py -o -
  hamtui registry compile outputs.py --config region='"eu"' --strict -o eu.json

Exit code: 0; 1 where an output breaks a rule or the modules can't be imported; 2 for what can't be done as asked.
"""

_CHECK = """
Say what changed since a registry was written, and what that means to who reads the outputs.

Breaking: an output is gone, or a stable one has another kind, entity, grain, keys, dtype, unit or schema under the
same version, or is stable no longer. Compatible: new outputs and tags, and all that changes of an experimental one.
The rest is cosmetic. A breaking change is made by a new version under a new semantic_id.

With --execute the tables and scalars are computed on a fixture, in a launch like one of `hamtui run` that `hamtui
attach` shows, and their values are checked: the keys are columns, entity keys have no nulls and are unique, columns and types are
those of the schema_ref where there is a schema under it, scalars are of their dtype. Artifacts are left alone. A fixture is a Python
file or module whose functions and constants stand for the inputs or nodes of their name, or a JSON file of
inputs. What was found goes to semantic_check.json in the launch folder.

What changed; as a comment for a pull request; with the values:

  hamtui registry check outputs.py --against semantic_registry.json
  hamtui registry check outputs.py --against semantic_registry.json --format markdown
  hamtui registry check outputs.py --against semantic_registry.json --execute --fixture fixture.py

Exit code: 0 unchanged and nothing wrong; 1 for a change, a rule that is broken, or wrong values; 2 for what can't be done as
asked.
"""


@click.group(help=options.paragraphs(_HELP))
def registry() -> None:  # noqa: D103  its help is the text above
    pass


def _of_modules(command: Command) -> Command:
    """What says which dataflow, as ``hamtui run`` takes it."""
    for option in (
        click.option(
            "--python",
            metavar="PATH",
            help="The interpreter of your project, when hamtui is installed elsewhere.",
        ),
        click.option("--strict", is_flag=True, help="What is a warning without this is an error."),
        click.option(
            "--allow-module-overrides",
            is_flag=True,
            help="A later module may define an earlier one's node again.",
        ),
        click.option(
            "--context", metavar="FILE", help="A context file of Hamilton's own CLI (.json or .py)."
        ),
        click.option(
            "--config",
            metavar="KEY=VALUE",
            multiple=True,
            help="Hamilton config, as `hamtui run` takes it.",
        ),
        click.argument("modules", metavar="MODULE...", nargs=-1),
    ):
        command = option(command)
    return command


@registry.command("compile", help=options.paragraphs(_COMPILE))
@click.option(
    "-o", "--output", metavar="FILE", default="-", help="Write it there. Left out, or -: to stdout."
)
@_of_modules
def compile_(output: str, modules: tuple[str, ...], **given: Any) -> int:  # noqa: D103
    found = _compiled(_spec(modules, given))
    if found.code:
        return found.code
    for problem in found.problems:
        click.echo(visible(str(problem)), err=True)
    if found.registry is None or any(one.level == semantic.ERROR for one in found.problems):
        return 1
    data = found.registry.text().encode("utf-8", "backslashreplace")
    count = len(found.registry)
    if not count:
        click.echo('hamtui: no node is tagged layer="semantic", so nothing is public', err=True)
    if output == "-":
        sys.stdout.buffer.write(data)
        return 0
    try:
        contract_registry.replace(output, data)
    except OSError as fault:
        raise Refused(f"--output {output} can't be written: {fault.strerror or fault}") from None
    click.echo(f"{output}: {plural(count, 'public output')}")
    return 0


@registry.command(help=options.paragraphs(_CHECK))
@click.option(
    "--against", metavar="FILE", required=True, help="The registry as it was: what `compile` wrote."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(registry_report.FORMATS),
    default="text",
    show_default=True,
    help="How to say it; github is for the log of a workflow.",
)
@click.option("--execute", is_flag=True, help="Compute the outputs on the fixture, and check their values.")
@click.option("--fixture", metavar="FILE|MODULE", help="What --execute computes with.")
@click.option(
    "--diag-dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=layout.DEFAULT_DIAG_DIR,
    show_default=True,
    help="The folder for the launch folder of --execute.",
)
@options.trust
@_of_modules
def check(  # noqa: D103  its help is the text above
    against: str,
    form: str,
    execute: bool,
    fixture: str | None,
    diag_dir: Path,
    trust: bool,
    modules: tuple[str, ...],
    **given: Any,
) -> int:
    spec = _spec(modules, given)
    _check_fixture(execute, fixture, modules)
    before = _read(against)
    found = _compiled(spec)
    if found.code:
        return found.code
    report = Report(found.problems, places=found.places)
    if found.registry is not None:
        report = replace(report, changes=changes(before, found.registry), outputs=len(found.registry))
        if execute and fixture is not None:
            code, checked = _executed(spec, found.registry, fixture, diag_dir, trust)
            if checked is None:
                return code or 1
            report = replace(report, values=checked)
    text = registry_report.written(report, form)
    click.echo(text if form == "json" else "\n".join(map(visible, text.split("\n"))), nl=False)
    return report.code


def _spec(modules: tuple[str, ...], given: dict[str, Any]) -> RunSpec:
    cwd = run.working_folder()
    run.check_modules(modules)
    resolved = knobs.resolved(cwd, {})
    return RunSpec(
        launch_dir="",
        modules=list(modules),
        targets=[],
        argv=["hamtui", *values.masked(sys.argv[1:])],
        cwd=str(cwd),
        python=values.interpreter(given["python"]),
        config=values.pairs(given["config"], "--config"),
        context=run.context_file(given["context"]),
        allow_module_overrides=given["allow_module_overrides"],
        diagnostics=resolved.diagnostics,
        settings=resolved.told(),
        strict=given["strict"],
    )


def _check_fixture(execute: bool, fixture: str | None, modules: tuple[str, ...]) -> None:
    """Raises Refused for a fixture that is not needed, not there, or no JSON."""
    if execute != (fixture is not None):
        raise Refused(
            "--execute needs a --fixture to compute with" if execute else "--fixture is for --execute"
        )
    if fixture is None:
        return
    if fixture.endswith(".json"):
        values.pairs([f"@{fixture}"], "--fixture")
    else:
        run.check_modules((*modules, fixture))


def _read(against: str) -> Registry:
    try:
        return Registry.load(against)
    except OSError as fault:
        raise Refused(f"--against {against} can't be read: {fault.strerror or fault}") from None
    except RegistryError as fault:
        raise Refused(f"--against {against}: {fault}") from None


@dataclass(frozen=True)
class _Compiled:
    """What the user's interpreter said. ``code`` is not 0 where it could not say anything but why."""

    code: int
    registry: Registry | None = None
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)


def _compiled(spec: RunSpec) -> _Compiled:
    code, answer = asked(spec, "--tool-fd", COMPILER)
    if code:
        return _Compiled(code)
    told = json.loads(answer)
    problems = [_shown(Problem(**one), spec.cwd) for one in told["problems"]]
    places = {name: (_near(file, spec.cwd) or file, line) for name, (file, line) in told["places"].items()}
    found = None if told["registry"] is None else Registry.parse(told["registry"])
    return _Compiled(0, found, problems, places)


def _shown(problem: Problem, cwd: str) -> Problem:
    """With its files as they are from here."""
    text = problem.text.replace(os.path.join(cwd, ""), "")
    return replace(problem, file=_near(problem.file, cwd), text=text)


def _near(file: str | None, cwd: str) -> str | None:
    """The path from here, where it is below."""
    if file is None or not file.startswith(os.path.join(cwd, "")):
        return file
    return os.path.relpath(file, cwd)


def _executed(
    spec: RunSpec, found: Registry, fixture: str, diag_dir: Path, trust: bool
) -> tuple[int, list[Checked] | None]:
    """The run's exit code, and what it found of each output; None where it did not come to that."""
    targets = sorted({entry.node_name for entry in found if entry.kind != semantic.ARTIFACT})
    if not targets:
        return 0, []
    wanted = replace(spec.diagnostics, cache=False, keep_going=True, pdb=(), recompute=())
    asks = Check(
        CHECKER,
        found.text(),
        os.path.join(spec.cwd, fixture) if fixture.endswith(".json") else fixture,
        spec.strict,
    )
    launched = replace(spec, targets=targets, diagnostics=wanted, check=asks)
    # Stdout is for the report alone.
    with contextlib.redirect_stdout(sys.stderr):
        code, folder = run.in_foreground(launched, diag_dir, trust=trust)
    try:
        checked = semantic_check.parse((folder / layout.SEMANTIC_CHECK).read_bytes())
    except (OSError, ValueError):
        click.echo("hamtui: the run ended before its values could be checked", err=True)
        return code, None
    return code, checked.outputs
