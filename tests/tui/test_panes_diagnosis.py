"""The Stacks pane on a diagnosis: the chain of waiting, and parallel blocks put together."""

from dataclasses import replace
from pathlib import Path

import pytest

from hamtui.contract.stacks import Frame
from hamtui.model.state import Link, SpanKey, Suspect
from hamtui.tui.widgets.stacks_pane import StacksPane
from tests.model.test_alike import T0 as BLOCKS_T0
from tests.model.test_alike import block, blocks, socket_mark
from tests.tui.pane_host import GONE, PaneHost, screen, settled, shown, subject_of
from tests.tui.pane_runs import FILE, OUTER, T0, TOP, stuck

KEY = SpanKey("r1", None, "risk_score")
WHY = "waits at risk.py:88 for ledger_lock, held by Thread-2, which waits for book_lock, held by MainThread"
CIRCLE = (
    Link("MainThread", TOP, "ledger_lock", "held by Thread-2", "blocked.lock", "risk_score"),
    Link("Thread-2", Frame(FILE, 71, "refresh", "with book_lock:"), "book_lock", "held by MainThread", "blocked.lock"),
)  # fmt: skip
DEADLOCK = Suspect("confirmed", False, "deadlocked", WHY, 131.0, CIRCLE)


def row_of(rows: list[str], text: str) -> int:
    return next(at for at, row in enumerate(rows) if text in row)


async def test_a_deadlock_is_a_circle_of_threads(tmp_path: Path) -> None:
    async with PaneHost(StacksPane()).run_test(size=(80, 12)) as pilot:
        rows = await shown(
            pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=161, marks={KEY: DEADLOCK})
        )
    assert rows[0].startswith("⚠ risk_score  confirmed hang · 2m41s, threshold 30s · deadlocked")
    assert " ".join(rows[1:3]).split() == WHY.split()
    first, second = rows[3], rows[4]
    assert first.split() == ["┌", "MainThread", "risk.py:88", "risk_score", "with", "ledger_lock:", "←", "held", "by", "Thread-2"]  # fmt: skip
    assert second.split()[:3] == ["└", "Thread-2", "risk.py:71"]
    assert second.endswith("← held by MainThread")
    assert first.index("risk.py:88") == second.index("risk.py:71")
    assert rows[5].startswith("MainThread  dump 3/3")


async def test_the_function_stands_beside_where_there_is_room(tmp_path: Path) -> None:
    async with PaneHost(StacksPane()).run_test(size=(120, 12)) as pilot:
        rows = await shown(
            pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=161, marks={KEY: DEADLOCK})
        )
    line = rows[row_of(rows, "└ Thread-2")]
    assert line.split() == ["└", "Thread-2", "risk.py:71", "refresh", "with", "book_lock:", "←", "held", "by", "MainThread"]  # fmt: skip


async def test_a_child_and_what_that_waits_for(tmp_path: Path) -> None:
    chain = (
        Link(
            "MainThread",
            Frame(FILE, 12, "fetch", "proc.wait()"),
            "child 4312",
            None,
            "waiting.child",
            "risk_score",
        ),
        Link("child 4312", None, "10.0.4.7:5432", "TCP ESTABLISHED", "blocked.socket"),
    )
    mark = Suspect("suspected", False, "waiting.child", "waits at risk.py:12 for child 4312", 9.0, chain)
    async with PaneHost(StacksPane()).run_test(size=(80, 12)) as pilot:
        rows = await shown(
            pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=161, marks={KEY: mark})
        )
    at = row_of(rows, "proc.wait()")
    assert rows[at].endswith("← child 4312")
    assert rows[at + 1].split() == [
        "↳",
        "child",
        "4312",
        "blocked.socket",
        "←",
        "10.0.4.7:5432,",
        "TCP",
        "ESTABLISHED",
    ]


async def test_a_way_that_leads_into_a_circle_is_no_part_of_it(tmp_path: Path) -> None:
    lead = Link("pool_0", OUTER, "done", "set by MainThread", "blocked.condition", "risk_score")
    mark = replace(DEADLOCK, chain=(lead, *CIRCLE))
    async with PaneHost(StacksPane()).run_test(size=(120, 12)) as pilot:
        rows = await shown(
            pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=161, marks={KEY: mark})
        )
    at = row_of(rows, "pool_0")
    assert [row.split()[0] for row in rows[at : at + 3]] == ["pool_0", "┌", "└"]


