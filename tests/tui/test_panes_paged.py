"""The Log and Output panes: only what is on the screen is read; the end is followed until one scrolls up."""

from pathlib import Path
from typing import Any

import pytest

from hamtui.contract.encode import line
from hamtui.contract.logs import LogRecord
from hamtui.follow import pages
from hamtui.tui.widgets.log_pane import LogPane
from hamtui.tui.widgets.output_pane import OutputPane
from hamtui.tui.widgets.paged_pane import PagedPane
from tests.tui.pane_host import GONE, PaneHost, screen, settled, shown, subject_of
from tests.tui.pane_runs import T0, Told, folder


def subject(told: Told, path: Path, node: str | None = "risk_score", **more: Any) -> Any:
    return subject_of(told.launch, node, path, unix=T0 + 50, **more)


def told() -> Told:
    found = Told()
    found.start("joined", 0.5, output_offset=0)
    found.end("joined", 1.0, output_offset=12)
    found.start("risk_score", 2.0, output_offset=12)
    return found


async def test_output_follows_pauses_and_goes_on(tmp_path: Path) -> None:
    path = folder(tmp_path)
    output = path / "output.log"
    output.write_text("".join(f"line {n}\n" for n in range(500)))
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 10)) as pilot:
        rows = await shown(pilot, subject(told(), path))
        assert rows[0].startswith("all output · 500 lines, 4.4 kB")
        assert rows[-1] == "line 499"
        with output.open("a") as file:
            file.write("more\n")
        rows = await shown(pilot, subject(told(), path))
        assert rows[-1] == "more"
        pane.view.focus()
        await pilot.press("up", "up")
        await settled(pilot)
        assert "paused" in screen(pilot.app)[0]
        with output.open("a") as file:
            file.write("a\nb\nc\n")
        rows = await shown(pilot, subject(told(), path))
        assert rows[0].startswith("▼ 3 new lines · end follows")
        assert rows[-1] == "line 498"
        await pilot.press("home")
        await settled(pilot)
        assert screen(pilot.app)[1] == "line 0"
        await pilot.press("pagedown", "pagedown")
        await settled(pilot)
        assert screen(pilot.app)[1] == "line 16"
        await pilot.press("end")
        await settled(pilot)
        rows = screen(pilot.app)
        assert rows[-1] == "c"
        assert "new line" not in rows[0]
        assert pane.copyable() is not None


async def test_only_this_nodes_output(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "output.log").write_text("from joined\nfrom risk\n")
    run = told()
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 6)) as pilot:
        await shown(pilot, subject(run, path))
        pane.view.focus()
        await pilot.press("n")
        await settled(pilot)
        rows = screen(pilot.app)
        assert rows[0].startswith("only risk_score · 1 line, 10 B  n all")
        assert rows[1:3] == ["from risk", ""]
        run.start("report", 2.5, output_offset=15)
        rows = await shown(pilot, subject(run, path))
        assert "shared with 1 other node that ran then" in rows[0]
        rows = await shown(pilot, subject(run, path, "joined"))
        assert rows[1:3] == ["from joined", ""]
        await pilot.click(pane.status)
        await settled(pilot)
        assert screen(pilot.app)[1:3] == ["from joined", "from risk"]


async def test_progress_bars_colours_and_junk(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "output.log").write_bytes(
        b"10%\r50%\r\x1b[32m100% done\x1b[0m\n"
        b"[red]text[/red] \x1b[2J\x1b]0;title\x07\n"
        b"\x00\x01\xff\xfe\ttab\r\n"
        + "\u202eabc 価格\n".encode()
        + b"x" * 9_000_000
        + b"\n"
        + b"".join(b"\r%07d of 9999999" % n for n in range(20_000))
    )
    async with PaneHost(OutputPane()).run_test(size=(80, 9)) as pilot:
        rows = await shown(pilot, subject(told(), path))
    assert rows[1] == "100% done  (2 updates)"
    assert rows[2] == "[red]text[/red] ␛[2J␛]0;title␇"
    assert rows[3] == "␀␁\\xff\\xfe      tab"
    assert rows[4] == "\\u202eabc 価格"
    assert rows[5].startswith("xxxxxxxx")
    assert rows[6] == "0019999 of 9999999  (many updates)"


async def test_what_is_gone_of_the_output_is_said(tmp_path: Path) -> None:
    path = folder(tmp_path)
    with (path / "output.log").open("wb") as file:
        file.seek(3_000_000)  # a hole, as --max-size makes it
        file.write(b"request 71 handled\nrequest 72 handled\n")
    async with PaneHost(OutputPane()).run_test(size=(80, 9)) as pilot:
        rows = await shown(pilot, subject(told(), path))
    assert rows[1:3] == [
        "(3.0 MB before this are gone: --max-size)  request 71 handled",
        "request 72 handled",
    ]


@pytest.mark.parametrize("kind", [LogPane, OutputPane])
async def test_a_huge_file_opens_at_its_end_and_little_of_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[PagedPane]
) -> None:
    path = folder(tmp_path)
    asked: list[int] = []
    if kind is OutputPane:
        (path / "output.log").write_text("".join(f"row {n}\n" for n in range(300_000)))
        read = pages.TextPages.read

        def spy(self: pages.TextPages, first: int, count: int) -> list[pages.PageLine]:
            asked.append(count)
            return read(self, first, count)

        monkeypatch.setattr(pages.TextPages, "read", spy)
    else:
        rows = (line(LogRecord(ts=T0 + n, level="INFO", message=f"row {n}")) for n in range(30_000))
        (path / "app.log.jsonl").write_bytes(b"".join(rows))
    async with PaneHost(kind()).run_test(size=(80, 10)) as pilot:
        rows_shown = await shown(pilot, subject(told(), path))
    assert rows_shown[-1].endswith("row 299999" if kind is OutputPane else "row 29999")
    assert all(count <= 40 for count in asked)


