"""The tags of a public table and of a public scalar with nothing wrong in them, for tests to break."""

from typing import Any

_COMMON = {
    "layer": "semantic",
    "entity": "function",
    "grain": "per_function",
    "version": "1",
    "stability": "stable",
    "owner": "risk-team",
    "description": "How risky each function is.",
    "unit": "none",
    "pii": "none",
    "source_system": "git",
    "materialization": "parquet",
    "materialized_name": "function_risk",
}
TABLE: dict[str, Any] = {
    **_COMMON,
    "semantic_id": "function.risk_score.v1",
    "kind": "table",
    "schema_ref": "semantic.function_risk_v1",
    "entity_keys": "repo,commit,id",
    "join_keys": ["repo", "commit"],
}
SCALAR: dict[str, Any] = {**_COMMON, "semantic_id": "repo.mean_risk.v1", "kind": "scalar", "dtype": "float64"}


def without(tags: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in tags.items() if name not in names}
