"""The line at the top: is it moving, how far is it, and what is wrong."""

from __future__ import annotations

from pathlib import PurePath
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from hamtui.model import runlist
from hamtui.model.ranges import time_left
from hamtui.model.text import duration, plural, visible
from hamtui.tui.cells import fit
from hamtui.tui.glance import Glance
from hamtui.tui.widgets.oneline import OneLine

_GAP = "  "
#: Cells of the bar that says how much is read.
_BAR = 10
#: Silence shorter than this is said to a tenth of a second.
_MOST_TARGETS = 28


class _Item(NamedTuple):
    """Some parts that stand or give way together; the higher ``rank``, the sooner."""

    rank: int
    parts: list[tuple[str, Style]]
    right: bool = False
    ticks: bool = False

    @property
    def width(self) -> int:
        return sum(cell_len(text) for text, _ in self.parts)


class Header(OneLine):
    """One line; at 80 columns state, time, done/planned and suspects stay and the rest gives way."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glance: Glance | None = None
        #: Columns in which something ticks.
        self.seams: list[int] = []

    def show(self, glance: Glance) -> None:
        """Draw what differs."""
        self._glance = glance
        self.update()

    def segments(self, width: int) -> list[Segment]:
        """As many items as fit, by rank, in their order."""
        glance = self._glance
        items = [_Item(6, [(" hamtui ", self.look.brand)])]
        if glance is not None:
            items += self._items(glance)
        kept: list[_Item] = []
        room = width
        for item in sorted(items, key=lambda item: item.rank):
            need = item.width + (len(_GAP) if kept else 0)
            if need <= room or not kept:
                kept.append(item)
                room -= need
        line: list[Segment] = []
        seams = []
        for item in items:
            if item not in kept:
                continue
            if line:
                gap = _GAP
                if item.right and room > 0:
                    gap += " " * (room - 1)
                    room = 0
                line.append(Segment(gap))
            if item.ticks:
                seams.append(sum(segment.cell_length for segment in line))
            line.extend(Segment(text, style) for text, style in item.parts)
        self.seams = seams
        return line

    def _items(self, glance: Glance) -> list[_Item]:
        look, glyphs = self.look, self.look.glyphs
        items = []
        what = self._what(glance)
        if what:
            items.append(_Item(9, what))
        items.append(_Item(0, self._state(glance), ticks=True))
        runs = list(glance.launch.runs)
        if len(runs) > 1 and glance.run is not None:
            at = runlist.number(glance.launch, glance.run, runs.index(glance.run.run_id))
            parts = [(f"run {at:,}/{runlist.total(glance.launch):,}", look.accent)]
            items.append(_Item(5, parts + (self._run_state(glance) if not glance.live else [])))
            others = sum(
                run.state == "running" for run in glance.launch.runs.values() if run is not glance.run
            )
            if others and glance.live:
                items.append(_Item(6, [(f"+{plural(others, 'run')} in flight", look.accent)]))
        if glance.elsewhere:
            items.append(_Item(2, [(f"{glyphs.suspect} {glance.elsewhere} in another run", look.suspect)]))
        if glance.left is not None and glance.run_live:
            said = time_left(*glance.left, ascii_only=glyphs.ascii_only)
            items.append(_Item(10, [(said, look.text)]))
        items += self._counts(glance)
        unread = glance.launch.unread
        if glance.lost is not None:
            items.append(_Item(3, [(f"{glyphs.failed} source lost", look.error)]))
        if glance.unguarded:
            items.append(_Item(4, [("supervisor gone", look.warning)]))
        if unread.lines:
            items.append(_Item(4, [(f"{plural(unread.lines, 'line')} unread", look.warning)]))
        elif unread.bytes:
            items.append(_Item(4, [(f"{plural(unread.bytes, 'byte')} unread", look.warning)]))
        if glance.polling and glance.live:
            items.append(_Item(10, [("polling", look.dim)]))
        items += self._where(glance)
        return items

    def _what(self, glance: Glance) -> list[tuple[str, Style]]:
        """Modules and targets."""
        info = glance.launch.info
        modules = info.modules if info is not None and isinstance(info.modules, list) else []
        clean = [PurePath(visible(module, ascii_only=self.look.glyphs.ascii_only)).name for module in modules]
        name = ", ".join(clean[:2]) + (f" +{len(clean) - 2}" if len(clean) > 2 else "")
        targets = glance.run.targets if glance.run is not None else ()
        if not targets and info is not None and isinstance(info.targets, list):
            targets = tuple(map(str, info.targets))
        wanted = ", ".join(visible(target, ascii_only=self.look.glyphs.ascii_only) for target in targets)
        if cell_len(wanted) > _MOST_TARGETS:
            wanted = fit(wanted, _MOST_TARGETS, self.look.glyphs.ellipsis).rstrip()
        parts = [(name, self.look.strong)] if name else []
        if wanted:
            parts.append((f"{' ' if name else ''}{self.look.glyphs.arrow} ", self.look.dim))
            parts.append((wanted, self.look.text))
        return parts

    def _run_state(self, glance: Glance) -> list[tuple[str, Style]]:
        """How one of a launch's many runs ended, and how long it took."""
        look, state = self.look, str(glance.run_state)
        took = duration(glance.elapsed)
        return [(f" {look.glyphs.of(state)} {state}{f' {took}' if took else ''}", look.of(state))]

    def _state(self, glance: Glance) -> list[tuple[str, Style]]:
        """The launch's state, or of a run that is over while its launch goes on, the run's.

        With the run's seconds; once a launch of many runs is over, with the launch's.
        """
        look = self.look
        state: str = glance.state
        if glance.live and state == "running" and glance.run_state not in {None, "running"}:
            state = str(glance.run_state)
        if not glance.caught_up:
            return self._reading(glance)
        text = f"{look.glyphs.of(state)} {state}"
        elapsed = duration(glance.lasted if glance.many and not glance.live else glance.elapsed)
        style = look.of(state) + Style(bold=True)
        return [(f"{text} {elapsed}" if elapsed else text, style)]

    def _reading(self, glance: Glance) -> list[tuple[str, Style]]:
        """How much of the files is read: what the launch's state is can be told only after all of it."""
        look, glyphs = self.look, self.look.glyphs
        said = (f"{glyphs.starting} reading", look.dim)
        if glance.run is None:
            return [said]
        filled = int(glance.share * _BAR)
        bar, rest = ("#", ".") if glyphs.ascii_only else (glyphs.blocks[8], "░")
        return [
            said,
            (f" {bar * filled}", look.accent),
            (f"{rest * (_BAR - filled)} {int(glance.share * 100)}%", look.dim),
        ]

    def _counts(self, glance: Glance) -> list[_Item]:
        look, glyphs, counts = self.look, self.look.glyphs, glance.counts
        if not counts:
            return []
        done = counts["succeeded"] + counts["cached"]
        items = [_Item(1, [(f"{done}/{counts['planned']} done", look.text)])]
        rest = (
            (7, "cached", look.cached),
            (8, "running", look.running),
            (2, "failed", look.failed),
            (4, "aborted", look.aborted),
            (9, "skipped", look.skipped),
        )
        for rank, word, style in rest:
            if counts[word]:
                items.append(_Item(rank, [(f"{counts[word]} {word}", style)]))
        if glance.run is not None and glance.run.mismatched:
            said = plural(len(glance.run.mismatched), "type warning")
            items.append(_Item(10, [(said, look.warning)]))
        late = glance.marks.values()
        if late:
            proven = sum(mark.level == "confirmed" for mark in late)
            working = sum(mark.level != "confirmed" and bool(mark.progress) for mark in late)
            hanging = ((proven, "confirmed"), (len(late) - proven - working, "suspected"))
            words = [f"{number} {word}" for number, word in hanging if number]
            if words:
                items.append(_Item(1, [(f"{glyphs.suspect} {', '.join(words)}", look.suspect)]))
            if working:
                items.append(_Item(3, [(f"{glyphs.late} {working} late", look.late)]))
        return items

    def _where(self, glance: Glance) -> list[_Item]:
        """Host and pid, and how long nothing was heard."""
        info, look = glance.launch.info, self.look
        items = []
        if info is not None and info.pid is not None:
            host = visible(info.host or "", ascii_only=look.glyphs.ascii_only)
            items.append(
                _Item(12, [(f"{host}:{info.pid}" if host else f"pid {info.pid}", look.dim)], right=True)
            )
        if glance.live and glance.caught_up and glance.launch.heard_at is not None:
            silent = max(0.0, glance.now.unix - glance.launch.heard_at)
            style = look.warning if silent >= 10 and glance.state == "running" else look.dim
            # Of one width, so that what stands beside it stays where it is.
            said = f"heard {duration(silent):>5} ago"
            items.append(_Item(5 if style is look.warning else 11, [(said, style)], right=True, ticks=True))
        return items
