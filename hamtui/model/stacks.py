"""Which thread's stack is a span's, in which dump."""

from collections.abc import Iterator, Sequence

from hamtui.contract.layout import Source
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.model.fold import Launch
from hamtui.model.frames import first_own
from hamtui.model.state import Span


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


class Leaf:
    """A dump, and its threads by the kernel's id and by Python's."""

    def __init__(self, source: Source, dump: Dump) -> None:
        self.source = source
        self.dump = dump
        self.natives: dict[int, ThreadStack] = {}
        self._threads: dict[int, ThreadStack] = {}
        self._bare: dict[int, ThreadStack] = {}
        for thread in dump.threads:
            if thread.native_id is not None:
                self.natives.setdefault(thread.native_id, thread)
            if thread.thread_id is not None:
                self._threads.setdefault(thread.thread_id, thread)
                if thread.native_id is None:
                    self._bare.setdefault(thread.thread_id, thread)

    def thread(self, span: Span) -> ThreadStack | None:
        """By the kernel's id first: ``get_ident()`` is the same in every fork of a process."""
        if span.native_id is None:
            return self._threads.get(span.thread_id) if span.thread_id is not None else None
        found = self.natives.get(span.native_id)
        if found is None and self._bare and span.thread_id is not None:
            return self._bare.get(span.thread_id)
        return found


class Shelf:
    """The dumps of a launch, the newest first; what was made of one is kept while the launch keeps it."""

    def __init__(self, dumps: Sequence[tuple[Source, Dump]], before: "Shelf | None") -> None:
        known = {} if before is None else {id(leaf.dump): leaf for leaf in before.leaves}
        order = sorted(dumps, key=lambda pair: (pair[1].ts or 0.0, pair[1].seq or 0))
        self.leaves: list[Leaf] = [
            known.get(id(dump)) or Leaf(source, dump) for source, dump in reversed(order)
        ]
        self.last = dumps[-1] if dumps else None


def leaves(launch: Launch) -> list[Leaf]:
    """The launch's dumps, the newest first."""
    dumps = launch.dumps
    known: Shelf | None = launch.shelf
    if known is None or known.last is not (dumps[-1] if dumps else None):
        known = launch.shelf = Shelf(dumps, known)
    return known.leaves


def _found(launch: Launch, span: Span) -> Iterator[tuple[Dump, ThreadStack]]:
    """The span's thread in every dump taken while it ran, newest first."""
    for leaf in leaves(launch):
        thread = leaf.thread(span)
        if (
            thread is not None
            and _of_process(span, leaf.source, leaf.dump)
            and _while_it_ran(span, leaf.dump)
        ):
            yield leaf.dump, thread


def stacks_of(launch: Launch, span: Span) -> list[tuple[Dump, ThreadStack]]:
    """The span's thread in every dump taken while it ran, oldest first."""
    return list(_found(launch, span))[::-1]


def stack_of(launch: Launch, span: Span) -> tuple[Dump, ThreadStack] | None:
    """The span's thread in the newest dump taken while it ran; None when there is none yet."""
    return next(_found(launch, span), None)


def why_none(launch: Launch, span: Span) -> str | None:
    """What the newest dump that could not be taken while the span ran says of that; None where all could."""
    for leaf in leaves(launch):
        dump = leaf.dump
        if (
            dump.error
            and not dump.threads
            and _of_process(span, leaf.source, dump)
            and _while_it_ran(span, dump)
        ):
            return dump.error
    return None


def _thread_name(launch: Launch, span: Span, stack: ThreadStack) -> str:
    """A crash's text has no names, but an earlier dump of the same thread may."""
    named = (earlier.name for _, earlier in _found(launch, span) if earlier.name)
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
