"""Blocks of a Parallelizable/Collect section, from the events of task-based execution."""

from functools import lru_cache
from sys import intern
from typing import Any

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.model.state import Run, Task


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(str(item) for item in value) if isinstance(value, (list, tuple)) else ()


@lru_cache(1_000)
def _one(names: tuple[str, ...]) -> tuple[str, ...]:
    """The same object for the same names: all blocks of a section have them."""
    return tuple(map(intern, names))


def _task(run: Run, task_id: str) -> Task:
    task = run.tasks.get(task_id)
    if task is None:
        task_id = intern(task_id)
        task = run.tasks[task_id] = Task(task_id)
    return task


def apply(run: Run, event: FlightEvent) -> None:
    """Take in one ``task_*`` event."""
    if event.event == flight.TASK_GROUPED:
        for task_id in _names(event.task_ids):
            _task(run, task_id)
        return
    if event.task_id is None:
        return
    task = _task(run, event.task_id)
    if event.event == flight.TASK_EXPANDED:
        task.blocks = event.count if isinstance(event.count, int) else None
        return
    if isinstance(event.spawning_task_id, str):
        task.spawning_task_id = intern(event.spawning_task_id)
    if isinstance(event.purpose, str):
        task.purpose = intern(event.purpose)
    names = _names(event.nodes)
    if names:
        task.nodes = _one(names)
    if event.event == flight.TASK_SUBMIT:
        task.submitted_at = event.ts
    elif event.event == flight.TASK_START:
        task.started_at = event.ts
    else:
        task.ended_at = event.ts if event.ts is not None else task.ended_at
        task.success = event.success if event.success is not None else task.success
