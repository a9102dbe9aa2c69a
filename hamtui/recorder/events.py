"""Writing the events that come once a run or once a task: any keys, ordinary JSON."""

import threading
import time
from typing import Any

from hamtui.recorder.flight import Journal
from hamtui.recorder.here import HERE
from hamtui.recorder.text import dumps, quote


def write(flight: Journal, event: str, run_id: str | None, keys: dict[str, Any], raw: str = "") -> bytes:
    """One event with its time, process, sequence and thread; its line. ``raw`` is ready JSON (``"a":1,"b":2``)."""
    ts, mono = time.time_ns(), time.monotonic_ns()
    file = flight.here()
    run = "" if run_id is None else f'"run_id":{quote(run_id)},'
    rest = dumps(keys)[1:-1]
    line = (
        f'{{"event":"{event}",{run}"ts":{ts}e-9,"mono":{mono}e-9,"pid":{HERE.pid},"seq":{file.next_seq()},'
        f'"thread_id":{threading.get_ident()}{"," if rest else ""}{rest}{"," if raw else ""}{raw}}}\n'
    ).encode("ascii")
    file.write(line)
    return line
