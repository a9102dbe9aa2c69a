"""The rows of what is slow, but works: never confirmed, and known to work."""

from tests.diagnosis.table import PROCESSES, SYNC, THREADS, Row

_CODE, _NATIVE, _IO = ("running.python",), ("running.native",), ("running.io",)
_EITHER = ("running.python", "running.native")


def _cpu(name: str, verdicts: tuple[str, ...], *more: str) -> Row:
    executors = (SYNC, THREADS, *more)
    return Row("working_cpu", name, verdicts, (True,), ends=True, executors=executors, alone=True, line=False)


def _io(name: str, verdicts: tuple[str, ...], *, line: bool = False, alone: bool = False) -> Row:
    return Row("working_io", name, verdicts, (True,), ends=True, line=line, alone=alone)


ROWS = (
    _cpu("compute", _CODE, PROCESSES),
    _cpu("compute_numbers", ("running.native", "running.python")),
    _cpu("sort_numbers", _NATIVE),
    _cpu("group_frames", ("running.python", "running.native")),
    _cpu("merge_frames", ("running.native", "running.python")),
    _cpu("hash_buffers", _NATIVE, PROCESSES),
    _cpu("compress", _NATIVE),
    _cpu("sort_objects", ("running.python", "running.native")),
    _cpu("sort_at_once", ("gil-held",)),
    _cpu("json_both_ways", _EITHER),
    _cpu("collect_garbage", _EITHER),
    _cpu("small_steps", ("running.python",)),
    _cpu("build_text", _EITHER),
    _io("copy_with_fsync", _IO),
    _io("append_slowly", _IO),
    # Each call lets the GIL go; in the threads executor the driver's main thread takes it each time.
    _io("many_small_files", ("running.io", "running.python", "gil-starved"), alone=True),
    _io("copy_trees", ("running.io", "running.native", "running.python"), alone=True),
    _io("database", ("running.io", "running.native", "running.python"), alone=True),
    _io("database_query", _NATIVE, alone=True, line=True),
    _io("read_and_hash", ("running.native", "running.io", "running.python"), alone=True),
    _io("download", _IO, line=True),
    _io("child_compresses", ("waiting.child",), line=True),
    _io("child_tells", ("running.io", "blocked.pipe", "waiting.child"), line=True),
    Row("naps", "retry_backoff", ("polling",), (None, True), ends=True, line=False),
    Row("naps", "prints_and_sleeps", ("polling", "sleeping"), (True,), ends=True, line=False),
    Row("naps", "ticks_and_sleeps", ("polling", "sleeping"), (True,), ends=True, line=False),
    Row(
        "loop_waits",
        "loop_traffic",
        ("running.io", "event-loop-idle", "running.python", "gil-starved"),
        (True, None),
        ends=True,
        line=False,
    ),
    Row("loop_waits", "loop_computes", _EITHER, (True,), ends=True, line=False, alone=True),
)
