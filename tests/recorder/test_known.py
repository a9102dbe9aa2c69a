"""What a stack is known to be at."""

import sys
from pathlib import Path
from types import FrameType

from hamilton import driver
from hamilton.execution.executors import SynchronousLocalTaskExecutor

from hamtui.recorder.known import Known
from tests.recorder.inside import module


def stack() -> list[FrameType]:
    frame: FrameType | None = sys._getframe(1)
    found = []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found


def test_the_driver_drives_while_it_is_in_no_node(tmp_path: Path) -> None:
    flow = module(tmp_path, "def a() -> int:\n    return look()\n")
    known = Known()
    known.learn()
    seen: list[list[bool]] = []

    def look() -> int:
        frames = stack()
        seen.append([known.drives(frames[at:]) for at in range(len(frames))])
        return 1

    flow.look = look  # type: ignore[attr-defined]
    executor = SynchronousLocalTaskExecutor()
    builder = driver.Builder().with_modules(flow).enable_dynamic_execution(allow_experimental_mode=True)
    made = builder.with_local_executor(executor).with_remote_executor(executor).build()
    assert made.execute(["a"]) == {"a": 1}
    (found,) = seen
    assert not found[0] and not found[1]  # in a node that the driver's own thread executes
    assert any(found)  # the loop itself
