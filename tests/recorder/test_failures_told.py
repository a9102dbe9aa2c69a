"""Who else is told of nodes that failed while the run went on: trackers, tracers, savers, result builders, the run itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hamilton import base, driver
from hamilton.io.materialization import to
from hamilton.lifecycle.default import GracefulErrorAdapter
from hamilton.plugins.h_threadpool import FutureAdapter

from hamtui.contract import layout
from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import launches, own, tracers, went_on
from hamtui.recorder.failures import Cause, Failure
from hamtui.recorder.flight import journal
from hamtui.recorder.guard import FAULTS
from hamtui.recorder.outlets import outlets
from tests.recorder.composing import SOURCE, Composed
from tests.recorder.conftest import Launcher

pytestmark = [
    # Hamilton leaves its SQLite connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

#: A Parallelizable that is skipped, one that breaks off, and what comes of them.
BROKEN = """
    from hamilton.htypes import Collect, Parallelizable

    def bad() -> int:
        raise ValueError("no good")

    def never(bad: int) -> Parallelizable[int]:
        yield bad

    def dry() -> Parallelizable[int]:
        yield 1
        raise RuntimeError("dry")

    def made(dry: int) -> int:
        return dry

    def got(made: Collect[int]) -> list:
        return made

    def other(never: int) -> int:
        return never

    def gone(other: Collect[int]) -> list:
        return other
"""


@pytest.fixture(autouse=True)
def no_faults() -> Iterator[None]:
    FAULTS.counts.clear()
    yield
    assert FAULTS.counts == {}


class Spans:
    """In a tracer's place: how each node, and the run, ended."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}

    def post_node_execute(self, **said: Any) -> None:
        self.errors[said["node_"].name] = "" if said["success"] else str(said["error"])

    def post_graph_execute(self, **said: Any) -> None:
        self.errors["the run"] = "" if said["success"] else str(said["error"])

    def __getattr__(self, hook: str) -> Any:
        if hook.startswith("__"):
            raise AttributeError(hook)
        return lambda **_: None


class Told(Composed):
    """With the UI's tracker and a tracer behind the instruments, as ``instruments`` puts them."""

    def built(self, *adapters: Any) -> Any:
        recorder = adapters[0]
        self.spans = Spans()
        found = outlets(recorder, Diagnostics(track="3", username="me@x.y"))
        return super().built(*adapters, *found, tracers.Tracing("datadog", Diagnostics(), "flow", self.spans))

    def statuses(self) -> dict[str, str]:
        """What the tracker is to tell of each node at last, and of the run."""
        found: dict[str, str] = {}
        for call in self.launch.lines("tracker.jsonl"):
            found |= {one["node_name"]: one["status"] for one in call.get("task_updates", ())}
            if call["kind"] == "end":
                found["the run"] = call["body"]["run_status"]
        return found


def test_tracker_and_tracer_are_told_of_a_parallelizable_without_a_result(tmp_path: Path) -> None:
    told = Told(tmp_path, BROKEN, keep_going=True)
    assert told.run("got", "gone") == {"got": [1, None], "gone": None}
    assert told.spans.errors["dry"] == "dry [expand-dry]: RuntimeError: dry"
    assert told.spans.errors["never"].startswith("skipped, for what failed before it: bad")
    assert told.spans.errors["got"] == "" and "failed: " in told.spans.errors["the run"]
    fails = {"bad", "never", "dry", "made", "other", "gone", "the run"}
    statuses = told.statuses()
    assert {name.rpartition("-")[2] for name, status in statuses.items() if status == "FAILURE"} == fails
    assert statuses["collect-dry-got"] == "SUCCESS"


ACCEPTED = """
    from hamilton.htypes import Collect, Parallelizable
    from hamilton.lifecycle.default import accept_error_sentinels

    def item() -> Parallelizable[int]:
        yield from range(3)

    def made(item: int) -> int:
        if item == 1:
            raise ValueError("one")
        return item

    @accept_error_sentinels
    def said(made: int) -> str:
        return str(made)

    def got(said: Collect[str]) -> list:
        return list(said)
"""


