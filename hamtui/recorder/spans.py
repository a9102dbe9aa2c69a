"""The spans that are open in this process, readable by the sampling thread without a lock."""

import os
from contextvars import ContextVar
from typing import Any, NamedTuple

SpanKey = tuple[str, str | None, str]


class Span(NamedTuple):
    """An execution of a node that has not ended.

    ``key`` is (run_id, task_id, node); ``thread_id`` ``threading.get_ident()``, ``native_id`` the kernel's;
    ``mono_ns`` the start, CLOCK_MONOTONIC nanoseconds; ``hang_after`` the node's tag in seconds;
    ``in_flight`` the exception that was already being handled when it started; ``outer`` the span in
    which this thread started it (a node that runs a Driver of its own).
    """

    key: SpanKey
    thread_id: int
    native_id: int
    mono_ns: int
    hang_after: float | None
    in_flight: BaseException | None
    outer: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and (self.key, self.mono_ns) == (other.key, other.mono_ns)

    def __hash__(self) -> int:
        # By what is ours: the exception's hash would be the user's code, and one that is a dataclass has none.
        return hash((self.key, self.mono_ns))

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


#: The span that began last in a context; whether it still is open the table knows.
_inherited: "ContextVar[SpanKey]" = ContextVar("hamtui_span", default=("", None, ""))


class OpenSpans:
    """Every step is one dict operation, atomic under the GIL: readers take a copy and never wait.

    Inside, a span is a bare tuple of ``Span``'s fields: making a named one costs three times as much, and only
    readers want names.
    """

    __slots__ = ("_awaited", "_by_key", "_by_thread", "_halts")

    def __init__(self) -> None:
        self._by_key: dict[SpanKey, tuple[Any, ...]] = {}
        self._by_thread: dict[int, tuple[Any, ...]] = {}
        self._halts: dict[SpanKey, tuple[int, int | None]] = {}
        self._awaited: dict[SpanKey, None] = {}

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
        outer = self._by_thread.get(thread_id)
        if outer is not None and outer[0] != _inherited.get():
            outer = None  # another task of the same event loop: beside this one, not around it
        _inherited.set(key)
        self._by_key[key] = self._by_thread[thread_id] = (
            key,
            thread_id,
            native_id,
            mono_ns,
            hang_after,
            in_flight,
            outer,
        )

    def started(self, key: SpanKey) -> tuple[int, BaseException | None] | None:
        """An open span's ``mono_ns`` and ``in_flight``, or None where this process did not start it."""
        span = self._by_key.get(key)
        return None if span is None else (span[3], span[5])

    def end(self, key: SpanKey) -> tuple[int, BaseException | None] | None:
        """A node ended, and its end is written. What ``started`` says."""
        span = self._by_key.pop(key, None)
        if span is None:
            return None
        if self._halts:
            self._halts.pop(key, None)
        if self._awaited:
            self._awaited.pop(key, None)
        thread_id = span[1]
        if self._by_thread.get(thread_id) is span:
            outer = span[6]
            # Spans that ended in another order than they started are passed over here.
            while outer is not None and self._by_key.get(outer[0]) is not outer:
                outer = outer[6]
            if outer is None:
                self._by_thread.pop(thread_id, None)
            else:
                self._by_thread[thread_id] = outer
                _inherited.set(outer[0])
        return span[3], span[5]

    def all(self) -> list[Span]:
        """The spans open now, oldest first."""
        return [Span._make(span) for span in list(self._by_key.copy().values())]

    def awaits(self, key: SpanKey) -> None:
        """The span is a task of an event loop, and ends with that, whatever becomes of its run."""
        self._awaited[key] = None

    def is_awaited(self, key: SpanKey) -> bool:
        """Whether it is such a one."""
        return key in self._awaited

    def halt(self, key: SpanKey, mono_ns: int) -> None:
        """The span waits for a person from now on."""
        spent, since = self._halts.get(key, (0, None))
        if since is None:
            self._halts[key] = spent, mono_ns

    def resume(self, key: SpanKey, mono_ns: int) -> None:
        """It goes on."""
        spent, since = self._halts.get(key, (0, None))
        if since is not None:
            self._halts[key] = spent + mono_ns - since, None

    def at_work(self) -> list[Span]:
        """Those open now that wait for nobody; the start of one that did is moved by as long as it waited."""
        if not self._halts:
            return self.all()
        found = []
        for span in self.all():
            spent, since = self._halts.get(span.key, (0, None))
            if since is None:
                found.append(span._replace(mono_ns=span.mono_ns + spent) if spent else span)
        return found

    def any(self) -> bool:
        """Whether a span is open."""
        return bool(self._by_key)

    def current(self, thread_id: int | None) -> Span | None:
        """The innermost span on this thread (``threading.get_ident()``), None outside of any."""
        span = self._by_thread.get(thread_id) if thread_id is not None else None
        while span is not None:
            if self._by_key.get(span[0]) is span:
                return Span._make(span)
            span = span[6]
        return None

    def own(self, thread_id: int | None) -> SpanKey | None:
        """The span that this thread's code belongs to: of several on an event loop the one whose context it is."""
        span = self._by_key.get(_inherited.get())
        if span is not None and span[1] == thread_id:
            return span[0]  # type: ignore[no-any-return]
        found = self.current(thread_id)
        return None if found is None else found.key

    def speaker(self, thread_id: int) -> SpanKey | None:
        """The span that a thread speaks for: its own, else that of its context, else that of the only thread that has one.

        ``asyncio.to_thread`` and whoever else runs a helper in a copy of the node's context hands the second on.
        """
        own = self.own(thread_id)
        if own is not None:
            return own
        span = self._by_thread.get(thread_id)
        if span is None:
            inherited = _inherited.get()
            if inherited in self._by_key:
                return inherited
            threads = self._by_thread.copy()
            if len(threads) != 1:
                return None
            (span,) = threads.values()
        while span is not None and self._by_key.get(span[0]) is not span:
            span = span[6]
        return None if span is None else span[0]

    def clear(self) -> None:
        """Forget all: in a forked child they are the parent's."""
        self._by_key = {}
        self._by_thread = {}
        self._halts = {}
        self._awaited = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return _spans, ()


#: The table of this process.
SPANS = OpenSpans()


def _spans() -> OpenSpans:
    return SPANS


os.register_at_fork(after_in_child=SPANS.clear)
