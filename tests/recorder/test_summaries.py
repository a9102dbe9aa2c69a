"""Summaries: what a value looks like, never what it is, and never a call that could run the user's code."""

import json
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa
import pytest

from hamtui.recorder.summaries import MOST_ITEMS, summaries, summary


class Costly:
    """A class whose length runs a query, whose shape raises."""

    def __len__(self) -> int:
        raise AssertionError("asked for its length")

    @property
    def shape(self) -> Any:
        raise AssertionError("asked for its shape")

    def __repr__(self) -> str:
        raise AssertionError("asked for its repr")


class WrongFrame(pd.DataFrame):  # type: ignore[misc]
    @property
    def shape(self) -> Any:
        raise AssertionError("asked for its shape")


class LongList(list):  # type: ignore[type-arg]
    def __len__(self) -> int:
        raise AssertionError("asked for its length")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, {"type": "int"}),
        (None, {"type": "NoneType"}),
        ("abc", {"type": "str", "length": 3}),
        (b"ab", {"type": "bytes", "length": 2}),
        ([1, 2], {"type": "list", "length": 2}),
        ({"a": 1}, {"type": "dict", "length": 1}),
        (frozenset({1}), {"type": "frozenset", "length": 1}),
        (np.zeros((2, 3)), {"type": "numpy.ndarray", "shape": [2, 3], "dtype": "float64"}),
        (
            pd.DataFrame({"a": [1], "b": [2]}),
            {"type": "pandas.DataFrame", "shape": [1, 2], "rows": 1, "columns": 2},
        ),
        (pd.Series([1, 2]), {"type": "pandas.Series", "length": 2, "rows": 2}),
        (pa.table({"a": [1, 2]}), {"type": "pyarrow.Table", "shape": [2, 1], "rows": 2, "columns": 1}),
        (
            pa.record_batch({"a": [1]}),
            {"type": "pyarrow.RecordBatch", "shape": [1, 1], "rows": 1, "columns": 1},
        ),
        (pa.chunked_array([[1, 2]]), {"type": "pyarrow.ChunkedArray", "length": 2, "rows": 2}),
        (range(3), {"type": "range"}),
        (type, {"type": "type"}),
    ],
)
def test_known_values(value: Any, expected: dict[str, Any]) -> None:
    assert json.loads(summary(value)) == expected


def test_unknown_classes_are_asked_nothing() -> None:
    assert json.loads(summary(Costly())) == {"type": f"{__name__}.Costly"}


def test_subclasses_are_asked_what_their_known_base_holds() -> None:
    assert json.loads(summary(LongList([1, 2])))["length"] == 2
    assert json.loads(summary(WrongFrame({"a": [1]})))["rows"] == 1


def test_a_generator_is_not_consumed() -> None:
    numbers = (number for number in range(3))
    assert json.loads(summary(numbers)) == {"type": "generator"}
    assert list(numbers) == [0, 1, 2]


def test_types_that_lie_about_themselves() -> None:
    class Meta(type):
        def __hash__(cls) -> int:
            raise AssertionError("asked for its hash")

        def __getattribute__(cls, name: str) -> Any:
            raise RuntimeError(name)

    odd = Meta('Odd\n"x"', (), {})
    assert json.loads(summary(odd())) == {"type": 'Odd\n"x"'}


def test_names_are_bounded_and_escaped() -> None:
    assert json.loads(summaries({'"\n': 1, "\ud800": "x"})) == {
        '"\n': {"type": "int"},
        "\\ud800": {"type": "str", "length": 1},
    }
    assert len(json.loads(summaries({f"n{i}": i for i in range(1000)}))) == MOST_ITEMS
    assert summaries({}) == "{}"
