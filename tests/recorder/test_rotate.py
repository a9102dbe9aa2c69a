"""Files within ``--max-size``: nothing lost at a seam, what is open told again, what is gone said."""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hamtui.contract import flight, layout
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.flight import FlightEvent, NodeEvent
from hamtui.follow.follower import read_launch
from hamtui.recorder import rotate
from hamtui.recorder.here import HERE
from hamtui.recorder.spans import SPANS
from tests.follow.watching import Watching, ref_of
from tests.recorder.conftest import Launcher
from tests.recorder.inside import Launch

PAIR = """
    def a(n: int) -> int:
        return n

    def b(a: int) -> int:
        return a + 1
"""
SIZE = 200_000
#: So big that a part holds some forty runs.
ROOMY = 1_000_000


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    yield Launch(tmp_path)
    assert SPANS.all() == []


class Seen(Watching):
    """A live follower that keeps each event's number."""

    def __init__(self, launch: Launch) -> None:
        super().__init__(ref_of(launch.dir))
        self.seqs: list[int] = []

    def _take(self, batch: Any) -> None:
        super()._take(batch)
        for source, record in batch.records:
            if (
                isinstance(record, (FlightEvent, NodeEvent))
                and source.kind is layout.Kind.FLIGHT
                and record.seq is not None
            ):
                self.seqs.append(record.seq)


def parts(folder: Path, name: str = layout.FLIGHT) -> list[int]:
    found = (layout.split_part(path.name) for path in folder.iterdir())
    return sorted(number for base, number in found if base == name and number is not None)


def seqs(path: Path) -> list[int]:
    return [json.loads(line)["seq"] for line in path.read_bytes().splitlines()]


def test_a_service_s_files_stay_within_their_size_and_a_live_follower_misses_nothing(launch: Launch) -> None:
    driver = launch.driver(PAIR, recorder=launch.recorder(wanted=Diagnostics(max_size=ROOMY)))
    seen = Seen(launch)
    with seen:
        for n in range(400):
            driver.execute(["b"], inputs={"n": n})
            # As fast as it can, but not so that parts come and go before anybody could have read them.
            least = n - 40
            seen.until(lambda least=least: len(seen.launch.runs) >= least)  # type: ignore[misc]
        seen.until(lambda: len(seen.launch.runs) == 400)
        last = seqs(launch.dir / layout.FLIGHT)[-1]
        seen.until(lambda: bool(seen.seqs) and seen.seqs[-1] == last)
    assert seen.seqs == list(range(last + 1))
    there = parts(launch.dir)
    assert len(there) == rotate.MOST_OLD and there[0] > 1
    assert there == list(range(there[0], there[0] + len(there)))
    assert sum(path.stat().st_size for path in launch.dir.glob("*.jsonl*")) <= ROOMY
    # Between runs, so that each part holds whole runs: it begins with the word of it, then a run's start.
    for number in there:
        lines = (launch.dir / layout.part_name(layout.FLIGHT, number)).read_bytes().splitlines()
        kinds = [json.loads(line)["event"] for line in lines]
        assert kinds[:2] == [flight.FILE_ROTATED, flight.GRAPH_START] and kinds[-1] == flight.GRAPH_END


def test_a_later_look_reads_what_is_kept_oldest_part_first_and_says_what_is_gone(launch: Launch) -> None:
    driver = launch.driver(PAIR, recorder=launch.recorder(wanted=Diagnostics(max_size=SIZE)))
    for n in range(400):
        driver.execute(["b"], inputs={"n": n})
    there = parts(launch.dir)
    kept = [
        number
        for name in (*(layout.part_name(layout.FLIGHT, one) for one in there), layout.FLIGHT)
        for number in seqs(launch.dir / name)
    ]
    assert kept == list(range(kept[0], kept[-1] + 1)) and kept[0] > 0
    read = read_launch(ref_of(launch.dir))
    assert {run.state for run in read.runs.values()} == {"succeeded"}
    assert 0 < len(read.runs) < 400
    gone, size = read.rotated[layout.FLIGHT]
    assert gone == there[0] - 1 and size > 0
    assert read.unread.lines == 0


