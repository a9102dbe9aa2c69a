"""Reading a text file by pages: right lines, little memory, whatever happens to the file."""

import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamtui.follow import pages as pages_module
from hamtui.follow.pages import LAST_BYTES, LINE_BYTES, STRIDE, TextPages


def lines_of(data: bytes) -> list[bytes]:
    parts = data.split(b"\n")
    return parts[:-1] if parts[-1] == b"" else parts


def texts(pages: TextPages, first: int, count: int) -> list[bytes]:
    return [line.text + line.last for line in pages.read(first, count)]


def test_missing_then_there(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    pages = TextPages(path)
    assert not pages.refresh()
    assert (pages.exists, pages.count, pages.read(0, 5), pages.tail(5)) == (False, 0, [], [])
    path.write_bytes(b"one\ntwo")
    assert pages.refresh()
    assert pages.exists
    assert texts(pages, 0, 9) == [b"one", b"two"]
    assert not pages.refresh()


def test_a_half_line_grows_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"a\nhalf")
    pages = TextPages(path)
    pages.refresh()
    assert pages.count == 2
    with path.open("ab") as file:
        file.write(b" and half\n")
    assert pages.refresh()
    assert pages.count == 2
    assert texts(pages, 1, 1) == [b"half and half"]


def test_pages_of_a_file_over_many_strides(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    every = [
        f"line {number} ".encode() + b"x" * random.Random(number).randrange(200) for number in range(20_000)
    ]
    path.write_bytes(b"\n".join(every) + b"\n")
    assert path.stat().st_size > 20 * STRIDE
    pages = TextPages(path)
    while not pages.complete or not pages.exists:
        pages.refresh(budget=100_001)
    assert pages.count == len(every)
    for first in (0, 1, 777, 9_999, 19_990):
        assert texts(pages, first, 30) == every[first : first + 30]
        assert [line.number for line in pages.read(first, 3)] == [first, first + 1, first + 2]
    assert [line.text for line in pages.tail(40)] == every[-40:]
    assert pages.tail(1)[0].number == -1


@given(
    st.lists(st.binary(max_size=30), max_size=40),
    st.booleans(),
    st.integers(1, 50),
    st.integers(0, 40),
    st.integers(1, 10),
)
@settings(max_examples=150)
def test_any_file_reads_as_split_does(
    tmp_path_factory: pytest.TempPathFactory,
    chunks: list[bytes],
    ends: bool,
    budget: int,
    first: int,
    count: int,
) -> None:
    data = b"\n".join(chunks) + (b"\n" if ends and chunks else b"")
    path = tmp_path_factory.mktemp("pages") / "output.log"
    path.write_bytes(data)
    pages = TextPages(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages_module, "STRIDE", 16)
        patch.setattr(pages_module, "_BLOCK", 64)
        patch.setattr(pages_module, "LINE_BYTES", 16)
        pages.refresh(budget)
        while not pages.complete:
            pages.refresh(budget)
        expected = lines_of(data)
        assert pages.count == len(expected)
        assert texts(pages, first, count) == expected[first : first + count]
        tail = [line.text + line.last for line in pages.tail(count)]
        assert tail == (expected[-len(tail) :] if tail else [])


def test_one_line_of_fifty_megabytes_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    with path.open("wb") as file:
        file.write(b"before\n" + b"A" * LINE_BYTES)
        for _ in range(50):
            file.write(b"x" * (1 << 20))
        file.write(b"THE END\nafter\n")
    pages = TextPages(path)
    tracemalloc.start()
    pages.refresh()
    found = pages.read(0, 10)
    tail = pages.tail(3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [line.number for line in found] == [0, 1, 2]
    assert found[1].text == b"A" * LINE_BYTES
    assert found[1].last.endswith(b"THE END")
    assert len(found[1].last) == LAST_BYTES
    assert found[1].cut > 50_000_000
    assert found[2].text == b"after"
    assert tail[-1].text == b"after"
    assert peak < 8_000_000


@pytest.mark.parametrize("how", ["truncated", "replaced", "cut and grown", "deleted"])
def test_what_happens_to_files(tmp_path: Path, how: str) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"old 1\nold 2\nold 3\n")
    pages = TextPages(path)
    pages.refresh()
    assert pages.count == 3
    if how == "truncated":
        path.write_bytes(b"new\n")
    elif how == "replaced":
        (tmp_path / "other").write_bytes(b"new\n" * 3)
        (tmp_path / "other").replace(path)
    elif how == "cut and grown":
        path.write_bytes(b"new 1\nnew 2\nnew 3\nnew 4\n")
    else:
        path.unlink()
    assert pages.refresh()
    assert not any(b"old" in text for text in texts(pages, 0, 9))
    assert pages.count == {"truncated": 1, "replaced": 3, "cut and grown": 4, "deleted": 0}[how]


def test_a_range_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "output.log"
    path.write_bytes(b"others\nmine 1\nmine 2\nothers again\n")
    pages = TextPages(path, 7, 21)
    pages.refresh()
    assert texts(pages, 0, 9) == [b"mine 1", b"mine 2"]
    assert [line.text for line in pages.tail(9)] == [b"mine 1", b"mine 2"]
    assert pages.size == 14
    running = TextPages(path, 7)
    running.refresh()
    assert running.count == 3
    nothing = TextPages(path, 999)
    nothing.refresh()
    assert (nothing.count, nothing.size, nothing.tail(3)) == (0, 0, [])


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    pages = TextPages(tmp_path)
    assert not pages.refresh()
    assert pages.read(0, 3) == []
