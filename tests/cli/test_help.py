import subprocess
import sys

import pytest

import hamtui as package
from hamtui.contract import diagnostics, settings
from tests.cli.conftest import Program

COMMANDS = ("run", "exec", "attach", "status", "dump", "stop", "graph", "registry", "profiles")


def test_the_help_is_a_page(hamtui: Program) -> None:
    page = hamtui("--help").stdout
    for word in (*COMMANDS, "hamtui run pipeline.py --target report", "EXIT CODES", "FILES"):
        assert word in page
    assert all(len(line) <= 80 for line in page.splitlines())
    assert hamtui("-h").stdout == page


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_examples_and_exit_codes(hamtui: Program, command: str) -> None:
    done = hamtui(command, "--help")
    assert done.returncode == 0
    assert f"\n    hamtui {command}" in done.stdout
    assert "Exit code" in done.stdout


def test_every_option_of_run_is_explained(hamtui: Program) -> None:
    page = hamtui("run", "--help").stdout
    for option in (
        *map(settings.option, diagnostics.names()),
        *(
            "--target --config --input --override --context --executor --max-tasks --cache --no-cache --cache-dir --recompute"
            " --allow-module-overrides --profile --python --hang-after --dump-every --diag-dir --plain --detach --poll --ascii --theme"
        ).split(),
    ):
        assert option in page


def test_version(hamtui: Program) -> None:
    assert hamtui("--version").stdout == f"hamtui {package.__version__}\n"


def test_no_command_at_all_shows_the_page(hamtui: Program) -> None:
    done = hamtui()
    assert done.returncode == 2 and "Commands:" in done.stderr


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys\nfrom hamtui.cli.main import main\n"
        "try:\n    main(['run', 'gone.py', '--target', 'x'])\nexcept SystemExit:\n    pass\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"textual", "rich", "pyarrow", "pandas", "hamilton", "watchfiles", "yaml"}
