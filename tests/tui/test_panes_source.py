"""The Source pane: the function out of the graph file, and the line that runs."""

import threading
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hamtui.contract.stacks import Frame
from hamtui.tui.widgets import source_pane
from hamtui.tui.widgets.source_pane import SourcePane, lexer
from tests.tui.driving import until
from tests.tui.pane_host import GONE, PaneHost, shown, subject_of
from tests.tui.pane_runs import FILE, OUTER, T0, Told, stuck


async def test_the_running_line_is_marked_by_glyph_and_word(tmp_path: Path) -> None:
    async with PaneHost(SourcePane()).run_test(size=(80, 12)) as pilot:
        rows = await shown(pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=60.5))
    assert rows[0] == "/home/me/risk.py:85"
    assert rows[1] == "  85  def risk_score(joined: int) -> int:"
    assert rows[2] == '  86      """Scores [bold]every[/bold] row."""'
    assert rows[4] == "▌ 88          with ledger_lock:  ← here"
    assert sum("▌" in row for row in rows) == 1


async def test_a_call_that_went_deeper_says_where_it_is(tmp_path: Path) -> None:
    told = Told()
    told.start("risk_score", 2.0)
    told.dump(5.0, [Frame("/home/me/io.py", 12, "slow", "x"), Frame(FILE, 89, "risk_score", "y"), OUTER])
    async with PaneHost(SourcePane()).run_test(size=(80, 12)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, after=10))
        assert rows[5] == "▌ 89              return joined  ← here 7.0s ago, in io.py:12 slow"
        told.over(9.0, code=1)
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, unix=T0 + 99, fact=GONE))
        assert "← was here, in io.py:12 slow" in rows[5]


async def test_the_line_that_raised(tmp_path: Path) -> None:
    told = Told()
    told.start("risk_score", 2.0)
    trace = (
        f'Traceback\n  File "{FILE}", line 87, in risk_score\n  File "/x.py", line 88, in y\nKeyError: 1\n'
    )
    told.end("risk_score", 3.0, success=False, error="KeyError: 1", error_type="KeyError", traceback=trace)
    async with PaneHost(SourcePane()).run_test(size=(80, 12)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, unix=T0 + 9))
    assert rows[3].startswith("▌ 87")
    assert rows[3].endswith("← raised here: KeyError")


@pytest.mark.parametrize(
    ("node", "graph", "says"),
    [
        ("report", True, "No source: report is made by Hamilton"),
        ("report", False, "No graph file in this folder names this node"),
        (None, True, "No node is selected."),
    ],
)
async def test_what_is_missing_is_said(tmp_path: Path, node: str | None, graph: bool, says: str) -> None:
    told = Told(graph=graph)
    told.start("report", 1.0)
    async with PaneHost(SourcePane()).run_test(size=(80, 6)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, node, tmp_path, unix=T0 + 3))
    assert says in rows[0]


@pytest.mark.parametrize("theme", ["dark", "light", "ansi", "mono"])
async def test_every_look_shows_the_same_text(tmp_path: Path, theme: str) -> None:
    async with PaneHost(SourcePane(), theme).run_test(size=(80, 8)) as pilot:
        rows = await shown(pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=60.5))
    assert rows[6].endswith("") and rows[4].startswith("▌ 88          with ledger_lock:")


async def test_the_code_is_there_before_its_colours_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes them takes long to load, and nobody is to wait for it."""
    go_on = threading.Event()

    @cache
    def slow() -> Any:
        go_on.wait(30.0)
        return lexer()

    monkeypatch.setattr(source_pane, "lexer", slow)
    pane = SourcePane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        pane.show(subject_of(stuck().launch, "risk_score", tmp_path, after=60.5))
        code = "  85  def risk_score(joined: int) -> int:"
        await until(pilot, lambda: pane.view.render_line(1).text.rstrip() == code)

        def inks() -> set[object]:
            """Colours of the function's first line, behind its number."""
            return {segment.style.color for segment in pane.view.render_line(1) if segment.style}

        plain = inks()
        go_on.set()
        await until(pilot, lambda: len(inks()) > len(plain))
        assert pane.view.render_line(1).text.rstrip() == code
