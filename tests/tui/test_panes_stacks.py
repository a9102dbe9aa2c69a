"""The Stacks pane: verdict and the stuck line first, then the rest."""

from dataclasses import replace
from pathlib import Path

import pytest

from hamtui.contract.layout import STACKS, Kind, Source
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.model.baseline import Past
from hamtui.model.state import Error
from hamtui.tui.widgets.stacks_pane import StacksPane
from tests.tui.pane_host import ALIVE, GONE, PaneHost, screen, settled, shown, subject_of
from tests.tui.pane_runs import FILE, HAMILTON, LIBRARY, OUTER, T0, TOP, Told, stuck


def row_of(rows: list[str], text: str) -> int:
    return next(at for at, row in enumerate(rows) if text in row)


async def test_verdict_then_the_stuck_line_then_the_rest(tmp_path: Path) -> None:
    async with PaneHost(StacksPane()).run_test(size=(80, 16)) as pilot:
        rows = await shown(pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=161))
    assert rows[0].startswith("⚠ risk_score  suspected hang · 2m41s, threshold 30s · blocked.lock")
    assert rows[1].startswith("  waits at risk.py:88 for ledger_lock, by its stack alone")
    at = row_of(rows, "MainThread  dump")
    assert rows[at].startswith("MainThread  dump 3/3 · 1m41s ago · still-late · same for 30s · inside")
    assert rows[at + 1].split() == ["▌", "risk.py:88", "risk_score", "with", "ledger_lock:"]
    assert rows[at + 2].split()[:2] == ["risk.py:61", "score_all"]
    assert "7 frames in hamilton  ↵ show" in rows[at + 3]
    text = "\n".join(rows)
    assert "Thread-2  risk.py:71 refresh  with book_lock:" in text
    assert "call_0" not in text


async def test_the_past_says_how_long_it_usually_takes(tmp_path: Path) -> None:
    past = Past(durations={("risk_score", "v1"): (3.0, 6.0, 4.0)})
    async with PaneHost(StacksPane()).run_test(size=(100, 8)) as pilot:
        rows = await shown(pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=161, past=past))
    assert "2m41s, usually 4–6 s (3 runs)" in rows[0]


@pytest.mark.parametrize("height", [3, 5])
async def test_a_low_pane_still_shows_the_stuck_line(tmp_path: Path, height: int) -> None:
    async with PaneHost(StacksPane()).run_test(size=(60, height)) as pilot:
        rows = await shown(pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=161))
    assert "⚠ risk_score" in rows[0]
    assert any("▌  risk.py:88" in row for row in rows[:3])


async def test_older_dumps_and_what_changed(tmp_path: Path) -> None:
    pane = StacksPane()
    told = stuck()
    async with PaneHost(pane).run_test(size=(100, 16)) as pilot:
        await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, after=161))
        pane.step(-1)
        await settled(pilot)
        rows = screen(pilot.app)
        heading = rows[row_of(rows, "MainThread  dump")]
        assert "dump 2/3" in heading
        assert "changed" in heading
        new = rows[row_of(rows, "▌+")]
        assert "risk.py:88" in new
        assert new.endswith("new")
        gone = rows[row_of(rows, "load")]
        assert gone.startswith(" -")
        assert gone.endswith("gone")
        # A newer dump does not pull the person away from the one that he looks at.
        told.dump(92.0, [TOP, OUTER, *LIBRARY])
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, after=170))
        assert "dump 2/4" in "\n".join(rows)
        for _ in range(9):
            pane.step(1)
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, after=170))
        assert "dump 4/4" in "\n".join(rows)
        told.dump(122.0, [Frame(FILE, 90, "risk_score", "return 1"), OUTER, *LIBRARY])
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, after=170))
        assert "dump 5/5" in "\n".join(rows)
        assert "was :88" in rows[row_of(rows, "▌~")]
        for _ in range(9):
            pane.step(-1)
        await settled(pilot)
        assert "dump 1/5" in "\n".join(screen(pilot.app))


