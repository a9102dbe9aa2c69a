"""The first rows of tables and the first items of arrays, for payloads: a few cells, never a column."""

from collections.abc import Callable
from typing import Any

from hamtui.contract import redact
from hamtui.contract.summary import REDACTED
from hamtui.recorder.guard import attempt
from hamtui.recorder.tables import label, own_index, pandas_shape
from hamtui.recorder.text import clip

ROWS = 5
_COLUMNS = 20
#: A cell of more bytes is not fetched: numpy's and polars' texts are as long as the longest.
_WIDEST = 4_096
_LONGEST_NAME = 100


def _table(
    walk: Any, rows: int, columns: int, column: Callable[[int, int], tuple[str, list[Any]]], depth: int
) -> Any:
    """``names`` and ``head``, row by row; ``column(number, rows)`` gives a name and its first cells."""
    told: dict[str, Any] = {"rows": rows, "columns": columns}
    if depth >= walk.deepest or walk.pieces <= 0:
        return told
    count = min(columns, _COLUMNS, walk.items, max(1, walk.pieces // ROWS))
    names, cells = [], []
    for number in range(count):
        found, error = attempt(column, number, min(rows, ROWS))
        name, some = found if found is not None and error is None else ("?", [None] * min(rows, ROWS))
        names.append(clip(redact.redacted(name[: redact.LONGEST]), _LONGEST_NAME))
        hidden = redact.is_secret(name)
        cells.append([REDACTED if hidden else walk.value(cell, walk.deepest - 1) for cell in some])
    return {**told, "names": names, "head": [list(row) for row in zip(*cells, strict=True)]}


class _Arrow:
    """Cells of Arrow, none of them fetched whole where it is long."""

    def __init__(self, longest: int) -> None:
        self._longest = longest

    def cell(self, one: Any, depth: int = 2) -> Any:
        """A scalar of Arrow's as Python's, lists and structs of it cut."""
        if one is None or not one.is_valid:
            return None
        kind = type(one).__name__
        if kind in ("DictionaryScalar", "ExtensionScalar", "RunEndEncodedScalar") or "Extension" in kind:
            return self.cell(one.value, depth)
        if not one.type.num_fields:
            if "String" in kind or "Binary" in kind:
                return self._text(one, kind)
            return one.as_py()
        if not depth:
            return kind.removesuffix("Scalar").lower()
        if kind == "StructScalar":
            names = [one.type.field(number).name for number in range(min(one.type.num_fields, 8))]
            return {name: self.cell(one[number], depth - 1) for number, name in enumerate(names)}
        inside = one.values
        return (
            [] if inside is None else [self.cell(inside[at], depth - 1) for at in range(min(len(inside), 8))]
        )

    def _text(self, one: Any, kind: str) -> Any:
        start = one.as_buffer()[: self._longest].to_pybytes() if one.as_buffer().size else b""
        return start.decode("utf-8", "replace") if "String" in kind else start


def _arrow(walk: Any, value: Any, base: Any, depth: int) -> Any:
    schema, arrow = base.schema.__get__(value), _Arrow(4 * walk.longest + 4 * redact.LONGEST)

    def column(number: int, rows: int) -> tuple[str, list[Any]]:
        cells = base.column(value, number)
        return schema.field(number).name, [arrow.cell(cells[row]) for row in range(rows)]

    return _table(walk, base.num_rows.__get__(value), base.num_columns.__get__(value), column, depth)


def _arrow_array(walk: Any, value: Any, base: Any, depth: int) -> Any:
    length, arrow = base.__len__(value), _Arrow(4 * walk.longest + 4 * redact.LONGEST)
    if depth >= walk.deepest:
        return {"length": length}
    some = [arrow.cell(base.__getitem__(value, at)) for at in range(min(length, walk.items))]
    return {"length": length, "items": walk.some(some, depth + 1)}


def _pandas(walk: Any, value: Any, base: Any, depth: int) -> Any:
    rows, columns = pandas_shape(value)
    if type(value) is not base:
        return {"rows": rows, "columns": columns}  # what a subclass makes of a slice is its own code
    labels = own_index(value.columns)

    def column(number: int, rows: int) -> tuple[str, list[Any]]:
        return label(labels[number]), _pandas_cells(value.iloc[:rows, number])

    return _table(walk, rows, columns, column, depth)


def _pandas_cells(column: Any) -> list[Any]:
    kind = column.dtype
    if type(kind).__module__.partition(".")[0] not in ("numpy", "pandas"):
        raise TypeError("a type of column of the user's own")
    inside = getattr(kind, "pyarrow_dtype", None)
    if inside is not None and inside.num_fields:
        return [str(kind)[:_LONGEST_NAME]] * len(column)
    return list(column.tolist())


def _pandas_series(walk: Any, value: Any, base: Any, depth: int) -> Any:
    length = base.__len__(value)
    if type(value) is not base or depth >= walk.deepest:
        return {"length": length}
    if value.name is not None and redact.is_secret(label(value.name)):
        return {"length": length, "items": [REDACTED]}
    return {"length": length, "items": walk.some(_pandas_cells(value.iloc[: walk.items]), depth + 1)}


def _polars(walk: Any, value: Any, base: Any, depth: int) -> Any:
    rows, columns = base.shape.__get__(value)

    def column(number: int, rows: int) -> tuple[str, list[Any]]:
        one = base.to_series(value, number)
        return one.name, _polars_cells(one, rows, walk.longest)

    return _table(walk, rows, columns, column, depth)


def _polars_cells(column: Any, rows: int, longest: int) -> list[Any]:
    some, kind = column.head(rows), type(column.dtype).__name__
    if kind == "String":
        some = some.str.slice(0, longest + 2 * redact.LONGEST + 1)
    elif kind == "List":
        some = some.list.head(8)
    if kind in ("List", "Struct", "Array", "Binary") and some.rechunk().estimated_size() > _WIDEST * rows:
        return [str(kind)] * len(some)
    return list(some.to_list())


def _polars_series(walk: Any, value: Any, base: Any, depth: int) -> Any:
    length = base.__len__(value)
    if type(value) is not base or depth >= walk.deepest:
        return {"length": length}
    if redact.is_secret(base.name.__get__(value)):
        return {"length": length, "items": [REDACTED]}
    return {"length": length, "items": walk.some(_polars_cells(value, walk.items, walk.longest), depth + 1)}


def _numpy(walk: Any, value: Any, base: Any, depth: int) -> Any:
    shape, kind = base.shape.__get__(value), base.dtype.__get__(value)
    told: dict[str, Any] = {"shape": list(shape)}
    if depth >= walk.deepest or kind.itemsize > _WIDEST or type(kind).__module__.partition(".")[0] != "numpy":
        return told
    if kind.names:
        return {**told, **_records(walk, base.view(value, base), base, depth)} if len(shape) == 1 else told
    if any(size == 0 for size in shape):
        return {**told, "items": []}
    some = base.flat.__get__(value)[: walk.items].tolist() if shape else [base.item(value)]
    return {**told, "items": walk.some(some, depth + 1)}


def _records(walk: Any, value: Any, base: Any, depth: int) -> Any:
    names = base.dtype.__get__(value).names

    def column(number: int, rows: int) -> tuple[str, list[Any]]:
        return names[number], value[:rows][names[number]].tolist()

    return _table(walk, base.shape.__get__(value)[0], len(names), column, depth)


#: By the name that ``tables.KNOWN`` gives: what ``contract.summary.Payload`` has of such a value beside its type.
HEADS: dict[str, Callable[[Any, Any, Any, int], Any]] = {
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
