"""One growing file: each record once, whatever becomes of the file."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract import layout
from hamtui.contract.flight import FlightEvent, NodeEvent
from hamtui.contract.launch import ExitInfo
from hamtui.contract.layout import Kind, Source
from hamtui.follow import files
from hamtui.follow.files import Document, LineFile, total
from hamtui.model.records import Record
from hamtui.model.state import Unread

SOURCE = Source("hamilton_flight.jsonl", Kind.FLIGHT)


def row(name: str) -> bytes:
    return b'{"event":"node_start","node":"%s"}\n' % name.encode()


def names(records: list[Record]) -> list[str | None]:
    return [record.node for record in records if isinstance(record, (FlightEvent, NodeEvent))]


class Reader:
    """A file and its reader."""

    def __init__(self, path: Path, *, hold: bool = True) -> None:
        self.path = path
        self.file = LineFile(str(path), SOURCE, hold=hold)

    def append(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)

    def read(self) -> list[str | None]:
        found: list[str | None] = []
        while True:
            records, at_end = self.file.read(3)
            found += names(records)
            if at_end:
                return found

    def unread(self, *, over: bool = False) -> Unread:
        return total([self.file], over=over)


@pytest.fixture(params=[True, False], ids=["held", "reopened"])
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    return Reader(tmp_path / SOURCE.name, hold=request.param)


def test_a_file_that_is_not_there_yet(reader: Reader) -> None:
    assert reader.read() == []
    assert not reader.file.changed()
    reader.append(row("a"))
    assert reader.file.changed()
    assert reader.read() == ["a"]
    assert not reader.file.changed()
    assert reader.read() == []


def test_a_half_line_waits_for_its_rest(reader: Reader) -> None:
    whole = row("b")
    reader.append(row("a") + whole[:9])
    assert reader.read() == ["a"]
    assert reader.unread() == Unread()
    assert reader.unread(over=True) == Unread(1, 9)
    reader.append(whole[9:])
    assert reader.read() == ["b"]
    assert reader.unread(over=True) == Unread()


def test_a_whole_object_needs_no_newline(reader: Reader) -> None:
    reader.append(row("a").rstrip())
    assert reader.read() == ["a"]
    reader.append(b"\n" + row("b"))
    assert reader.read() == ["b"]
    assert reader.unread(over=True) == Unread()


def test_a_truncated_file_is_read_from_its_start(reader: Reader) -> None:
    reader.append(row("a") + row("b"))
    reader.read()
    reader.path.write_bytes(row("c"))
    assert reader.read() == ["c"]


def test_a_file_written_anew_and_longer_is_read_from_its_start(reader: Reader) -> None:
    reader.append(row("a"))
    reader.read()
    reader.path.write_bytes(row("longer") + row("c"))
    assert reader.read() == ["longer", "c"]


def test_a_replaced_file_is_read_from_its_start(reader: Reader) -> None:
    reader.append(row("a"))
    reader.read()
    fresh = reader.path.with_suffix(".tmp")
    fresh.write_bytes(row("c") + row("d"))
    fresh.replace(reader.path)
    assert reader.read() == ["c", "d"]


def test_what_was_written_just_before_a_rotation_is_read_too(tmp_path: Path) -> None:
    reader = Reader(tmp_path / SOURCE.name)
    reader.append(row("a"))
    reader.read()
    reader.append(row("b"))
    reader.path.rename(reader.path.with_suffix(".1"))
    reader.append(row("c"))
    assert reader.read() == ["b", "c"]


def test_what_its_writer_still_writes_into_a_rotated_file_is_read(tmp_path: Path) -> None:
    reader = Reader(tmp_path / SOURCE.name)
    with open(reader.path, "ab", buffering=0) as writer:
        writer.write(row("a"))
        assert reader.read() == ["a"]
        reader.path.rename(reader.path.with_suffix(".1"))
        assert reader.file.changed()
        assert reader.read() == []
        assert not reader.file.changed()
        writer.write(row("b"))
        assert reader.file.changed()
        assert reader.read() == ["b"]
        writer.write(row("c"))
        reader.append(row("d"))
    assert reader.read() == ["c", "d"]
    assert not reader.file.changed()


def test_a_line_that_is_half_there_when_its_file_is_set_aside_gets_its_rest(reader: Reader) -> None:
    with open(reader.path, "ab", buffering=0) as writer:
        writer.write(row("a") + row("b")[:9])
        reader.path.rename(layout.part_name(str(reader.path), 1))
        reader.append(row("c"))
        assert reader.read() == ["a", "c"]
        assert (reader.unread(), reader.unread(over=True)) == (Unread(), Unread(1, 9))
        assert not reader.file.changed()
        writer.write(row("b")[9:12])
        assert reader.file.changed()
        assert reader.read() == []
        assert not reader.file.changed()
        writer.write(row("b")[12:])
        assert reader.read() == ["b"]
    assert reader.unread(over=True) == Unread()


def test_a_half_line_whose_rest_never_comes_is_counted_once(reader: Reader) -> None:
    for number in (1, 2):
        reader.append(row("a") + row("b")[:9])
        reader.path.rename(layout.part_name(str(reader.path), number))
        reader.append(row("c"))
        assert reader.read() == ["a", "c"]
    assert reader.unread() == Unread(1, 9)
    reader.file.close()
    assert reader.unread(over=True) == Unread(2, 18)


def test_a_deleted_file_and_its_successor(reader: Reader) -> None:
    reader.append(row("a"))
    reader.read()
    reader.path.unlink()
    assert reader.read() == []
    reader.append(row("c"))
    assert reader.read() == ["c"]


def test_junk_is_counted_and_what_is_around_it_kept(reader: Reader) -> None:
    junk = [b"no json\n", b"[1]\n", b"\xff\xfe\x00\n", b'{"event":1}\n', b"{}\n"]
    reader.append(row("a") + b"\n  \n".join([b"", *junk, b""]) + row("b"))
    assert reader.read() == ["a", "b"]
    assert reader.unread() == Unread(len(junk), sum(map(len, junk)))


def test_a_line_without_end_is_passed_over(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LINE_CAP", 1000)
    monkeypatch.setattr(files, "CHUNK", 64)
    long = b'{"event":"' + b"x" * 5000 + b'"}\n'
    reader.append(row("a") + long + row("b"))
    assert reader.read() == ["a", "b"]
    assert reader.unread() == Unread(1, len(long))


def test_fifty_megabytes_in_one_line(reader: Reader) -> None:
    reader.append(row("a") + b'{"event":"' + b"x" * 50_000_000 + b'"}\n' + row("b"))
    assert reader.read() == ["a", "b"]
    assert reader.unread() == Unread(1, 50_000_013)


def test_a_pipe_of_that_name_does_not_block(reader: Reader) -> None:
    os.mkfifo(reader.path)
    assert reader.read() == []


@given(
    st.lists(st.sampled_from([row("a"), row("ü"), b"junk\n", b"\n", b'{"event":"x"}\n']), max_size=12),
    st.data(),
)
def test_pieces_are_read_as_the_whole(
    tmp_path_factory: pytest.TempPathFactory, rows: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(rows)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    at_once = Reader(tmp_path_factory.mktemp("whole") / SOURCE.name)
    at_once.append(whole)
    expected = at_once.read()
    pieces = Reader(tmp_path_factory.mktemp("pieces") / SOURCE.name)
    found: list[str | None] = []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        pieces.append(whole[start:end])
        found += pieces.read()
    assert found == expected
    assert pieces.unread(over=True) == at_once.unread(over=True)
    at_once.file.close()
    pieces.file.close()


def test_a_document_is_told_each_time_that_it_is_another(tmp_path: Path) -> None:
    path = tmp_path / "exit.json"
    document = Document(str(path), Source("exit.json", Kind.EXIT))
    assert document.read(9) == ([], True)
    path.write_text('{"exit_code": 1}')
    assert document.read(9) == ([ExitInfo(exit_code=1)], True)
    assert document.read(9) == ([], True)
    path.write_text('{"exit_co')
    assert document.read(9) == ([], True)
    assert total([document], over=False) == Unread(1, 9)
    path.write_text('{"exit_code": 2, "signal": null}')
    assert document.read(9) == ([ExitInfo(exit_code=2)], True)
    assert total([document], over=False) == Unread()
