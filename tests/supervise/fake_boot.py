"""What the supervisor starts in these tests, in the recorder's stead: beats if told to, then runs a script.

The script is the spec's first target; ``beat`` among the modules has a thread write heartbeats.
"""

import json
import os
import pickle
import sys
import threading
import time


def beat(folder: str) -> None:
    while True:
        line = json.dumps({"kind": "beat", "ts": time.time(), "mono": time.monotonic(), "pid": os.getpid()})
        fd = os.open(folder + "/vitals.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(fd, line.encode() + b"\n")
        os.close(fd)
        time.sleep(0.1)


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[sys.argv.index("--spec-fd") + 1]), "rb") as handed:
        spec = pickle.load(handed)
    folder = spec["launch_dir"]
    if "beat" in spec["modules"]:
        threading.Thread(target=beat, args=(folder,), daemon=True).start()
    exec(compile(spec["targets"][0], "script.py", "exec"), {"__name__": "script", "folder": folder})
