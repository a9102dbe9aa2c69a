"""Text cut and padded to an exact number of terminal cells, wide characters included."""

from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


@lru_cache(4096)
def fit(text: str, width: int, ellipsis: str = "…") -> str:
    """The text in exactly ``width`` cells, at the left; cut text ends with the ellipsis."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return text + " " * (width - cell_len(text))
    room = width - cell_len(ellipsis)
    if room <= 0:
        return set_cell_size(text, width)
    kept = set_cell_size(text, room)
    return kept.rstrip() + ellipsis + " " * (width - cell_len(kept.rstrip()) - cell_len(ellipsis))


def right(text: str, width: int) -> str:
    """The text in exactly ``width`` cells, at the right; too long a text loses its end."""
    return " " * max(0, width - cell_len(text)) + (
        text if cell_len(text) <= width else set_cell_size(text, width)
    )


def flow(parts: list[tuple[str, Style]], width: int, ellipsis: str = "…") -> list[Segment]:
    """Styled parts one after the other in exactly ``width`` cells; what does not fit is cut."""
    segments: list[Segment] = []
    left = width
    for text, style in parts:
        if left <= 0:
            break
        length = cell_len(text)
        if length > left:
            text, length = fit(text, left, ellipsis), left  # noqa: PLW2901
        if text:
            segments.append(Segment(text, style))
        left -= length
    if left > 0:
        segments.append(Segment(" " * left))
    return segments


#: Moving the terminal's cursor costs as much as some cells.
_NEAR = 12


def differing(old: Strip, new: Strip) -> list[tuple[int, int]]:
    """Stretches of cells, (first, after the last), in which two lines differ; near ones together.

    The whole line where characters and cells do not match (wide characters).
    """
    if old == new:
        return []
    before, after = _cells(old), _cells(new)
    if not len(before) == len(after) == old.cell_length == new.cell_length:
        return [(0, max(old.cell_length, new.cell_length))]
    found: list[tuple[int, int]] = []
    for at, pair in enumerate(zip(before, after, strict=True)):
        if pair[0] == pair[1]:
            continue
        if found and at - found[-1][1] < _NEAR:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def _cells(strip: Strip) -> list[tuple[str, object]]:
    return [(char, segment.style) for segment in strip for char in segment.text]
