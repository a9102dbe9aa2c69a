"""When to look at what: which dump is due, from the spans that are open and the dumps that were taken. No clock."""

import math
from collections.abc import Callable, Collection

from hamtui.contract import stacks
from hamtui.contract.durations import DEFAULT_HANG_AFTER_S
from hamtui.recorder.spans import Span

#: A span's age at its first look, seconds, and the least time between two such dumps.
FIRST_LOOK_S = 1.0
#: So long before its threshold a span is looked at closely, seconds; with a short one, from half of it.
NEAR_S = 2.0
#: Dumps may take this share of the time, in CPU.
SHARE = 0.02

_LOOKED, _LATE = 1, 2


class Looks:
    """The dumps of one process: a first look at each span that lasts, one when it is late, then every so often.

    ``past`` tells a node's threshold from its own past, and nothing where ``hang_after`` was asked for.
    """

    def __init__(
        self,
        hang_after: float | None,
        dump_every: float,
        past: Callable[[str], float | None] = lambda _: None,
    ) -> None:
        self._past = past
        self._hang_after = hang_after or DEFAULT_HANG_AFTER_S
        self._dump_every = dump_every
        self._stages: dict[Span, int] = {}
        self._last_look = self._last_late = self._free_at = -math.inf

    def threshold(self, span: Span) -> float:
        """Seconds after which a span is late: by its own tag, else by the option or its past, else the default."""
        return span.hang_after or self._past(span.node) or self._hang_after

    def near(self, spans: Collection[Span], now: float) -> tuple[dict[int, int], float]:
        """The threads (ident to kernel id) of spans that are late or soon will be, the latest first.

        And for how long the first has been late, seconds; negative where it is not yet.
        """
        over = sorted(((now - span.mono - self.threshold(span), span) for span in spans), key=_by_lateness)
        near = [(late, span) for late, span in over if late >= -min(NEAR_S, self.threshold(span) / 2)]
        return {span.thread_id: span.native_id for _, span in near}, near[0][0] if near else -math.inf

    def is_free(self, now: float) -> bool:
        """Whether dumps have some of their share of the time left."""
        return now >= self._free_at

    def due(self, spans: Collection[Span], now: float) -> str | None:
        """Why a dump is due now; None where none is, or where dumps have had their share of the time."""
        self._stages = {span: self._stages.get(span, 0) for span in spans}
        if now < self._free_at:
            return None
        if any(
            stage < _LATE and now - span.mono >= self.threshold(span) for span, stage in self._stages.items()
        ):
            return stacks.LATE
        if _LATE in self._stages.values() and now >= self._last_late + self._dump_every:
            return stacks.STILL_LATE
        if now >= self._last_look + FIRST_LOOK_S and any(
            stage < _LOOKED and now - span.mono >= FIRST_LOOK_S for span, stage in self._stages.items()
        ):
            return stacks.FIRST_LOOK
        return None

    def taken(self, why: str, now: float, cost: float) -> None:
        """A dump was taken at ``now`` and cost so many CPU seconds. Whatever its reason, it showed every span."""
        self._free_at = now + cost / SHARE
        for span in self._stages:
            age = now - span.mono
            if why != stacks.ASKED and age >= self.threshold(span):
                self._stages[span] = _LATE
            elif age >= FIRST_LOOK_S:
                self._stages[span] = max(self._stages[span], _LOOKED)
        if why in (stacks.LATE, stacks.STILL_LATE):
            self._last_late = now
        elif why == stacks.FIRST_LOOK:
            self._last_look = now

    def next_at(self) -> float:
        """When the next dump may be due, if no span starts or ends until then; infinity if never."""
        soonest = math.inf
        for span, stage in self._stages.items():
            if stage == _LATE:
                soonest = min(soonest, self._last_late + self._dump_every)
                continue
            soonest = min(soonest, span.mono + self.threshold(span))
            if stage < _LOOKED:
                soonest = min(soonest, max(span.mono + FIRST_LOOK_S, self._last_look + FIRST_LOOK_S))
        return max(soonest, self._free_at)

    def pace(self, longest: float) -> float:
        """How often to look for new spans, seconds: often enough for the shortest threshold in sight."""
        shortest = min([self._hang_after, *(self.threshold(span) for span in self._stages)])
        return min(longest, max(shortest / 2, 0.05))


def _by_lateness(told: tuple[float, Span]) -> float:
    return -told[0]
