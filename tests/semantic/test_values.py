"""What results are found to be, in each kind of frame: keys, schemas, dtypes."""

import datetime as dt
import decimal
import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from hamtui.contract.registry import SemanticEntry
from hamtui.semantic import schemas, values

pd: Any = importlib.import_module("pandas")  # it has no types of its own

TABLE = SemanticEntry(
    semantic_id="f.risk.v1",
    node_name="risk",
    kind="table",
    entity="f",
    grain="f",
    version="1",
    stability="stable",
    schema_ref="s.risk_v1",
    entity_keys=("repo", "id"),
    join_keys=("repo", "id"),
)
GOOD: dict[str, list[Any]] = {"repo": ["a", "a", "b"], "id": [1, 2, 1], "risk": [0.5, 0.25, 1.0]}
SCHEMA = pa.schema([("repo", pa.string()), ("id", pa.int64()), ("risk", pa.float64())])


def _polars(columns: dict[str, Any]) -> Any:
    return pytest.importorskip("polars", reason="polars is not installed").DataFrame(columns)


def _ibis(columns: dict[str, Any]) -> Any:
    return pytest.importorskip("ibis", reason="ibis is not installed").memtable(pa.table(columns))


FRAMES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "arrow": pa.table,
    "record batch": lambda columns: pa.RecordBatch.from_pydict(columns),
    "reader": lambda columns: pa.table(columns).to_reader(),
    "pandas": pd.DataFrame,
    "pandas, arrow types": lambda columns: pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype),
    "pandas, keys in the index": lambda columns: pd.DataFrame(columns).set_index(
        [name for name in ("repo", "id") if name in columns]
    ),
    "polars": _polars,
    "polars, lazy": lambda columns: _polars(columns).lazy(),
    "ibis": _ibis,
}


def changed(**columns: list[Any] | None) -> dict[str, Any]:
    return {name: column for name, column in {**GOOD, **columns}.items() if column is not None}


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (GOOD, None),
        (changed(repo=["a", "a", None]), "the entity key repo is null in 1 of 3 rows"),
        (changed(id=[1, 1, 1]), "one value of repo, id occurs more than once, in 2 of 3 rows"),
        (changed(id=None), "entity_keys names id, which it has no column of"),
        (changed(risk=["x", "y", "z"]), "the column risk is"),
        (changed(risk=None), "it has no column risk"),
        (changed(more=[1, 2, 3]), "it has columns that its schema has not: more"),
    ],
)
def test_tables(frame: str, columns: dict[str, Any], says: str | None) -> None:
    found = values.checked(TABLE, FRAMES[frame](columns), SCHEMA)
    assert found.schema == "pyarrow" and found.rows == 3
    if says is None:
        assert (found.state, found.problems, found.keys) == ("ok", [], ["repo", "id"])
    else:
        assert found.state == "failed" and any(one.startswith(says) or says in one for one in found.problems)
    assert "'a'" not in str(found.problems) and "0.25" not in str(found.problems)


@pytest.mark.parametrize("value", [None, 3, {"repo": []}, [1], pd.Series([1], name="repo"), "table"])
def test_what_is_no_table(value: Any) -> None:
    found = values.checked(TABLE, value, SCHEMA)
    assert found.state == "failed" and found.problems[0].startswith("it is no table")


def test_what_arrow_can_not_read() -> None:
    found = values.checked(TABLE, pd.DataFrame(changed(id=[1, "x", object()])), None)
    assert found.state == "failed" and "can't be read as Arrow" in found.problems[0]


def test_keys_that_are_dictionaries_in_chunks_of_their_own() -> None:
    chunks = [pa.array(["a", "b"]).dictionary_encode(), pa.array(["b", "c"]).dictionary_encode()]
    table = pa.table({"repo": pa.chunked_array(chunks), "id": [1, 1, 1, 1]})
    (problem,) = values.checked(TABLE, table).problems
    assert "in 2 of 4 rows" in problem


