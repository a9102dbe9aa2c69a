"""``python -m tests.soak.service ORACLE SECONDS PER_SECOND``: executes dataflows one after the other, as a service that is never idle.

It takes a share of a core and no more: after each turn it rests as long as the turn worked, and does at most so many a
second. The oracle is written by the nodes (``turn, node, outcome``) and, around each execute, by an adapter of
the service's own (``turn, begun, run id`` and ``turn, over, outcome``).
"""

import logging
import os
import sys
import time
from typing import Any

from hamilton import driver
from hamilton.execution.executors import MultiThreadingExecutor, SynchronousLocalTaskExecutor
from hamilton.lifecycle import GraphExecutionHook

from tests.soak import orders


class Oracle(GraphExecutionHook):  # type: ignore[misc]
    """Which run is which turn."""

    def run_before_graph_execution(self, *, inputs: dict[str, Any], run_id: str, **_: Any) -> None:
        self.turn = inputs["turn"]
        orders.note(self.turn, "begun", run_id)

    def run_after_graph_execution(self, *, success: bool, **_: Any) -> None:
        orders.note(self.turn, "over", "succeeded" if success else "failed")


def drivers() -> dict[str, driver.Driver]:
    made = {
        "report": driver.Builder().with_modules(orders).with_adapters(Oracle()),
        "totals": driver.Builder()
        .with_modules(orders)
        .with_adapters(Oracle())
        .enable_dynamic_execution(allow_experimental_mode=True)
        .with_local_executor(SynchronousLocalTaskExecutor())
        .with_remote_executor(MultiThreadingExecutor(max_tasks=3)),
    }
    return {target: builder.build() for target, builder in made.items()}


def serve(seconds: float, per_second: float) -> None:
    end, ready, turn = time.monotonic() + seconds, drivers(), 0
    while time.monotonic() < end:
        turn += 1
        began, worked = time.monotonic(), time.process_time()
        ask = orders.asked(turn)
        try:
            ready[ask["final_vars"][0]].execute(**ask)
        except ValueError as wrong:
            logging.getLogger("service").warning("%s", str(wrong)[-200:])
        worked = time.process_time() - worked
        time.sleep(max(worked, 1 / per_second - (time.monotonic() - began)))


if __name__ == "__main__":
    path, seconds, per_second = sys.argv[1:]
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.environ["SOAK_ORACLE_FD"] = str(fd)
    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    logging.getLogger("hamilton").setLevel(logging.CRITICAL)
    serve(float(seconds), float(per_second))