def test_what_is_open_is_told_again_where_its_start_is_gone(launch: Launch) -> None:
    recorder = launch.recorder(wanted=Diagnostics(max_size=SIZE))
    inner = launch.driver(PAIR, recorder=recorder)
    source = """
        def loop(work: object) -> int:
            work()
            return 1

        def after(loop: int) -> int:
            return loop
    """

    def work() -> None:
        for n in range(400):
            inner.execute(["b"], inputs={"n": n})
        (launch.dir / "meanwhile").write_text(str(parts(launch.dir)), "utf-8")
        read = read_launch(ref_of(launch.dir))
        outer = next(iter(read.runs.values()))
        assert (outer.state, outer.targets, outer.started_at is not None) == ("running", ("after",), True)
        (span,) = outer.spans.values()
        assert (span.key.node, span.status) == ("loop", "running")

    launch.driver(source, recorder=recorder).execute(["after"], inputs={"work": work})
    assert parts(launch.dir)[0] > 1
    read = read_launch(ref_of(launch.dir))
    outer = next(iter(read.runs.values()))
    assert (outer.state, outer.targets) == ("succeeded", ("after",))
    assert {key.node: span.status for key, span in outer.spans.items()} == {
        "loop": "succeeded",
        "after": "succeeded",
    }
    # Its time is that of its true start, not of the part's.
    assert outer.started_at is not None and outer.elapsed_s is not None
    (span, _) = sorted(outer.spans.values(), key=lambda one: one.started_mono or 0)
    assert span.started_mono is not None and span.started_mono - (outer.started_mono or 0) < outer.elapsed_s


def test_threads_that_write_while_a_file_is_set_aside_lose_no_line(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotate, "MOST_OLD", 99)  # none is deleted before a slow machine has read it
    recorder = launch.recorder(wanted=Diagnostics(max_size=20_000_000))
    journal = recorder.journal(layout.FLIGHT)
    each, writers = 4_000, 4
    row = FlightEvent("node_start", run_id="r", node="n", result_summary="x" * 100)
    going = threading.Event()

    def write(number: int) -> None:
        for count in range(each):
            journal.append(replace(row, task_id=f"{number}.{count}"))

    def turn() -> None:
        while not going.wait(0.001):
            rotate.look()

    with Watching(ref_of(launch.dir)) as seen:
        turning = threading.Thread(target=turn)
        threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
        for thread in (turning, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        going.set()
        turning.join()
        (run,) = [seen.launch.run("r", None)]
        seen.until(lambda: len(run.spans) >= each * writers)
    assert {key.task_id for key in run.spans} == {
        f"{number}.{count}" for number in range(writers) for count in range(each)
    }
    assert len(parts(launch.dir)) > 5
    assert seen.unread.lines == 0


def test_without_a_size_files_grow_on(launch: Launch) -> None:
    driver = launch.driver(PAIR)
    for n in range(50):
        driver.execute(["b"], inputs={"n": n})
    assert parts(launch.dir) == []


def test_a_worker_s_files_are_kept_small_too(launcher: Launcher) -> None:
    source = """
        from hamilton.htypes import Collect, Parallelizable

        def item() -> Parallelizable[int]:
            yield from range(150)

        def one(item: int) -> int:
            return item

        def all_of(one: Collect[int]) -> int:
            return sum(one)
    """
    launched = launcher.run(
        launcher.module(source), "all_of", executor="processes", max_tasks=1, max_size=100_000
    )
    assert launched.process.returncode == 0, launched.output()
    (worker,) = [
        found
        for path in launched.dir.iterdir()
        if (found := layout.classify(path.name)) is not None
        and found.kind is layout.Kind.FLIGHT
        and found.part is None
        and found.pid is not None
    ]
    assert parts(launched.dir, worker.name)
    read = read_launch(ref_of(launched.dir))
    (run,) = read.runs.values()
    assert run.state == "succeeded"
    assert read.unread.lines == 0


def test_output_log_is_left_alone(launch: Launch) -> None:
    recorder = launch.recorder(wanted=Diagnostics(max_size=1))
    (launch.dir / layout.OUTPUT).write_bytes(b"x" * 1000)
    launch.driver(PAIR, recorder=recorder).execute(["b"], inputs={"n": 1})
    assert (launch.dir / layout.OUTPUT).stat().st_size == 1000
    assert os.getpid() == HERE.pid and layout.classify("output.log.1") is None
