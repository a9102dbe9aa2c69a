"""Summaries: what a value looks like, never what it is, and never a call that could run the user's code."""

import dataclasses
import itertools
import json
import threading
from collections import deque
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import dask.array
import dask.dataframe
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pydantic
import pytest

from hamtui.contract.summary import MOST_COLUMNS, MOST_COLUMNS_OF_ONE
from hamtui.recorder.preview import payload
from hamtui.recorder.statistics import statistics
from hamtui.recorder.summaries import MOST_ITEMS, summaries, summary


class Costly:
    """A class whose length runs a query, whose shape raises."""

    asked: ClassVar[list[str]] = []

    def __len__(self) -> int:
        self.asked.append("length")
        raise AssertionError("asked for its length")

    @property
    def shape(self) -> Any:
        self.asked.append("shape")
        raise AssertionError("asked for its shape")

    num_rows = shape

    def __repr__(self) -> str:
        raise AssertionError("asked for its repr")


@dataclasses.dataclass
class Point:
    x: int
    tags: list[str] = dataclasses.field(default_factory=lambda: ["a"])

    def __repr__(self) -> str:
        raise AssertionError("asked for its repr")


@dataclasses.dataclass(slots=True)
class Slotted:
    x: Any


class Pair(NamedTuple):
    a: int
    b: Any


