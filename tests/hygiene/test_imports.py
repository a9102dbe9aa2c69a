"""Who may import whom: the static contracts, and their twin that imports each room for real.

The static graph cannot see an import inside a function of somebody else's package, nor one by name; a fresh
interpreter that imports every module of a room and looks at ``sys.modules`` can.
"""

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: What the user's process never pays for, nor the user's environment has to hold.
OURS = ("textual", "rich", "click", "msgspec", "watchfiles", "psutil", "yaml", "pyarrow")
#: What the watch side never pays for: importing Hamilton takes a second, and it may not be there at all.
#: The engines' own modules of the recorder: imported only where a run asks for that engine.
ENGINES = {"hamtui.recorder.on_ray", "hamtui.recorder.on_dask"}
THEIRS = ("hamilton", "pandas", "numpy", "pyarrow")

LOOK = """
import importlib, json, sys
first = sys.argv[1].split(",") if sys.argv[1] else []
for name in first:
    importlib.import_module(name)
before = set(sys.modules)
for name in sys.argv[2:]:
    importlib.import_module(name)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def modules(room: str) -> list[str]:
    """The room and every module in it. Entry points are left out: they are imported by their room's own modules."""
    folder = ROOT / "hamtui" / room
    found = pkgutil.walk_packages([str(folder)], f"hamtui.{room}.")
    return [f"hamtui.{room}", *(module.name for module in found if not module.name.endswith(".__main__"))]


def loaded(names: list[str], *, first: tuple[str, ...] = ()) -> set[str]:
    """What importing these modules loads in a fresh interpreter, over what ``first`` has loaded already."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, ",".join(first), *names],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return set(found)


def within(found: set[str], packages: tuple[str, ...]) -> set[str]:
    """The packages that are among the modules found."""
    return {name.partition(".")[0] for name in found} & set(packages)


def test_contracts_are_kept() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as c; c()",
            "--no-logo",
            "--no-cache",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_hamtui_loads_nothing() -> None:
    assert loaded(["hamtui"]) == {"hamtui"}


def test_contract_is_standard_library_only() -> None:
    found = loaded(modules("contract"))
    assert {name for name in found if name.startswith("hamtui.")} == set(modules("contract"))
    assert {name.partition(".")[0] for name in found} - sys.stdlib_module_names == {"hamtui"}


def test_recorder_adds_nothing_to_what_hamilton_loads() -> None:
    names = [name for name in modules("recorder") if name not in ENGINES]
    found = loaded(names, first=("hamilton.driver", "hamilton.caching.adapter"))
    assert not ENGINES & found
    assert not within(found, OURS)
    rooms = {name.split(".")[1] for name in found if name.startswith("hamtui.")}
    assert rooms == {"recorder", "contract"}


def test_semantic_adds_nothing_to_what_hamilton_loads() -> None:
    found = loaded(modules("semantic"), first=("hamilton.driver", "hamilton.caching.adapter"))
    assert not within(found, OURS)
    rooms = {name.split(".")[1] for name in found if name.startswith("hamtui.")}
    assert rooms == {"semantic", "recorder", "contract"}


@pytest.mark.parametrize("room", ["cli", "tui", "supervise", "follow", "probe", "model"])
def test_the_watch_side_never_loads_hamilton(room: str) -> None:
    found = loaded(modules(room))
    assert not within(found, THEIRS)
    assert not any(name.startswith(("hamtui.recorder", "hamtui.semantic")) for name in found)


@pytest.mark.parametrize("room", ["cli", "supervise", "follow", "probe", "model"])
def test_only_the_dashboard_loads_textual(room: str) -> None:
    assert not within(loaded(modules(room)), ("textual", "rich"))


def test_model_is_pure() -> None:
    rooms = {name.split(".")[1] for name in loaded(modules("model")) if name.startswith("hamtui.")}
    assert rooms == {"model", "contract"}


def test_the_look_sees_what_is_loaded_late() -> None:
    assert within(loaded(["json", "click"]), OURS) == {"click"}
