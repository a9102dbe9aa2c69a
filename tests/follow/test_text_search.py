"""A search in a file finds the lines that a naive one finds, and holds none of the file."""

import os
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hamtui.follow import text_search
from hamtui.follow.searching import Place
from hamtui.follow.text_search import TextSearch
from hamtui.model.printed import newest
from hamtui.model.wanted import Wanted


def places(data: bytes) -> list[tuple[Place, str]]:
    """Each line: where it begins, and what is shown of it."""
    parts = data.split(b"\n")
    parts = parts[:-1] if parts[-1] == b"" else parts
    found, at = [], 0
    for row, part in enumerate(parts):
        found.append((Place(row, at), newest(part)[0]))
        at += len(part) + 1
    return found


def naive(data: bytes, text: str) -> list[Place]:
    return [place for place, shown in places(data) if Wanted(text).holds(shown)]


def first(of: list[Place], fits: Callable[[Place], bool]) -> tuple[Place | None, bool]:
    """The first that fits, else the first of all, and whether it went round."""
    for place in of:
        if fits(place):
            return place, False
    return (of[0], True) if of else (None, False)


def every(path: Path, text: str) -> list[int]:
    """All rows that hold the text, by going on from one to the next until it wraps."""
    found: list[int] = []
    search = TextSearch(path, Wanted(text))
    outcome = search.forward(Place(0))
    while outcome.hit is not None and not outcome.wrapped:
        found.append(outcome.hit.place.row)
        outcome = search.forward(outcome.hit.place, past=True)
    return found


_PIECES = st.sampled_from(
    [b"a", b"A", b"b", b"ab", b"Ab", b"\n", b"\n", b"\r", b" ", b"\t", b"\xc3\xa9", b"\xc3\x89"]
    + [b"e\xcc\x81", b"\xff", b"\x1b[31m", b"\x1b[", b"\x00", b"xyxy", b"_" * 9]
)


@given(
    st.lists(_PIECES, max_size=60).map(b"".join),
    st.sampled_from(["a", "ab", "Ab", "b ", "  ", "é", "É", "e", "\\xff", "xyxyxy", "a.", "bé"]),
    st.integers(0, 60),
    st.sampled_from([1, 3, 16, 200]),
)
@example(b"\rab\r\n", "ab", 0, 1)
@example(b"ab\rb \n", "ab", 0, 1)
@example(b"ab\nab\r1\nab\nx", "ab", 3, 200)
@example(b"xx\na\x1b[31mb", "ab", 1, 3)
@example("re\u0301".encode(), "e", 0, 1)
@settings(max_examples=300)
def test_a_search_finds_what_a_naive_one_does(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, text: str, at: int, block: int
) -> None:
    path = tmp_path_factory.mktemp("search") / "output.log"
    path.write_bytes(data)
    lines = [place for place, _ in places(data)]
    hits = naive(data, text)
    place = lines[at % len(lines)] if lines else Place(0)
    with pytest.MonkeyPatch.context() as patch:
        # Lines of tabs are as wide as their text before them, which is known of lines that fit into a block alone.
        small = block if b"\t" not in data else text_search.BLOCK
        patch.setattr(text_search, "BLOCK", small)
        patch.setattr(text_search, "WINDOW", 2 * block)
        search = TextSearch(path, Wanted(text))
        for outcome, expected in (
            (search.forward(place), first(hits, lambda each: each.row >= place.row)),
            (search.forward(place, past=True), first(hits, lambda each: each.row > place.row)),
            (search.backward(place), first(hits[::-1], lambda each: each.row < place.row)),
        ):
            assert outcome.ending == ("found" if hits else "nothing")
            assert (outcome.hit and outcome.hit.place, outcome.wrapped) == expected
            if outcome.hit is not None and small > block:
                assert Wanted(text).holds(outcome.hit.around)


