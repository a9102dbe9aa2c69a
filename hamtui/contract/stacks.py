"""faulthandler_stacks.jsonl: one all-threads dump a line."""

from dataclasses import dataclass, field

#: Why a dump was taken.
FIRST_LOOK = "first-look"  # a span that has run for a second
LATE = "late"  # a span just passed its threshold
STILL_LATE = "still-late"  # every --dump-every while one is
ASKED = "asked"  # hamtui dump, or the key d
CRASH = "crash"  # faulthandler's text of a crash, parsed afterwards
GIL_HELD = "gil-held"  # read from outside: no heartbeat while CPU burns
STOPPED = "stopped"  # read from outside: the process is stopped


@dataclass(frozen=True)
class Frame:
    """One frame. ``file`` is absolute where it is a file at all, ``line`` 1-based; ``text`` is the source line.

    ``locals`` only where somebody asked for them: ``name = repr`` a line, reprs cut.
    """

    file: str
    line: int
    function: str
    text: str | None = None
    locals: str | None = None


@dataclass(frozen=True)
class ThreadStack:
    """A thread's frames, innermost first. ``thread_id`` is ``threading.get_ident()``, ``native_id`` the kernel's.

    ``gil``: whether it has the GIL, where that was seen from outside. ``native``: the functions that it waits in
    below its innermost Python frame, as far as they can be told without pausing it (line 0), where they were asked for.
    """

    thread_id: int | None = None
    native_id: int | None = None
    name: str | None = None
    frames: list[Frame] = field(default_factory=list)
    gil: bool | None = None
    native: list[Frame] = field(default_factory=list)


@dataclass(frozen=True)
class Dump:
    """All threads of one process at one instant.

    ``ts`` Unix seconds, ``mono`` CLOCK_MONOTONIC seconds. ``taken_by`` is ``inside`` (the sampling thread),
    ``py-spy`` or ``faulthandler``. ``request`` is the id of the request that it answers. ``error`` says why
    there are no threads, when a dump was due and could not be taken.
    """

    ts: float | None = None
    mono: float | None = None
    pid: int | None = None
    seq: int | None = None
    why: str | None = None
    taken_by: str | None = None
    request: str | None = None
    error: str | None = None
    threads: list[ThreadStack] = field(default_factory=list)
