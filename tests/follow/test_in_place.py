"""What stays in a long file is read there when somebody looks, whatever became of the file's name."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hamtui.contract import layout
from hamtui.contract.layout import Kind, Source
from hamtui.follow import files
from hamtui.follow.decode import GONE, told, told_of
from hamtui.follow.files import LineFile
from hamtui.model.fold import Launch
from hamtui.model.state import Span

SOURCE = Source(layout.FLIGHT, Kind.FLIGHT)


@pytest.fixture(autouse=True)
def short_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONG", 1)
    monkeypatch.setattr(files, "CHUNK", 100)


def lines(node: str, **summary: Any) -> bytes:
    keys = {"run_id": "r", "node": node}
    start = {"event": "node_start", **keys, "kwargs_summary": {"of": node}}
    end = {"event": "node_end", **keys, "success": True, "result_summary": summary, "result_payload": [node]}
    return b"".join(json.dumps(event).encode() + b"\n" for event in (start, end))


class Reader:
    """A file, its reader, and what is folded of it."""

    def __init__(self, path: Path, *, hold: bool) -> None:
        self.path, self.launch, self.hold = path, Launch(), hold
        self.file = LineFile(str(path), SOURCE, hold=hold, stay=True)

    def append(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)

    def read(self) -> None:
        at_end = False
        while not at_end:
            records, at_end = self.file.read(3)
            for record in records:
                self.launch.apply(SOURCE, record)

    def span(self, node: str) -> Span:
        return next(span for key, span in self.launch.runs["r"].spans.items() if key.node == node)

    def held(self, node: str) -> tuple[Any, Any, Any]:
        span = self.span(node)
        return span.kwargs_summary, span.result_summary, span.result_payload

    def seen(self, node: str) -> tuple[Any, Any, Any]:
        span = self.span(node)
        return (
            told_of(span, "kwargs_summary"),
            told_of(span, "result_summary"),
            told_of(span, "result_payload"),
        )


@pytest.fixture(params=[True, False], ids=["held", "reopened"])
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    return Reader(tmp_path / SOURCE.name, hold=request.param)


def test_what_was_there_at_first_stays_and_what_comes_later_is_kept(reader: Reader) -> None:
    later = lines("later", rows=3)
    reader.append(b"junk\n\n" + lines("first", rows=1, text="x" * 300) + later[:40])
    reader.read()
    assert all(isinstance(one, complex) for one in reader.held("first"))
    assert reader.seen("first") == ({"of": "first"}, {"rows": 1, "text": "x" * 300}, ["first"])
    reader.append(later[40:] + lines("last", rows=4))
    reader.read()
    assert reader.seen("later") == ({"of": "later"}, {"rows": 3}, ["later"])
    assert all(isinstance(one, bytes) for one in reader.held("last"))
    assert reader.seen("last") == ({"of": "last"}, {"rows": 4}, ["last"])


def test_behind_a_line_that_is_passed_over(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LINE_CAP", 400)
    reader.append(b"x" * 999 + b"\n" + lines("a", rows=1))
    reader.read()
    assert reader.seen("a") == ({"of": "a"}, {"rows": 1}, ["a"])


def test_it_goes_with_the_file_when_that_is_set_aside_and_is_gone_with_it(reader: Reader) -> None:
    reader.append(lines("a", rows=1))
    reader.read()
    part = layout.part_name(str(reader.path), 1)
    reader.path.rename(part)
    reader.append(lines("b", rows=2))
    reader.read()
    assert (reader.seen("a"), reader.seen("b")) == (
        ({"of": "a"}, {"rows": 1}, ["a"]),
        ({"of": "b"}, {"rows": 2}, ["b"]),
    )
    os.unlink(part)
    gone = (GONE, GONE, None)
    assert reader.seen("a") == (({"of": "a"}, {"rows": 1}, ["a"]) if reader.hold else gone)
    assert reader.seen("b") == ({"of": "b"}, {"rows": 2}, ["b"])
    os.unlink(reader.path)
    reader.file.close()
    assert reader.seen("a") == reader.seen("b") == gone


def test_of_a_file_that_is_written_anew_no_other_run_s_value_is_shown(reader: Reader) -> None:
    reader.append(lines("a", rows=1))
    reader.read()
    reader.path.write_bytes(lines("a", rows=9).replace(b'"run_id": "r"', b'"run_id": "s"'))
    assert reader.seen("a") == (GONE, GONE, None)


def test_nobody_s_number_is_taken_for_a_place(reader: Reader) -> None:
    line = b'{"event":"node_end","run_id":"r","node":"b","place":5,"result_summary":-7,"success":true}\n'
    reader.append(lines("a", rows=1) + line)
    reader.read()
    assert reader.seen("b") == (None, -7, None)
    for odd in (-1, 5, True, 2.5):
        assert told(odd) is odd
    span = reader.span("a")
    for place in (1 << 52, (1 << 53) - 1, 1 << 38):
        span.result_summary = complex(place)
        assert told_of(span, "result_summary") == GONE


def test_a_short_file_is_kept(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONG", 10_000)
    reader.append(lines("a", rows=1))
    reader.read()
    assert all(isinstance(one, bytes) for one in reader.held("a"))
