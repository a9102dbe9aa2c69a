"""Schemas under a ``schema_ref``, and what of a table is not as they say; types of scalars by their ``dtype``."""

import datetime as dt
import decimal
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from hamtui.recorder.guard import attempt, error_text

#: Names of Python's types that a ``dtype`` may be, and what is an instance of them for that purpose. Arrow's ``float``
#: would be one of 32 bits, which nobody means.
_PYTHONS: dict[str, Any] = {
    "int": "is_integer",
    "float": "is_floating",
    "bool": "is_boolean",
    "str": "is_string",
    "bytes": "is_binary",
    "date": "is_date",
    "datetime": "is_timestamp",
    "decimal": "is_decimal",
}


class SchemaError(ValueError):
    """What stands under a ``schema_ref`` is no schema. Its text is one sentence."""


def find(schema_ref: str, given: Mapping[str, Any], folders: Iterable[str]) -> Any:
    """The schema under this name; None where there is none.

    It is looked for in ``given`` (a fixture's), as a JSON file where the name ends so (in the ``folders``, the
    first goes first), and as a name in a module: ``shop.schemas.orders_v1`` or ``shop.schemas:orders_v1``.

    Raises:
        SchemaError: something is there, and it is no schema; or the file can't be read.
    """
    if schema_ref in given:
        return _known(given[schema_ref], schema_ref)
    if schema_ref.endswith(".json"):
        return _from_file(schema_ref, [os.path.join(folder, schema_ref) for folder in folders])
    module, _, name = schema_ref.replace(":", ".").rpartition(".")
    if not module or not all(part.isidentifier() for part in (*module.split("."), name)):
        return None
    spec, _ = attempt(importlib.util.find_spec, module)
    if spec is None and module not in sys.modules:
        return None
    found, error = attempt(importlib.import_module, module)
    if found is None:
        raise SchemaError(
            f"the schema_ref {schema_ref} can't be imported: {error_text(error or ImportError(), 300)}"
        )
    value = getattr(found, name, None)
    return None if value is None else _known(value, schema_ref)


def _from_file(name: str, paths: list[str]) -> dict[str, Any]:
    path = next(filter(os.path.exists, paths), paths[0])
    try:
        with open(path, encoding="utf-8-sig") as file:
            told = json.load(file)
    except OSError as fault:
        raise SchemaError(f"the schema {name} can't be read: {fault.strerror or fault}") from None
    except (ValueError, RecursionError) as fault:
        raise SchemaError(f"the schema {name} is no JSON: {fault}") from None
    found: dict[str, Any] = _known(told, name)
    return found


def _known(schema: Any, name: str) -> Any:
    """The schema itself, if it is one that we know."""
    if _is_pandera(schema) or type(schema).__module__.partition(".")[0] == "pyarrow":
        return schema
    columns = schema.get("columns") if isinstance(schema, dict) else None
    if not isinstance(columns, dict) or not all(isinstance(_type(one), str) for one in columns.values()):
        raise SchemaError(
            f'{name} is no schema of pyarrow or pandera, nor {{"columns": {{"name": "type", …}}}}'
        )
    return schema


def _is_pandera(schema: Any) -> bool:
    kinds = schema.__mro__ if isinstance(schema, type) else type(schema).__mro__
    return any(kind.__module__.partition(".")[0] == "pandera" for kind in kinds)


def mismatches(schema: Any, value: Any, table: Any) -> tuple[str, list[str]]:
    """Whose schema it is, and what of the table is not as it says. ``value`` is the result that ``table`` was made of."""
    if _is_pandera(schema):
        return "pandera", _by_pandera(schema, value, table)
    if isinstance(schema, dict):
        told = {name: (_type(one), _nullable(one)) for name, one in schema["columns"].items()}
        return "json", _by_columns(told, table)
    return "pyarrow", _by_columns({one.name: (one.type, one.nullable) for one in schema}, table)


def _type(column: Any) -> Any:
    return column.get("type") if isinstance(column, dict) else column


def _nullable(column: Any) -> bool:
    return not isinstance(column, dict) or bool(column.get("nullable", True))


def _by_columns(told: Mapping[str, tuple[Any, bool]], table: Any) -> list[str]:
    there = table.column_names
    found = []
    gone, more = [name for name in told if name not in there], [name for name in there if name not in told]
    if gone:
        found.append(f"it has no column {', '.join(gone)}")
    if more:
        found.append(f"it has columns that its schema has not: {', '.join(map(str, more))}")
    for name, (wanted, nullable) in told.items():
        if there.count(name) != 1:
            continue
        column = table[name]
        if not _fits(wanted, column.type):
            found.append(f"the column {name} is {column.type}, and its schema says {wanted}")
        if not nullable and column.null_count:
            found.append(
                f"the column {name} is null in {column.null_count:,} of {table.num_rows:,} rows, and its schema says never"
            )
    return found