async def test_libraries_and_threads_unfold(tmp_path: Path) -> None:
    pane = StacksPane()
    told = stuck()
    waits = [Frame("/usr/lib/python3.11/threading.py", 320, "wait", "waiter.acquire()"), TOP, OUTER, *LIBRARY]
    told.dump(92.0, waits, ThreadStack(3, 3, "pool-0", [Frame(FILE, 5, "work", "[red]x[/]")]))
    told.start("report", 90.0, thread=3)
    async with PaneHost(pane).run_test(size=(100, 30)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, after=161))
        top = row_of(rows, "▌  risk.py:88")
        assert "in threading.py:320 wait" in rows[top + 1]
        assert "1 frame in python" in "\n".join(rows)
        assert "pool-0  runs report  risk.py:5 work  [red]x[/]" in "\n".join(rows)
        pane.view.focus()
        await pilot.press("enter")
        rows = screen(pilot.app)
        assert row_of(rows, "threading.py:320") < row_of(rows, "▌  risk.py:88") < row_of(rows, "call_6")
        assert "↵ hide" in "\n".join(rows)
        await pilot.press("enter", "t")
        rows = screen(pilot.app)
        assert "▾ pool-0  runs report" in "\n".join(rows)
        await pilot.press("t")
        at = row_of(screen(pilot.app), "▸ pool-0")
        await pilot.click(pane.view, offset=(4, at))
        assert "▾ pool-0" in "\n".join(screen(pilot.app))


async def test_aborted_spans_keep_their_last_stack(tmp_path: Path) -> None:
    told = stuck()
    told.over(70.0, signal=9)
    async with PaneHost(StacksPane()).run_test(size=(120, 12)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, unix=T0 + 500, fact=GONE))
    assert rows[0].startswith("■ risk_score  aborted after 1m08s · by SIGKILL (9) · was a suspected hang")
    assert "MainThread  last stack  dump 3/3 · taken at 1m00s" in "\n".join(rows)
    assert "▌  risk.py:88" in "\n".join(rows)


async def test_a_span_whose_worker_died_says_that_and_not_how_the_launch_ended(tmp_path: Path) -> None:
    told = stuck()
    told.over(70.0, code=1)
    subject = subject_of(told.launch, "risk_score", tmp_path, unix=T0 + 500, fact=GONE)
    assert subject.span is not None
    subject.span.error = Error("WorkerDied", "its worker process 77 was killed by signal 9")
    async with PaneHost(StacksPane()).run_test(size=(120, 12)) as pilot:
        rows = await shown(pilot, subject)
    assert rows[0].startswith(
        "■ risk_score  aborted after 1m08s · its worker process 77 was killed by signal 9"
    )


async def test_a_crash_without_names_or_text(tmp_path: Path) -> None:
    told = Told()
    told.start("risk_score", 2.0)
    frames = [Frame(FILE, 88, "risk_score"), Frame(HAMILTON, 1, "call")]
    told.dump(3.0, frames, why="crash", taken_by="faulthandler")
    told.over(3.1, signal=11)
    async with PaneHost(StacksPane()).run_test(size=(120, 12)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, unix=T0 + 9, fact=GONE))
    assert "SIGSEGV (11)" in rows[0]
    # The source line comes out of the graph file.
    assert "with ledger_lock:" in rows[row_of(rows, "▌")]


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("early", "the first look is taken after 1 s"),
        ("error", "py-spy is not permitted here"),
        ("pending", "It waits for risk_score."),
        ("worker", "it ran in process 77, a worker"),
        ("flat", "no faulthandler_stacks.jsonl in this folder"),
        ("none", "d asks for a dump now"),
    ],
)
async def test_no_stack_says_why(tmp_path: Path, case: str, says: str) -> None:
    told = Told(info=case != "flat")
    node, after = "risk_score", 9.0
    if case == "worker":
        from hamtui.contract.flight import NODE_START, FlightEvent

        source = Source("hamilton_flight.box7.77.jsonl", Kind.FLIGHT, "box7", 77)
        told.launch.apply(
            source, FlightEvent(NODE_START, ts=T0 + 2, mono=52.0, run_id="r1", pid=77, node=node, thread_id=1)
        )
    else:
        told.start("risk_score", 2.0)
    if case == "early":
        after = 0.4
    if case == "error":
        told.launch.apply(
            Source(STACKS, Kind.STACKS),
            Dump(ts=T0 + 5, mono=55.0, pid=10, error="py-spy is not permitted here"),
        )
    if case == "pending":
        node = "report"
    async with PaneHost(StacksPane()).run_test(size=(80, 10)) as pilot:
        rows = await shown(
            pilot, subject_of(told.launch, node, tmp_path, after=after, flat=case == "flat", fact=ALIVE)
        )
    assert says in " ".join(rows)


