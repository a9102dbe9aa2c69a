"""What a node says of itself by ``hamtui.tick``: how far it is, how fast, how long it still takes."""

from hamtui.model.state import Now, Span
from hamtui.model.text import duration, visible

#: A node that ticked so long ago, seconds, and so many of its own steps ago, goes on at no known rate.
QUIET_S, QUIET_STEPS = 10.0, 20.0


#: A rate so small that it is none.
_FOREVER_S = 1e9


def progress_share(span: Span) -> float | None:
    """How much of it is done, 0 to 1; None where it gave no total."""
    tick = span.tick
    if tick is None or tick.total is None or tick.total <= 0:
        return None
    return min(1.0, max(0.0, tick.done / tick.total))


def rate(span: Span) -> float | None:
    """Steps a second, from its first tick to its newest; None before there are two that tell."""
    first, tick = span.first_tick, span.tick
    if first is None or tick is None or first.mono is None or tick.mono is None:
        return None
    seconds, steps = tick.mono - first.mono, tick.done - first.done
    return steps / seconds if seconds > 0 and steps > 0 else None


def quiet_s(span: Span, now: Now) -> float | None:
    """Seconds since its newest tick; None where that can't be told."""
    if span.tick is None or span.tick.mono is None or now.mono is None:
        return None
    return max(0.0, now.mono - span.tick.mono)


def is_quiet(span: Span, now: Now) -> bool:
    """Whether its ticks stopped coming, so that its rate tells nothing of what is left."""
    since, pace = quiet_s(span, now), rate(span)
    return since is not None and since > max(QUIET_S, QUIET_STEPS / pace if pace else 0.0)


def node_left_s(span: Span, now: Now) -> float | None:
    """Seconds until its total at its rate so far, never negative; None where it does not tell, or went quiet."""
    tick, pace = span.tick, rate(span)
    if tick is None or tick.total is None or pace is None or is_quiet(span, now):
        return None
    left = (tick.total - tick.done) / pace - (quiet_s(span, now) or 0.0)
    return max(0.0, left) if left < _FOREVER_S else None


def _count(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.1f}"


def _rate(pace: float) -> str:
    if pace >= 1:
        return f"{pace:,.0f}/s" if pace >= 10 else f"{pace:.1f}/s"
    return f"{pace * 60:.1f}/min" if pace >= 1 / 60 else f"{pace * 3600:.1f}/h"


def progress_text(span: Span, now: Now, *, ascii_only: bool = False) -> str:
    """``1,234/10,000 · 56/s · ~2m36s left``, with its note behind; empty without a tick. For a span that runs."""
    tick = span.tick
    if tick is None:
        return ""
    done = _count(tick.done)
    parts = [done if tick.total is None else f"{done}/{_count(tick.total)}"]
    pace = rate(span)
    if is_quiet(span, now):
        parts.append(f"last tick {duration(quiet_s(span, now))} ago")
    elif pace is not None:
        parts.append(_rate(pace))
        left = node_left_s(span, now)
        if left is not None and left >= 1:
            parts.append(f"~{duration(left)} left")
    if tick.note:
        parts.append(visible(tick.note, ascii_only=ascii_only))
    return (" | " if ascii_only else " \u00b7 ").join(parts)
