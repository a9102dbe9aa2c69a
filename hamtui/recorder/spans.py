"""The spans that are open in this process, readable by the sampling thread without a lock."""

import os
from typing import Any

SpanKey = tuple[str, str | None, str]


class Span:
    """An execution of a node that has not ended. ``mono_ns`` CLOCK_MONOTONIC ns; ``hang_after`` the tag's seconds.

    ``in_flight`` is the exception that was already being handled when it started; ``outer`` the span in
    which this thread started it (a node that runs a Driver of its own).
    """

    __slots__ = (
        "hang_after",
        "in_flight",
        "key",
        "mono_ns",
        "native_id",
        "outer",
        "thread_id",
    )

    def __init__(
        self,
        key: SpanKey,
        thread_id: int,
        native_id: int,
        mono_ns: int,
        hang_after: float | None,
        in_flight: BaseException | None,
        outer: "Span | None",
    ) -> None:
        self.key = key
        self.thread_id = thread_id
        self.native_id = native_id
        self.mono_ns = mono_ns
        self.hang_after = hang_after
        self.in_flight = in_flight
        self.outer = outer

    @property
    def run_id(self) -> str:
        """The run."""
        return self.key[0]

    @property
    def task_id(self) -> str | None:
        """The task, None outside of task-based execution."""
        return self.key[1]

    @property
    def node(self) -> str:
        """The node's name."""
        return self.key[2]

    @property
    def mono(self) -> float:
        """When it started, CLOCK_MONOTONIC seconds."""
        return self.mono_ns / 1e9


class OpenSpans:
    """Every operation is one dict operation, atomic under the GIL: readers take a copy and never wait."""

    __slots__ = ("by_key", "by_thread")

    def __init__(self) -> None:
        self.by_key: dict[SpanKey, Span] = {}
        self.by_thread: dict[int, Span] = {}

    def start(
        self,
        key: SpanKey,
        thread_id: int,
        native_id: int,
        mono_ns: int,
        hang_after: float | None,
        in_flight: BaseException | None,
    ) -> None:
        """A node starts on this thread."""
        outer = self.by_thread.get(thread_id)
        span = Span(key, thread_id, native_id, mono_ns, hang_after, in_flight, outer)
        self.by_key[key] = self.by_thread[thread_id] = span

    def end(self, key: SpanKey) -> Span | None:
        """A node ended: its span, or None where this process did not start it."""
        span = self.by_key.pop(key, None)
        if span is None:
            return None
        thread_id, outer = span.thread_id, span.outer
        top = self.by_thread.get(thread_id)
        if top is span:
            if outer is None:
                self.by_thread.pop(thread_id, None)
            else:
                self.by_thread[thread_id] = outer
        else:
            while top is not None and top.outer is not span:
                top = top.outer
            if top is not None:
                top.outer = outer
        return span

    def all(self) -> list[Span]:
        """The spans open now, oldest first."""
        return list(self.by_key.copy().values())

    def current(self, thread_id: int | None) -> Span | None:
        """The innermost span on this thread (``threading.get_ident()``), None outside of any."""
        return self.by_thread.get(thread_id) if thread_id is not None else None

    def clear(self) -> None:
        """Forget all: in a forked child they are the parent's."""
        self.by_key = {}
        self.by_thread = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _spans, ()


#: The table of this process.
SPANS = OpenSpans()


def _spans() -> OpenSpans:
    return SPANS


os.register_at_fork(after_in_child=SPANS.clear)
