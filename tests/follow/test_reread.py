"""One run of thousands read again from its files, in parts and of workers too."""

from pathlib import Path

from hamtui.contract import encode, layout
from hamtui.contract.flight import FlightEvent
from hamtui.follow.follower import read_launch
from hamtui.follow.reread import read_run
from hamtui.model import keeping
from hamtui.model.ending import settle
from hamtui.model.state import Now, ProcessFact
from tests.follow.watching import ref_of
from tests.model.streams import T0
from tests.model.test_keeping import GRAPH, NODES, run_of


def service(folder: Path, runs: int) -> None:
    """So many runs, the first half in a part that was set aside; the nodes of each third by a worker."""
    folder.joinpath("graph.g.json").write_bytes(encode.document(GRAPH))
    for number in range(runs):
        main = layout.part_name(layout.FLIGHT, 1) if number < runs // 2 else layout.FLIGHT
        worker = "hamilton_flight.box.9.jsonl" if number % 3 == 0 else main
        for event in run_of(number):
            name = main if event.node is None else worker
            with (folder / name).open("ab") as file:
                file.write(encode.line(event))


def test_a_run_that_became_a_line_is_read_again_whole(tmp_path: Path) -> None:
    service(tmp_path, keeping.MAX_RUNS + 20)
    launch = read_launch(ref_of(tmp_path))
    for number in (0, 1, 5):
        run_id = f"run-{number}"
        assert launch.runs[run_id].line is not None
        whole = read_run(ref_of(tmp_path), run_id)
        assert whole is not None and list(whole.runs) == [run_id]
        order = list(launch.runs)
        keeping.restore(launch, whole, run_id)
        settle(launch, ProcessFact(), Now(T0 + 9_000))
        run = launch.runs[run_id]
        assert list(launch.runs) == order and run.line is None and run.plan == NODES
        assert {key.node: (span.status, span.elapsed_s) for key, span in run.spans.items()} == dict.fromkeys(
            NODES, ("succeeded", 0.05)
        )


def test_what_the_files_no_longer_hold_is_nothing(tmp_path: Path) -> None:
    service(tmp_path, 4)
    assert read_run(ref_of(tmp_path), "run-99") is None
    assert read_run(ref_of(tmp_path / "none"), "run-0") is None


def test_only_a_few_are_kept_whole_because_somebody_looked(tmp_path: Path) -> None:
    service(tmp_path, keeping.MAX_RUNS + 40)
    launch = read_launch(ref_of(tmp_path))
    for number in range(keeping.MAX_RESTORED + 5):
        whole = read_run(ref_of(tmp_path), f"run-{number}")
        assert whole is not None
        keeping.restore(launch, whole, f"run-{number}")
    kept = [run.run_id for run in launch.runs.values() if run.line is None]
    assert kept[:2] == ["run-5", "run-6"] and len(kept) == keeping.MAX_RUNS + keeping.MAX_RESTORED
    assert all(isinstance(event, FlightEvent) for event in run_of(0))