async def test_nothing_selected_shows_all_threads(tmp_path: Path) -> None:
    async with PaneHost(StacksPane()).run_test(size=(80, 10)) as pilot:
        rows = await shown(pilot, subject_of(stuck().launch, None, tmp_path, unix=T0 + 70))
    assert rows[0].startswith("All threads  dump 3/3 · 8.0s ago")
    assert "MainThread  runs risk_score  risk.py:88" in rows[1]


async def test_the_runs_text_is_text_and_keeps_the_columns(tmp_path: Path) -> None:
    told = Told()
    told.start("risk_score", 2.0)
    told.dump(
        3.0,
        [
            Frame(
                "/home/me/[red]価格.py", 7, "計算\x1b[31m", "x = '\u202egnihtyna'  # [@click=app.quit]quit[/]"
            ),
            Frame("/home/me/b.py", 7, "plain", "y = 1\tz"),
        ],
    )
    async with PaneHost(StacksPane()).run_test(size=(100, 10)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, after=5))
        text = "\n".join(rows)
        assert "[red]価格.py:7" in text
        assert "計算␛[31m" in text
        assert "\\u202egnihtyna'  # [@click=app.quit]quit[/]" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        from rich.cells import cell_len

        wide, plain = rows[row_of(rows, "価格")], rows[row_of(rows, "b.py")]
        assert cell_len(wide[: wide.index("計算")]) == cell_len(plain[: plain.index("plain")])
        assert cell_len(wide[: wide.index("x = ")]) == cell_len(plain[: plain.index("y = 1")])


@pytest.mark.parametrize("theme", ["mono", "ansi", "light"])
async def test_ascii_draws_nothing_else(tmp_path: Path, theme: str) -> None:
    pane = StacksPane()
    async with PaneHost(pane, theme, ascii_only=True).run_test(size=(80, 20)) as pilot:
        await shown(pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=161))
        pane.step(-1)
        await settled(pilot)
        text = "\n".join(screen(pilot.app))
    assert text.isascii()
    assert "! risk_score  suspected hang" in text


async def test_native_functions_and_locals_where_a_dump_has_them(tmp_path: Path) -> None:
    told = Told()
    told.start("risk_score", 2.0)
    locals_ = "\n".join(["row = {'id': 7}", "name = '[red]x[/]'", *(f"v{n} = {n}" for n in range(9))])
    thread = ThreadStack(
        1, 1, "MainThread", [Frame(FILE, 88, "risk_score", "sock.recv(4)", locals_), *LIBRARY]
    )
    thread = replace(thread, native=[Frame("libc.so.6", 0, "recv"), Frame("_socket.so", 0, "sock_recv")])
    dump = Dump(ts=T0 + 5.0, mono=55.0, pid=10, why="asked", taken_by="py-spy", threads=[thread])
    told.launch.apply(Source(STACKS, Kind.STACKS), dump)
    async with PaneHost(StacksPane()).run_test(size=(100, 20)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, after=9))
    at = row_of(rows, "▌  risk.py:88")
    assert rows[at + 1] == "     native: recv ← sock_recv"
    assert rows[at + 2 : at + 4] == ["       row = {'id': 7}", "       name = '[red]x[/]'"]
    assert "       and 3 more" in rows