def _fits(wanted: Any, kind: Any) -> bool:
    """Whether a column's type is the one that is wanted, an Arrow type or the name of one, however it lies in memory."""
    pa = importlib.import_module("pyarrow")
    if isinstance(wanted, str):
        named, _ = attempt(pa.type_for_alias, wanted)
        if named is None:
            return wanted in (str(kind), str(_plain(kind)))
        wanted = named
    return bool(_plain(wanted) == _plain(kind))


def _plain(kind: Any) -> Any:
    """A type without what is about memory alone: large offsets, views, dictionaries."""
    pa = importlib.import_module("pyarrow")
    types, name = pa.types, str(kind)
    if types.is_dictionary(kind):
        return _plain(kind.value_type)
    if name in ("large_string", "string_view"):
        return pa.string()
    if name in ("large_binary", "binary_view"):
        return pa.binary()
    if types.is_list(kind) or types.is_large_list(kind):
        return pa.list_(_plain(kind.value_type))
    if types.is_struct(kind):
        parts = [kind.field(number) for number in range(kind.num_fields)]
        return pa.struct([(part.name, _plain(part.type)) for part in parts])
    return kind


def _by_pandera(schema: Any, value: Any, table: Any) -> list[str]:
    """What pandera says, all of it, without the values: of the user's frame where it takes that kind, else of one made for it."""
    base = schema.__mro__ if isinstance(schema, type) else type(schema).__mro__
    wants = "polars" if any(".polars" in kind.__module__ for kind in base) else "pandas"
    family = type(value).__module__.partition(".")[0]
    frame = value
    if wants == "pandas" and family != "pandas":
        frame = table.to_pandas()
    elif wants == "polars" and family != "polars":
        frame = importlib.import_module("polars").from_arrow(table)
    _, error = attempt(schema.validate, frame, lazy=True)
    if error is None:
        return []
    told = getattr(error, "message", None)
    if not isinstance(told, dict):
        return [f"pandera refuses it: {type(error).__name__}"]
    found = []
    for context, kinds in told.items():
        for one in (one for cases in kinds.values() for one in cases):
            # What is said of data holds values of it.
            said = (
                one.get("error")
                if context == "SCHEMA"
                else f"the column {one.get('column')} fails {one.get('check')}"
            )
            found.append(" ".join(str(said).split()))
    return list(dict.fromkeys(found))


def dtype_problem(dtype: str, value: Any) -> str | None:
    """Why a scalar is not of its ``dtype``; None where it is.

    ``dtype`` is a name of Arrow's (``float64``), of Python's, or of a class. A number of Python's own is of every width that
    holds it.
    """
    pa = importlib.import_module("pyarrow")
    if value is None or (isinstance(value, pa.Scalar) and not value.is_valid):
        return f"it is null, and its dtype says {dtype}"
    names = {
        name
        for kind in type(value).__mro__
        for name in (kind.__name__, f"{kind.__module__}.{kind.__qualname__}")
    }
    if getattr(value, "shape", ()) != ():
        return f"it is no scalar of dtype {dtype}, but a {type(value).__module__}.{type(value).__qualname__}"
    kind = _type_of(pa, value)
    if kind is not None and _is_of(pa, dtype, kind, value):
        return None
    if dtype in names and dtype not in _PYTHONS:
        return None
    return f"it is {kind if kind is not None else type(value).__qualname__}, and its dtype says {dtype}"


def _type_of(pa: Any, value: Any) -> Any:
    if isinstance(value, pa.Scalar):
        return value.type
    if hasattr(value, "dtype"):
        found, _ = attempt(pa.from_numpy_dtype, value.dtype)
        if found is not None:
            return found
    found, _ = attempt(lambda: pa.scalar(value).type)
    return found


def _is_of(pa: Any, dtype: str, kind: Any, value: Any) -> bool:
    types = pa.types
    kind = _plain(kind)
    if dtype in _PYTHONS:
        return bool(getattr(types, _PYTHONS[dtype])(kind))
    wanted, _ = attempt(pa.type_for_alias, dtype)
    if wanted is None:
        return dtype == str(kind) or (
            dtype.startswith("decimal") and types.is_decimal(kind) and dtype == str(kind)
        )
    if _plain(wanted) == kind:
        return True
    if hasattr(value, "dtype") or isinstance(value, pa.Scalar):
        return False  # these have a width of their own
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return bool(types.is_integer(wanted)) and attempt(pa.scalar, value, wanted)[1] is None
    if isinstance(value, float):
        return bool(types.is_floating(wanted))
    if isinstance(value, dt.datetime):
        return bool(types.is_timestamp(wanted)) and (wanted.tz is None) == (value.tzinfo is None)
    return isinstance(value, decimal.Decimal) and bool(types.is_decimal(wanted))
