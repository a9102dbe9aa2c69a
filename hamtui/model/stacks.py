"""Which thread's stack is a span's, in which dump."""

from collections.abc import Iterator

from hamtui.contract.layout import Source
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.model.fold import Launch
from hamtui.model.state import Span

#: Where Python keeps what the user did not write, as parts of a file's path.
_INSTALLED = ("/site-packages/", "/dist-packages/", "/hamtui/recorder/")
_LIBRARY = "/lib/python"


def is_user_frame(frame: Frame) -> bool:
    """Whether the frame is of the user's own code: no standard library, no installed package, no recorder.

    Judged by the path's text, because the run's interpreter may be another than the viewer's, or elsewhere.
    """
    path = frame.file.replace("\\", "/")
    if not path or path.startswith("<") or any(part in path for part in _INSTALLED):
        return False
    _, found, rest = path.partition(_LIBRARY)
    version = rest.partition("/")[0]
    return not (found and version[:1].isdecimal()) and ".zip/" not in path


def user_frame(stack: ThreadStack, own_file: str | None = None) -> Frame | None:
    """The innermost frame of the user's own code, else of ``own_file`` (the node's), else the innermost of all."""
    for frame in stack.frames:
        if is_user_frame(frame) or (own_file is not None and frame.file == own_file):
            return frame
    return stack.frames[0] if stack.frames else None


def _of_process(span: Span, source: Source, dump: Dump) -> bool:
    pid = source.pid if dump.pid is None else dump.pid
    if span.pid is not None and pid is not None and span.pid != pid:
        return False
    return span.host is None or source.host is None or span.host == source.host


def _while_it_ran(span: Span, dump: Dump) -> bool:
    """A dump without any time can't be told from an older one; what a crash left comes after the end it caused."""
    if dump.mono is not None and span.started_mono is not None:
        started = dump.mono >= span.started_mono
        ended = span.ended_mono is not None and dump.mono > span.ended_mono
    elif dump.ts is not None and span.started_at is not None:
        started = dump.ts >= span.started_at
        ended = span.ended_at is not None and dump.ts > span.ended_at
    else:
        return False
    return started and (not ended or span.settled)


def _thread(span: Span, dump: Dump) -> ThreadStack | None:
    """By the kernel's id first: ``get_ident()`` is the same in every fork of a process."""
    if span.native_id is not None:
        for thread in dump.threads:
            if thread.native_id == span.native_id:
                return thread
    if span.thread_id is not None:
        for thread in dump.threads:
            known = thread.native_id is not None and span.native_id is not None
            if thread.thread_id == span.thread_id and not known:
                return thread
    return None


def _dumps(launch: Launch, span: Span) -> Iterator[Dump]:
    return (
        dump for source, dump in launch.dumps if _of_process(span, source, dump) and _while_it_ran(span, dump)
    )


def stacks_of(launch: Launch, span: Span) -> list[tuple[Dump, ThreadStack]]:
    """The span's thread in every dump taken while it ran, oldest first."""
    found = [(dump, thread) for dump in _dumps(launch, span) if (thread := _thread(span, dump)) is not None]
    found.sort(key=lambda pair: (pair[0].ts or 0.0, pair[0].seq or 0))
    return found


def stack_of(launch: Launch, span: Span) -> tuple[Dump, ThreadStack] | None:
    """The span's thread in the newest dump taken while it ran; None when there is none yet."""
    found = stacks_of(launch, span)
    return found[-1] if found else None


def why_none(launch: Launch, span: Span) -> str | None:
    """What the newest dump that could not be taken while the span ran says of that; None where all could."""
    failed = [dump for dump in _dumps(launch, span) if dump.error and not dump.threads]
    return max(failed, key=lambda dump: dump.ts or 0.0).error if failed else None
