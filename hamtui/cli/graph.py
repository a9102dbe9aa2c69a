"""``hamtui graph``: the graph of a dataflow as DOT or as a picture, without running it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click

from hamtui.cli import knobs, options, run, values
from hamtui.cli.asked import asked
from hamtui.cli.refuse import Refused
from hamtui.contract import dot, layout
from hamtui.contract.spec import RunSpec

FORMATS = ("dot", *dot.PICTURES)

_HELP = """
Print the graph of a dataflow as DOT, or draw it with graphviz. Nothing of it runs; its modules are imported.

All of it as Hamilton draws it; what one node needs; as a picture, which needs graphviz (`dot`):

  hamtui graph pipeline.py
  hamtui graph pipeline.py --target report --config region='"eu"'
  hamtui graph load.py model.py -o pipeline.svg

Every run leaves the same of its own plan in the launch folder: execution_path.dot, and .svg where graphviz
is installed; with the cache on cache_view_run.* too, with what the cache did.

Exit code: 0; 1 where the modules can't be imported or built; 2 for what can't be drawn as asked.
"""


@click.command(cls=knobs.Page, help=options.paragraphs(_HELP))
@click.argument("modules", metavar="MODULE...", nargs=-1)
@click.option(
    "--target",
    "targets",
    metavar="NAME",
    multiple=True,
    help="Only what this node needs; repeat it for more.",
)
@click.option(
    "--config", metavar="KEY=VALUE", multiple=True, help="Hamilton config, as `hamtui run` takes it."
)
@click.option(
    "-o", "--output", metavar="FILE", help="Write it there: .dot, .svg or .png. Left out: DOT to stdout."
)
@click.option(
    "--allow-module-overrides", is_flag=True, help="A later module may define an earlier one's node again."
)
@click.option(
    "--python", metavar="PATH", help="The interpreter of your project, when hamtui is installed elsewhere."
)
def graph(  # noqa: D103  its help is the text above
    modules: tuple[str, ...],
    targets: tuple[str, ...],
    config: tuple[str, ...],
    output: str | None,
    allow_module_overrides: bool,
    python: str | None,
) -> int:
    cwd = run.working_folder()
    run.check_modules(modules)
    kind = _kind(output)
    program = _graphviz(output) if kind in dot.PICTURES else None
    spec = RunSpec(
        launch_dir="",
        modules=list(modules),
        targets=list(targets),
        argv=[],
        cwd=str(cwd),
        python=values.interpreter(python),
        config=values.pairs(config, "--config"),
        allow_module_overrides=allow_module_overrides,
    )
    code, drawn = asked(spec, "--sketch-fd")
    if code:
        return code
    if program is not None:
        drawn = _picture(program, kind, drawn)
    _put(output, drawn)
    return 0


def _kind(output: str | None) -> str:
    kind = "dot" if output is None else Path(output).suffix[1:].lower()
    if kind not in FORMATS:
        raise Refused(f"--output {output}: the name must end in .dot, .svg or .png")
    return kind


def _graphviz(output: str | None) -> str:
    program = shutil.which("dot")
    if program is None:
        raise Refused(
            f"--output {output}: graphviz is not installed (there is no `dot`); a name in .dot needs none"
        )
    return program


def _picture(program: str, kind: str, drawn: bytes) -> bytes:
    done = subprocess.run([program, f"-T{kind}"], input=drawn, capture_output=True, check=False)
    if done.returncode:
        raise Refused("graphviz failed: " + " ".join(done.stderr.decode("utf-8", "replace").split()))
    return done.stdout


def _put(output: str | None, data: bytes) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        return
    part = f"{output}.{os.getpid()}.part"
    try:
        Path(part).write_bytes(data)
        os.chmod(part, layout.FILE_MODE)
        os.replace(part, output)
    except OSError as fault:
        raise Refused(f"--output {output} can't be written: {fault.strerror or fault}") from None
    click.echo(output)
