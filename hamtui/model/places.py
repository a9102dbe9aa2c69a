"""What a stack's innermost library frames say that a thread waits for, where nothing better is known."""

import re
from collections.abc import Sequence

from hamtui.contract.stacks import Frame
from hamtui.model.frames import first_own

#: (end of the file's name, functions or None for any, what it waits for); the first that fits an inner frame.
_TABLE: tuple[tuple[str, frozenset[str] | None, str], ...] = (
    ("/threading.py", frozenset({"join", "_wait_for_tstate_lock"}), "join"),
    ("/queue.py", frozenset({"get", "put", "join"}), "queue"),
    (
        "/concurrent/futures/_base.py",
        frozenset({"result", "exception", "wait", "as_completed", "result_iterator"}),
        "future",
    ),
    ("/concurrent/futures/thread.py", frozenset({"shutdown", "__exit__"}), "future"),
    ("/concurrent/futures/process.py", frozenset({"shutdown", "_chain_from_iterable_of_lists"}), "child"),
    ("/multiprocessing/pool.py", frozenset({"get", "wait", "next", "join"}), "child"),
    ("/multiprocessing/process.py", frozenset({"join"}), "child"),
    ("/multiprocessing/popen_fork.py", frozenset({"poll", "wait"}), "child"),
    ("/multiprocessing/managers.py", None, "child"),
    ("/multiprocessing/queues.py", None, "pipe"),
    ("/multiprocessing/connection.py", None, "pipe"),
    ("/multiprocessing/synchronize.py", frozenset({"wait", "wait_for"}), "condition"),
    ("/multiprocessing/synchronize.py", None, "lock"),
    ("/subprocess.py", None, "child"),
    ("/asyncio/base_events.py", frozenset({"_run_once", "run_forever", "run_until_complete"}), "event-loop"),
    ("/asyncio/runners.py", None, "event-loop"),
    ("/uvloop/", None, "event-loop"),
    ("/ssl.py", None, "socket"),
    ("/socket.py", None, "socket"),
    ("/socketserver.py", None, "socket"),
    ("/http/client.py", None, "socket"),
    ("/urllib/request.py", None, "socket"),
)
#: The functions of threading.py that wait, for something that is known by who called them.
_THREADING = frozenset({"wait", "wait_for", "acquire", "_enter", "_wait"})
_PDB = ("/pdb.py", "/bdb.py", "/IPython/core/debugger.py", "/IPython/terminal/debugger.py", "/ipdb/")

_CALLS = (
    (re.compile(r"\bsleep\s*\("), "sleep"),
    (re.compile(r"\A(?:async\s+)?with\s+[\w.\[\]\"']+\s*:?(?:\s*#.*)?\Z"), "lock"),
    (re.compile(r"\.acquire\s*\("), "lock"),
    (re.compile(r"\.(?:recv|recv_into|accept|connect|sendall|send)\s*\("), "socket"),
    (re.compile(r"(?<![\w.])input\s*\(|\bsys\.stdin\b"), "stdin"),
    (re.compile(r"\bflock\s*\(|\blockf\s*\("), "file-lock"),
    (re.compile(r"\bos\.wait(?:pid|id|3|4)?\s*\("), "child"),
)


def _fits(frame: Frame, end: str, functions: frozenset[str] | None) -> bool:
    where = end in frame.file if end.endswith("/") else frame.file.endswith(end)
    return where and (functions is None or frame.function in functions)


def waits_in(frames: Sequence[Frame], own_file: str | None = None) -> str | None:
    """The kind of wait (contract.vitals' words, or ``socket``, ``pipe``, ``stdin``, ``file-lock``) that a stack shows; None: no wait.

    Only frames inside of the user's innermost one count: what the library does on its behalf. A call into C
    leaves no frame, so that the user's own source line is read where it is the innermost.
    """
    own = first_own(frames, own_file)
    inner = frames[:own] if own is not None else frames
    for end, functions, kind in _TABLE:
        if any(_fits(frame, end, functions) for frame in inner):
            return kind
    for frame in inner:
        if frame.file.endswith("/threading.py") and frame.function in _THREADING:
            return _threading_kind(inner)
    if frames and own == 0:
        return _by_text(frames[0].text)
    return None


def _threading_kind(inner: Sequence[Frame]) -> str:
    functions = [frame.function for frame in inner if frame.file.endswith("/threading.py")]
    if "_enter" in functions or "_wait" in functions:
        return "barrier"
    if "acquire" in functions:
        return "semaphore"
    return "event" if functions.count("wait") > 1 else "condition"


def _by_text(text: str | None) -> str | None:
    if not text:
        return None
    line = text.strip()
    return next((kind for pattern, kind in _CALLS if pattern.search(line)), None)


def in_debugger(frames: Sequence[Frame], own_file: str | None = None) -> bool:
    """Whether the innermost frames are a Python debugger's: it waits for a person, and that is no hang."""
    own = first_own(frames, own_file)
    inner = frames[:own] if own is not None else frames[:16]
    return any(any(part in frame.file for part in _PDB) for frame in inner)


def base_name(file: str) -> str:
    """A file's own name."""
    return file.replace("\\", "/").rpartition("/")[2] or file