class Guarded(Point):
    """Its field stands in its own dict; to ask for it runs its code."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"asked for {name}")


class Model(pydantic.BaseModel):
    x: int
    y: str | None = None

    @pydantic.computed_field  # type: ignore[prop-decorator]
    @property
    def slow(self) -> int:
        raise AssertionError("asked for a property")


class WrongFrame(pd.DataFrame):  # type: ignore[misc]
    @property
    def shape(self) -> Any:
        raise AssertionError("asked for its shape")

    @property
    def columns(self) -> Any:
        raise AssertionError("asked for its columns")

    def __len__(self) -> int:
        raise AssertionError("asked for its length")


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
        ([1, 2], {"type": "list", "length": 2, "items": "int"}),
        ([], {"type": "list", "length": 0}),
        ([1, "a", None, 2], {"type": "list", "length": 4, "items": "int | str | None"}),
        (([[1.5]],), {"type": "tuple", "length": 1, "items": "list[list[float]]"}),
        ({"a": [1]}, {"type": "dict", "length": 1, "keys": "str", "items": "list[int]"}),
        (frozenset({1}), {"type": "frozenset", "length": 1, "items": "int"}),
        (deque("ab"), {"type": "collections.deque", "length": 2, "items": "str"}),
        (np.zeros((2, 3)), {"type": "numpy.ndarray", "shape": [2, 3], "dtype": "float64", "bytes": 48}),
        (np.float64(1), {"type": "numpy.float64"}),
        (
            np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]),
            {
                "type": "numpy.ndarray",
                "shape": [2],
                "dtype": "struct<2 fields>",
                "bytes": 24,
                "schema": [["a", "int32"], ["b", "float64"]],
            },
        ),
        (
            pd.DataFrame({"a": [1], ("b", 2): [0.5]}, index=pd.Index([7])),
            {
                "type": "pandas.DataFrame",
                "shape": [1, 2],
                "rows": 1,
                "columns": 2,
                "bytes": 24,
                "schema": [["a", "int64"], ["b / 2", "float64"]],
            },
        ),
        (pd.Series([1, 2]), {"type": "pandas.Series", "length": 2, "rows": 2, "dtype": "int64", "bytes": 16}),
        (
            pa.table({"a": [1, 2], "b": [["x"], None]}),
            {
                "type": "pyarrow.Table",
                "shape": [2, 2],
                "rows": 2,
                "columns": 2,
                "bytes": pa.table({"a": [1, 2], "b": [["x"], None]}).nbytes,
                "schema": [["a", "int64"], ["b", "list<string>"]],
            },
        ),
        (
            pa.record_batch({"a": [1]}),
            {
                "type": "pyarrow.RecordBatch",
                "shape": [1, 1],
                "rows": 1,
                "columns": 1,
                "bytes": 8,
                "schema": [["a", "int64"]],
            },
        ),
        (
            pa.chunked_array([[1, 2]]),
            {"type": "pyarrow.ChunkedArray", "length": 2, "rows": 2, "dtype": "int64", "bytes": 16},
        ),
        (pa.schema({"a": pa.int8()}), {"type": "pyarrow.Schema", "columns": 1, "schema": [["a", "int8"]]}),
        (
            pl.DataFrame({"a": [1], "b": [[{"c": "x"}]]}).head(1),
            {
                "type": "polars.DataFrame",
                "shape": [1, 2],
                "rows": 1,
                "columns": 2,
                "bytes": pl.DataFrame({"a": [1], "b": [[{"c": "x"}]]}).estimated_size(),
                "schema": [["a", "Int64"], ["b", "List(Struct(c: String))"]],
            },
        ),
        (pl.Series([1, 2]), {"type": "polars.Series", "length": 2, "rows": 2, "dtype": "Int64", "bytes": 16}),
        (pl.LazyFrame({"a": [1]}), {"type": "polars.LazyFrame"}),
        (Path("/secret/name.csv"), {"type": "pathlib.PosixPath", "suffix": ".csv"}),
        (Point(1), {"type": f"{__name__}.Point", "fields": [["x", "int"], ["tags", "list[str]"]]}),
        (Slotted([]), {"type": f"{__name__}.Slotted", "fields": [["x", "list"]]}),
        (Pair(1, {}), {"type": f"{__name__}.Pair", "fields": [["a", "int"], ["b", "dict"]]}),
        (Model(x=1), {"type": f"{__name__}.Model", "fields": [["x", "int"], ["y", "None"]]}),
        (Decimal(1), {"type": "decimal.Decimal"}),
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


def test_what_is_lazy_stays_so() -> None:
    ran: list[str] = []

    def run(part: Any) -> Any:
        ran.append(str(type(part)))
        return part

    lazy = pl.LazyFrame({"a": [1]}).map_batches(run)
    parts = dask.dataframe.from_pandas(pd.DataFrame({"a": [1, 2]}), npartitions=2)  # type: ignore[no-untyped-call]
    mapped = parts.map_partitions(run, meta=parts._meta)
    assert json.loads(summary(lazy)) == {"type": "polars.LazyFrame"}
    assert "dask" in json.loads(summary(mapped))["type"]
    assert "dask" in json.loads(summary(dask.array.zeros((10**6, 10**6))))["type"]
    for one in (lazy, mapped):
        payload(one)
        statistics(one)
    assert ran == []


class Deaf:
    """Whatever it is asked waits for ever."""

    def _wait(self, *_: Any) -> Any:
        threading.Event().wait()

    __getattr__ = __len__ = __iter__ = __getitem__ = __contains__ = __bool__ = __repr__ = __str__ = _wait


def nested(depth: int) -> Any:
    made: Any = {"token": "hunter2"}
    for _ in range(depth):
        made = [{"a": made}]
    return made


def test_what_waits_lies_or_is_endless_is_told_at_once() -> None:
    endless: list[Any] = []
    endless.append({"self": endless})
    many = np.empty(1_000, dtype=object)
    for at in range(len(many)):
        many[at] = int
    values = [
        Deaf(),
        [Deaf()] * 3,
        {"a": Deaf()},
        endless,
        nested(50_000),
        many,
        10**100_000,
        itertools.count(),
    ]
    for value in values:
        for told in (summary(value), payload(value)):
            assert len(told) < 5_000 and json.loads(told) and "hunter2" not in told
        statistics(value)


def test_a_mapped_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    size = 2**40
    with open(path, "wb") as file:
        file.truncate(size)
    mapped = np.memmap(path, dtype="u1", mode="r")
    told = json.loads(summary(mapped))
    assert told == {"type": "numpy.memmap", "shape": [size], "dtype": "uint8", "bytes": size}


def test_a_generator_is_not_consumed() -> None:
    numbers = (number for number in range(3))
    assert json.loads(summary(numbers)) == {"type": "generator"}
    assert list(numbers) == [0, 1, 2]


class Liar(type):
    def _refuse(cls, *_: Any) -> Any:
        raise AssertionError("a metaclass was asked")

    __hash__ = __eq__ = __getattribute__ = __instancecheck__ = _refuse


def test_types_that_lie_about_themselves() -> None:
    odd = Liar('Odd\n"x"', (), {})
    assert json.loads(summary(odd())) == {"type": f'{__name__}.Odd\n"x"'}
    assert (
        json.loads(summary([odd(), [odd()]]))["items"] == f'{__name__}.Odd\n"x" | list[{__name__}.Odd\n"x"]'
    )
    assert json.loads(summary(Liar("Mine", (list,), {})([1])))["length"] == 1


def test_a_class_that_only_calls_itself_a_frame_is_asked_nothing() -> None:
    for module, name in (
        ("pandas", "DataFrame"),
        ("pyarrow.lib", "Table"),
        ("polars.series.series", "Series"),
    ):
        fake = type(name, (Costly,), {"__module__": module, "__qualname__": name})
        assert set(json.loads(summary(fake()))) == {"type"}
    assert not Costly.asked


def test_models_are_read_past_their_own_code() -> None:
    class Trap(Point):
        @property
        def __dict__(self) -> Any:  # type: ignore[override]
            raise AssertionError("asked for its dict")

        def __getattribute__(self, name: str) -> Any:
            raise AssertionError(name)

    guarded = object.__new__(Guarded)
    object.__setattr__(guarded, "x", 1)
    assert json.loads(summary(guarded))["fields"] == [["x", "int"], ["tags", None]]
    made = object.__new__(Trap)
    assert json.loads(summary(made))["fields"] == [["x", None], ["tags", None]]
    unset = object.__new__(Point)
    assert json.loads(summary(unset))["fields"] == [["x", None], ["tags", None]]


def test_wide_tables_are_told_in_part() -> None:
    names = [f"c{number}" for number in range(10_000)]
    tables = (
        pa.table([[1]] * 10_000, names),
        pd.DataFrame([range(10_000)], columns=names),
        pl.DataFrame([[1]] * 10_000, names),
    )
    for table in tables:
        said = json.loads(summary(table))
        assert [name for name, _ in said["schema"]] == names[:MOST_COLUMNS]
        assert said["columns"] == 10_000 and said["left_out"] == 10_000 - MOST_COLUMNS
        assert len(summary(table)) < 4_000
    said = json.loads(summaries({f"t{number}": tables[number % 3] for number in range(9)}))
    told = [len(one.get("schema", ())) for one in said.values()]
    assert told == [MOST_COLUMNS_OF_ONE, MOST_COLUMNS - MOST_COLUMNS_OF_ONE, *[0] * 7]
    assert all(one["rows"] == 1 for one in said.values())


def test_schemas_hold_no_values_and_stay_short() -> None:
    enum = pl.DataFrame({"a": pl.Series(["hunter2"], dtype=pl.Enum(["hunter2"]))})
    category = pd.DataFrame({"a": pd.Categorical(["hunter2"])})
    deep = pa.table({"a": pa.array([{f"k{n}": {"x": n} for n in range(2_000)}])})
    for table in (enum, category, deep):
        assert "hunter2" not in summary(table) and len(summary(table)) < 300


def test_a_dataset_says_its_schema_and_counts_its_files(tmp_path: Path) -> None:
    for number in range(3):
        pq.write_table(pa.table({"a": [1]}), tmp_path / f"{number}.parquet")
    said = json.loads(summary(ds.dataset(tmp_path)))
    assert said == {
        "type": "pyarrow._dataset.FileSystemDataset",
        "columns": 1,
        "schema": [["a", "int64"]],
        "files": 3,
    }
    assert "files" not in json.loads(summary(ds.dataset(pa.table({"a": [1]}))))


def test_streams_are_not_read() -> None:
    table = pa.table({"a": [1, 2]})
    reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches())
    assert json.loads(summary(reader))["schema"] == [["a", "int64"]]
    assert reader.read_all() == table


def test_the_length_of_a_range_index_makes_no_numbers() -> None:
    index = pd.RangeIndex(10**12)
    told = json.loads(summary(index))
    assert told.pop("type") in ("pandas.RangeIndex", "pandas.core.indexes.range.RangeIndex")  # 3 and 2
    assert told == {"length": 10**12, "rows": 10**12}


def test_a_file_s_name_is_not_told() -> None:
    assert json.loads(summary(Path("/a/hunter2.hunter2hunter2"))) == {"type": "pathlib.PosixPath"}
    with open(__file__) as file:
        assert json.loads(summary(file)) == {"type": "_io.TextIOWrapper"}


def test_names_are_bounded_and_escaped() -> None:
    assert json.loads(summaries({'"\n': 1, "\ud800": "x"})) == {
        '"\n': {"type": "int"},
        "\\ud800": {"type": "str", "length": 1},
    }
    assert len(json.loads(summaries({f"n{i}": i for i in range(1000)}))) == MOST_ITEMS
    assert summaries({}) == "{}"
