"""The characters that states, bars and lists are drawn with, and the same in ASCII."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Glyphs:
    """One cell each, unless said otherwise."""

    pending: str = "·"
    running: str = "●"
    succeeded: str = "✓"
    cached: str = "≡"
    failed: str = "✗"
    skipped: str = "⊘"
    aborted: str = "■"
    suspect: str = "⚠"
    #: Late, but measurably working.
    late: str = "△"
    starting: str = "○"
    paused: str = "‖"
    lost: str = "?"
    unfolded: str = "▾"
    folded: str = "▸"
    arrow: str = "→"
    back: str = "←"
    rule: str = "│"
    line: str = "─"
    ellipsis: str = "…"
    times: str = "×"  # noqa: RUF001
    dot: str = "·"
    marker: str = "▌"
    #: Values of persons.
    personal: str = "◆"
    cursor: str = "❯"  # noqa: RUF001
    tip: str = "▶"
    enter: str = "↵"
    #: The next step of a chain of waiting; the first, the middle and the last of a circle.
    step: str = "↳"
    circle: str = "┌│└"
    #: On a bar: where half of the past runs had ended, and 95 of 100.
    half: str = "┊"
    most: str = "┃"
    #: Around a bar that says how much is done.
    ends: str = "▕▏"
    track: str = "░"
    #: No, one to seven, and eight eighths of a cell, from the left.
    blocks: str = " ▏▎▍▌▋▊▉█"
    #: The same from the right, as near as there are characters for it.
    rights: str = " ▕▕▐▐▐███"
    #: Heights for an aggregate: none to full.
    heights: str = " ▁▂▃▄▅▆▇█"

    @property
    def ascii_only(self) -> bool:
        """Whether nothing above ASCII may be drawn."""
        return self.rule.isascii()

    def of(self, state: str) -> str:
        """The glyph of a span's, run's or launch's state."""
        return str(getattr(self, _SAME.get(state, state), self.lost))


_SAME = {
    "killed": "aborted",
    "crashed": "failed",
    "suspected": "suspect",
    "confirmed": "suspect",
    "debugged": "paused",
}

UNICODE = Glyphs()
ASCII = Glyphs(
    pending=".",
    running="*",
    succeeded="+",
    cached="=",
    failed="x",
    skipped="-",
    aborted="#",
    suspect="!",
    late="^",
    starting="o",
    paused='"',
    lost="?",
    unfolded="v",
    folded=">",
    arrow="->",
    back="<-",
    rule="|",
    line="-",
    ellipsis="~",
    times="x",
    dot="-",
    marker="|",
    personal="!",
    cursor=">",
    tip=">",
    enter="enter",
    step=">",
    circle="/|\\",
    half=":",
    most="|",
    ends="[]",
    track=".",
    blocks="    #####",
    rights="    #####",
    heights=" ..::==##",
)
