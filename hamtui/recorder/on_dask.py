"""Hamilton's DaskExecutor with a client of its own, which begins and ends with the run."""

import logging
import uuid
from collections.abc import Callable
from typing import Any

import cloudpickle
import distributed
from hamilton.execution import executors
from hamilton.plugins import h_dask

from hamtui.recorder import carry
from hamtui.recorder.bound import Bound

#: How long a cluster may take to let us in, seconds.
_CONNECT_S = 30.0


# Dask is untyped.
_cluster: Callable[..., Any] = distributed.LocalCluster
_client: Callable[..., Any] = distributed.Client

#: What a worker runs. The scheduler unpickles what is submitted, and may have neither the user's modules nor Hamilton:
#: so a task goes as bytes, and this by its text.
_RUNS = """
def execute_task(task):
    import cloudpickle
    from hamilton.execution import executors
    return executors.base_execute_task(cloudpickle.loads(task))
"""


class OnDask(Bound, h_dask.DaskExecutor):
    """Blocks as Dask futures: on the cluster at ``address``, or on a local one of ``tasks`` worker processes."""

    def __init__(self, address: str | None, tasks: int, most: int | None) -> None:
        super().__init__(most, client=None)
        self.client: Any = None
        self._address = address
        self._tasks = tasks
        self._cluster: Any = None
        self._execute = _by_value(_RUNS, "execute_task")

    def init(self) -> None:
        """Start the cluster, or join it."""
        if self._address is None:
            self._cluster = _cluster(
                n_workers=self._tasks,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                worker_dashboard_address=None,
                silence_logs=logging.WARNING,
            )
        self.client = _client(self._cluster or self._address, timeout=_CONNECT_S)
        self.client.register_worker_callbacks(carry.arrival())

    def submit_task(self, task: Any) -> Any:
        """Hand the task over; where its worker dies Dask gives it to another."""
        key = f"{task.task_id}-{uuid.uuid4().hex[:12]}"
        future = self.client.submit(self._execute, cloudpickle.dumps(task), key=key, pure=False)
        return self.counted(executors.TaskFutureWrappingPythonFuture(future))

    def finalize(self) -> None:
        """Leave the cluster, and end it where it is our own."""
        for part in (self.client, self._cluster):
            if part is not None:
                part.close()
        self.client = self._cluster = None


def _by_value(text: str, name: str) -> Callable[..., Any]:
    """A function that travels as its code: one of ``__main__``, whose module nobody else has."""
    made: dict[str, Any] = {"__name__": "__main__"}
    exec(text, made)  # noqa: S102 - our own text
    function: Callable[..., Any] = made[name]
    return function


def executor(address: str | None, tasks: int, most: int | None) -> Any:
    """Tasks on the cluster at ``address``, at most ``most`` at once, or on a local one with ``tasks`` workers."""
    return OnDask(address, tasks, most if address is not None else None)
