"""Where a person should look, and what they should be told: decided from two glances."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import isfinite
from pathlib import PurePath

from hamtui.contract.flight import WARNING
from hamtui.model.runs import instant
from hamtui.model.stacks import stack_of, user_frame
from hamtui.model.state import Run, Span, SpanKey, Suspect
from hamtui.model.text import duration, exit_words, signal_name, visible
from hamtui.model.verdict import UNKNOWN, hang
from hamtui.tui.glance import GONE, Glance

#: Launches that did not end by themselves.
_TORN = frozenset({"killed", "crashed", "lost"})
#: More than this at once are told in one sentence.
_APART = 2
#: How long a toast stays, seconds, and how many there may be before another failure is nothing new.
TOAST_S, MOST_TOASTS = 4.0, 3
#: What fails again and again is told once in so many seconds.
AGAIN_S = 60.0


def attention(glance: Glance, current: SpanKey | None) -> SpanKey | None:
    """The span to look at: a suspect, else one in the debugger, else one in flight, else what failed, else what took longest.

    Where the process did not end by itself, what was in flight then comes before what failed earlier.

    What is looked at stays so while it is of that kind, so that the cursor does not jump about.
    """
    run = glance.run
    if run is None:
        return None
    flying = {span.key for span in glance.flying}
    if glance.marks:
        worst = max(map(_gravity, glance.marks.values()))
        late = [key for key, mark in glance.marks.items() if _gravity(mark) == worst]
        return current if current in late else max(late, key=lambda key: glance.marks[key].since_s)
    halted = [span.key for span in glance.flying if span.in_debugger]
    if halted:
        return current if current in halted else halted[0]
    if flying:
        return current if current in flying else glance.flying[-1].key
    for word in ("aborted", "failed") if glance.state in _TORN else ("failed", "aborted"):
        found = [span for span in run.spans.values() if span.status == word]
        if found:
            keys = [span.key for span in found]
            return current if current in keys else max(found, key=_worth).key
    if glance.run_live:
        return current if current in run.spans else next(reversed(run.spans), None)
    ended = [span for span in run.spans.values() if span.elapsed_s is not None]
    return max(ended, key=lambda span: span.elapsed_s or 0.0).key if ended else None


def _gravity(mark: Suspect) -> int:
    """Proven, then suspected, then late but working: what is worse is looked at, whatever is looked at now."""
    return 2 if mark.level == "confirmed" else 0 if mark.progress else 1


def _worth(span: Span) -> tuple[bool, float, float]:
    """Of what was in flight at the end, that which hung by then, else what was in flight longest; of failures, the first."""
    if span.status != "aborted":
        return False, 0.0, 0.0
    mark = span.kept_suspect
    hung = mark is not None and not mark.progress
    return hung, mark.since_s if mark is not None else 0.0, span.elapsed_s or 0.0


def pane_for(glance: Glance, key: SpanKey | None) -> str | None:
    """The pane that tells most: a suspect's stack, a failed node's traceback, the output where no run came to be."""
    if key is None:
        never = glance.run is None and (glance.launch.error is not None or not glance.live)
        return "output" if never else None
    span = glance.run.spans.get(key) if glance.run is not None else None
    if key in glance.marks or (span is not None and span.status == "aborted"):
        return "stacks"
    return "node" if span is not None and span.status == "failed" else None


@dataclass(frozen=True)
class Alert:
    """Something that happened while somebody watches. ``severity`` as Textual's notices have it.

    ``quiet``: nobody has to be called for it. ``failed``: a node did, which in a service is nothing out of the ordinary.
    """

    title: str
    sentence: str
    severity: str
    quiet: bool = False
    failed: bool = False

    def line(self, dot: str) -> str:
        """All of it in one line, ``dot`` between."""
        return f"{self.title} {dot} {self.sentence}" if self.sentence else self.title


@dataclass(frozen=True)
class Told:
    """What a person knows already, by the screen that was there when they came or by an earlier alert.

    Of runs that are over nothing is remembered, but of ``runs``: the one that is shown and the ``newest`` that was,
    which is told by when it began (Unix seconds; 0 where nobody knows) and its id.
    ``notices`` counts those that were told: no part of the screen keeps one.
    """

    runs: frozenset[str] = frozenset()
    newest: tuple[float, str] = (0.0, "")
    late: frozenset[SpanKey] = frozenset()
    failed: frozenset[SpanKey] = frozenset()
    over: bool = False
    proven: frozenset[SpanKey] = frozenset()
    halted: frozenset[tuple[SpanKey, float | None]] = frozenset()
    notices: int = 0
    lost: str | None = None


def known(glance: Glance) -> Told:
    """Everything in a glance that is worth an alert."""
    run = glance.run
    failed = [key for key, span in run.spans.items() if span.status == "failed"] if run is not None else []
    proven = [key for key, mark in glance.marks.items() if mark.level == "confirmed"]
    return Told(
        frozenset() if run is None else frozenset({run.run_id}),
        (0.0, "") if run is None else (_began(run), run.run_id),
        frozenset(glance.marks),
        frozenset(failed),
        not glance.live,
        frozenset(proven),
        frozenset(_halts(glance)),
    )


def _began(run: Run) -> float:
    """Unix seconds; 0 where nothing tells."""
    began = instant(run)
    return began if isfinite(began) else 0.0


def _halts(glance: Glance) -> list[tuple[SpanKey, float | None]]:
    """The spans that wait in the debugger, each with the instant at which it stopped."""
    return [(span.key, span.halt.at) for span in glance.flying if span.halt is not None and span.in_debugger]


def alerts(glance: Glance, told: Told) -> tuple[list[Alert], Told]:
    """What is new since, once each, many at once in one sentence; and what is known from now on.

    Who opens a run of long ago is not told that it failed.
    """
    fresh = known(glance)
    is_past = 0 < fresh.newest[0] < told.newest[0] and not fresh.runs <= told.runs
    found: list[Alert] = []
    news = (fresh.late - told.late) | (fresh.proven - told.proven)
    late = [key for key in glance.marks if key in news]
    found += _late(glance, late)
    found += [] if is_past else _failed(glance, sorted(fresh.failed - told.failed))
    halted = [halt for halt in _halts(glance) if halt not in told.halted]
    if halted:
        keys = dict.fromkeys(key for key, _ in halted)
        found.append(Alert(f"{_names(keys)}: in the debugger", "p goes to its prompt", "warning"))
    if glance.lost == GONE != told.lost:
        found.append(Alert("Nothing more can be read", GONE, "error"))
    if fresh.over and not told.over:
        found.append(_over(glance))
    notices = list(glance.launch.notices.items())
    warnings = [text for text, level in notices[told.notices :] if level == WARNING]
    found += [Alert(visible(text), "", WARNING) for text in warnings]
    return found, _remembered(glance, told, fresh, len(notices))


def _remembered(glance: Glance, told: Told, fresh: Told, notices: int) -> Told:
    """Nothing of runs that are over and out of sight, for a service has many."""
    newest = max(told.newest, fresh.newest)
    runs = fresh.runs | {newest[1]}

    def matters(key: SpanKey) -> bool:
        run = glance.launch.runs.get(key.run_id)
        return key.run_id in runs or (run is not None and run.state == "running")

    return Told(
        runs,
        newest,
        frozenset(filter(matters, told.late | fresh.late)),
        frozenset(key for key in told.failed | fresh.failed if key.run_id in runs),
        told.over or fresh.over,
        frozenset(filter(matters, told.proven | fresh.proven)),
        frozenset(halt for halt in told.halted | fresh.halted if matters(halt[0])),
        notices,
        glance.lost,
    )


def worth_a_toast(found: list[Alert], shown: dict[str, float], now: float) -> list[Alert]:
    """Those that are shown, of what was found: a service whose runs fail each second is not to cover its own screen.

    ``shown`` is when each title was last toasted, in seconds of the clock that ``now`` is of; this call brings it up to
    date. What failed within the last minute is passed over when it fails again, and so are failures beside
    ``MOST_TOASTS`` others.
    """
    for title in [title for title, at in shown.items() if now - at >= AGAIN_S]:
        del shown[title]
    on_screen = sum(now - at < TOAST_S for at in shown.values())
    chosen: list[Alert] = []
    for alert in found:
        if alert.failed and (alert.title in shown or on_screen + len(chosen) >= MOST_TOASTS):
            continue
        if len(chosen) < MOST_TOASTS:
            chosen.append(alert)
            shown[alert.title] = now
    return chosen


def _names(keys: Collection[SpanKey]) -> str:
    names = [visible(key.node) for key in keys]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _late(glance: Glance, keys: list[SpanKey]) -> list[Alert]:
    if len(keys) > _APART:
        return [Alert(f"{len(keys)} nodes are late", _names(keys), "warning")]
    return [
        Alert(
            f"{visible(key.node)}: {hang(glance.marks[key])}",
            _why(glance, key),
            "warning" if _gravity(glance.marks[key]) else "information",
            quiet=not _gravity(glance.marks[key]),
        )
        for key in keys
    ]


def _why(glance: Glance, key: SpanKey) -> str:
    """The verdict and the line that it stands on; where there is neither, how long it runs."""
    mark, run = glance.marks[key], glance.run
    span = run.spans.get(key) if run is not None else None
    if mark.verdict != UNKNOWN or run is None or span is None:
        at = mark.chain[0].frame if mark.chain else None
        return visible(f"{mark.verdict}{f' at {PurePath(at.file).name}:{at.line}' if at is not None else ''}")
    found, planned = stack_of(glance.launch, span), run.nodes.get(key.node)
    frame = user_frame(found[1], planned.file if planned is not None else None) if found is not None else None
    if frame is None:
        return duration(span.elapsed(glance.now))
    return visible(f"at {PurePath(frame.file).name}:{frame.line}")


def _failed(glance: Glance, keys: list[SpanKey]) -> list[Alert]:
    if len(keys) > _APART:
        return [Alert(f"{len(keys)} nodes failed", _names(keys), "error", failed=True)]
    spans = glance.run.spans if glance.run is not None else {}
    errors = [(key, spans[key].error) for key in keys]
    return [
        Alert(
            f"{visible(key.node)} failed",
            visible(f"{error.type}: {error.message}")[:200] if error else "",
            "error",
            failed=True,
        )
        for key, error in errors
    ]


def _over(glance: Glance) -> Alert:
    ending = glance.launch.exit
    took = duration(glance.lasted if glance.many else glance.elapsed)
    said = f"after {took}" if took else ""
    if ending is not None and ending.signal is not None:
        said += f", by {signal_name(ending.signal)}"
    elif ending is not None and ending.exit_code != 0:
        said += f", {exit_words(ending.exit_code)}"
    if glance.launch.error is not None and not glance.launch.runs:
        said = visible(f"{glance.launch.error.type}: {glance.launch.error.message}")[:200]
    severity = "information" if glance.state == "succeeded" else "error"
    return Alert(
        f"The {'launch' if glance.many else 'run'} {_ENDED.get(glance.state, glance.state)}",
        said.lstrip(", "),
        severity,
    )


_ENDED = {
    "succeeded": "succeeded",
    "failed": "failed",
    "killed": "was killed",
    "crashed": "crashed",
    "lost": "was lost",
}
