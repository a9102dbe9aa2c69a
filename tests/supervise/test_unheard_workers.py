"""Workers whose first node leaves them no time for a heartbeat."""

from pathlib import Path

from hamtui.contract import identity, layout
from hamtui.contract.stacks import Frame, ThreadStack
from hamtui.supervise.hearts import Hearts
from hamtui.supervise.outside import _without_unborn


def test_a_worker_that_told_of_a_task_counts_as_heard(tmp_path: Path) -> None:
    hearts = Hearts(tmp_path, 4121)
    (tmp_path / "hamilton_flight.jsonl").touch()
    (tmp_path / layout.worker_name(layout.FLIGHT, identity.host(), 4177)).touch()
    # A process of another machine: its pid is a stranger's here.
    (tmp_path / layout.worker_name(layout.FLIGHT, "elsewhere", 4178)).touch()
    hearts.look_for_workers(10.0)
    hearts.look_for_workers(11.0)
    assert hearts.pids() == [4177]
    assert hearts.silence(4177, 13.0) == 3.0


def test_a_thread_that_is_only_being_started_is_nobody() -> None:
    standing = ThreadStack(7, 4177, "MainThread", [Frame("/x.py", 1, "f")])
    unborn = ThreadStack(7, 4177, "MainThread", gil=True)
    other = ThreadStack(8, 4178, "Thread-1")
    assert _without_unborn([unborn, standing, other]) == [standing, other]
