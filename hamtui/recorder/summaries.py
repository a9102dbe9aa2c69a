"""What a value looks like without its content: type, length, shape, rows, columns.

Nothing here may consume, block, compute or be slow, so a length is asked only of classes whose own length is
known to be a number that they hold: ``__len__`` of anything else may run a query.
"""

from collections.abc import Callable
from typing import Any

from hamtui.recorder.guard import attempt
from hamtui.recorder.text import quote

#: So many keyword arguments or results are summarised one by one.
MOST_ITEMS = 64
#: So many types are remembered; a program that makes types as it goes must not make us grow.
_MOST_TYPES = 2_000

_SIZED = (list, tuple, dict, str, bytes, bytearray, set, frozenset)

#: Values of these very classes cannot raise when asked.
_SAFE = frozenset(_SIZED)


def _sized(base: type, head: str) -> Callable[[Any], str]:
    length = base.__len__  # type: ignore[attr-defined]
    form = head + ',"length":%d}'
    return lambda value: form % length(value)


def _array(base: Any, head: str) -> Callable[[Any], str]:
    shape_of, dtype_of = base.shape.__get__, base.dtype.__get__

    def summary(value: Any) -> str:
        shape = shape_of(value)
        kind = quote(str(dtype_of(value))[:200])
        return f'{head},"shape":[{",".join(map(_whole, shape))}],"dtype":{kind}}}'

    return summary


def _frame(base: Any, head: str) -> Callable[[Any], str]:
    shape_of = base.shape.__get__

    def summary(value: Any) -> str:
        rows, columns = map(_whole, shape_of(value))
        return f'{head},"shape":[{rows},{columns}],"rows":{rows},"columns":{columns}}}'

    return summary


def _column(base: Any, head: str) -> Callable[[Any], str]:
    form = head + ',"length":%d,"rows":%d}'

    def summary(value: Any) -> str:
        rows = base.__len__(value)
        return form % (rows, rows)

    return summary


def _arrow_table(base: Any, head: str) -> Callable[[Any], str]:
    form = head + ',"shape":[%d,%d],"rows":%d,"columns":%d}'

    def summary(value: Any) -> str:
        rows, columns = base.num_rows.__get__(value), base.num_columns.__get__(value)
        return form % (rows, columns, rows, columns)

    return summary


def _whole(number: Any) -> str:
    return f"{number:d}"


#: Classes of other libraries, by the name under which they define themselves: none is imported for this.
_KNOWN: dict[tuple[str, str], tuple[str, Callable[[Any, str], Callable[[Any], str]]]] = {
    ("numpy", "ndarray"): ("numpy.ndarray", _array),
    ("pandas.core.frame", "DataFrame"): ("pandas.DataFrame", _frame),
    ("pandas.core.series", "Series"): ("pandas.Series", _column),
    ("pandas.core.indexes.base", "Index"): ("pandas.Index", _column),
    ("polars.dataframe.frame", "DataFrame"): ("polars.DataFrame", _frame),
    ("polars.series.series", "Series"): ("polars.Series", _column),
    ("hamtui.recorder.failures", "Failure"): ("none, it failed", lambda _, head: lambda _: head + "}"),
    ("pyarrow.lib", "Table"): ("pyarrow.Table", _arrow_table),
    ("pyarrow.lib", "RecordBatch"): ("pyarrow.RecordBatch", _arrow_table),
    ("pyarrow.lib", "ChunkedArray"): ("pyarrow.ChunkedArray", _column),
    ("pyarrow.lib", "Array"): ("pyarrow.Array", _column),
}
#: pandas 3 says ``pandas`` where pandas 2 says ``pandas.core.frame``.
_KNOWN |= {
    ("pandas", name.split(".")[1]): (name, how) for name, how in _KNOWN.values() if name[:7] == "pandas."
}


def type_name(kind: type) -> str:
    """``int``, ``pandas.DataFrame``, ``orders.Customer``."""
    module = str(getattr(kind, "__module__", "") or "")
    name = str(getattr(kind, "__qualname__", "") or getattr(kind, "__name__", ""))
    known = _KNOWN.get((module, name))
    if known is not None:
        return known[0]
    return name if module in ("builtins", "__main__", "") else f"{module}.{name}"


def _make(kind: type) -> Callable[[Any], str] | str:
    """How values of this type are summarised: a function, or the summary itself where there is only the type."""
    head = '{"type":' + quote(type_name(kind)[:300])
    for base in kind.__mro__:
        if base in _SIZED:
            return _sized(base, head)
        known = _KNOWN.get((base.__module__, base.__qualname__))
        if known is not None:
            return known[1](base, head)
    return head + "}"


#: Keyed by ``id``, because hashing a type may run a metaclass' code; the entry keeps the type alive.
_types: dict[int, tuple[type, Callable[[Any], str] | str]] = {}


def _learn(kind: type) -> tuple[type, Callable[[Any], str] | str]:
    made, error = attempt(_make, kind)
    if error is not None or made is None:
        made = '{"type":' + quote(str(type.__dict__["__name__"].__get__(kind))[:300]) + "}"
    if len(_types) >= _MOST_TYPES:
        _types.clear()
    entry = _types[id(kind)] = (kind, made)
    return entry


def summary(value: Any) -> str:
    """JSON of one value's summary."""
    kind = type(value)
    entry = _types.get(id(kind)) or _learn(kind)
    made = entry[1]
    if type(made) is str:
        return made
    if kind in _SAFE:
        return made(value)  # type: ignore[operator]
    text, error = attempt(made, value)  # type: ignore[arg-type]
    return '{"type":' + quote(type_name(kind)[:300]) + "}" if error is not None or text is None else text


#: Quoted names with their colon, as they stand before each summary.
_names: dict[str, str] = {}


def _name(name: Any) -> str:
    if len(_names) >= 10 * _MOST_TYPES:
        _names.clear()
    if type(name) is not str:
        return quote(type(name).__name__) + ":"
    text = quote(name[:300]) + ":"
    _names[name] = text
    return text


def summaries(values: dict[str, Any]) -> str:
    """JSON object of the summaries of named values, the first ``MOST_ITEMS`` of them."""
    if not values:
        return "{}"
    pairs = values.items() if len(values) <= MOST_ITEMS else list(values.items())[:MOST_ITEMS]
    parts = []
    for name, value in pairs:
        kind = type(value)
        entry = _types.get(id(kind)) or _learn(kind)
        made = entry[1]
        parts.append((_names.get(name) or _name(name)) + (made if type(made) is str else summary(value)))
    return "{" + ",".join(parts) + "}"