def test_matches_across_the_edges_of_blocks(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    edge = text_search.BLOCK
    rows = []
    with path.open("wb") as file:
        for number in range(1, 9):
            filler = number * edge - 3 - file.tell()
            file.write((b"x" * 79 + b"\n") * (filler // 80) + b"y" * (filler % 80) + b"needle\n")
            file.flush()
            rows.append(path.read_bytes().count(b"\n") - 1)
    assert every(path, "NEEDLE".lower()) == rows
    end = Place(path.read_bytes().count(b"\n"), path.stat().st_size)
    back, outcome = [], TextSearch(path, Wanted("needle")).backward(end)
    while outcome.hit is not None and not outcome.wrapped:
        back.append(outcome.hit.place.row)
        outcome = TextSearch(path, Wanted("needle")).backward(outcome.hit.place)
    assert back == rows[::-1]


def test_a_line_of_five_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    long = b"x" * 3_000_000 + "the Ödland ".encode() + b"y" * 2_000_000
    path.write_bytes(b"before\n" + long + b"\nafter the line\n")
    search = TextSearch(path, Wanted("the ödland"))
    for outcome in (search.forward(Place(0)), search.backward(Place(2, 8 + len(long)))):
        assert outcome.hit is not None
        assert outcome.hit.place == Place(1, 7)
        assert "the Ödland yyy" in outcome.hit.around
        assert len(outcome.hit.around) < 400
    assert every(path, "the") == [1, 2]
    assert every(path, "yx") == []


def test_of_a_long_progress_bar_only_the_newest_state_is_found(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    states = b"".join(b"\r%07d of 9999999 \x1b[32mdone\x1b[0m" % number for number in range(50_000))
    path.write_bytes(b"begin\n" + states + b"\r\r\nend\n")
    assert len(states) > 5 * text_search.BLOCK
    assert every(path, "0049999 of 9999999 done") == [1]
    assert every(path, "0049998 of") == []


def test_only_the_given_bytes(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"x before\nx mine\nx mine too\nx behind\n")
    search = TextSearch(path, Wanted("x"), 9, 27)
    assert search.forward(Place(0, 9)).hit == search.backward(Place(1, 16)).hit
    last = search.backward(Place(0, 9))
    assert last.hit is not None
    assert (last.hit.place, last.wrapped) == (Place(1, 16), True)
    assert TextSearch(path, Wanted("behind"), 9, 27).forward(Place(0, 9)).ending == "nothing"


@pytest.mark.parametrize("way", ["forward", "backward", "round"])
@pytest.mark.parametrize("how", ["truncated", "replaced", "deleted"])
def test_a_file_that_changes_while_it_is_read(tmp_path: Path, how: str, way: str) -> None:
    path = tmp_path / "output.log"
    line = b"x" * 99 + b"\n"
    path.write_bytes(line * 60_000)
    told = 0

    def progress(_done: int, _of: int) -> None:
        nonlocal told
        told += 1
        if told != 5:
            return
        if how == "truncated":
            os.truncate(path, 1000)
        elif how == "replaced":
            (tmp_path / "other").write_bytes(line * 60_000)
            (tmp_path / "other").replace(path)
        else:
            path.unlink()

    search = TextSearch(path, Wanted("y"), progress=progress)
    place = Place(60_000, 6_000_000) if way == "backward" else Place(0)
    outcome = search.forward(Place(0)) if way == "forward" else search.backward(place)
    assert (outcome.ending, outcome.hit) == ("changed", None)
    assert search.forward(Place(1, 150)).ending == "changed"


def test_cancelled_at_once(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"x" * 99 + b"\n" * 5_000_000)
    read: list[tuple[int, int]] = []
    search = TextSearch(
        path, Wanted("y"), cancelled=lambda: len(read) > 2, progress=lambda *told: read.append(told)
    )
    assert search.forward(Place(0)).ending == "cancelled"
    assert len(read) == 3
    assert all(second[0] - one[0] == text_search.BLOCK for one, second in pairwise(read))


def test_no_file(tmp_path: Path) -> None:
    assert TextSearch(tmp_path / "no", Wanted("x")).forward(Place(0)).ending == "changed"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("text", ["nowhere", "nöwhere", "no where"])
def test_memory_is_flat_whatever_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "output.log"
    with path.open("wb") as file:
        for number in range(100):
            file.write(b"%06d \x1b[31mwhatever\x1b[0m \xc3\xa9 it\tsays\n" % number * 25_000)
            file.write(b"y" * 300_000 + b"\r")
    assert path.stat().st_size > 100_000_000
    rows = path.read_bytes().count(b"\n")
    offset = path.read_bytes().rfind(b"\n") + 1
    tracemalloc.start()
    search = TextSearch(path, Wanted(text))
    assert search.forward(Place(0)).ending == "nothing"
    assert search.backward(Place(rows, offset)).ending == "nothing"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024
