"""Threads that wait in every way there is, probed by a thread of the same process.

``python -m tests.recorder.standstills NAME…`` starts these, and prints what a probe says of them once they stand
still: ``{"probe": the line, "still": whether it held}``. Then it kills its own process group, for they never end.
"""

import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from _thread import get_ident

from hamtui.recorder.dumps import Stacks
from hamtui.recorder.probes import Prober
from tests.recorder import standing_locks, standing_outside
from tests.recorder.standing import THREADS, WAYS, forever

#: Imported for the ways that they add.
_MODULES = (standing_locks, standing_outside)
#: Ways for the main thread, so that no other is there.
IN_MAIN = ("alone", "crossed", "joined_alone")


def main(names: list[str]) -> None:
    in_main = names[0] if names[0] in IN_MAIN else None
    for name in names:
        if name != in_main:
            THREADS[name] = threading.Thread(target=WAYS[name], name=name, daemon=True)
            THREADS[name].start()
    settle = (
        float(os.environ.get("SETTLE", 0)) or 5.0 if {"lost", "process_pool", "mapped"} & set(names) else 0.8
    )

    def watch() -> None:
        time.sleep(settle)
        prober = Prober(Stacks(os.getcwd()))
        THREADS.setdefault(in_main or "", threading.main_thread())
        late = {thread.ident or 0: thread.native_id or 0 for name, thread in THREADS.items() if name in names}
        before, deadline = set[int](), time.monotonic() + 3
        while True:
            for _ in range(2):
                line = prober.take(1, late, get_ident())
            told = json.loads(line)
            standing = {look["thread_id"] for look in told["looks"] if look.get("wait")}
            # On a machine that is busy a thread may be on its way yet: three seconds after the last that came.
            if standing > before:
                before, deadline = standing, time.monotonic() + 3
            if late.keys() <= standing or time.monotonic() > deadline:
                break
            time.sleep(0.3)
        print(json.dumps({"probe": told, "still": prober.still(late)}))
        sys.stdout.flush()
        for child in multiprocessing.active_children():
            child.kill()
        os.killpg(0, signal.SIGKILL)

    if in_main is None:
        threading.Thread(target=watch).start()
        forever()
    else:
        import _thread

        _thread.start_new_thread(watch, ())
        WAYS[in_main]()


if __name__ == "__main__":
    main(sys.argv[1:])
