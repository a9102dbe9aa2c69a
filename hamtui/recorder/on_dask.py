"""Hamilton's DaskExecutor with a client of its own, which begins and ends with the run."""

import logging
from typing import Any

from distributed import Client, LocalCluster
from hamilton.plugins import h_dask

from hamtui.recorder import carry
from hamtui.recorder.bound import Bound

#: How long a cluster may take to let us in, seconds.
_CONNECT_S = 30.0


class OnDask(Bound, h_dask.DaskExecutor):  # type: ignore[misc]  # Hamilton is untyped to us
    """Blocks as Dask futures: on the cluster at ``address``, or on a local one of ``tasks`` worker processes."""

    def __init__(self, address: str | None, tasks: int, most: int | None) -> None:
        super().__init__(most, client=None)
        self._address = address
        self._tasks = tasks
        self._cluster: Any = None

    def init(self) -> None:
        """Start the cluster, or join it."""
        if self._address is None:
            self._cluster = LocalCluster(
                n_workers=self._tasks,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                worker_dashboard_address=None,
                silence_logs=logging.WARNING,
            )
        self.client = Client(self._cluster or self._address, timeout=_CONNECT_S)
        self.client.register_worker_callbacks(carry.arrival())

    def finalize(self) -> None:
        """Leave the cluster, and end it where it is our own."""
        for part in (self.client, self._cluster):
            if part is not None:
                part.close()
        self.client = self._cluster = None


def executor(address: str | None, tasks: int, most: int | None) -> Any:
    """Tasks on the cluster at ``address``, at most ``most`` at once, or on a local one with ``tasks`` workers."""
    return OnDask(address, tasks, most if address is not None else None)
