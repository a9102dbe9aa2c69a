"""Summaries of other libraries' tables, columns and arrays: their size and schema, no value, no computing, no IO.

No library is imported for this. A class is known by the name under which its library defines it, and only if
that library's own module holds just that class: one that merely calls itself ``pandas.DataFrame`` is asked nothing.
What is asked is bounded by ``Room``, so that a table of 10,000 columns costs what one of 64 does.
"""

import itertools
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from hamtui.contract.summary import MOST_COLUMNS
from hamtui.recorder import dtypes
from hamtui.recorder.classes import full_name
from hamtui.recorder.guard import attempt
from hamtui.recorder.text import clip, quote

_LONGEST = 100
#: Files of a dataset that are counted.
_MOST_FILES = 200
#: Blocks or buffers whose bytes are added up for one call.
_MOST_BUFFERS = 200
_LONGEST_SUFFIX = 12


class Room:
    """How much more may be told of the values of one call: columns and fields (``most`` of one value), and buffers."""

    __slots__ = ("buffers", "columns", "most")

    def __init__(self, most: int = MOST_COLUMNS) -> None:
        self.columns = MOST_COLUMNS
        self.buffers = _MOST_BUFFERS
        self.most = most

    def take(self, wanted: int) -> int:
        """So many columns of the wanted ones may be told."""
        given = min(wanted, self.columns, self.most)
        self.columns -= given
        return given

    def afford(self, buffers: int) -> bool:
        """Whether the bytes of so many buffers may be added up."""
        if buffers > self.buffers:
            return False
        self.buffers -= buffers
        return True


Describe = Callable[[Any, Room], str]
Pairs = Iterable[tuple[str, str]]


def schema(columns: Callable[[Any, int], Pairs], value: Any, total: int, room: Room) -> str:
    """``,"schema":[…],"left_out":n`` of the first columns that there is room for; empty where none can be told."""
    count = room.take(total)
    if not count:
        return ""
    told, error = attempt(lambda: list(columns(value, count)))
    if error is not None or told is None:
        return ""
    pairs = ",".join([f"[{quote(clip(name, _LONGEST))},{quote(kind)}]" for name, kind in told])
    return f',"schema":[{pairs}]' + (f',"left_out":{total - len(told)}' if total > len(told) else "")


def _number(key: str, function: Callable[..., Any], *args: Any) -> str:
    """``,"key":n``, or nothing where the number can't be had."""
    number, error = attempt(function, *args)
    return "" if error is not None or number is None else f',"{key}":{number:d}'


def _dtype(words: Callable[[Any], str], function: Callable[[Any], Any], value: Any) -> str:
    text, error = attempt(lambda: words(function(value)))
    return "" if error is not None or text is None else f',"dtype":{quote(text)}'


def _sizes(rows: int, columns: int) -> str:
    return f',"shape":[{rows:d},{columns:d}],"rows":{rows:d},"columns":{columns:d}'


def _arrow_table(base: Any, kind: type, head: str) -> Describe:
    del kind
    rows_of, columns_of, schema_of = base.num_rows.__get__, base.num_columns.__get__, base.schema.__get__
    chunked = base.__name__ == "Table"

    def size(value: Any, columns: int, room: Room) -> int | None:
        chunks = max(1, base.column(value, 0).num_chunks) if chunked and columns else 1
        if not room.afford(columns * chunks):
            return None
        weight = sum(_weight(one, room) for one in schema_of(value).types if one.num_fields)
        return int(base.nbytes.__get__(value)) if room.afford(weight * chunks) else None

    def describe(value: Any, room: Room) -> str:
        rows, columns = rows_of(value), columns_of(value)
        text = head + _sizes(rows, columns) + _number("bytes", size, value, columns, room)
        return text + schema(_arrow_columns(schema_of), value, columns, room) + "}"

    return describe


def _weight(kind: Any, room: Room) -> int:
    """How many arrays lie within a nested type; where there are more than can be afforded, to count on costs too."""
    count, wait = 0, [kind]
    while wait and count <= room.buffers:
        one = wait.pop()
        count += 1
        wait += [one.field(number).type for number in range(min(one.num_fields, room.buffers))]
    if count > room.buffers:
        room.buffers = 0
    return count


def _arrow_columns(schema_of: Callable[[Any], Any]) -> Callable[[Any, int], Pairs]:
    def columns(value: Any, count: int) -> Pairs:
        fields = map(schema_of(value).field, range(count))
        return [(field.name, dtypes.arrow(field.type)) for field in fields]

    return columns


def _arrow_array(base: Any, kind: type, head: str) -> Describe:
    del kind

    def describe(value: Any, room: Room) -> str:
        rows = base.__len__(value)
        text = f'{head},"length":{rows:d},"rows":{rows:d}' + _dtype(dtypes.arrow, base.type.__get__, value)
        weight = _weight(base.type.__get__(value), room) * getattr(value, "num_chunks", 1)
        return text + (_number("bytes", base.nbytes.__get__, value) if room.afford(weight) else "") + "}"

    return describe


