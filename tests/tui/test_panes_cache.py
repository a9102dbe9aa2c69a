"""The Cache pane: totals, then what the cache did for each node and why."""

from dataclasses import replace
from pathlib import Path

from rich.cells import cell_len

from hamtui.model.baseline import CacheKey, Past
from hamtui.tui.widgets.cache_pane import CachePane
from tests.tui.pane_host import PaneHost, screen, settled, shown, subject_of
from tests.tui.pane_runs import T0, Told


def cached_run() -> Told:
    """joined was a hit, risk_score was executed, report runs."""
    told = Told(cache=True)
    told.cached("get_cache_key", "joined", 0.4, value="joined-v0-x", msg="hit")
    told.start("joined", 0.5)
    told.cached("get_result", "joined", 0.51, actor="result_store", msg="hit")
    told.end("joined", 0.52, 0.02)
    told.start("risk_score", 1.0)
    told.cached("get_cache_key", "risk_score", 1.0, msg="miss")
    told.cached("execute_node", "risk_score", 5.8)
    told.cached("set_result", "risk_score", 5.8, actor="result_store")
    told.end("risk_score", 5.8, 4.8)
    told.start("report", 6.0)
    return told


async def test_totals_then_a_row_a_node(tmp_path: Path) -> None:
    past = Past(durations={("joined", "v0"): (12.0, 12.5, 13.0)})
    pane = CachePane()
    async with PaneHost(pane).run_test(size=(80, 8)) as pilot:
        rows = await shown(
            pilot, subject_of(cached_run().launch, "risk_score", tmp_path, unix=T0 + 9, past=past)
        )
        assert rows[0].startswith("≡ 1/2 hits · hit rate 50 % · saved ~12s · 1 still open")
        assert rows[1].split() == ["node", "outcome", "time", "why"]
        assert "joined" in rows[2]
        assert "≡ hit" in rows[2]
        assert "saved ~12s" in rows[2]
        assert rows[3].startswith("❯ risk_score")
        assert "✓ executed" in rows[3]
        assert "took 4.8s" in rows[3]
        assert "● running" in rows[4]
        pane.view.focus()
        pane.view.go_to(2)
        await pilot.press("enter")
        assert pilot.app.went == [("joined", None)]  # type: ignore[attr-defined]


async def test_what_happens_is_shown_within_the_same_second(tmp_path: Path) -> None:
    run = cached_run()
    async with PaneHost(CachePane()).run_test(size=(80, 8)) as pilot:
        await shown(pilot, subject_of(run.launch, "report", tmp_path, unix=T0 + 9))
        run.cached("execute_node", "report", 6.4)
        run.end("report", 6.5, 0.5)
        rows = await shown(pilot, subject_of(run.launch, "report", tmp_path, unix=T0 + 9))
        assert rows[0].startswith("≡ 1/3 hits")
        assert "took 0.5s" in rows[4]


async def test_off_says_how_to_turn_it_on(tmp_path: Path) -> None:
    told = Told(cache=False)
    told.start("joined", 0.5)
    async with PaneHost(CachePane()).run_test(size=(80, 8)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "joined", tmp_path, after=1))
    assert "cache is off for this launch" in rows[0]
    assert "--cache turns it on" in rows[1]


async def test_no_cache_log_in_a_flat_folder(tmp_path: Path) -> None:
    told = Told(info=False)
    told.start("joined", 0.5)
    async with PaneHost(CachePane()).run_test(size=(80, 8)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "joined", tmp_path, after=1, flat=True))
    assert rows[0] == "No cache log in this folder."


async def test_a_long_table_shows_the_selected_row_and_straight_columns(tmp_path: Path) -> None:
    told = Told(cache=True)
    for n in range(60):
        name = f"[b]価格_{n}" if n % 2 else f"plain_{n}"
        told.start(name, n + 0.1)
        told.cached("execute_node", name, n + 0.5)
        told.end(name, n + 0.6, 0.5)
    async with PaneHost(CachePane()).run_test(size=(100, 10)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "[b]価格_41", tmp_path, unix=T0 + 99))
        at = next(n for n, row in enumerate(rows) if row.startswith("❯ [b]価格_41"))
        assert "0/60 hits" in rows[0]
        assert rows[1].split()[0] == "node"
        places = {cell_len(row[: row.index("✓")]) for row in rows[at - 3 : at + 1]}
        assert len(places) == 1
        rows = await shown(pilot, subject_of(told.launch, "plain_0", tmp_path, unix=T0 + 99))
        assert rows[2].startswith("❯ plain_0")


async def test_ascii(tmp_path: Path) -> None:
    async with PaneHost(CachePane(), "mono", ascii_only=True).run_test(size=(80, 8)) as pilot:
        await shown(pilot, subject_of(cached_run().launch, "risk_score", tmp_path, unix=T0 + 9))
        await settled(pilot)
        assert "\n".join(screen(pilot.app)).isascii()


async def test_the_change_of_the_selected_nodes_code_comes_first(tmp_path: Path) -> None:
    told = Told(cache=True)
    told.start("joined", 0.5)
    told.cached("set_cache_key", "joined", 0.5, value="joined-v0-eJxLBAAAYgBi")
    told.cached("execute_node", "joined", 0.9)
    told.end("joined", 1.0, 0.5)
    run = next(iter(told.launch.runs.values()))
    run.nodes = {
        **run.nodes,
        "joined": replace(run.nodes["joined"], source="def joined(orders):\n    return orders\n"),
    }
    old = "def joined(orders):\n    once = 1\n    return orders\n"
    spot = ("joined", None)
    past = Past(
        keys={spot: CacheKey("joined", "old")}, origins={spot: "20261122T1"}, sources={("joined", "old"): old}
    )
    pane = CachePane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "joined", tmp_path, unix=T0 + 9, past=past))
        assert rows[0].startswith("joined executed: code changed since 20261122T1")
        assert any(row.startswith("  -    once = 1") for row in rows)
        copied = pane.copyable()
        assert copied is not None and "-    once = 1\n" in copied[1]


async def test_what_is_over_is_not_open_and_a_task_is_named_where_it_tells(tmp_path: Path) -> None:
    told = Told(cache=True)
    for node, task_id in (("joined", "joined"), ("risk_score", "expand-joined.1.block-joined")):
        told.start(node, 0.5, task_id=task_id)
        told.cached("execute_node", node, 0.9, task_id=task_id)
        told.end(node, 1.0, 0.5, task_id=task_id)
    told.start("report", 2.0)
    told.end("report", 2.0, 0.0, success=False, skipped=True, error="Skipped: because joined failed")
    async with PaneHost(CachePane()).run_test(size=(100, 10)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "report", tmp_path, unix=T0 + 9))
        text = "\n".join(rows)
        assert "still open" not in rows[0] and "⊘ skipped" in text
        assert "joined joined" not in text and "risk_score expand-joined.1.block" in text
