"""The line at the bottom: the keys that do something now. Each can be clicked."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from hamtui.tui.widgets.oneline import OneLine


class KeysLine(OneLine):
    """Given (key, label, action) by ``show``, most wanted first; what does not fit is left to ``?``."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._keys: tuple[tuple[str, str, str], ...] = ()
        self._told: str | None = None

    def show(self, keys: tuple[tuple[str, str, str], ...], told: str | None = None) -> None:
        """Draw what differs."""
        if (keys, told) != (self._keys, self._told):
            self._keys, self._told = keys, told
            self.update()

    def segments(self, width: int) -> list[Segment]:
        """The keys, the last one (help) always among them where there is any room."""
        look = self.look
        if self._told is not None:
            return [Segment(f" {self._told}"[:width], look.dim)]
        widths = [cell_len(key) + cell_len(label) + 3 for key, label, _ in self._keys]
        room = width - 1 - (widths[-1] if widths else 0)
        kept = []
        for item, need in zip(self._keys[:-1], widths[:-1], strict=True):
            if need <= room:
                kept.append(item)
                room -= need
        line = [Segment(" ")]
        for key, label, action in [*kept, *self._keys[-1:]]:
            meta = Style.from_meta({"@click": action})
            line.append(Segment(key, look.key + meta))
            line.append(Segment(f" {label}", look.dim + meta))
            line.append(Segment("  "))
        return line