def test_keys_that_can_not_be_compared_and_columns_that_are_there_twice() -> None:
    found = values.checked(TABLE, pa.table({"repo": [[1], [2]], "id": [1, 2]}))
    assert any("can't compare" in one and "repo is list" in one for one in found.problems)
    twice = pa.Table.from_arrays([pa.array([1])] * 3, names=["repo", "repo", "id"])
    found = values.checked(TABLE, twice)
    assert any("several columns" in one for one in found.problems)


def test_nan_is_no_key_and_columns_may_be_called_like_ours() -> None:
    entry = SemanticEntry(**{**vars(TABLE), "entity_keys": ("count_all", "0")})
    found = values.checked(
        entry, pa.table({"count_all": [1.0, float("nan")], "0": [1, 1], "repo": [1, 1], "id": [1, 1]})
    )
    assert found.problems == ["the entity key count_all is null in 1 of 2 rows"]


def test_a_table_without_rows_or_schema() -> None:
    found = values.checked(
        TABLE, pa.table({"repo": pa.array([], pa.string()), "id": pa.array([], pa.int64())})
    )
    assert found.state == "ok" and len(found.notes) == 2 and "no rows" in found.notes[0]
    strict = values.checked(TABLE, pa.table(GOOD), None, strict=True)
    assert strict.problems == ["there is no schema under s.risk_v1"]


def test_how_a_column_lies_in_memory_makes_no_difference() -> None:
    table = pa.table(
        {
            "repo": pa.array(["a", "b"], pa.large_string()).dictionary_encode(),
            "id": [1, 2],
            "tags": pa.array([["x"], []], pa.large_list(pa.large_string())),
        }
    )
    wanted = pa.schema([("repo", pa.string()), ("id", pa.int64()), ("tags", pa.list_(pa.string()))])
    assert values.checked(TABLE, table, wanted).state == "ok"
    assert values.checked(TABLE, table, wanted.set(1, pa.field("id", pa.int32()))).state == "failed"
    never = pa.schema([pa.field("repo", pa.string(), nullable=False), ("id", pa.int64())])
    found = values.checked(TABLE, pa.table({"repo": ["a", None], "id": [1, 2]}), never)
    assert any("schema says never" in one for one in found.problems)


def test_a_json_schema(tmp_path: Path) -> None:
    told = {
        "columns": {
            "repo": {"type": "string", "nullable": False},
            "id": "int64",
            "at": "timestamp[us, tz=UTC]",
        }
    }
    (tmp_path / "s.json").write_text(json.dumps(told))
    schema = schemas.find("s.json", {}, ["/nowhere", str(tmp_path)])
    at = pa.array([0, 1], pa.timestamp("us", "UTC"))
    good = {"repo": ["a", "b"], "id": [1, 2], "at": at}
    found = values.checked(TABLE, pa.table(good), schema)
    assert (found.state, found.schema) == ("ok", "json")
    found = values.checked(TABLE, pa.table({**good, "at": [1, 2]}), schema)
    assert found.problems == ["the column at is int64, and its schema says timestamp[us, tz=UTC]"]


@pytest.mark.parametrize("frame", ["arrow", "pandas", "polars", "ibis"])
def test_pandera(frame: str) -> None:
    pandera = pytest.importorskip("pandera.pandas", reason="pandera is not installed")
    schema = pandera.DataFrameSchema(
        {"repo": pandera.Column(str), "id": pandera.Column("int64"), "risk": pandera.Column(float, pandera.Check.le(1))},
        strict=True,
    )  # fmt: skip
    found = values.checked(TABLE, FRAMES[frame](GOOD), schema)
    assert (found.state, found.schema) == ("ok", "pandera")
    found = values.checked(TABLE, FRAMES[frame](changed(risk=[0.5, 7.75, 1.0], more=[1, 2, 3])), schema)
    assert any("risk" in one and "less_than_or_equal_to(1)" in one for one in found.problems)
    assert any("more" in one for one in found.problems) and "7.75" not in str(found.problems)

    class Model(pandera.DataFrameModel):  # type: ignore[misc,name-defined]
        repo: int

    found = values.checked(TABLE, FRAMES[frame](GOOD), Model)
    assert found.state == "failed" and "'repo'" in found.problems[0]


