"""A run of public outputs: some done, one under way, one of persons, one whose tags are no contract, and the last check of them."""

from pathlib import Path

from hamtui.contract.semantic_check import FAILED, OK, Checked, SemanticCheck
from tests.data.scribe import Scribe, node
from tests.data.shop import ALIVE, Scene, scene

_COMMON = {
    "layer": "semantic",
    "entity": "function",
    "version": "1",
    "stability": "stable",
    "owner": "risk-team",
}
_TABLE = {
    **_COMMON,
    "kind": "table",
    "grain": "per_function",
    "entity_keys": "repo,id",
    "join_keys": "repo,id",
}
_PUBLIC = {
    "risk_score": {**_TABLE, "semantic_id": "function.risk_score.v1", "schema_ref": "risk_v1", "pii": "none"},
    "sizes": {**_TABLE, "semantic_id": "function.size.v1", "schema_ref": "size_v1", "pii": "none"},
    "authors": {
        **_TABLE,
        "semantic_id": "function.author.v2",
        "version": "2",
        "schema_ref": "author_v2",
        "stability": "experimental",
        "owner": "people-team",
        "pii": "yes",
    },
    "mean_risk": {
        **_COMMON,
        "semantic_id": "repo.mean_risk.v1",
        "kind": "scalar",
        "dtype": "float64",
        "entity": "repo",
        "grain": "per_repo",
        "pii": "none",
    },
    "health": {"layer": "semantic", "semantic_id": "repo.health.v1", "kind": "table", "entity": "repo"},
}
_NODES = [
    node("functions", module="outputs", type="DataFrame", tags={"layer": "raw"}),
    *(
        node(
            name,
            "functions",
            module="outputs",
            type="float" if name == "mean_risk" else "DataFrame",
            tags=tags,
        )
        for name, tags in _PUBLIC.items()
    ),
]


def published(diag: Path) -> Scene:
    check = Scribe(diag, start=-3600.0, pid=3001, ident="20261122T203511Z-2999")
    check.launch("risk_score", module="outputs.py")
    check.exit(2.0)
    found = [
        Checked("function.risk_score.v1", "risk_score", "table", OK, keys=["repo", "id"], rows=4),
        Checked("function.size.v1", "sizes", "table", FAILED, problems=["repo, id: 2 rows are not unique"]),
        Checked("repo.mean_risk.v1", "mean_risk", "scalar", OK),
    ]
    check.dated(2.0)
    (check.dir / "semantic_check.json").write_bytes(SemanticCheck(found, checked_at=0.0).document())
    scribe = Scribe(diag)
    scribe.launch("health", module="outputs.py")
    scribe.graph(_NODES, digest="cafe")
    scribe.begin(0.5, "health", "cafe")
    at = scribe.span("functions", 0.6, 2.1)
    for name, rows, seconds in (("risk_score", 48_112, 4.2), ("sizes", 48_112, 0.6), ("authors", 1_204, 1.1)):
        at = scribe.span(
            name, at, seconds, result_summary={"type": "pandas.DataFrame", "rows": rows, "columns": 4}
        )
    scribe.node_start("mean_risk", at + 0.1)
    scribe.beats(0.0, at + 4.0)
    scribe.latest()
    return scene(scribe, at + 4.2, ALIVE)
