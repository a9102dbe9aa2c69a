"""What a change of a public output means: one row a rule."""

from dataclasses import replace
from typing import Any

import pytest

from hamtui.contract.registry import Registry, SemanticEntry
from hamtui.model.registry_diff import Change, changes

STABLE = SemanticEntry(
    semantic_id="function.risk.v1",
    node_name="risk",
    kind="table",
    entity="function",
    grain="per_function",
    version="1",
    stability="stable",
    schema_ref="s.risk_v1",
    entity_keys=("repo", "id"),
    join_keys=("repo",),
    dtype="float64",
    materialization="parquet",
    materialized_name="risk",
    python_type="pandas.DataFrame",
    tags={"unit": "share", "owner": "us", "pii": "possible"},
)
TRIED = replace(STABLE, stability="experimental")


def found(before: SemanticEntry | None, after: SemanticEntry | None) -> list[Change]:
    return changes(*(Registry(()) if one is None else Registry((one,)) for one in (before, after)))


def tags(**changed: Any) -> dict[str, Any]:
    return {name: value for name, value in {**STABLE.tags, **changed}.items() if value is not None}


CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "scalar"}, "breaking", "compatible"),
    ({"entity": "file"}, "breaking", "compatible"),
    ({"grain": "per_commit"}, "breaking", "compatible"),
    ({"entity_keys": ("repo",)}, "breaking", "compatible"),
    ({"join_keys": ("repo", "id")}, "breaking", "compatible"),
    ({"entity_keys": ("id", "repo")}, "cosmetic", "cosmetic"),
    ({"dtype": "float32"}, "breaking", "compatible"),
    ({"schema_ref": "s.risk_v2"}, "breaking", "compatible"),
    ({"version": "2"}, "breaking", "compatible"),
    ({"version": "1.1"}, "compatible", "compatible"),
    ({"materialized_name": "risks"}, "breaking", "compatible"),
    ({"materialization": "csv"}, "cosmetic", "cosmetic"),
    ({"node_name": "risk_of_functions"}, "cosmetic", "cosmetic"),
    ({"python_type": "pyarrow.lib.Table"}, "cosmetic", "cosmetic"),
    ({"tags": tags(unit="percent")}, "breaking", "compatible"),
    ({"tags": tags(team="risk")}, "compatible", "compatible"),
    ({"tags": tags(owner="them")}, "cosmetic", "compatible"),
    ({"tags": tags(owner=None)}, "cosmetic", "compatible"),
    ({"tags": tags(pii="yes")}, "compatible", "compatible"),
    ({"tags": tags(pii="none")}, "cosmetic", "cosmetic"),
]


@pytest.mark.parametrize(("change", "stable", "tried"), CASES)
def test_a_field_that_changed(change: dict[str, Any], stable: str, tried: str) -> None:
    for before, level in ((STABLE, stable), (TRIED, tried)):
        (one,) = found(before, replace(before, **change))
        assert (one.level, one.semantic_id) == (level, "function.risk.v1")
        assert one.field.partition(".")[0] == next(iter(change)) and one.reason
        if one.level == "breaking" and one.field != "materialized_name":
            assert "a new version under a new semantic_id" in one.reason


def test_nothing_changed() -> None:
    assert not found(STABLE, STABLE) and not found(None, None)


def test_a_schema_may_grow_with_a_minor_version() -> None:
    told = found(STABLE, replace(STABLE, version="1.1", schema_ref="s.risk_v1_1"))
    assert [(one.level, one.field) for one in told] == [
        ("compatible", "schema_ref"),
        ("compatible", "version"),
    ]
    told = found(STABLE, replace(STABLE, version="1.1", entity_keys=("repo",)))
    assert [(one.level, one.field) for one in told] == [
        ("breaking", "entity_keys"),
        ("compatible", "version"),
    ]


def test_stability() -> None:
    (down,), (up,) = found(STABLE, TRIED), found(TRIED, STABLE)
    assert (down.level, up.level) == ("breaking", "compatible") and "taken back" in down.reason


@pytest.mark.parametrize("before", [STABLE, TRIED])
def test_an_id_that_is_gone_breaks_who_reads_it(before: SemanticEntry) -> None:
    (one,) = found(before, None)
    assert (one.level, one.after) == ("breaking", None) and before.stability in one.reason


def test_a_new_id_is_compatible_and_a_new_version_is_how_it_is_done() -> None:
    (one,) = found(None, STABLE)
    assert (one.level, one.reason) == ("compatible", "it is new")
    newer = replace(STABLE, semantic_id="function.risk.v2", version="2", entity_keys=("repo",))
    (beside,) = changes(Registry((STABLE,)), Registry((STABLE, newer)))
    assert beside.level == "compatible" and "new version of function.risk.v1" in beside.reason
    gone, new = found(STABLE, newer)
    assert (gone.level, new.level) == ("breaking", "compatible")
    assert "function.risk.v2" in gone.reason and "beside it" in gone.reason


def test_breaking_ones_come_first_then_by_id() -> None:
    ids = ("b.x.v1", "a.x.v1")
    before = [replace(STABLE, semantic_id=name) for name in ids]
    after = [replace(one, node_name="n", grain="g") for one in before]
    told = changes(Registry(tuple(before)), Registry(tuple(after)))
    assert [(one.level, one.semantic_id) for one in told] == [
        ("breaking", "a.x.v1"),
        ("breaking", "b.x.v1"),
        ("cosmetic", "a.x.v1"),
        ("cosmetic", "b.x.v1"),
    ]
