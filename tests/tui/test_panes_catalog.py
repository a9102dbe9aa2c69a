"""The Catalog: the run's public outputs, what they promise and how they stand; and the contract in the Node pane."""

from __future__ import annotations

from pathlib import Path

from hamtui.contract import flight, layout
from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph, PlannedNode
from hamtui.contract.layout import FLIGHT, Kind, Source
from hamtui.contract.semantic_check import FAILED, OK, Checked, SemanticCheck
from hamtui.follow.checks import last_check
from hamtui.follow.launches import LaunchRef
from hamtui.model.baseline import Past
from hamtui.model.fold import Launch
from hamtui.tui.widgets.catalog_pane import CatalogPane
from hamtui.tui.widgets.node_pane import NodePane
from hamtui.tui.widgets.panes import Panes
from tests.model.test_tagged import SCORE
from tests.tui.driving import drawn, screen, until
from tests.tui.pane_host import PaneHost, shown, subject_of
from tests.tui.scenes import Scene

T0 = 1_795_383_957.0
PEOPLE = {
    **SCORE,
    "semantic_id": "function.people.v2",
    "version": "2",
    "pii": "yes",
    "stability": "experimental",
}
NODES = [
    PlannedNode("loaded", module="m", tags={"layer": "raw"}),
    PlannedNode("score", ["loaded"], module="m", tags=dict(SCORE)),
    PlannedNode("people", ["loaded"], module="m", tags=dict(PEOPLE)),
    PlannedNode(
        "count",
        ["score"],
        module="m",
        tags={"layer": "semantic", "semantic_id": "function.count.v1", "pii": "YES"},
    ),
]


def launch(*nodes: PlannedNode) -> Launch:
    told = Launch("20261122T213511Z-4121")
    told.apply(Source("graph.abc.json", Kind.GRAPH), Graph(list(nodes), [], 1))
    names = [node.name for node in nodes]
    for at, (kind, keys) in enumerate(
        [
            (flight.GRAPH_START, {"final_vars": names[-1:], "execution_path": names, "graph": "abc"}),
            (flight.NODE_START, {"node": "score"}),
            (
                flight.NODE_END,
                {
                    "node": "score",
                    "success": True,
                    "elapsed_s": 1.5,
                    "result_summary": {"type": "pandas.DataFrame", "rows": 1234},
                },
            ),
            (flight.NODE_START, {"node": "people"}),
        ]
    ):
        told.apply(
            Source(FLIGHT, Kind.FLIGHT),
            FlightEvent(kind, ts=T0 + at, mono=50.0 + at, run_id="r1", pid=10, **keys),  # type: ignore[arg-type]
        )
    return told


async def test_a_row_an_output_with_its_promises_and_its_state(tmp_path: Path) -> None:
    pane = CatalogPane()
    async with PaneHost(pane).run_test(size=(160, 10)) as pilot:
        rows = await shown(pilot, subject_of(launch(*NODES), "people", tmp_path, unix=T0 + 5))
        assert rows[0].startswith("3 public outputs")
        assert "1 with tags that are no contract" in rows[0]
        assert rows[1].split()[:5] == ["output", "state", "rows", "time", "pii"]
        count, people, score = rows[2:5]
        assert (
            "function.count.v1" in count and "pending" in count and "⚠ the tag" in count and "more)" in count
        )
        assert people.startswith("❯ function.people.v2") and "● running" in people and "◆ pii" in people
        assert "experimental" in people
        assert "✓ succeeded" in score and "1,234" in score and "1.5s" in score and "◆ pii?" in score
        assert (
            "table" in score and "stable" in score and "per_function" in score and "Risk, Payments" in score
        )
        pane.view.focus()
        pane.view.go_to(4)
        await pilot.press("enter")
        assert pilot.app.went == [("score", None)]  # type: ignore[attr-defined]