def logged(tmp_path: Path) -> Path:
    """A folder with two processes' records and a line that is none."""
    path = folder(tmp_path)
    trace = 'Traceback (most recent call last):\n  File "risk.py", line 1, in f\nValueError: no'
    (path / "app.log.jsonl").write_bytes(
        line(
            LogRecord(
                ts=T0,
                level="INFO",
                logger="app.io",
                message="read [b]12[/b] rows\x1b[31m",
                node="joined",
                run_id="r1",
            )
        )
        + line(
            LogRecord(
                ts=T0 + 1,
                level="ERROR",
                logger="app",
                message="oh",
                traceback=trace,
                node="risk_score",
                run_id="r1",
            )
        )
        + b"no json\n"
    )
    (path / "app.log.box7.77.jsonl").write_bytes(
        line(
            LogRecord(
                ts=T0 + 0.5,
                level="WARNING",
                logger="w",
                message="価格 from a worker",
                node="shard",
                run_id="r1",
            )
        )
    )
    return path


async def test_records_with_level_time_and_traceback(tmp_path: Path) -> None:
    path = logged(tmp_path)
    pane = LogPane()
    async with PaneHost(pane).run_test(size=(140, 12)) as pilot:
        rows = await shown(pilot, subject(told(), path))
        assert rows[0].startswith(
            "all records · 4 records of 2 processes · 1 line not readable  n only risk_score"
        )
        assert rows[1].split()[1:] == ["INFO", "app.io", "joined", "read", "[b]12[/b]", "rows␛[31m"]
        assert rows[2].split()[1:5] == ["WARNING", "w", "shard", "価格"]
        assert rows[3].split()[1:] == ["ERROR", "app", "risk_score", "oh"]
        assert rows[4].strip() == "Traceback (most recent call last):"
        assert rows[6].strip() == "ValueError: no"
        assert rows[7] == "(7 B: no record)  no json"


async def test_only_this_nodes_records(tmp_path: Path) -> None:
    path = logged(tmp_path)
    pane = LogPane()
    async with PaneHost(pane).run_test(size=(140, 12)) as pilot:
        await shown(pilot, subject(told(), path))
        pane.view.focus()
        await pilot.press("n")
        await settled(pilot)
        rows = screen(pilot.app)
        assert rows[0].startswith("only risk_score · 1 of 4 records")
        assert rows[1].endswith("oh")
        rows = await shown(pilot, subject(told(), path, "joined"))
        assert "read [b]12[/b] rows" in rows[1]
        assert rows[2] == ""


@pytest.mark.parametrize(
    ("kind", "write", "only", "says"),
    [
        (OutputPane, None, False, "There is no output.log in this folder."),
        (OutputPane, b"", False, "The run printed nothing."),
        (OutputPane, b"from joined\n", True, "Nothing was printed while this node ran."),
        (LogPane, None, False, "There is no app.log.jsonl in this folder."),
        (LogPane, b"", False, "Nothing was logged."),
        (LogPane, line(LogRecord(ts=1, message="m")), True, "This node's own thread logged nothing."),
    ],
)
async def test_what_is_missing_is_said(
    tmp_path: Path, kind: type[PagedPane], write: bytes | None, only: bool, says: str
) -> None:
    path = folder(tmp_path)
    if write is not None:
        (path / ("output.log" if kind is OutputPane else "app.log.jsonl")).write_bytes(write)
    run = told()
    run.over(20, code=1)
    pane = kind()
    pane.only = only
    async with PaneHost(pane).run_test(size=(80, 6)) as pilot:
        rows = await shown(pilot, subject(run, path, fact=GONE))
    assert rows[1] == says


async def test_a_file_that_vanishes_and_another_folder(tmp_path: Path) -> None:
    path = folder(tmp_path)
    output = path / "output.log"
    output.write_text("here\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / "output.log").write_text("elsewhere\n")
    async with PaneHost(OutputPane()).run_test(size=(80, 6)) as pilot:
        assert (await shown(pilot, subject(told(), path)))[1] == "here"
        output.write_text("x\n")
        assert (await shown(pilot, subject(told(), path)))[1] == "x"
        output.unlink()
        assert "no output.log" in (await shown(pilot, subject(told(), path)))[1]
        assert (await shown(pilot, subject(told(), other)))[1] == "elsewhere"


async def test_the_clock_runs_only_while_the_launch_does(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "output.log").write_text("here\n")
    run = told()
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 6)) as pilot:
        await shown(pilot, subject(run, path))
        ticks = [pane._clock is not None and pane._clock._active.is_set()]
        run.over(20, code=0)
        await shown(pilot, subject(run, path, fact=GONE))
        ticks.append(pane._clock is not None and pane._clock._active.is_set())
    assert ticks == [True, False]


@pytest.mark.parametrize("kind", [LogPane, OutputPane])
async def test_ascii(tmp_path: Path, kind: type[PagedPane]) -> None:
    path = folder(tmp_path)
    (path / "output.log").write_text("é\n" * 50)
    (path / "app.log.jsonl").write_bytes(line(LogRecord(ts=T0, level="INFO", message="é")) * 50)
    pane = kind()
    async with PaneHost(pane, "mono", ascii_only=True).run_test(size=(80, 6)) as pilot:
        await shown(pilot, subject(told(), path))
        pane.view.focus()
        await pilot.press("up")
        await settled(pilot)
        text = "\n".join(screen(pilot.app))
    assert text.isascii()
    assert "\\xe9" in text
