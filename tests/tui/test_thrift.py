"""A frame in fewer bytes shows the same."""

from __future__ import annotations

from typing import Any

import pyte
from hypothesis import given
from hypothesis import strategies as st

from hamtui.tui.thrift import thrifty

COLUMNS, ROWS = 60, 8
colours = st.sampled_from(["38;2;214;220;228", "38;5;8", "31", "97", "39", ""])
backs = st.sampled_from(["48;2;13;17;23", "48;5;4", "44", "107", "49", ""])
attributes = st.sampled_from(["", "", "1", "4", "7", "1;3", "0;1"])
texts = st.sampled_from(
    ["a", "stage_3   ", "████▶", "●", "表", "e\u0301", "\n", "\x1b[K", "\x1b[2C", "\t", ""]
)


@st.composite
def pieces(draw: st.DrawFn) -> str:
    """A position and some texts, each with a style before and a reset behind it, that end before the line does."""
    end = draw(st.sampled_from(["", "\n"]))
    told = f"{end}\x1b[{draw(st.integers(1, ROWS))};{draw(st.integers(1, 10))}H"
    for text in draw(st.lists(texts, max_size=4)):
        style = ";".join(filter(None, (draw(attributes), draw(colours), draw(backs))))
        told += f"\x1b[{style}m{text}\x1b[0m" if style else text
    return told


def shown(*frames: str) -> tuple[Any, ...]:
    """Every cell with its style, and the cursor."""
    screen = pyte.Screen(COLUMNS, ROWS)
    screen.set_mode(pyte.modes.LNM)  # as the terminal driver does for a line's end
    stream = pyte.Stream(screen)
    for frame in frames:
        stream.feed(frame)
    cells = [[screen.buffer[row][column] for column in range(COLUMNS)] for row in range(ROWS)]
    return cells, screen.cursor.x, screen.cursor.y


@given(st.lists(st.lists(pieces(), max_size=12), max_size=3))
def test_what_is_shown_is_the_same(told: list[list[str]]) -> None:
    frames = ["".join(frame) for frame in told]
    less = [thrifty(frame) for frame in frames]
    assert shown(*less) == shown(*frames)


def test_neighbours_in_one_style_are_one_text() -> None:
    style = "\x1b[38;2;1;2;3;48;2;4;5;6m"
    frame = f"\x1b[3;1H{style}aaa\x1b[0m\x1b[3;4H{style}bbb\x1b[0m\n\x1b[4;1H{style}ccc\x1b[0m"
    assert thrifty(frame) == f"\x1b[3;1H{style}aaabbb\x1b[4;1Hccc\x1b[0m"


def test_of_two_colours_only_the_other_is_told() -> None:
    frame = "\x1b[3;1H\x1b[38;2;1;2;3;48;2;4;5;6ma\x1b[0m\x1b[38;2;9;9;9;48;2;4;5;6mb\x1b[0m"
    assert thrifty(frame) == "\x1b[3;1H\x1b[38;2;1;2;3;48;2;4;5;6ma\x1b[38;2;9;9;9mb\x1b[0m"


def test_bold_ends_where_it_ended() -> None:
    frame = "\x1b[3;1H\x1b[1;31ma\x1b[0m\x1b[31mb\x1b[0m\x1b[3;9Hc"
    assert thrifty(frame) == "\x1b[3;1H\x1b[1;31ma\x1b[0;31mb\x1b[3;9H\x1b[0mc"


def test_behind_a_character_of_unsure_width_the_cursor_is_put() -> None:
    frame = "\x1b[3;1H\x1b[31m表\x1b[0m\x1b[3;3H\x1b[31mb\x1b[0m"
    assert "\x1b[3;3H" in thrifty(frame)