async def test_what_the_last_check_found(tmp_path: Path) -> None:
    found = [
        Checked("function.risk_score.v1", "score", "table", OK, keys=["id"]),
        Checked("function.people.v2", "people", "table", FAILED, problems=["id is not unique"]),
    ]
    diag = tmp_path / "_hamilton_diag"
    for name, outputs in (("20261121T213511Z-7", []), ("20261122T213400Z-9", found)):
        (diag / name).mkdir(parents=True)
        (diag / name / "launch.json").write_text("{}")
        (diag / name / layout.SEMANTIC_CHECK).write_bytes(SemanticCheck(outputs).document())
    junk = diag / "20261122T213500Z-10"
    junk.mkdir()
    (junk / "launch.json").write_text("{}")
    (junk / layout.SEMANTIC_CHECK).write_bytes(b"[1]")
    checks = last_check(LaunchRef("20261122T213511Z-4121", diag / "20261122T213511Z-4121", False, T0))
    assert set(checks) == {"function.risk_score.v1", "function.people.v2"}
    async with PaneHost(CatalogPane()).run_test(size=(160, 10)) as pilot:
        rows = await shown(
            pilot, subject_of(launch(*NODES), "people", tmp_path, unix=T0 + 5, past=Past(checks=checks))
        )
        assert "keys ok" in next(row for row in rows if "function.risk_score.v1" in row)
        assert "failed" in next(row for row in rows if "function.people.v2" in row)


async def test_where_there_is_little_room_the_state_stays(tmp_path: Path) -> None:
    async with PaneHost(CatalogPane(), "mono", ascii_only=True).run_test(size=(60, 10)) as pilot:
        rows = await shown(pilot, subject_of(launch(*NODES), "people", tmp_path, unix=T0 + 5))
        score = next(row for row in rows if "function.risk_score.v1" in row)
        assert "+ succeeded" in score and "! pii?" in score and "per_function" not in score
        assert all(len(row) <= 60 and row.isascii() for row in rows)


async def test_without_public_nodes_it_says_how_a_node_becomes_one(tmp_path: Path) -> None:
    async with PaneHost(CatalogPane()).run_test(size=(80, 10)) as pilot:
        rows = await shown(pilot, subject_of(launch(NODES[0]), "loaded", tmp_path, unix=T0 + 5))
        assert rows[0] == "No node of this run is public."
        assert "semantic_output" in " ".join(rows)


async def test_the_node_pane_of_a_public_node_leads_with_its_contract(tmp_path: Path) -> None:
    async with PaneHost(NodePane()).run_test(size=(100, 30)) as pilot:
        rows = await shown(pilot, subject_of(launch(*NODES), "score", tmp_path, unix=T0 + 5))
        assert rows[1].startswith("function.risk_score.v1 · table · stable · version 1 · ◆ pii?")
        assert rows[2].split() == ["entity", "function,", "per_function"]
        assert "entity repo, commit, id" in rows[3]
        assert not any(row.startswith("tags") for row in rows)
        rows = await shown(pilot, subject_of(launch(*NODES), "count", tmp_path, unix=T0 + 5))
        assert rows[1].startswith("⚠ public, but its tags are no contract")
        said = " ".join(rows)
        assert "◆ pii" in said and "semantic_id=function.count.v1" in said


async def test_its_tab_is_there_where_a_node_is_public() -> None:
    for nodes, there in ((NODES, True), (NODES[:1], False)):
        scene = (
            Scene().launch(["m.py"], ["count"]).plan(list(nodes)).begin([nodes[-1].name]).start("loaded", 0.1)
        )
        async with scene.app().run_test(size=(120, 36)) as pilot:
            app = await drawn(pilot)
            assert any("Catalog" in row for row in screen(app)) == there
            for _ in range(len(app.dashboard.query_one(Panes).all) - 1):
                await pilot.press("tab")
            assert app.dashboard.query_one(Panes).opened != "catalog" or there
            await pilot.press("7")
            await until(pilot, lambda: any("Catalog" in row for row in screen(app)))
            wanted = "3 public outputs" if there else "No node of this run is public"
            await until(pilot, lambda: any(wanted in row for row in screen(app)))
