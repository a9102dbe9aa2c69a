"""The tags of public nodes: each rule kept, and broken once."""

from typing import Any

import pytest

from hamtui.contract import semantic
from hamtui.contract.semantic import SemanticContract, Trouble
from tests.semantic.tags import SCALAR, TABLE, without


def troubles(tags: dict[str, Any]) -> list[Trouble]:
    found = semantic.read(tags)
    return [] if isinstance(found, SemanticContract) else found


def test_a_table_and_a_scalar_are_read() -> None:
    table, scalar = semantic.read(TABLE), semantic.read(SCALAR)
    assert isinstance(table, SemanticContract) and isinstance(scalar, SemanticContract)
    assert (table.entity_keys, table.join_keys) == (("repo", "commit", "id"), ("repo", "commit"))
    assert (table.semantic_id, table.kind, table.dtype) == ("function.risk_score.v1", "table", None)
    assert (scalar.dtype, scalar.entity_keys, scalar.owner) == ("float64", (), "risk-team")
    assert not list(semantic.warnings("risk_score", TABLE))


@pytest.mark.parametrize("name", semantic.REQUIRED)
def test_what_is_always_required(name: str) -> None:
    for tags in (without(SCALAR, name), {**SCALAR, name: "  "}):
        (found,) = troubles(tags)
        assert (found.rule, found.tag, found.level) == ("missing-tag", name, "error")
        assert name in found.text and name in found.mend


@pytest.mark.parametrize(
    ("tags", "name"),
    [(TABLE, "schema_ref"), (TABLE, "entity_keys"), (TABLE, "join_keys"), (SCALAR, "dtype"),
     ({**SCALAR, "kind": "artifact"}, "dtype")],
)  # fmt: skip
def test_what_a_kind_requires(tags: dict[str, Any], name: str) -> None:
    (found,) = troubles(without(tags, name))
    assert (found.rule, found.tag) == ("missing-tag", name)
    assert f'kind="{tags["kind"]}"' in found.text


@pytest.mark.parametrize(
    ("change", "rule", "says"),
    [
        ({"kind": "frame"}, "bad-kind", "table, scalar or artifact"),
        ({"stability": "beta"}, "bad-stability", "experimental or stable"),
        ({"pii": "maybe"}, "bad-pii", "none, possible or yes"),
        ({"layer": "gold"}, "bad-layer", 'layer="semantic"'),
        ({"semantic_id": "RiskScore"}, "bad-id", "entity.name.v1"),
        ({"semantic_id": "function.risk_score"}, "bad-id", "entity.name.v1"),
        ({"semantic_id": "function..risk.v1"}, "bad-id", "entity.name.v1"),
        ({"semantic_id": "function.risk_score.v0"}, "bad-id", "entity.name.v1"),
        ({"version": "one"}, "bad-version", "number"),
        ({"version": "2"}, "bad-version", "new semantic_id"),
        ({"entity_keys": ""}, "empty-keys", "separated by commas"),
        ({"join_keys": "repo,,id"}, "empty-keys", "separated by commas"),
        ({"entity_keys": ["repo", "repo"]}, "double-key", "once"),
        ({"owner": ["a", "b"]}, "no-text", "one text"),
    ],
)
def test_each_rule_broken(change: dict[str, Any], rule: str, says: str) -> None:
    (found,) = troubles({**TABLE, **change})
    assert found.rule == rule and says in found.mend and found.tag in change


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = troubles({"layer": "semantic", "kind": "table", "stability": "beta", "entity_keys": ""})
    assert {(one.rule, one.tag) for one in found} == {
        *(("missing-tag", name) for name in ("semantic_id", "entity", "grain", "version", "schema_ref", "join_keys")),
        ("bad-stability", "stability"),
        ("empty-keys", "entity_keys"),
    }  # fmt: skip


def test_a_schema_may_have_minor_versions() -> None:
    assert not troubles({**TABLE, "version": "1.2"})


@pytest.mark.parametrize("name", semantic.RECOMMENDED)
def test_what_is_recommended(name: str) -> None:
    tags = without(TABLE, name)
    assert not troubles(tags)
    (found,) = semantic.warnings("risk_score", tags)
    assert (found.level, found.tag) == ("warning", name) and semantic.ABOUT[name] in found.mend


@pytest.mark.parametrize(
    ("node", "layer", "rules"),
    [
        ("risk.score", "semantic", ["public-name"]),
        ("risk_score_v1", "semantic", ["versioned-name"]),
        ("risk.score_v2_final", "raw", ["versioned-name"]),
        ("v1_orders", "raw", ["versioned-name"]),
        ("env1_orders", "raw", []),
        ("joined", "intermediate", ["intermediate-name"]),
        ("steps.joined", "intermediate", []),
        ("joined_v1", "gold", []),
        ("orders", "raw", []),
    ],
)
def test_names(node: str, layer: str, rules: list[str]) -> None:
    assert [one.rule for one in semantic.warnings(node, {**TABLE, "layer": layer})] == rules


@pytest.mark.parametrize(
    ("name", "is_a_runs"),
    [
        ("function_risk", False), ("risk-2026-11-22", True), ("risk_20261122", True), ("run_17", True),
        ("risk.1795383957", True), ("3f2a9c1e-0000-4000-8000-000000000000", True), ("risk-3f2a9c1", True),
        ("trunk3", False), ("facade_feedback", False), ("risk_2026", False), ("top1000000", False),
    ],
)  # fmt: skip
def test_a_dag_name_is_a_products(name: str, is_a_runs: bool) -> None:
    assert [one.rule for one in semantic.dag_name_warnings(name)] == ["dag-name"] * is_a_runs


@pytest.mark.parametrize(
    ("given", "split"),
    [("a,b", ("a", "b")), (" a , b ", ("a", "b")), (["a", "b"], ("a", "b")), ("", ()), ([], ()), (None, ()), ("a,", ("a", ""))],
)  # fmt: skip
def test_keys_are_split(given: Any, split: tuple[str, ...]) -> None:
    assert semantic.keys(given) == split
