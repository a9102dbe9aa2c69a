"""Threads of a dump as lines: the user's frames first, the libraries' folded, what changed marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style

from hamtui.contract.graph import PlannedNode
from hamtui.contract.stacks import Frame, ThreadStack
from hamtui.model.frames import FrameChange, compare, first_own, library
from hamtui.model.text import plural
from hamtui.tui.widgets.lines import Line, Pen, fit

_LOCATION = 30
_FUNCTION = 26
#: Cells that a source line needs beside its frame; with fewer it goes under it.
_BESIDE = 20
#: Local variables shown of a frame.
_LOCALS = 8


def base(file: str) -> str:
    """A file's own name."""
    return file.replace("\\", "/").rpartition("/")[2] or file


def known_text(frame: Frame, nodes: Sequence[PlannedNode]) -> str:
    """The source line of a frame, from the dump or, for a crash's raw text, from the graph file."""
    if frame.text is not None:
        return frame.text.strip()
    for node in nodes:
        if node.file == frame.file and node.line is not None and node.source:
            rows = node.source.split("\n")
            if 0 <= frame.line - node.line < len(rows):
                return rows[frame.line - node.line].strip()
    return ""


@dataclass(frozen=True)
class Drawing(Pen):
    """How threads are drawn: whether libraries' frames are unfolded, the run's sources, the mark's style."""

    libraries: bool = False
    nodes: Sequence[PlannedNode] = ()
    hot: Style | None = None
    own_file: str | None = None

    def library(self, frame: Frame) -> str | None:
        """The library that a frame is of; None for the user's own."""
        return library(frame, self.own_file)

    def place(self, frame: Frame) -> str:
        """``risk.py:88``."""
        return self.clean(f"{base(frame.file)}:{frame.line}")

    def frames(self, thread: ThreadStack, before: Sequence[Frame] | None) -> list[Line]:
        """A thread's frames, innermost first, and what changed since the look ``before``."""
        if not thread.frames:
            return [*self._native(thread), Line.of(("    no Python frames", self.look.dim))]
        changes = (
            [FrameChange(frame, "same") for frame in thread.frames]
            if before is None
            else compare(before, thread.frames)
        )
        top = first_own(thread.frames, self.own_file)
        top_frame = thread.frames[top] if top is not None else thread.frames[0]
        if self.libraries or top is None:
            shown = changes
        else:
            shown = [change for change in changes if self.library(change.frame) is None]
        location = min(_LOCATION, max((cell_len(self.place(each.frame)) for each in shown), default=0))
        function = min(
            _FUNCTION, max((cell_len(self.clean(each.frame.function)) for each in shown), default=0)
        )
        lines: list[Line] = []
        inside = self._inside(thread.frames[:top]) if top and not self.libraries else None
        for number, change in enumerate(shown):
            lines += self._frame(change, location, function, top=change.frame is top_frame)
            if change.frame is top_frame and inside is not None:
                lines.append(inside)
            if not number:
                lines += self._native(thread)
            if change.change != "gone":
                lines += self._locals(change.frame)
        return [*lines, *self._folded(thread.frames)] if top is not None else lines

    def _frame(self, change: FrameChange, location: int, function: int, *, top: bool) -> list[Line]:
        look, frame = self.look, change.frame
        own = self.library(frame) is None
        dim = change.change == "gone" or not own
        glyph, word = {"same": (" ", ""), "new": ("+", "new"), "gone": ("-", "gone"), "moved": ("~", "")}[
            change.change
        ]
        if change.change == "moved":
            word = f"was :{change.was}"
        mark = (look.glyphs.marker if top else " ", self.hot or look.running)
        ellipsis = look.glyphs.ellipsis
        inks = [
            mark,
            (f"{glyph} ", look.accent),
            (fit(self.place(frame), location, ellipsis, pad=True) + "  ", look.dim if dim else look.path),
            (
                fit(self.clean(frame.function), function, ellipsis, pad=True) + "  ",
                look.dim if dim else look.text,
            ),
        ]
        used = location + function + 7
        source = self.clean(known_text(frame, self.nodes))
        note = f"  {word}" if word else ""
        style = look.dim if dim else look.here if top else look.text
        room = self.width - used - cell_len(note)
        if room >= cell_len(source) or (not top and room >= _BESIDE):
            inks += [(fit(source, room, ellipsis), style), (note, look.accent)]
            return [Line.of(*inks)]
        inks.append((note.strip(), look.accent))
        under = Line.of(mark, ("     ", look.text), (fit(source, self.width - 6, ellipsis), style))
        return [Line.of(*inks), under]

    def _native(self, thread: ThreadStack) -> list[Line]:
        """The native functions that it waits in below its innermost Python frame, where they were asked for."""
        if not thread.native:
            return []
        calls = f" {self.look.glyphs.back} ".join(self.clean(frame.function) for frame in thread.native[:4])
        return [Line.of((fit(f"     native: {calls}", self.width, self.look.glyphs.ellipsis), self.look.dim))]

    def _locals(self, frame: Frame) -> list[Line]:
        """The frame's local variables, where they were asked for."""
        rows = frame.locals.split("\n") if frame.locals else []
        said = [
            fit(f"       {self.clean(row)}", self.width, self.look.glyphs.ellipsis) for row in rows[:_LOCALS]
        ]
        if len(rows) > _LOCALS:
            said.append(f"       and {len(rows) - _LOCALS} more")
        return [Line.of((text, self.look.dim)) for text in said]

    def _inside(self, frames: Sequence[Frame]) -> Line:
        """Where in a library the user's line is: the innermost two calls."""
        calls = f" {self.look.glyphs.back} ".join(
            f"{self.place(frame)} {self.clean(frame.function)}" for frame in frames[:2]
        )
        text = fit(f"     in {calls}", self.width, self.look.glyphs.ellipsis)
        return Line.of((text, self.look.dim), action=("libraries",))

    def _folded(self, frames: Sequence[Frame]) -> list[Line]:
        """What is folded, or how to fold it again."""
        owners = Counter(name for name in map(self.library, frames) if name is not None)
        if not owners:
            return []
        enter = self.look.glyphs.enter
        if self.libraries:
            said = f"   {plural(sum(owners.values()), 'library frame')} shown  "
            return [
                Line.of((said, self.look.dim), (f"{enter} hide", self.look.accent), action=("libraries",))
            ]
        what = ", ".join(
            f"{plural(count, 'frame')} in {self.clean(name)}" for name, count in owners.most_common(3)
        )
        more = len(owners) - 3
        said = fit(what + (f", {more} more" if more > 0 else ""), self.width - 14, self.look.glyphs.ellipsis)
        return [
            Line.of(
                (f"   {said}  ", self.look.dim), (f"{enter} show", self.look.accent), action=("libraries",)
            )
        ]

    def folded_thread(self, thread: ThreadStack, name: str, running: str) -> Line:
        """Another thread on one line: its name, the node that it runs, and the user's line that it stands on."""
        look = self.look
        top = first_own(thread.frames, self.own_file)
        frame = thread.frames[top if top is not None else 0] if thread.frames else None
        where = "" if frame is None else f"{self.place(frame)} {self.clean(frame.function)}"
        source = "" if frame is None or top is None else self.clean(known_text(frame, self.nodes))
        parts = [
            (f" {look.glyphs.folded} ", look.dim),
            (fit(name, 24, look.glyphs.ellipsis), look.text),
            (f"  runs {running}" if running else "", look.running),
            (f"  {where}", look.path if top is not None else look.dim),
            (f"  {source}" if source else "", look.dim),
        ]
        line = Line.of(*parts, action=("thread", str(thread.thread_id)))
        if line.width <= self.width:
            return line
        room, kept = self.width, []
        for text, style in parts:
            cut = fit(text, room, look.glyphs.ellipsis)
            kept.append((cut, style))
            room -= cell_len(cut)
        return Line.of(*kept, action=line.action)
