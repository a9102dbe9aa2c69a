"""How figures are compared and told; no figure itself is tested, for nothing fails on a clock."""

import json
from importlib import import_module

import pytest

from tests.benchmarks.__main__ import MEASURES, main
from tests.benchmarks.measuring import PEAK, Measured, child, in_turn


def test_the_ratio_is_the_median_of_the_pairs_own() -> None:
    found = Measured("m", "work", "reference")
    found.add("reference", [1.0, 10.0, 2.0], "s")
    found.add("ours", [3.0, 10.0, 4.0], "s", [1.0, 10.0, 2.0])
    found.skip("other", "not installed")
    found.aim("ours", 2.0, 1.6, "times")
    found.took_s = 1.26
    told = json.loads(found.line())
    assert told["rows"][1]["ratio"] == {"median": 2.0, "least": 1.0, "most": 3.0}
    assert told["targets"][0]["met"] is False and told["took_s"] == 1.3
    assert "skipped: not installed" in found.table() and "missed ours" in found.table()


def test_what_is_compared_runs_in_turn() -> None:
    order: list[str] = []

    def taken(name: str) -> float:
        order.append(name)
        return float(len(order))

    assert in_turn({"a": lambda: taken("a"), "b": lambda: taken("b")}, 2) == {
        "a": [1.0, 3.0],
        "b": [2.0, 4.0],
    }


def test_each_measure_has_its_module_and_a_name_that_is_none_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in MEASURES)
    assert all(callable(import_module(f"tests.benchmarks.{name}").measure) for name in MEASURES)
    with pytest.raises(SystemExit) as refused:
        main(["nonsense"])
    assert refused.value.code == 2 and "'nonsense'" in capsys.readouterr().err


def test_a_childs_memory_is_its_own_and_not_what_its_parent_had_at_the_fork() -> None:
    ours = bytearray(200_000_000)
    ours[::4096] = b"x" * len(ours[::4096])
    peak = child("told = {}")[PEAK]
    assert 5 < peak < 100 and len(ours) > peak
