"""The hooks of task-based execution: groups of nodes that a Parallelizable or an executor makes."""

import sys
from threading import get_native_id
from time import monotonic_ns
from typing import Any

from hamilton.lifecycle import base

from hamtui.contract import flight as said
from hamtui.recorder import events
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

    def _write(self, event: str, run_id: str, keys: dict[str, Any], raw: str = "") -> None:
        if self._arrived != HERE.pid:
            self.arrive()
        events.write(self.flight, event, run_id, keys, raw)

    @hook
    def post_task_group(self, *, run_id: str, task_ids: Any, **_: Any) -> None:
        """The plan was cut into tasks."""
        if self._runs.mine(run_id):
            ids = [str(task_id) for task_id in task_ids]
            self._write(said.TASK_GROUPED, run_id, {"task_ids": ids[:MOST_NAMES], "count": len(ids)})

    @hook
    def post_task_expand(self, *, run_id: str, task_id: str, parameters: Any, **_: Any) -> None:
        """A Parallelizable gave its items: how many, never which."""
        if self._runs.mine(run_id):
            keys = [str(key) for key in parameters][:_MOST_KEYS]
            count = len(parameters)
            told = {"task_id": task_id, "count": count, "parameters": {"count": count, "keys": keys}}
            self._write(said.TASK_EXPANDED, run_id, told)

    @hook
    def pre_task_submission(self, *, run_id: str, task_id: str, **about: Any) -> None:
        """A task goes to its executor."""
        if self._runs.mine(run_id):
            self._write(said.TASK_SUBMIT, run_id, {"task_id": task_id, **_about(about)})

    @hook
    def pre_task_execute(self, *, run_id: str, task_id: str, **about: Any) -> None:
        """A task starts, in this process and thread."""
        if self._arrived != HERE.pid:
            self.arrive()
        self._tasks.start((run_id, task_id))
        self._write(
            said.TASK_START, run_id, {"task_id": task_id, "native_id": get_native_id(), **_about(about)}
        )

    @hook
    def post_task_execute(
        self, *, run_id: str, task_id: str, success: bool = True, error: Any = None, **about: Any
    ) -> None:
        """A task ended where it ran."""
        started = self._tasks.end((run_id, task_id))
        if started is None:
            return
        flying = sys.exc_info()[1]
        if success and error is None and flying is not None and flying is not started[2]:
            error = flying
        elapsed = {"task_id": task_id, "elapsed_s": (monotonic_ns() - started[1]) / 1e9, **_about(about)}
        self._write(said.TASK_END, run_id, elapsed, outcome(success, error))

    @hook
    def post_task_return(
        self, *, run_id: str, task_id: str, success: bool = True, error: Any = None, **about: Any
    ) -> None:
        """A task's result, or its error, came back to the run."""
        if self._runs.mine(run_id):
            self._write(said.TASK_RETURN, run_id, {"task_id": task_id, **_about(about)}, outcome(success, error))


def outcome(success: bool, error: BaseException | None) -> str:
    """``"success":…`` and the error's keys, as ready JSON."""
    if success and error is None:
        return '"success":true,"error":null'
    return '"success":false,' + error_keys(true_error(error))


def _about(about: dict[str, Any]) -> dict[str, Any]:
    purpose = about.get("purpose")
    return {
        "nodes": [node.name for node in (about.get("nodes") or ())[:MOST_NAMES]],
        "spawning_task_id": about.get("spawning_task_id"),
        "purpose": getattr(purpose, "name", None),
    }
