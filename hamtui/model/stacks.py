"""Which thread's stack is a span's, in which dump."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from hamtui.contract.layout import Source
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.model.fold import Launch
from hamtui.model.frames import first_own
from hamtui.model.state import Span, SpanKey


def user_frame(stack: ThreadStack, own_file: str | None = None) -> Frame | None:
    """The innermost frame of the user's own code (``own_file``, the node's, always is), else the innermost of all."""
    place = first_own(stack.frames, own_file)
    return stack.frames[place or 0] if stack.frames else None


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


def newest_of(launch: Launch, spans: Iterable[Span]) -> dict[SpanKey, ThreadStack]:
    """What ``stack_of`` tells of each of many spans, in one walk through the dumps, the newest first."""
    wanted: dict[int | None, dict[SpanKey, Span]] = {}
    for span in spans:
        wanted.setdefault(span.pid, {})[span.key] = span
    found: dict[SpanKey, ThreadStack] = {}
    dumps = sorted(launch.dumps, key=lambda pair: (pair[1].ts or 0.0, pair[1].seq or 0), reverse=True)
    for source, dump in dumps:
        pid = source.pid if dump.pid is None else dump.pid
        for asked in {pid, None} if pid is not None else set(wanted):
            open_ = wanted.get(asked)
            if not open_ or not dump.threads:
                continue
            threads = _by_id(dump)
            for key, span in list(open_.items()):
                if not _of_process(span, source, dump) or not _while_it_ran(span, dump):
                    continue
                thread = threads.get(("native", span.native_id)) or threads.get(("thread", span.thread_id))
                if thread is not None and _thread(span, replace(dump, threads=[thread])) is not None:
                    found[key] = thread
                    del open_[key]
        if not any(wanted.values()):
            break
    return found


def _by_id(dump: Dump) -> dict[tuple[str, int | None], ThreadStack]:
    """A dump's threads by the kernel's id and by Python's."""
    found: dict[tuple[str, int | None], ThreadStack] = {}
    for thread in dump.threads:
        if thread.native_id is not None:
            found.setdefault(("native", thread.native_id), thread)
        if thread.thread_id is not None:
            found.setdefault(("thread", thread.thread_id), thread)
    return found


def why_none(launch: Launch, span: Span) -> str | None:
    """What the newest dump that could not be taken while the span ran says of that; None where all could."""
    failed = [dump for dump in _dumps(launch, span) if dump.error and not dump.threads]
    return max(failed, key=lambda dump: dump.ts or 0.0).error if failed else None


def newest_stack(launch: Launch, span: Span) -> tuple[Dump, ThreadStack] | None:
    """As ``stack_of``, found from the newest dump on and remembered until more is known: for many spans at once."""
    memo = launch.history.memo
    key = "stack", span.key, span.pid, span.started_at, span.ended_at
    if key in memo:
        remembered: tuple[Dump, ThreadStack] | None = memo[key]
        return remembered
    order: list[tuple[Source, Dump]] | None = memo.get("dumps")
    if order is None:
        order = memo["dumps"] = sorted(
            launch.dumps, key=lambda pair: (pair[1].ts or 0.0, pair[1].seq or 0), reverse=True
        )
    found = None
    for source, dump in order:
        if _of_process(span, source, dump) and _while_it_ran(span, dump):
            thread = _thread(span, dump)
            if thread is not None:
                found = dump, thread
                break
    memo[key] = found
    return found


def _thread_name(launch: Launch, span: Span, stack: ThreadStack) -> str:
    """A crash's text has no names, but an earlier dump of the same thread may."""
    named = (earlier.name for _, earlier in reversed(stacks_of(launch, span)) if earlier.name)
    return stack.name or next(named, None) or f"thread {stack.thread_id or stack.native_id}"


def where(launch: Launch, span: Span) -> str:
    """The thread and the user's line that the span's newest stack shows, in words."""
    found = stack_of(launch, span)
    trouble = why_none(launch, span)
    if found is None:
        return f"no stack yet: {trouble}" if trouble else "no stack yet"
    stack = found[1]
    planned = launch.planned(span)
    frame = user_frame(stack, planned.file if planned is not None else None)
    name = _thread_name(launch, span, stack)
    if frame is None:
        return f"{name} shows no Python frame"
    line = f": {frame.text.strip()}" if frame.text and frame.text.strip() else ""
    return f"{name} is at {frame.file}:{frame.line} in {frame.function}{line}"
