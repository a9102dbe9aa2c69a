"""Nulls, least and greatest value of columns: computed, so only where asked for, and for so long alone.

A column is looked at piece by piece, the clock after each: one that is not done in time is not told of.
"""

import importlib
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from hamtui.contract.redact import is_secret
from hamtui.contract.summary import MOST_COLUMNS
from hamtui.recorder.classes import mro
from hamtui.recorder.guard import attempt
from hamtui.recorder.scalars import scalar
from hamtui.recorder.tables import known, label, own_index
from hamtui.recorder.text import clip, dumps

#: Seconds for one value.
LIMIT_S = 0.05
#: Rows that are looked at at once: about a millisecond.
_STEP = 500_000

#: Nulls, least and greatest of a piece; the latter None where there is no value.
Piece = tuple[int, Any, Any]


class _LateError(Exception):
    """The time is over."""


def statistics(value: Any, clock: Callable[[], float] = time.monotonic, limit: float = LIMIT_S) -> str | None:
    """JSON of a table's or array's ``contract.summary.Statistics``; None for any other value. ``limit`` in seconds."""
    for base in mro(type(value)):
        found = known(base)
        columns = _COLUMNS.get(found[0]) if found is not None else None
        if columns is not None:
            told, error = attempt(_told, columns, value, base, clock, limit)
            return None if error is not None or not told else dumps(told)
    return None


def _told(columns: Any, value: Any, base: Any, clock: Callable[[], float], limit: float) -> dict[str, Any]:
    until = clock() + limit
    rows: list[list[Any]] = []
    more: dict[str, Any] = {}
    total, walk = columns(value, base)
    for name, pieces in walk:
        if len(rows) >= MOST_COLUMNS:
            break
        if is_secret(name):
            continue
        row, error = attempt(_column, pieces(), clock, until)
        if isinstance(error, _LateError):
            more["stopped_s"] = limit
            break
        if error is None and row is not None:
            rows.append([clip(name, 100), *row])
    if total > len(rows):
        more["left_out"] = total - len(rows)
    return {"columns": rows, **more} if total else {}


def _column(pieces: Iterator[Piece], clock: Callable[[], float], until: float) -> list[Any]:
    nulls, least, greatest = 0, None, None
    for missing, low, high in pieces:
        nulls += missing
        if low is not None and low == low:  # noqa: PLR0124 - NaN is no value
            least = low if least is None or low < least else least
        if high is not None and high == high:  # noqa: PLR0124
            greatest = high if greatest is None or high > greatest else greatest
        if clock() > until:
            raise _LateError
    return [nulls, scalar(least), scalar(greatest)]


def _steps(rows: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + _STEP, rows)) for start in range(0, rows, _STEP))


#: How many columns there are, and each one's name with what walks it.
Columns = tuple[int, Iterable[tuple[str, Callable[[], Iterator[Piece]]]]]


def _arrow(value: Any, base: Any) -> Columns:
    total, schema = base.num_columns.__get__(value), base.schema.__get__(value)
    names = (schema.field(number).name for number in range(total))
    return total, ((name, partial(_arrow_walk, base.column(value, at))) for at, name in enumerate(names))


def _arrow_array(value: Any, base: Any) -> Columns:
    del base
    return 1, [("", partial(_arrow_walk, value))]


def _arrow_walk(column: Any) -> Iterator[Piece]:
    compute, types = importlib.import_module("pyarrow.compute"), importlib.import_module("pyarrow").types
    kind = column.type
    floating = types.is_floating(kind)
    ordered = floating or types.is_integer(kind) or types.is_decimal(kind) or types.is_temporal(kind)
    ordered = ordered and not types.is_interval(kind)
    for start, end in _steps(len(column)):
        part = column.slice(start, end - start)
        nulls = part.null_count
        if floating:
            nulls += compute.sum(compute.is_nan(part)).as_py() or 0
        found = compute.min_max(part) if ordered else None
        yield (
            (nulls, found["min"].as_py(), found["max"].as_py()) if found is not None else (nulls, None, None)
        )


def _pandas(value: Any, base: Any) -> Columns:
    if type(value) is not base:
        return 0, ()  # what a subclass makes of a slice is its own code
    labels = own_index(value.columns)
    return len(labels), (
        (label(name), partial(lambda at: _pandas_walk(value.iloc[:, at]), at))
        for at, name in enumerate(labels)
    )


def _pandas_series(value: Any, base: Any) -> Columns:
    if type(value) is not base:
        return 0, ()
    return 1, [("" if value.name is None else label(value.name), partial(_pandas_walk, value))]


def _pandas_walk(column: Any) -> Iterator[Piece]:
    kind = column.dtype
    if type(kind).__module__.partition(".")[0] not in ("numpy", "pandas"):
        raise TypeError("a type of column of the user's own")
    for start, end in _steps(len(column)):
        part = column.iloc[start:end]
        nulls = int(part.isna().sum())
        ordered = kind.kind in "iufMm" and nulls < len(part)
        yield (nulls, part.min(), part.max()) if ordered else (nulls, None, None)


def _polars(value: Any, base: Any) -> Columns:
    some = (base.to_series(value, number) for number in range(base.width.__get__(value)))
    return base.width.__get__(value), ((column.name, partial(_polars_walk, column)) for column in some)


def _polars_series(value: Any, base: Any) -> Columns:
    return 1, [(base.name.__get__(value), partial(_polars_walk, value))] if type(value) is base else []


def _polars_walk(column: Any) -> Iterator[Piece]:
    kind = column.dtype
    ordered, floating = kind.is_numeric() or kind.is_temporal(), kind.is_float()
    for start, end in _steps(len(column)):
        part = column.slice(start, end - start)
        nulls = part.null_count() + (int(part.is_nan().sum() or 0) if floating else 0)
        yield (nulls, part.min(), part.max()) if ordered else (nulls, None, None)


def _numpy(value: Any, base: Any) -> Columns:
    kind = base.dtype.__get__(value).kind
    fits = kind in "iufMm" and base.size.__get__(value) and base.ndim.__get__(value)
    return (1, [("", partial(_numpy_walk, base.view(value, base)))]) if fits else (0, ())


def _numpy_walk(array: Any) -> Iterator[Piece]:
    numpy, kind = importlib.import_module("numpy"), array.dtype.kind
    missing = numpy.isnat if kind in "Mm" else numpy.isnan if kind == "f" else None
    while array.ndim > 1 and array.shape[0] == 1:
        array = array[0]
    at_once = max(1, _STEP // max(1, array.size // array.shape[0]))
    for start in range(0, array.shape[0], at_once):
        part = array[start : start + at_once]
        nulls = 0 if missing is None else int(numpy.count_nonzero(missing(part)))
        values = nulls < part.size
        yield (
            nulls,
            *(
                (numpy.fmin.reduce(part, axis=None), numpy.fmax.reduce(part, axis=None))
                if values
                else (None, None)
            ),
        )


_COLUMNS: dict[str, Callable[[Any, Any], Columns]] = {
    "pyarrow.Table": _arrow,
    "pyarrow.RecordBatch": _arrow,
    "pyarrow.ChunkedArray": _arrow_array,
    "pyarrow.Array": _arrow_array,
    "pandas.DataFrame": _pandas,
    "pandas.Series": _pandas_series,
    "polars.DataFrame": _polars,
    "polars.Series": _polars_series,
    "numpy.ndarray": _numpy,
}
