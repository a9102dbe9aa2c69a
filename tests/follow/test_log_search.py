"""A search in logging records finds the rows that a naive one finds in what is shown."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamtui.contract.encode import line
from hamtui.contract.logs import LogRecord
from hamtui.follow import log_pages
from hamtui.follow.log_lines import SHOWN_BYTES
from hamtui.follow.log_pages import LINE_LIMIT, LogPages
from hamtui.follow.log_search import LogSearch
from hamtui.follow.searching import Place
from hamtui.model.wanted import Wanted


def naive(pages: LogPages, text: str) -> list[int]:
    """Rows of which what is shown holds the text."""
    found = []
    for row, shown in enumerate(pages.read(0, pages.count)):
        record = shown.line.record
        texts = [shown.text]
        if record is None:
            texts = [shown.line.raw[:SHOWN_BYTES].decode("utf-8", "backslashreplace")]
        elif shown.at == 0:
            texts += [(record.level or "").upper(), record.logger or "", record.node or ""]
        if any(Wanted(text).holds(each) for each in texts):
            found.append(row)
    return found


def opened(folder: Path) -> LogPages:
    pages = LogPages(folder)
    pages.refresh()
    return pages


def every(search: LogSearch, way: int = 1) -> Iterator[int]:
    """All rows that are found, one after the other until it wraps."""
    outcome = search.forward(Place(0)) if way > 0 else search.backward(Place(search.pages.count))
    while outcome.hit is not None and not outcome.wrapped:
        row = outcome.hit.place.row
        yield row
        outcome = search.forward(Place(row), past=True) if way > 0 else search.backward(Place(row))


_TEXTS = st.text(st.sampled_from('aAbé\n"/\\ é'), max_size=8)


@given(
    st.lists(st.tuples(st.floats(0, 9), _TEXTS, _TEXTS | st.none(), st.booleans()), max_size=12),
    st.sampled_from(["a", "A", "ab", "é", '"', "/", "a b", "INFO", "info", "app", "no json", "\\"]),
    st.integers(0, 30),
)
@settings(max_examples=200)
def test_a_search_finds_what_a_naive_one_does(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[tuple[float, str, str | None, bool]],
    text: str,
    row: int,
) -> None:
    folder = tmp_path_factory.mktemp("log")
    for name, ours in (("app.log.jsonl", True), ("app.log.box.7.jsonl", False)):
        with (folder / name).open("wb") as file:
            for ts, message, trace, first in records:
                if first != ours:
                    continue
                if ours:
                    record = LogRecord(ts=ts, level="info", logger="app", message=message, traceback=trace)
                    file.write(line(record))
                else:
                    keys = {"ts": ts, "levelname": "INFO", "msg": message, "exc_info": trace}
                    file.write(json.dumps(keys).encode() + b"\nno json\n")
    pages = opened(folder)
    row = min(row, max(0, pages.count - 1))
    hits = naive(pages, text)
    search = LogSearch(pages, Wanted(text), logger=True, node=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_pages, "STRETCH", 2)
        assert list(every(search)) == hits
        assert list(every(search, -1)) == hits[::-1]
        for outcome, first_hits, others in (
            (search.forward(Place(row)), [h for h in hits if h >= row], hits),
            (search.forward(Place(row), past=True), [h for h in hits if h > row], hits),
            (search.backward(Place(row)), [h for h in hits[::-1] if h < row], hits[::-1]),
        ):
            found = [] if outcome.hit is None else [outcome.hit.place.row]
            assert found == (first_hits or others)[:1]
            assert outcome.wrapped == (not first_hits and bool(others))


def write(path: Path, *records: LogRecord) -> None:
    path.write_bytes(b"".join(line(record) for record in records))


def test_only_what_is_shown_of_a_record_is_looked_through(tmp_path: Path) -> None:
    write(
        tmp_path / "app.log.jsonl",
        LogRecord(ts=1, level="warning", logger="app.io", message="one\ntwo", node="joined", thread="needle"),
        LogRecord(ts=2, message="x\n" * 5000 + "needle"),
    )
    pages = opened(tmp_path)

    def rows(text: str, **fields: bool) -> list[int]:
        return list(every(LogSearch(pages, Wanted(text), **fields)))  # type: ignore[arg-type]

    assert rows("two") == [1]
    assert rows("WARN") == [0]
    assert rows("app.io") == rows("joined") == rows("needle") == []
    assert rows("app.io", logger=True) == rows("joined", node=True) == [0]


def test_lines_that_are_none_and_lines_too_long(tmp_path: Path) -> None:
    with (tmp_path / "app.log.jsonl").open("wb") as file:
        file.write(b"no json with a needle\n" + b'{"msg": "needle' + b"x" * LINE_LIMIT + b'needles"}\n')
        file.write(b'{"message": "\\u006eeedle"}\n')
    pages = opened(tmp_path)
    assert list(every(LogSearch(pages, Wanted("needle")))) == [0, 1, 2]
    assert list(every(LogSearch(pages, Wanted("needles")))) == []


def test_only_one_nodes_records(tmp_path: Path) -> None:
    write(
        tmp_path / "app.log.jsonl",
        *(LogRecord(ts=n, message=f"row {n}", node="n" if n % 3 else "m", run_id="r") for n in range(9)),
    )
    pages = opened(tmp_path)
    pages.narrow(("r", None, "m"))
    outcome = LogSearch(pages, Wanted("row 6")).forward(Place(0))
    assert outcome.hit is not None
    assert outcome.hit.place.row == 2
    assert LogSearch(pages, Wanted("row 7")).forward(Place(0)).ending == "nothing"


def test_records_that_come_late_while_it_searches(tmp_path: Path) -> None:
    write(tmp_path / "app.log.jsonl", *(LogRecord(ts=10 + n, message=f"row {n}") for n in range(2000)))
    pages = opened(tmp_path)
    late = False

    def progress(done: int, _of: int) -> None:
        nonlocal late
        if done and not late:
            late = True
            early = (LogRecord(ts=1, message=f"late {n}") for n in range(700))
            write(tmp_path / "app.log.box.7.jsonl", *early)
            pages.refresh()

    outcome = LogSearch(pages, Wanted("row 1999"), progress=progress).forward(Place(0))
    assert outcome.hit is not None
    assert (outcome.hit.place.row, outcome.wrapped) == (2699, False)


@pytest.mark.parametrize("how", ["truncated", "deleted"])
def test_files_that_change_while_they_are_searched(tmp_path: Path, how: str) -> None:
    path = tmp_path / "app.log.jsonl"
    write(path, *(LogRecord(ts=n, message=f"row {n}") for n in range(2000)))
    pages = opened(tmp_path)

    def progress(done: int, _of: int) -> None:
        if done == log_pages.STRETCH:
            if how == "deleted":
                path.unlink()
            else:
                path.write_bytes(b"")
            pages.refresh()

    search = LogSearch(pages, Wanted("row 1999"), progress=progress)
    assert search.forward(Place(0)).ending == "changed"


def test_cancelled_at_once(tmp_path: Path) -> None:
    write(tmp_path / "app.log.jsonl", *(LogRecord(ts=n, message=f"row {n}") for n in range(5000)))
    told: list[int] = []
    search = LogSearch(
        opened(tmp_path),
        Wanted("none"),
        cancelled=lambda: len(told) > 2,
        progress=lambda done, _of: told.append(done),
    )
    assert search.forward(Place(0)).ending == "cancelled"
    assert told == [0, log_pages.STRETCH, 2 * log_pages.STRETCH]


def test_the_pages_are_read_on_while_it_searches(tmp_path: Path) -> None:
    path = tmp_path / "app.log.jsonl"
    write(path, *(LogRecord(ts=n, message=f"row {n}") for n in range(20_000)))
    pages = opened(tmp_path)
    stop = threading.Event()
    read: list[int] = []

    def follow() -> None:
        number = 20_000
        while not stop.is_set():
            with path.open("ab") as file:
                file.write(line(LogRecord(ts=number, message=f"row {number}")))
            number += 1
            pages.refresh()
            read.append(len(pages.read(pages.count - 20, 20)))

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        outcome = LogSearch(pages, Wanted("row 19999")).forward(Place(0))
    finally:
        stop.set()
        thread.join()
    assert outcome.hit is not None
    assert outcome.hit.place.row == 19_999
    assert read and set(read) == {20}


def test_pages_let_one_thread_in_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "app.log.jsonl"
    write(path, LogRecord(ts=1, message="one"))
    pages = opened(tmp_path)
    inside, go, over = threading.Event(), threading.Event(), threading.Event()

    def decode(raw: bytes) -> None:
        inside.set()
        go.wait(20)

    def search() -> None:
        LogSearch(pages, Wanted("one")).forward(Place(0))
        over.set()

    monkeypatch.setattr(log_pages, "decode", decode)
    with path.open("ab") as file:
        file.write(line(LogRecord(ts=2, message="two")))
    threads = [threading.Thread(target=pages.refresh), threading.Thread(target=search)]
    try:
        threads[0].start()
        assert inside.wait(20)
        threads[1].start()
        assert not over.wait(0.2)
    finally:
        go.set()
        for thread in threads:
            thread.join()
    assert over.is_set()
