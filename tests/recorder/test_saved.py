"""A node's stored value in the place of computing it."""

from pathlib import Path

import pytest

from hamtui.follow.saved import newest_version
from tests.recorder.conftest import Launcher

FLOW = """
    from hamilton.htypes import Collect, Parallelizable

    def dear() -> dict:
        print("computed dear")
        return {"n": 20}

    def total(dear: dict, more: int) -> int:
        print("total is", dear["n"] + more)
        return dear["n"] + more
"""


@pytest.fixture
def version(launcher: Launcher, tmp_path: Path) -> str:
    """Of ``dear``, stored by a first launch."""
    module = launcher.module(FLOW)
    first = launcher.run(module, "total", inputs={"more": 1}, cache=True)
    assert first.output() == "computed dear\ntotal is 21\n"
    found = newest_version(tmp_path, "dear", str(tmp_path / ".hamilton_cache"))
    assert found is not None
    return found


def test_it_takes_the_nodes_place(launcher: Launcher, version: str) -> None:
    launched = launcher.run(
        str(launcher.tmp_path / "flow.py"), "total", inputs={"more": 2}, saved={"dear": version}
    )
    assert launched.output() == "total is 22\n"
    (start,) = launched.flight("graph_start")
    assert start["execution_path"] == ["total"] and start["overrides_keys"] == ["dear"]


def test_an_override_goes_first(launcher: Launcher, version: str) -> None:
    given = {"saved": {"dear": version}, "overrides": {"dear": {"n": 0}}}
    launched = launcher.run(str(launcher.tmp_path / "flow.py"), "total", inputs={"more": 2}, **given)
    assert launched.output() == "total is 2\n"


def test_a_value_that_is_gone_or_broken_is_refused(launcher: Launcher, version: str) -> None:
    module, store = str(launcher.tmp_path / "flow.py"), launcher.tmp_path / ".hamilton_cache"
    for saved, says in (
        ({"dear": "other"}, "no longer holds its value other"),
        ({"dear": version}, "can't be read"),
    ):
        (store / version).write_bytes(b"no pickle")
        launched = launcher.run(module, "total", inputs={"more": 2}, saved=saved)
        assert launched.process.returncode == 2 and not launched.flight("graph_start")
        assert says in launched.output() and launched.output().count("\n") == 1


def test_only_launches_with_this_cache_tell(launcher: Launcher, version: str, tmp_path: Path) -> None:
    assert newest_version(tmp_path, "dear", str(tmp_path / "other")) is None
    assert newest_version(tmp_path, "never", str(tmp_path / ".hamilton_cache")) is None
    launched = launcher.run(
        str(tmp_path / "flow.py"), "total", inputs={"more": 1}, cache=True, cache_dir=str(tmp_path / "other")
    )
    assert launched.process.returncode == 0
    assert newest_version(tmp_path, "dear", str(tmp_path / "other")) == version
