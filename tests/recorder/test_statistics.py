"""Statistics of columns: what is counted, for whom, and that it stops."""

import datetime as dt
import itertools
import json
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pyarrow as pa
import pytest

from hamtui.recorder.statistics import statistics

NAN = float("nan")
NOON = dt.datetime(2026, 1, 2, 12)
COLUMNS = {
    "n": [3, None, 1],
    "f": [1.5, NAN, None],
    "s": ["a", None, "b"],
    "d": [NOON, None, NOON],
    "password": [1, 2, 3],
}
TOLD = [
    ["n", 1, 1, 3],
    ["f", 2, 1.5, 1.5],
    ["s", 1, None, None],
    ["d", 1, "2026-01-02T12:00:00", "2026-01-02T12:00:00"],
]


@pytest.mark.parametrize("make", [pa.table, pa.RecordBatch.from_pydict, pd.DataFrame, pl.DataFrame])
def test_statistics_of_columns(make: Any) -> None:
    said = json.loads(statistics(make(COLUMNS)) or "")
    assert said == {"columns": TOLD, "left_out": 1}


@pytest.mark.parametrize(
    ("value", "row"),
    [
        (np.array([[4, 2], [3, 9]]), ["", 0, 2, 9]),
        (np.array([NAN, 1.5]), ["", 1, 1.5, 1.5]),
        (np.array(["2026", "NaT"], dtype="M8[D]"), ["", 1, "2026-01-01", "2026-01-01"]),
        (pd.Series([1, None], dtype="Int64", name="x"), ["x", 1, 1, 1]),
        (pl.Series("x", [2, None]), ["x", 1, 2, 2]),
        (pa.chunked_array([[5], [1]]), ["", 0, 1, 5]),
        (pd.Series([None, None], dtype=float), ["", 2, None, None]),
    ],
)
def test_statistics_of_arrays(value: Any, row: list[Any]) -> None:
    assert json.loads(statistics(value) or "")["columns"] == [row]


@pytest.mark.parametrize(
    "value", [1, [1], np.array([]), np.array(["a"]), pl.LazyFrame({"a": [1]}), pd.Series([1], name="token")]
)
def test_what_has_no_statistics(value: Any) -> None:
    assert json.loads(statistics(value) or "{}").get("columns", []) == []


def test_statistics_stop_when_their_time_is_over() -> None:
    ticks = itertools.count()
    table = pa.table({"a": [1], "b": [2], "c": [3]})
    said = json.loads(statistics(table, clock=lambda: float(next(ticks)), limit=1.5) or "")
    assert said == {"columns": [["a", 0, 1, 1]], "stopped_s": 1.5, "left_out": 2}
