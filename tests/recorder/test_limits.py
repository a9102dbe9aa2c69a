"""Thresholds from the past, in the run itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hamtui.contract import encode, layout
from hamtui.contract.past import Limit, PastLimits
from hamtui.recorder import limits
from hamtui.recorder.guard import FAULTS
from hamtui.recorder.limits import WAIT_S, Limits
from tests.recorder.conftest import Launched, Launcher

TOLD = PastLimits([Limit("joined", "v1", 45.0), Limit("joined", "v2", 60.0), Limit("odd", None, 1.0)])


@pytest.fixture(autouse=True)
def _no_plan() -> Iterator[None]:
    limits._versions.clear()
    yield
    limits._versions.clear()


def hand(folder: Path, told: Any = TOLD) -> None:
    (folder / layout.PAST).write_bytes(encode.document(told) if isinstance(told, PastLimits) else told)


def test_by_node_and_version(tmp_path: Path) -> None:
    asked = Limits(str(tmp_path), 100.0)
    limits.know({"joined": "v2", "odd": None})
    asked.look(100.5)
    assert asked.of("joined") is None
    hand(tmp_path)
    asked.look(101.0)
    assert asked.of("joined") == 60.0
    assert asked.of("odd") is None
    assert asked.of("unheard") is None
    limits.know({"joined": "v3"})
    assert asked.of("joined") is None


def test_a_worker_asks_the_graph_files(tmp_path: Path) -> None:
    hand(tmp_path)
    (tmp_path / "graph.abc.json").write_text(json.dumps({"nodes": [{"name": "joined", "version": "v1"}]}))
    asked = Limits(str(tmp_path), 0.0)
    asked.look(0.0)
    assert asked.of("joined") == 45.0


def test_it_is_looked_for_half_a_minute_and_read_once(tmp_path: Path) -> None:
    limits.know({"joined": "v1"})
    asked = Limits(str(tmp_path), 0.0)
    asked.look(WAIT_S)
    hand(tmp_path)
    asked.look(WAIT_S + 0.5)
    assert asked.of("joined") is None

    late = Limits(str(tmp_path), 0.0)
    late.look(WAIT_S * 2)  # a process that was stopped meanwhile looks once
    assert late.of("joined") == 45.0
    hand(tmp_path, PastLimits([]))
    late.look(1.0)
    assert late.of("joined") == 45.0


def test_nothing_is_looked_for_where_the_threshold_was_asked_for(tmp_path: Path) -> None:
    hand(tmp_path)
    limits.know({"joined": "v1"})
    asked = Limits(None, 0.0)
    asked.look(0.0)
    assert asked.of("joined") is None


@pytest.mark.parametrize("damaged", [b"", b"[]", b"{", b'{"limits":[{"version":"v"}]}', b'{"limits":7}'])
def test_a_damaged_file_is_a_fault_and_no_more(
    tmp_path: Path, damaged: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FAULTS, "counts", {})
    hand(tmp_path, damaged)
    asked = Limits(str(tmp_path), 0.0)
    asked.look(0.0)
    assert asked.of("joined") is None
    assert FAULTS.counts[layout.PAST] >= 1


FLOW = """
    import time
    from hamilton.htypes import Collect, Parallelizable

    def slow() -> int:
        time.sleep(1000)

    def item() -> Parallelizable[int]:
        yield 1

    def block(item: int) -> int:
        time.sleep(1000)

    def blocks(block: Collect[int]) -> int:
        return sum(block)
"""


def versions(launched: Launched) -> dict[str, str]:
    launched.await_(lambda: launched.flight("node_start"), "its first node")
    (graph,) = launched.dir.glob("graph.*.json")
    return {node["name"]: node["version"] for node in json.loads(graph.read_text())["nodes"]}


@pytest.mark.parametrize(
    ("target", "node", "spec"), [("slow", "slow", {}), ("blocks", "block", {"executor": "processes"})]
)
def test_a_run_takes_them_up_while_it_runs(
    launcher: Launcher, target: str, node: str, spec: dict[str, Any]
) -> None:
    launched = launcher.start(launcher.module(FLOW), target, **spec)
    half = launched.dir / "half"
    half.write_bytes(encode.document(PastLimits([Limit(node, versions(launched)[node], 2.0)])))
    half.rename(launched.dir / layout.PAST)

    def late() -> list[dict[str, Any]]:
        lines = [
            line
            for file in launched.dir.glob("faulthandler_stacks*.jsonl")
            for line in file.read_text().splitlines()
        ]
        return [dump for dump in map(json.loads, lines) if dump["why"] == "late"]

    (dump,) = launched.await_(late, "a late dump")
    assert any(frame["function"] == node for thread in dump["threads"] for frame in thread["frames"])