def test_a_failure_that_a_block_of_a_worker_accepts_fails_the_run(launcher: Launcher) -> None:
    ran = launcher.run(
        launcher.module(ACCEPTED),
        "got",
        executor="processes",
        keep_going=True,
        track="3",
        username="me@x.y",
    )
    assert ran.wait() == 1
    assert "made [expand-item.1.block-item] failed: ValueError: one" in ran.output()
    (end,) = ran.flight("graph_end")
    assert end["success"] is False and end["error_type"] == "NodesFailedError"
    assert [call["body"]["run_status"] for call in ran.lines("tracker.jsonl") if call["kind"] == "end"] == [
        "FAILURE"
    ]


def drivers(composed: Composed, *given: Any) -> Iterator[Any]:
    """The same Driver under the recorder, and under Hamilton's own adapter."""
    recorder = composed.launch.recorder(wanted=composed.wanted)
    launch = launches.Launch(None, recorder)  # type: ignore[arg-type]
    for adapters in (
        own.placed(list(given), launch, composed.wanted, is_async=False),
        [GracefulErrorAdapter(Exception), *given],
    ):
        yield driver.Builder().with_modules(composed.module).with_adapters(*adapters).build()


BUILDERS = {
    "pandas": lambda: [base.PandasDataFrameResult()],
    "futures": lambda: [FutureAdapter()],
    "futures and pandas": lambda: [FutureAdapter(result_builder=base.PandasDataFrameResult())],
}


@pytest.mark.parametrize("made", BUILDERS.values(), ids=list(BUILDERS))
def test_a_result_builder_gets_what_it_gets_from_hamilton_s_own(made: Any, tmp_path: Path) -> None:
    composed = Composed(tmp_path, SOURCE, keep_going=True)
    found = [
        one.execute(["bad", "below", "aside"], inputs={"fails": True}) for one in drivers(composed, *made())
    ]
    ours, theirs = (one if isinstance(one, dict) else one.to_dict() for one in found)
    assert ours == theirs and "None" in str(ours)
    assert [line["success"] for line in composed.launch.flight("graph_end")] == [False]


def test_a_saver_of_what_failed_is_skipped_and_stored_nowhere(tmp_path: Path) -> None:
    composed = Told(tmp_path, SOURCE, keep_going=True, cache=True)
    composed.run("seed", fails=True)
    for _ in range(2):
        saved, results = composed.driver.materialize(
            to.json(
                id="lost", dependencies=["below"], combine=base.DictResult(), path=str(tmp_path / "lost")
            ),
            to.json(
                id="kept", dependencies=["aside"], combine=base.DictResult(), path=str(tmp_path / "kept")
            ),
            additional_vars=["below", "aside"],
            inputs={"fails": True},
        )
        assert saved["lost"] is None and saved["kept"]["file_metadata"]["size"]
        assert results == {"below": None, "aside": 6}
        assert (tmp_path / "kept").exists() and not (tmp_path / "lost").exists()
        end = composed.ends()["lost"]
        assert end["skipped"] is True and end["caused_by"][0]["node"] == "bad"
        assert composed.statuses()["lost"] == "FAILURE" and "bad" in composed.spans.errors["lost"]
    assert ("lost", "set_data_version") not in composed.cached("set_data_version")


def test_a_saver_that_fails_itself_is_failed(tmp_path: Path) -> None:
    composed = Told(tmp_path, SOURCE, keep_going=True)
    composed.run("seed")
    nowhere = to.json(
        id="lost", dependencies=["aside"], combine=base.DictResult(), path=str(tmp_path / "no" / "such")
    )
    saved, _ = composed.driver.materialize(nowhere)
    assert saved == {"lost": None} and composed.statuses()["lost"] == "FAILURE"
    assert composed.ends()["lost"]["error"].startswith("FileNotFoundError")
    assert [line["success"] for line in composed.launch.flight("graph_end")] == [True, False]


def test_the_newest_of_many_runs_is_read_of_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = journal(str(tmp_path), layout.WENT_ON, 1)  # this process is no main one, so a worker
    for n in range(100):
        went_on.tell(there, f"run-{n:03d}", Failure((Cause("node", None, "ValueError: x"),)))
    monkeypatch.setattr(went_on, "_MOST_READ", 500)
    (found,) = went_on.told(str(tmp_path), "run-099")
    assert found.causes == (Cause("node", None, "ValueError: x"),)
