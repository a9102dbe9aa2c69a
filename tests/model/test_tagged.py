"""Nodes by their tags: filters, groups, and the public ones."""

import pytest

from hamtui.contract.graph import PlannedNode
from hamtui.model.catalog import outputs, personal
from hamtui.model.state import Run, Span, SpanKey
from hamtui.model.tagged import has_tag
from hamtui.model.timeline import TreeView, groupings, rows
from tests.model.test_timeline import shown

SCORE = {
    "layer": "semantic",
    "semantic_id": "function.risk_score.v1",
    "kind": "table",
    "entity": "function",
    "grain": "per_function",
    "version": "1",
    "stability": "stable",
    "schema_ref": "semantic.function_risk_v1",
    "entity_keys": "repo,commit,id",
    "join_keys": "repo,commit,id",
    "owner": "Risk, Payments",
    "pii": "possible",
}
TAGS = {
    "loaded": {"layer": "raw"},
    "joined": {"layer": "intermediate", "entity": "function"},
    "score": SCORE,
    "count": {
        "layer": "semantic",
        "semantic_id": "function.count.v1",
        "kind": "scalar",
        "entity": "function",
    },
    "plain": {},
}


def run_of(tags: dict[str, dict[str, str]]) -> Run:
    nodes = {name: PlannedNode(name, module="m", tags=dict(told)) for name, told in tags.items()}
    return Run("r", plan=tuple(tags), nodes=nodes, started_at=100.0)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("layer:semantic", {"score", "count"}),
        ("LAYER:Sem", {"score", "count"}),
        ("entity:function !layer:semantic", {"joined"}),
        ("owner:payments", {"score"}),
        ("owner:", {"score"}),
        ("entity_keys:commit", {"score"}),
        ("layer:semantic score", {"score"}),
        ("!layer:", {"plain"}),
        ("layer:emantic", set()),
        ("colour:red", set()),
    ],
)
def test_a_filter_by_tag(text: str, left: set[str]) -> None:
    found = rows(run_of(TAGS), TreeView(filter=text), {}, {})
    assert {row.span_key.node for row in found if row.span_key is not None} == left


def test_where_no_plan_tells_a_starts_own_tags_count() -> None:
    key = SpanKey("r", None, "score")
    run = Run("r", plan=("score",), spans={key: Span(key, "running", tags=dict(SCORE))}, started_at=100.0)
    assert len(rows(run, TreeView(filter="layer:semantic"), {}, {})) == 1
    assert not rows(run, TreeView(filter="layer:raw"), {}, {})


def test_lists_and_numbers_are_values_too() -> None:
    assert has_tag({"keys": ["Repo", "commit"]}, "keys:repo")
    assert has_tag({"level": 3}, "level:3")
    assert not has_tag({"level": 3}, "level:4")


def test_groups_by_layer_in_the_order_of_the_plan() -> None:
    run = run_of(TAGS)
    assert groupings(run) == ("module", "lineage", "running", "layer", "entity")
    assert shown(rows(run, TreeView(grouping="layer"), {}, {})) == [
        "layer raw", "  loaded", "layer intermediate", "  joined", "layer semantic", "  score", "  count",
        "no layer", "  plain",
    ]  # fmt: skip


def test_without_tags_there_is_nothing_to_group_by() -> None:
    run = run_of({"a": {}, "b": {}})
    assert groupings(run) == groupings(None) == ("module", "lineage", "running")
    assert TreeView(grouping="running").regroup(run).grouping == "module"
    assert TreeView(grouping="entity").regroup(run).grouping == "module"
    assert TreeView(grouping="running").regroup(run_of(TAGS)).grouping == "layer"


def test_public_outputs_by_their_ids_and_why_one_is_none() -> None:
    count, score = outputs(run_of(TAGS))
    assert (count.id, score.id) == ("function.count.v1", "function.risk_score.v1")
    assert score.contract is not None and score.contract.entity_keys == ("repo", "commit", "id")
    assert count.contract is None and any("grain" in trouble for trouble in count.troubles)


def test_the_word_for_values_of_persons() -> None:
    assert [personal({"pii": told}) for told in ("yes", "possible", "none", "")] == ["pii", "pii?", "", ""]
    assert personal({}) == ""
