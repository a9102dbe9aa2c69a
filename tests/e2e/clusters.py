"""Dask clusters of other processes, some of which see another folder where the launch folders stand."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.driving import SAMPLES, until

_CLUSTER = """
import sys, time
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        time.sleep(600)
"""


@contextlib.contextmanager
def dask_apart(hidden: Path, modules: Path) -> Iterator[str]:
    """The address of a cluster whose processes have an empty folder of their own in the place of ``hidden``.

    They can import what is in ``modules`` and in the samples.
    """
    hidden.mkdir(exist_ok=True)
    script = modules / "cluster_of_two.py"
    script.write_text(_CLUSTER)
    apart = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-r", "-m"]
    inside = f'mount -t tmpfs none "{hidden}" && exec "{sys.executable}" "{script}"'
    said = open(modules / "cluster.log", "wb")
    process = subprocess.Popen(
        [*apart, "sh", "-c", inside],
        stdout=said,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": f"{modules}:{SAMPLES}"},
    )
    try:
        until("the cluster", lambda: process.poll() is not None or "tcp://" in _text(modules))
        assert process.poll() is None, _text(modules)
        yield next(line for line in _text(modules).splitlines() if line.startswith("tcp://"))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        said.close()


def _text(modules: Path) -> str:
    return (modules / "cluster.log").read_text()
