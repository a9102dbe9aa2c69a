"""A strip that is cut at its own ends is the same as ever, and leaves no garbage that only a full look finds."""

import gc

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from hamtui.tui import unkept

_TEXTS = st.lists(st.text(st.sampled_from("ab 界"), max_size=4), max_size=4)


def of(texts: list[str]) -> Strip:
    return Strip([Segment(text, Style(bold=bool(number % 2))) for number, text in enumerate(texts)])


@given(_TEXTS, st.lists(st.integers(0, 20), max_size=4).map(sorted), st.integers(0, 20), st.integers(-1, 20))
def test_what_is_cut_is_what_textual_cuts(texts: list[str], cuts: list[int], end: int, start: int) -> None:
    for whole in (end, of(texts).cell_length):
        for some in (cuts, [whole], sorted([*cuts, whole])):
            mine, plain = of(texts), of(texts)
            assert list(unkept.divide(mine, iter(some))) == list(unkept._divide(plain, iter(some)))
            assert unkept.crop_extend(mine, start, whole, None) == unkept._crop_extend(
                plain, start, whole, None
            )


def test_and_is_gone_with_its_last_user() -> None:
    unkept.let_go()
    gc.disable()
    try:
        strip = of(["no other", " has this text"])
        assert list(strip.divide([22])) == [strip] == [strip.crop_extend(0, 22, None)]
        del strip
        assert not [
            one for one in gc.get_objects() if type(one) is Strip and one.text == "no other has this text"
        ]
    finally:
        gc.enable()