def test_pandera_of_polars() -> None:
    pl = pytest.importorskip("polars", reason="polars is not installed")
    pandera = pytest.importorskip("pandera.polars", reason="pandera is not installed")
    schema = pandera.DataFrameSchema({"repo": pandera.Column(pl.String), "id": pandera.Column(pl.String)})
    for frame in ("polars", "arrow"):
        found = values.checked(TABLE, FRAMES[frame](GOOD), schema)
        assert found.state == "failed" and "'id'" in found.problems[0]


def test_where_a_schema_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop_schemas.py").write_text("import pyarrow as pa\nrisk_v1 = pa.schema([])\nodd = 3\n")
    (tmp_path / "breaks.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert schemas.find("s.risk_v1", {"s.risk_v1": SCHEMA}, []) is SCHEMA
    assert (
        schemas.find("shop_schemas.risk_v1", {}, [])
        == schemas.find("shop_schemas:risk_v1", {}, [])
        == pa.schema([])
    )
    for nothing in ("gone.risk_v1", "shop_schemas.risk_v2", "risk", "no name"):
        assert schemas.find(nothing, {}, []) is None
    for ref, says in (
        ("shop_schemas.odd", "is no schema"),
        ("breaks.x", "can't be imported: ZeroDivisionError"),
        ("gone.json", "can't be read"),
    ):
        with pytest.raises(schemas.SchemaError, match=says):
            schemas.find(ref, {}, [str(tmp_path)])
    for text, says in (
        ("{", "no JSON"),
        ('{"columns": []}', "is no schema"),
        ('{"columns": {"a": 1}}', "is no schema"),
    ):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(schemas.SchemaError, match=says):
            schemas.find("bad.json", {}, [str(tmp_path)])


@pytest.mark.parametrize(
    ("dtype", "value", "fits"),
    [
        ("float64", 1.5, True), ("float32", 1.5, True), ("float64", np.float64(1), True), ("float64", np.float32(1), False),
        ("float64", 1, False), ("int64", 1, True), ("int8", 1, True), ("int8", 1000, False), ("int64", True, False),
        ("int64", np.int64(1), True), ("int32", np.int64(1), False), ("bool", True, True), ("bool", np.bool_(1), True), ("string", "x", True),
        ("str", "x", True), ("string", 1, False), ("int", 1, True), ("int", 1.0, False), ("float", np.float32(1), True),
        ("date", dt.date(2026, 1, 1), True), ("timestamp[ns]", dt.datetime(2026, 1, 1), True),
        ("timestamp[us]", pd.Timestamp("2026-01-01"), True), ("datetime", pd.Timestamp("2026-01-01"), True),
        ("decimal", decimal.Decimal("1.5"), True), ("float64", pa.scalar(1.5), True), ("float64", pa.scalar(None, pa.float64()), False),
        ("float64", None, False), ("float64", np.array([1.0]), False), ("float64", np.array(1.0), True), ("float64", pd.Series([1.0]), False),
        ("Path", Path(), True), ("pathlib.Path", Path(), True), ("shop.Money", Path(), False), ("float64", [1.0], False),
    ],
)  # fmt: skip
def test_scalars(dtype: str, value: Any, fits: bool) -> None:
    entry = SemanticEntry(**{**vars(TABLE), "kind": "scalar", "dtype": dtype})
    found = values.checked(entry, value)
    assert found.state == ("ok" if fits else "failed"), found.problems
    assert fits or dtype in found.problems[0]
