"""The hooks of task-based execution: groups of nodes that a Parallelizable or an executor makes."""

import itertools
import sys
from threading import get_native_id
from time import monotonic_ns
from typing import Any

from hamilton.lifecycle import base

from hamtui.contract import flight
from hamtui.recorder import events, failures, rotate
from hamtui.recorder.flight import Journal
from hamtui.recorder.guard import hook
from hamtui.recorder.here import HERE
from hamtui.recorder.lines import error_keys, true_error

#: So many names stand in one event; there may be thousands of nodes in a task, or of tasks in a run.
MOST_NAMES = 1_000
_MOST_KEYS = 20


class OpenTasks:
    """Tasks that are being executed: (run, task) -> pid, start (mono ns), exception in flight at the start."""

    def __init__(self) -> None:
        self.by_key: dict[tuple[str, str], tuple[int, int, BaseException | None]] = {}

    def start(self, key: tuple[str, str]) -> None:
        """A task starts in this process."""
        self.by_key[key] = (HERE.pid, monotonic_ns(), sys.exc_info()[1])

    def end(self, key: tuple[str, str]) -> tuple[int, int, BaseException | None] | None:
        """The task's start, None where another process started it: the one that forked this."""
        started = self.by_key.pop(key, None)
        return started if started is not None and started[0] == HERE.pid else None


class TaskHooks(
    base.BasePostTaskGroup,
    base.BasePostTaskExpand,
    base.BasePreTaskSubmission,
    base.BasePreTaskExecute,
    base.BasePostTaskExecute,
    base.BasePostTaskReturn,
):
    """The recorder's hooks for tasks. Submitting, grouping and returning happen in the run's own process alone."""

    flight: Journal
    _arrived: int
    _runs: Any
    _tasks: OpenTasks

    def arrive(self) -> None:
        """First event in this process."""
        raise NotImplementedError

    def _write(self, event: str, said: dict[str, Any], keys: dict[str, Any], raw: str = "") -> None:
        events.write(self.flight, event, said["run_id"], keys, raw)

    @hook
    def post_task_group(self, said: dict[str, Any]) -> None:
        """The plan was cut into tasks."""
        if self._runs.mine(said["run_id"]):
            ids = [str(task_id) for task_id in said["task_ids"]]
            self._write(flight.TASK_GROUPED, said, {"task_ids": ids[:MOST_NAMES], "count": len(ids)})

    @hook
    def post_task_expand(self, said: dict[str, Any]) -> None:
        """A Parallelizable gave its items: how many, never which."""
        if self._runs.mine(said["run_id"]):
            keys = [str(key) for key in itertools.islice(said["parameters"], _MOST_KEYS)]
            count = len(said["parameters"])
            told = {"task_id": said["task_id"], "count": count, "parameters": {"count": count, "keys": keys}}
            self._write(flight.TASK_EXPANDED, said, told)

    @hook
    def pre_task_submission(self, said: dict[str, Any]) -> None:
        """A task goes to its executor."""
        if self._runs.mine(said["run_id"]):
            self._write(flight.TASK_SUBMIT, said, _about(said))

    @hook
    def pre_task_execute(self, said: dict[str, Any]) -> None:
        """A task starts, in this process and thread."""
        if self._arrived != HERE.pid:
            self.arrive()
        self._tasks.start((said["run_id"], said["task_id"]))
        self._write(flight.TASK_START, said, {**_about(said), "native_id": get_native_id()})

    @hook
    def post_task_execute(self, said: dict[str, Any]) -> None:
        """A task ended where it ran."""
        started = self._tasks.end((said["run_id"], said["task_id"]))
        if started is None:
            return
        error, flying = said.get("error"), sys.exc_info()[1]
        if error is None and flying is not started[2]:
            error = flying
        elapsed = (monotonic_ns() - started[1]) / 1e9
        keys = {**_about(said), "elapsed_s": elapsed}
        self._write(flight.TASK_END, said, keys, outcome(said.get("success", True), error))
        rotate.look()

    @hook
    def post_task_return(self, said: dict[str, Any]) -> None:
        """A task's result, or its error, came back to the run."""
        if self._runs.mine(said["run_id"]):
            for result in (said.get("result") or {}).values():
                failure = failures.of(result)
                if failure is not None:
                    self._runs.went_on(said["run_id"], failure)
            how = outcome(said.get("success", True), said.get("error"))
            self._write(flight.TASK_RETURN, said, _about(said), how)


def outcome(success: bool, error: BaseException | None) -> str:
    """``"success":…`` and the error's keys, as ready JSON."""
    if success and error is None:
        return '"success":true,"error":null'
    return '"success":false,' + error_keys(true_error(error))


def _about(said: dict[str, Any]) -> dict[str, Any]:
    nodes = said.get("nodes") or ()
    return {
        "task_id": said["task_id"],
        "nodes": [node.name for node in nodes[:MOST_NAMES]],
        "spawning_task_id": said.get("spawning_task_id"),
        "purpose": getattr(said.get("purpose"), "name", None),
    }
