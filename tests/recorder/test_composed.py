"""Every instrument with every other, and all of them: built, run, run again under the cache, each doing its job."""

import io
import itertools
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hamtui.recorder.guard import FAULTS
from tests.recorder.composing import BLOCKS, OUTSIDE, SOURCE, Composed, Said, Seam, loggers_as_they_were

pytestmark = [
    # Hamilton leaves its SQLite connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

KNOBS: dict[str, dict[str, Any]] = {
    "cache": {"cache": True},
    "keep_going": {"keep_going": True},
    "pdb": {"seam": True},
    "strict": {"type_check": "strict"},
    "warn": {"type_check": "warn"},
    "println": {"println": 2},
    "cache_log": {"cache_log": "info"},
    "progress": {"progress": "tqdm"},
    "track": {"track": "3", "username": "me@x.y"},
    "payloads": {"payloads": True},
}
#: Executor, whether there are blocks.
WAYS = {"default": ("sync", False), "tasks": ("sync", True), "threads": ("threads", True)}
ONE_KNOB = {"strict", "warn"}
PAIRS = [pair for pair in itertools.combinations(KNOBS, 2) if set(pair) != ONE_KNOB]
ALL = [tuple(name for name in KNOBS if name != left_out) for left_out in sorted(ONE_KNOB)]


@pytest.fixture
def said() -> Iterator[Said]:
    handler, undo = Said(), loggers_as_they_were()
    for name in Said.NAMES:
        logging.getLogger(name).addHandler(handler)
    yield handler
    for name in Said.NAMES:
        logging.getLogger(name).removeHandler(handler)
    undo()


class Terminal(io.StringIO):
    """A progress bar is drawn on nothing else."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("names", [*PAIRS, *ALL], ids="+".join)
def test_together(
    names: tuple[str, ...], way: str, tmp_path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAULTS.counts.clear()
    wanted = {key: value for name in names for key, value in KNOBS[name].items()}
    seam = Seam("aside") if wanted.pop("seam", False) else None
    executor, blocks = WAYS[way]
    source = SOURCE + BLOCKS if blocks else SOURCE
    composed = Composed(tmp_path, source, seam=seam, executor=executor, **wanted)
    targets = (*OUTSIDE, "last", "got") if blocks else OUTSIDE
    fails = "keep_going" in names
    mistyped = "warn" in names or ("strict" in names and fails)
    for again in (False, True) if "cache" in names else (False,):
        terminal = Terminal()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", terminal)
            patch.setattr(sys, "stderr", terminal)
            results = composed.run(*targets, fails=fails, mistyped=mistyped)
        assert FAULTS.counts == {}
        ends = composed.ends()
        assert results["aside"] == 6
        assert results["below"] == (None if fails else 4)
        if blocks:
            assert results["got"] == [1, None if fails else 11, 21] and results["last"] == 3
        told = said.taken()
        _check_failures(composed, ends, fails, blocks)
        _check_types(names, ends, results, mistyped)
        assert seam is None or seam.stopped == ["aside"] * (1 + again)
        if "cache" in names:
            _check_cache(composed, ends, seam, again, fails)
        began = "Executing node: aside:aside." if blocks else "Executing node: aside."
        assert any(line.startswith(began) for line in told["hamtui.println"]) is ("println" in names)
        assert bool(told["hamilton.caching"]) == ({"cache", "cache_log"} <= set(names))
        assert ("Graph execution" in terminal.getvalue()) is ("progress" in names)
        calls = composed.launch.lines("tracker.jsonl")
        ended = [call["body"]["run_status"] for call in calls if call["kind"] == "end"]
        assert ended == (["FAILURE" if fails else "SUCCESS"] if "track" in names else [])
        assert (ends["aside"].get("result_payload") == 6) is ("payloads" in names)


def _check_failures(composed: Composed, ends: dict[str, Any], fails: bool, blocks: bool) -> None:
    (end,) = composed.launch.flight("graph_end")
    assert end["success"] is not fails
    assert (composed.failed is not None) is fails
    if not fails:
        return
    assert ends["bad"]["error"] == "ValueError: no good" and "skipped" not in ends["bad"]
    assert 'raise ValueError("no good")' in ends["bad"]["traceback"]
    assert ends["below"]["skipped"] is True and ends["below"]["success"] is False
    assert ends["below"]["caused_by"] == [
        {"node": "bad", "task_id": "bad" if blocks else None, "error": "ValueError: no good"}
    ]
    if blocks:
        assert ends["made"]["error"] == "KeyError: 'one'"
        assert ends["more"]["error"] == "Skipped: because made failed: KeyError: 'one'"
        assert ends["got"]["success"] is True and ends["got"]["incomplete"] == 1


def _check_types(names: tuple[str, ...], ends: dict[str, Any], results: Any, mistyped: bool) -> None:
    mismatches = {name: end["type_mismatch"] for name, end in ends.items() if "type_mismatch" in end}
    if "warn" in names:
        assert mismatches == {"odd": ["result is str, expected list"]}
        assert results["odd"] == "abc"
        return
    assert not mismatches
    if mistyped:
        assert ends["odd"]["error"].startswith("TypeError: Node odd returned a result of type <class 'str'>")
        assert results["odd"] is None


def _check_cache(composed: Composed, ends: dict[str, Any], seam: Any, again: bool, fails: bool) -> None:
    assert composed.driver.cache is not None
    hits = {node for node, _ in composed.cached("get_result")}
    executed = {node for node, _ in composed.cached("execute_node")}
    if again:
        assert "seed" in hits and "seed" not in executed
        assert ("aside" in executed) is (seam is not None)
        assert ("got" in executed) is (fails and "got" in ends)
    if fails:
        stored = {node for node, _ in composed.cached("set_data_version")}
        assert not stored & {"bad", "below", "got", "last"}


def test_strict_ends_the_run_by_the_node_s_own_failure(tmp_path: Path) -> None:
    composed = Composed(tmp_path, SOURCE, type_check="strict", cache=True)
    for _ in range(2):
        with pytest.raises(
            TypeError, match="Node odd returned a result of type <class 'str'>, expected <class 'list'>"
        ):
            composed.run("odd", fails=False, mistyped=True)
        assert composed.ends()["odd"]["success"] is False
        assert ("odd", "set_data_version") not in composed.cached("set_data_version")


def test_strict_does_not_hide_what_the_node_raised(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no good"):
        Composed(tmp_path, SOURCE, type_check="strict").run("bad", fails=True)


def test_strict_checks_inputs_before_the_function_is_called(tmp_path: Path) -> None:
    source = """
        def given() -> object:
            return "x"
        def wants(given: int) -> int:
            raise AssertionError("called")
    """
    from hamilton.lifecycle.default import NoEdgeAndInputTypeChecking

    composed = Composed(tmp_path, source, type_check="strict")
    with pytest.raises(
        TypeError, match="received an input of type <class 'str'> for given, expected <class 'int'>"
    ):
        _permissive(composed, NoEdgeAndInputTypeChecking()).execute(["wants"])
    assert composed.ends()["wants"]["error"].startswith("TypeError: Node wants received")


def _permissive(composed: Composed, adapter: Any) -> Any:
    from hamtui.recorder import instruments

    recorder = composed.launch.recorder(wanted=composed.wanted)
    return composed.built(*instruments.adapters(recorder, composed.wanted, None), adapter)