def _arrow_schema(base: Any, kind: type, head: str) -> Describe:
    del kind

    def describe(value: Any, room: Room) -> str:
        columns = base.__len__(value)
        return (
            f'{head},"columns":{columns:d}'
            + schema(_arrow_columns(lambda it: it), value, columns, room)
            + "}"
        )

    return describe


def _arrow_source(base: Any, kind: type, head: str) -> Describe:
    """A dataset or a stream: its schema is known without reading on."""
    schema_of = base.schema.__get__
    has_files = hasattr(kind, "files")

    def files(value: Any) -> str:
        count = sum(1 for _ in itertools.islice(base.get_fragments(value), _MOST_FILES + 1))
        return f',"files":{count}' if count <= _MOST_FILES else f',"files":"{_MOST_FILES}+"'

    def describe(value: Any, room: Room) -> str:
        columns = len(schema_of(value))
        text = head + f',"columns":{columns:d}' + schema(_arrow_columns(schema_of), value, columns, room)
        if has_files and room.afford(_MOST_BUFFERS // 2):
            text += attempt(files, value)[0] or ""
        return text + "}"

    return describe


def _pandas_frame(base: Any, kind: type, head: str) -> Describe:
    del base, kind

    def columns(value: Any, count: int) -> Pairs:
        # Where pandas itself looks a column's type up: ``dtypes`` makes a Series of all of them, and ``iloc`` views.
        parts = object.__getattribute__(value, "_mgr")
        blocks, labels = parts.blocks, own_index(parts.axes[0])[:count]
        kinds = [dtypes.array(blocks[number].dtype) for number in parts.blknos[:count].tolist()]
        return zip(map(label, labels), kinds, strict=True)

    def size(value: Any, room: Room) -> int | None:
        parts = object.__getattribute__(value, "_mgr")
        if not room.afford(len(parts.blocks)):
            return None
        return sum(_bytes(block.values) for block in parts.blocks) + _bytes(parts.axes[1])

    def describe(value: Any, room: Room) -> str:
        rows, count = pandas_shape(value)
        return (
            head
            + _sizes(rows, count)
            + _number("bytes", size, value, room)
            + schema(columns, value, count, room)
            + "}"
        )

    return describe


def pandas_shape(value: Any) -> tuple[int, int]:
    """A frame's rows and columns: ``shape`` asks its index and columns, which a subclass may define anew.

    Raises TypeError where the index is no index of pandas' own.
    """
    parts = object.__getattribute__(value, "_mgr")
    return len(own_index(parts.axes[1])), len(parts.blknos)


def own_index(index: Any) -> Any:
    """An index, if it is of pandas' own classes: to ask another for its labels may run anything."""
    if getattr(sys.modules.get("pandas"), type(index).__name__, None) is not type(index):
        raise TypeError("not an index of pandas' own")
    return index


def _bytes(part: Any) -> int:
    """What numpy or pandas says that one of their own arrays takes."""
    if type(part).__module__.partition(".")[0] not in ("numpy", "pandas"):
        raise TypeError("not an array of numpy's or pandas' own")
    return int(part.nbytes)


def label(value: Any) -> str:
    """A column's name as text, whatever it is: numbers and tuples of pandas' are spelled out, of others the type is."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is tuple:
        return " / ".join(map(label, value[:8]))
    if kind in (int, float, bool, type(None)):
        return str(value) if kind is not int or value.bit_length() < 200 else "int"
    module, name = full_name(kind)
    return clip(str(value), _LONGEST) if module.partition(".")[0] in ("datetime", "pandas", "numpy") else name


def _pandas_series(base: Any, kind: type, head: str) -> Describe:
    del kind

    def describe(value: Any, room: Room) -> str:
        rows = base.__len__(value)
        text = f'{head},"length":{rows:d},"rows":{rows:d}' + _dtype(dtypes.array, base.dtype.__get__, value)
        inside = attempt(lambda: _bytes(object.__getattribute__(value, "_mgr").blocks[0].values))[0]
        return text + (f',"bytes":{inside:d}' if inside is not None and room.afford(1) else "") + "}"

    return describe


def _pandas_index(base: Any, kind: Any, head: str) -> Describe | str:
    del base
    if full_name(kind)[0].partition(".")[0] != "pandas":
        return head + "}"
    # The length of a RangeIndex is its own to say: its base's would make all of its numbers.
    form, length = head + ',"length":%d,"rows":%d}', kind.__len__
    return lambda value, _: form % (length(value), length(value))


def _polars_frame(base: Any, kind: type, head: str) -> Describe:
    del kind
    shape_of = base.shape.__get__

    def columns(value: Any, count: int) -> Pairs:
        some = [base.to_series(value, number) for number in range(count)]
        return [(one.name, dtypes.polars(one.dtype)) for one in some]

    def size(value: Any, columns: int, room: Room) -> int | None:
        return int(base.estimated_size(value)) if room.afford(columns * base.n_chunks(value)) else None

    def describe(value: Any, room: Room) -> str:
        rows, count = shape_of(value)
        text = head + _sizes(rows, count) + _number("bytes", size, value, count, room)
        return text + schema(columns, value, count, room) + "}"

    return describe


def _polars_series(base: Any, kind: type, head: str) -> Describe:
    del kind

    def describe(value: Any, room: Room) -> str:
        rows = base.__len__(value)
        text = f'{head},"length":{rows:d},"rows":{rows:d}' + _dtype(dtypes.polars, base.dtype.__get__, value)
        can = room.afford(attempt(base.n_chunks, value)[0] or _MOST_BUFFERS)
        return text + (_number("bytes", base.estimated_size, value) if can else "") + "}"

    return describe


def _numpy_array(base: Any, kind: type, head: str) -> Describe:
    del kind
    shape_of, dtype_of, bytes_of = base.shape.__get__, base.dtype.__get__, base.nbytes.__get__

    def columns(value: Any, count: int) -> Pairs:
        inside = dtype_of(value)
        return [(name, dtypes.array(inside.fields[name][0])) for name in inside.names[:count]]

    def describe(value: Any, room: Room) -> str:
        shape, inside = shape_of(value), dtype_of(value)
        sizes = ",".join([f"{size:d}" for size in shape])
        text = f'{head},"shape":[{sizes}],"dtype":{quote(dtypes.array(inside))},"bytes":{bytes_of(value):d}'
        return text + (schema(columns, value, len(inside.names), room) if inside.names else "") + "}"

    return describe


def _path(base: Any, kind: type, head: str) -> Describe | str:
    # A name may be a secret: its ending is none.
    if full_name(kind)[0].partition(".")[0] != "pathlib":
        return head + "}"

    def describe(value: Any, _: Room) -> str:
        suffix = os.path.splitext(base.__str__(value))[1]
        fits = 1 < len(suffix) <= _LONGEST_SUFFIX and suffix[1:].isalnum()
        return f'{head},"suffix":{quote(suffix)}}}' if fits else head + "}"

    return describe


Maker = Callable[[Any, type, str], "Describe | str"]

#: Classes of other libraries, by the name under which they define themselves: none is imported for this.
KNOWN: dict[tuple[str, str], tuple[str, Maker]] = {
    ("numpy", "ndarray"): ("numpy.ndarray", _numpy_array),
    ("pandas.core.frame", "DataFrame"): ("pandas.DataFrame", _pandas_frame),
    ("pandas.core.series", "Series"): ("pandas.Series", _pandas_series),
    ("pandas.core.indexes.base", "Index"): ("pandas.Index", _pandas_index),
    ("polars.dataframe.frame", "DataFrame"): ("polars.DataFrame", _polars_frame),
    ("polars.series.series", "Series"): ("polars.Series", _polars_series),
    ("polars.lazyframe.frame", "LazyFrame"): ("polars.LazyFrame", lambda _base, _kind, head: head + "}"),
    ("pyarrow.lib", "Table"): ("pyarrow.Table", _arrow_table),
    ("pyarrow.lib", "RecordBatch"): ("pyarrow.RecordBatch", _arrow_table),
    ("pyarrow.lib", "ChunkedArray"): ("pyarrow.ChunkedArray", _arrow_array),
    ("pyarrow.lib", "Array"): ("pyarrow.Array", _arrow_array),
    ("pyarrow.lib", "Schema"): ("pyarrow.Schema", _arrow_schema),
    ("pyarrow.lib", "RecordBatchReader"): ("pyarrow.RecordBatchReader", _arrow_source),
    ("pyarrow._dataset", "Dataset"): ("pyarrow.dataset.Dataset", _arrow_source),
    ("hamtui.recorder.failures", "Failure"): ("none, it failed", lambda _base, _kind, head: head + "}"),
    ("pathlib", "PurePath"): ("pathlib.PurePath", _path),
    ("pathlib._local", "PurePath"): ("pathlib.PurePath", _path),
}
#: pandas 3 says ``pandas`` where pandas 2 says ``pandas.core.frame``.
KNOWN |= {
    ("pandas", name.split(".")[1]): (name, how) for name, how in KNOWN.values() if name[:7] == "pandas."
}


def known(base: type) -> tuple[str, Maker] | None:
    """How values of a class of one of these libraries are described; None for any other, whatever it calls itself."""
    name = full_name(base)
    found = KNOWN.get(name)
    if found is None or getattr(sys.modules.get(name[0]), name[1], None) is not base:
        return None
    return found