async def test_late_but_working_is_said_calmly(tmp_path: Path) -> None:
    mark = Suspect(
        "suspected", True, "running.python", "risk.py:88 runs Python: 98 % of a core for 6 s", 131.0
    )
    pane = StacksPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        rows = await shown(
            pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=161, marks={KEY: mark})
        )
        assert rows[0].startswith("△ risk_score  late, but working · 2m41s")
        style = list(pane.view.render_line(0))[0].style
        assert style is not None
        assert style.color == pane.look.late.color


async def test_an_aborted_span_keeps_its_chain(tmp_path: Path) -> None:
    told = stuck()
    told.over(190.0, signal=9)
    subject = subject_of(told.launch, "risk_score", tmp_path, unix=T0 + 500, fact=GONE)
    assert subject.span is not None
    subject.span.kept_suspect = DEADLOCK
    async with PaneHost(StacksPane()).run_test(size=(100, 12)) as pilot:
        rows = await shown(pilot, subject)
    assert "by SIGKILL (9) · was a confirmed hang · deadlocked" in rows[0]
    assert "← held by Thread-2" in rows[row_of(rows, "┌ MainThread")]


async def test_stragglers_of_a_thousand_blocks(tmp_path: Path) -> None:
    few = (17, 404, 999)
    launch = blocks(1000, few)
    marks = {SpanKey("r", block(n), "row"): socket_mark(launch, n) for n in few}
    group = tuple(key for key in launch.runs["r"].spans if key.task_id != "expand-rows")
    pane = StacksPane()
    async with PaneHost(pane).run_test(size=(110, 14)) as pilot:
        subject = subject_of(launch, None, tmp_path, unix=BLOCKS_T0 + 9, marks=marks, group=group)
        rows = await shown(pilot, subject)
        assert rows[0] == "row  1,000 in flight: 997 in parse_row, 3 in fetch, waiting for 10.0.4.7:5432"
        assert rows[1].split()[:5] == ["⚠", "3", "stragglers", "shards.py:88", "fetch"]
        assert rows[1].endswith("7.0s to 7.9s  [17] [404] [999]")
        assert rows[2].split()[:5] == ["●", "997", "most", "shards.py:31", "parse_row"]
        pane.view.focus()
        await pilot.press("home", "down", "enter")
        await settled(pilot)
        host = pilot.app
        assert isinstance(host, PaneHost)
        assert host.went == [("row", block(17))]


async def test_one_of_the_blocks_says_what_the_others_do(tmp_path: Path) -> None:
    launch = blocks(40, (5,))
    async with PaneHost(StacksPane()).run_test(size=(100, 20)) as pilot:
        rows = await shown(pilot, subject_of(launch, "row", tmp_path, task_id=block(5), unix=BLOCKS_T0 + 9))
        assert rows[0].startswith("● row[5]  running")
        assert "sock.recv(4)" in "\n".join(rows)
        at = row_of(rows, "40 in flight: 39 in parse_row, 1 in fetch")
        assert rows[at + 1].startswith(" ▌● "), "its own group is marked"
        assert rows[at + 2].startswith("  ● ")


async def test_an_ended_expansion_shows_its_blocks_first(tmp_path: Path) -> None:
    launch = blocks(40, (5,))
    launch.runs["r"].spans[SpanKey("r", "expand-rows", "rows")].status = "succeeded"
    async with PaneHost(StacksPane()).run_test(size=(100, 20)) as pilot:
        rows = await shown(pilot, subject_of(launch, "rows", tmp_path, unix=BLOCKS_T0 + 9))
    assert rows[0].startswith("row  40 in flight: 39 in parse_row, 1 in fetch")


@pytest.mark.parametrize("theme", ["mono", "ansi"])
async def test_ascii_draws_nothing_else(tmp_path: Path, theme: str) -> None:
    async with PaneHost(StacksPane(), theme, ascii_only=True).run_test(size=(80, 20)) as pilot:
        rows = await shown(
            pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=161, marks={KEY: DEADLOCK})
        )
        assert rows[3].startswith(" / MainThread")
        assert rows[4].startswith(" \\ Thread-2")
        launch = blocks(40, (5,))
        rows += await shown(pilot, subject_of(launch, "row", tmp_path, task_id=block(5), unix=BLOCKS_T0 + 9))
        text = "\n".join(rows + screen(pilot.app))
    assert text.isascii()
    assert "<- held by Thread-2" in text
