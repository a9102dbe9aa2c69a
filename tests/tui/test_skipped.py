"""A skipped row says for what, and the panes and the header with it."""

from pathlib import Path
from typing import Any

import pytest

from hamtui.model.state import Rare, Span, SpanKey
from hamtui.tui.glyphs import UNICODE
from hamtui.tui.widgets import overlay
from hamtui.tui.widgets.node_pane import NodePane
from hamtui.tui.widgets.stacks_pane import StacksPane
from tests.tui.driving import drawn, line_with, screen
from tests.tui.pane_host import PaneHost, shown, subject_of
from tests.tui.pane_runs import T0, Told
from tests.tui.scenes import Scene, node

WHY = "because risk failed: ValueError: no [red]book[/]"
CAUSE = {"node": "risk_score", "task_id": None, "error": "ValueError: no [red]book[/]"}
SKIPPED: dict[str, Any] = {
    "success": False,
    "skipped": True,
    "error": f"Skipped: {WHY}",
    "error_type": "Skipped",
}


def went_on() -> Scene:
    scene = Scene().plan([node("risk"), node("book", "risk"), node("beside")]).begin(["book", "beside"])
    scene.ran("risk", 1.0, 1.0, success=False, error="ValueError: no [red]book[/]")
    scene.ran("book", 2.0, 0.0, caused_by=[{**CAUSE, "node": "risk"}], **SKIPPED)
    scene.ran("beside", 3.0, 1.0, type_mismatch=["result is str, expected int"])
    return scene.finish(4.0, success=False, error="NodesFailedError: risk failed", code=1)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_the_row_says_why(size: tuple[int, int]) -> None:
    async with went_on().app().run_test(size=size) as pilot:
        app = await drawn(pilot)
        row = line_with(app, "⊘ book")
        assert "skipped" in row and WHY in row
        assert "0s" not in row
        assert "type warning" in line_with(app, "✓ beside") and "type" not in line_with(app, "✗ risk")
        assert "1 skipped" in screen(app)[0]
        assert ("1 type warning" in screen(app)[0]) is (size[0] > 100)


def test_a_reason_is_cut_to_its_room_and_to_one_line() -> None:
    assert overlay.reason("because a failed: X: y\nz", 60, UNICODE).label == "because a failed: X: y"
    assert overlay.reason("because a failed: X: y", 12, UNICODE).label == "because a…"
    assert "\x1b" not in overlay.reason("\x1b[2J", 60, UNICODE).label


def test_a_warning_stands_where_there_is_room_beside_the_bar() -> None:
    typed = Span(SpanKey("r", None, "a"), "succeeded", rare=Rare(mismatches=("result is str, expected int",)))
    assert overlay.warning(typed, (2, 5), 40) == overlay.Overlay("type warning", 6, warns=True)
    assert overlay.warning(typed, (20, 40), 40) == overlay.Overlay("type warning", 7, warns=True)
    assert overlay.warning(typed, (6, 12), 18) == overlay.Overlay("types", 13, warns=True)
    assert overlay.warning(typed, (0, 18), 18) == overlay.NOTHING
    lacks = Span(SpanKey("r", None, "a"), "succeeded", rare=Rare(incomplete=2))
    assert overlay.warning(lacks, (0, 5), 60).label == "without 2 items that failed"


async def test_the_node_pane_leads_to_the_cause(tmp_path: Path) -> None:
    told = Told()
    told.start("report", 2.0)
    told.end("report", 2.0, 0.0, caused_by=[CAUSE], **SKIPPED)
    pane = NodePane()
    async with PaneHost(pane).run_test(size=(80, 24)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "report", tmp_path, unix=T0 + 9))
        assert rows[0].startswith("⊘ report  skipped  → str")
        assert rows[1] == f"Skipped: {WHY}"
        assert rows[2] == "  ✗ risk_score  ValueError: no [red]book[/]"
        assert "traceback" not in "\n".join(rows)
        await pilot.click(pane.view, offset=(4, 2))
        assert pilot.app.went == [("risk_score", None)]  # type: ignore[attr-defined]


async def test_the_node_pane_says_what_does_not_fit_and_what_is_missing(tmp_path: Path) -> None:
    told = Told()
    told.start("report", 2.0)
    told.end("report", 3.0, incomplete=1, caused_by=[CAUSE], type_mismatch=["input x is str, expected int"])
    pane = NodePane()
    async with PaneHost(pane).run_test(size=(80, 24)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "report", tmp_path, unix=T0 + 9))
        assert rows[1] == "without 1 item that failed"
        assert rows[2] == "  ✗ risk_score  ValueError: no [red]book[/]"
        assert "types      input x is str, expected int" in rows


async def test_the_stacks_pane_says_why_there_is_none(tmp_path: Path) -> None:
    told = Told()
    told.start("report", 2.0)
    told.end("report", 2.0, 0.0, caused_by=[CAUSE], **SKIPPED)
    pane = StacksPane()
    async with PaneHost(pane).run_test(size=(80, 24)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "report", tmp_path, unix=T0 + 9))
        assert f"skipped {WHY}"[:60] in "\n".join(rows)
