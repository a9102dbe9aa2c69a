"""Logging records by rows: several writers, one order; whatever stands in the files."""

import json
import tracemalloc
from pathlib import Path

from hamtui.contract.encode import line
from hamtui.contract.logs import LogRecord
from hamtui.follow.log_lines import RAW_BYTES, ROWS_LIMIT, decode
from hamtui.follow.log_pages import LINE_LIMIT, LogPages


def record(ts: float, message: str, node: str | None = None, **more: object) -> bytes:
    return line(LogRecord(ts=ts, level="INFO", logger="app", message=message, node=node, **more))  # type: ignore[arg-type]


def messages(pages: LogPages, first: int = 0, count: int = 99) -> list[str]:
    return [row.text for row in pages.read(first, count)]


def test_several_writers_in_one_order(tmp_path: Path) -> None:
    main = tmp_path / "app.log.jsonl"
    worker = tmp_path / "app.log.box.with.dots.77.jsonl"
    main.write_bytes(record(1, "a") + record(3, "c"))
    pages = LogPages(tmp_path)
    assert pages.refresh()
    assert messages(pages) == ["a", "c"]
    worker.write_bytes(record(2, "b") + record(4, "d"))
    assert pages.refresh()
    assert messages(pages) == ["a", "b", "c", "d"]
    assert [row.line.pid for row in pages.read(0, 9)] == [None, 77, None, 77]
    with main.open("ab") as file:
        file.write(record(3.5, "c2") + record(5, "half")[:9])
    pages.refresh()
    assert messages(pages) == ["a", "b", "c", "c2", "d"]
    assert messages(pages, 3, 1) == ["c2"]
    assert not pages.refresh()


def test_a_traceback_takes_rows_of_its_own(tmp_path: Path) -> None:
    trace = "Traceback (most recent call last):\n  File x\nValueError: no\n"
    (tmp_path / "app.log.jsonl").write_bytes(
        record(1, "one\ntwo", traceback=trace) + record(2, "next") + record(3, "x\n" * 5000)
    )
    pages = LogPages(tmp_path)
    pages.refresh()
    assert messages(pages, 0, 6) == ["one", "two", *trace.rstrip().split("\n"), "next"]
    assert [row.at for row in pages.read(0, 6)] == [0, 1, 2, 3, 4, 0]
    assert messages(pages, 4, 2) == ["ValueError: no", "next"]
    assert pages.count == 6 + ROWS_LIMIT
    assert "4,802 more lines" in messages(pages, pages.count - 1, 1)[0]


def test_only_one_span(tmp_path: Path) -> None:
    path = tmp_path / "app.log.jsonl"
    path.write_bytes(
        record(1, "all")
        + record(2, "mine", "n", run_id="r", task_id="t.0")
        + record(3, "sister", "n", run_id="r", task_id="t.1")
        + record(4, "other run", "n", run_id="q", task_id="t.0")
    )
    pages = LogPages(tmp_path)
    pages.refresh()
    pages.narrow(("r", "t.0", "n"))
    assert messages(pages) == ["mine"]
    with path.open("ab") as file:
        file.write(record(5, "mine again", "n", run_id="r", task_id="t.0") + record(6, "m", "m"))
    pages.refresh()
    assert messages(pages) == ["mine", "mine again"]
    pages.narrow(("r", None, "n"))
    assert messages(pages) == ["mine", "sister", "mine again"]
    pages.narrow(None)
    assert (pages.count, pages.records, pages.all_records) == (6, 6, 6)
    pages.narrow(("r", None, "nobody"))
    assert (pages.count, messages(pages)) == (0, [])


def test_junk_is_counted_and_nothing_good_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "app.log.jsonl"
    with path.open("wb") as file:
        file.write(b"no json\n\n" + record(1, "good 1") + b"\xff\xfe[1,2]\n[" + b"[" * 3000 + b"\n")
        for _ in range(3):
            file.write(b"x" * LINE_LIMIT)
        file.write(b"\n" + record(2, "good 2"))
    pages = LogPages(tmp_path)
    for _ in range(9):
        pages.refresh(budget=1_000_000)
    assert pages.complete
    rows = pages.read(0, 99)
    assert [row.text for row in rows if row.line.record] == ["good 1", "good 2"]
    assert pages.not_records == 4
    assert sum(row.line.record is None for row in rows) == 4
    big = max(rows, key=lambda row: row.line.length)
    assert big.line.length == 3 * LINE_LIMIT
    assert len(big.line.raw) <= RAW_BYTES


def test_other_peoples_records() -> None:
    found = decode(
        b'{"asctime":"2026-11-22 21:35:11,123","levelname":"WARN","name":"x","msg":"hello","exc_info":"T: x"}'
    )
    assert found is not None
    assert (found.level, found.logger, found.message, found.traceback) == ("WARN", "x", "hello", "T: x")
    assert found.ts is not None
    structured = decode(b'{"timestamp":"2026-11-22T21:35:11Z","event":{"a":1}}')
    assert structured is not None
    assert (structured.ts, structured.message) == (1795383311.0, "{'a': 1}")
    shapeless = decode(b'{"what":1}')
    assert shapeless is not None
    assert shapeless.message == '{"what":1}'
    assert decode(b'{"ts":1,"message":"m","line":"not a number"}') == LogRecord(ts=1.0, message="m")
    assert decode(b"[1]") is None


def test_truncated_replaced_deleted(tmp_path: Path) -> None:
    path = tmp_path / "app.log.jsonl"
    path.write_bytes(record(1, "old") * 3)
    pages = LogPages(tmp_path)
    pages.refresh()
    path.write_bytes(record(2, "new"))
    assert pages.refresh()
    assert (messages(pages), pages.restarts) == (["new"], 1)
    path.unlink()
    assert pages.refresh()
    assert (pages.count, pages.files) == (0, 0)
    assert not pages.refresh()
    assert LogPages(tmp_path / "nowhere").refresh() is False


def test_a_million_records_cost_little(tmp_path: Path) -> None:
    path = tmp_path / "app.log.jsonl"
    path.write_bytes(
        json.dumps({"ts": 1.0, "message": "m", "node": "n"}).encode().join([b""] + [b"\n"] * 20_000)
    )
    pages = LogPages(tmp_path)
    while not pages.complete:
        pages.refresh()
    assert pages.count == 20_000
    assert len(pages.read(19_990, 50)) == 10


def test_a_service_of_many_runs_is_kept_in_a_few_bytes_a_record(tmp_path: Path) -> None:
    count = 20_000
    with (tmp_path / "app.log.jsonl").open("w") as file:
        for number in range(count):
            told = {
                "ts": number,
                "message": "turn",
                "run_id": f"{number:036}",
                "task_id": None,
                "node": "loaded",
            }
            file.write(json.dumps(told) + "\n")
    tracemalloc.start()
    try:
        pages = LogPages(tmp_path)
        while not pages.complete or not pages.count:
            pages.refresh()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert pages.records == count
    assert held < 150 * count
    pages.narrow((f"{7:036}", None, "loaded"))
    assert pages.records == 1
