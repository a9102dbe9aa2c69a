"""The Node pane: the error first, then all that is known of one node."""

import base64
import zlib
from pathlib import Path

from hamtui.model.baseline import Past
from hamtui.tui.widgets.node_pane import NodePane
from tests.tui.pane_host import PaneHost, screen, shown, subject_of
from tests.tui.pane_runs import FILE, HAMILTON, T0, Told, stuck

TRACE = f"""Traceback (most recent call last):
  File "{HAMILTON}", line 282, in __call__
    return self.callable(*args, **kwargs)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "{FILE}", line 88, in risk_score
    raise ValueError("no [red]book[/]")
ValueError: no [red]book[/]
"""


async def test_what_is_known_of_a_running_node(tmp_path: Path) -> None:
    past = Past(durations={("risk_score", "v1"): (3.0, 6.0, 4.0)})
    pane = NodePane()
    async with PaneHost(pane).run_test(size=(80, 30)) as pilot:
        rows = await shown(pilot, subject_of(stuck().launch, "risk_score", tmp_path, after=161, past=past))
        text = "\n".join(rows)
        assert rows[0] == "● risk_score  running 2m41s  → int"
        assert "inputs     joined: Table, 12 rows" in text
        assert "process 10, thread 1, on box7" in text
        assert "3 runs: median 4.0s, longest 6.0s, last 4.0s" in text
        assert "upstream   ✓ joined  succeeded" in text
        assert "downstream · report  pending" in text
        assert "defined    /home/me/risk.py:85" in text
        assert "team=[red]us" in text
        assert "doc        Scores." in text
        pane.view.focus()
        pane.view.go_to(next(at for at, row in enumerate(rows) if row.startswith("upstream")))
        await pilot.press("enter")
        assert pilot.app.went == [("joined", None)]  # type: ignore[attr-defined]


async def test_what_is_copied_is_whole(tmp_path: Path) -> None:
    told, packed = Told(cache=True), base64.b64encode(zlib.compress(b"orders," + b"d" * 43)).decode()
    told.start("joined", 0.5)
    told.cached("set_cache_key", "joined", 0.5, value=f"joined-{'v' * 64}-{packed}")
    pane = NodePane()
    async with PaneHost(pane).run_test(size=(80, 24)) as pilot:
        rows = "\n".join(await shown(pilot, subject_of(told.launch, "joined", tmp_path, unix=T0 + 9)))
        assert "code vvvvvvvvvvvv…" in rows and "orders dddddddddddd…" in rows
        copied = pane.copyable()
        assert copied is not None and copied[0] == "node"
        assert f"code {'v' * 64}\n" in copied[1] and f"orders {'d' * 43}\n" in copied[1]


async def test_a_failed_node_says_its_error_first(tmp_path: Path) -> None:
    told = Told()
    told.start("risk_score", 2.0)
    error = "ValueError: no [red]book[/]\x1b[2J"
    told.end("risk_score", 2.8, 0.8, success=False, error=error, error_type="ValueError", traceback=TRACE)
    pane = NodePane()
    async with PaneHost(pane).run_test(size=(80, 24)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, unix=T0 + 9))
        assert rows[0].startswith("✗ risk_score  failed 0.8s")
        assert rows[1] == "ValueError: no [red]book[/]␛[2J"
        assert rows[2] == "  1 frame in hamilton  ↵ show"
        assert rows[3] == "  risk.py:88  risk_score"
        assert rows[4].strip() == 'raise ValueError("no [red]book[/]")'
        await pilot.click(pane.view, offset=(4, 2))
        assert "node.py:282  __call__" in "\n".join(screen(pilot.app))


async def test_a_launch_that_failed_before_any_node(tmp_path: Path) -> None:
    told = Told()
    told.event("launch_error", 1.0, error="ModuleNotFoundError: No module named 'pandaz'", traceback=TRACE)
    async with PaneHost(NodePane()).run_test(size=(80, 12)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, None, tmp_path, unix=T0 + 2))
    assert rows[0] == "The launch failed"
    assert "No module named 'pandaz'" in rows[1]


async def test_without_a_graph_file_it_says_what_the_flight_file_says(tmp_path: Path) -> None:
    told = Told(graph=False)
    told.start("risk_score", 2.0, tags={"owner": "me"}, return_type="int")
    async with PaneHost(NodePane()).run_test(size=(80, 12)) as pilot:
        text = "\n".join(await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, after=1)))
        assert "no graph file names this node" in text
        assert "owner=me" in text
        assert "→ int" in text
        text = "\n".join(await shown(pilot, subject_of(told.launch, None, tmp_path, unix=T0)))
        assert "No node is selected." in text


async def test_hostile_values_stay_on_their_lines(tmp_path: Path) -> None:
    told = Told()
    told.start(
        "risk_score",
        2.0,
        kwargs_summary={"a\nb": {"type": "x\x1b]0;t\x07"}, "c": [1, {"d": None}], "e": "\u202e"},
    )
    told.end("risk_score", 3.0, result_summary="[@click=app.quit]x[/]")
    async with PaneHost(NodePane(), "mono", ascii_only=True).run_test(size=(60, 24)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, unix=T0 + 9))
    text = "\n".join(rows)
    assert text.isascii()
    assert "a^Jb: x^[]0;t^G" in text
    assert "result     [@click=app.quit]x[/]" in text


async def test_of_a_summary_whose_file_is_gone_it_is_said_so(tmp_path: Path) -> None:
    launch = stuck().launch
    (run,) = launch.runs.values()
    span = next(span for key, span in run.spans.items() if key.node == "risk_score")
    span.kwargs_summary = span.kwargs_payload = complex(1 << 52)
    async with PaneHost(NodePane()).run_test(size=(80, 30)) as pilot:
        rows = await shown(pilot, subject_of(launch, "risk_score", tmp_path, after=161))
        assert "inputs     not in the launch's files any more" in rows
