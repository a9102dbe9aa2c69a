"""What the results of public outputs are held against: keys, schema, dtype. In Arrow, column by column, never row by row.

No value is told: how many rows, of which columns, and no more.
"""

import importlib
from dataclasses import replace
from typing import Any

from hamtui.contract import semantic
from hamtui.contract.registry import SemanticEntry
from hamtui.contract.semantic_check import FAILED, OK, UNCHECKED, Checked
from hamtui.recorder.guard import attempt, error_text
from hamtui.semantic import schemas


class NoTableError(TypeError):
    """A result that was to be a table and is none."""


def unchecked(entry: SemanticEntry, note: str) -> Checked:
    """An output that was not looked at, and why."""
    return Checked(entry.semantic_id, entry.node_name, entry.kind, UNCHECKED, notes=[note])


def failed(entry: SemanticEntry, problem: str) -> Checked:
    """An output that has no result to look at."""
    return Checked(entry.semantic_id, entry.node_name, entry.kind, FAILED, problems=[problem])


def checked(entry: SemanticEntry, value: Any, schema: Any = None, *, strict: bool = False) -> Checked:
    """What ``value`` is found to be, as the output that ``entry`` promises.

    ``schema``: what stands under its ``schema_ref`` (a pyarrow schema, one of pandera, or a parsed JSON schema);
    None where nothing was found there, which is a fault under ``strict`` alone. Never raises for what the value is.
    """
    if entry.kind == semantic.ARTIFACT:
        return unchecked(entry, "artifacts are not computed")
    look = _table if entry.kind == semantic.TABLE else _scalar
    found, error = attempt(look, entry, value, schema, strict)
    if found is None:
        return failed(entry, f"it can't be checked: {error_text(error or TypeError('nothing'), 500)}")
    return found


def arrow(value: Any) -> Any:
    """A ``pyarrow.Table`` of the same rows, from Arrow, pandas, polars (lazy ones too), Ibis and what speaks Arrow's C stream.

    An index of pandas that has names becomes columns.

    Raises:
        NoTableError: it is none of these.
    """
    pa = importlib.import_module("pyarrow")
    if isinstance(value, pa.Table):
        return value
    if isinstance(value, pa.RecordBatch):
        return pa.Table.from_batches([value])
    if isinstance(value, pa.RecordBatchReader):
        return value.read_all()
    family, name = type(value).__module__.partition(".")[0], type(value).__name__
    if family == "polars" and name == "LazyFrame":
        value = value.collect()
    if family == "pandas" and name == "DataFrame":
        named = [level for level in value.index.names if level is not None and level not in value]
        return pa.Table.from_pandas(value.reset_index(named) if named else value, preserve_index=False)
    if family == "ibis" and hasattr(value, "to_pyarrow") and hasattr(value, "columns"):
        return value.to_pyarrow()
    if hasattr(value, "__arrow_c_stream__") and hasattr(value, "columns"):
        return pa.table(value)
    raise NoTableError(f"it is no table, but a {type(value).__module__}.{type(value).__qualname__}")


def _table(entry: SemanticEntry, value: Any, schema: Any, strict: bool) -> Checked:
    table, error = attempt(arrow, value)
    if table is None:
        told = str(error) if isinstance(error, NoTableError) else error_text(error or TypeError(), 500)
        return failed(
            entry, told if isinstance(error, NoTableError) else f"it can't be read as Arrow: {told}"
        )
    problems, keys = _keys(entry, table)
    notes = [] if table.num_rows else ["it has no rows, so nothing is known of its keys"]
    kind = None
    if schema is not None:
        kind, wrong = schemas.mismatches(schema, value, table)
        problems += wrong
    else:
        told = f"there is no schema under {entry.schema_ref}"
        (problems if strict else notes).append(told)
    done = Checked(entry.semantic_id, entry.node_name, entry.kind, FAILED if problems else OK)
    return replace(
        done,
        keys=keys,
        rows=table.num_rows,
        columns=table.num_columns,
        schema=kind,
        problems=problems,
        notes=notes,
    )


def _keys(entry: SemanticEntry, table: Any) -> tuple[list[str], list[str]]:
    """What is wrong with the keys, and the entity keys where they are as they should be."""
    there = table.column_names
    problems = []
    for name, named in (("entity_keys", entry.entity_keys), ("join_keys", entry.join_keys)):
        gone = [key for key in named if key not in there]
        twice = [key for key in named if there.count(key) > 1]
        if gone:
            problems.append(f"{name} names {', '.join(gone)}, which it has no column of")
        if twice:
            problems.append(f"{name} names {', '.join(twice)}, which it has several columns of")
    keys = list(entry.entity_keys)
    if not all(there.count(key) == 1 for key in keys):
        return problems, []
    own = _nulls(table, keys) + _doubles(table, keys)
    return problems + own, [] if own else keys


def _nulls(table: Any, keys: list[str]) -> list[str]:
    pa, pc = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.compute")
    found = []
    for key in keys:
        column = table[key]
        nulls = column.null_count
        if pa.types.is_floating(column.type):
            nulls += pc.sum(pc.is_nan(column)).as_py() or 0
        if nulls:
            found.append(f"the entity key {key} is null in {nulls:,} of {table.num_rows:,} rows")
    return found


def _doubles(table: Any, keys: list[str]) -> list[str]:
    """Whether the keys tell the rows apart, by one hash aggregation."""
    pa, pc = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.compute")
    columns = [table[key] for key in keys]
    # Dictionaries of different chunks number the same values in different ways.
    columns = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in columns
    ]
    # Names of the keys' own might be the aggregation's.
    names = [str(number) for number in range(len(keys))]
    plain = pa.Table.from_arrays(columns, names=names)
    counted, error = attempt(lambda: plain.group_by(names).aggregate([([], "count_all")])["count_all"])
    if counted is None:
        types = ", ".join(f"{key} is {column.type}" for key, column in zip(keys, columns, strict=True))
        return [f"Arrow can't compare its entity keys ({types}): {error_text(error or TypeError(), 200)}"]
    often = counted.filter(pc.greater(counted, 1))
    if not len(often):
        return []
    rows = pc.sum(often).as_py()
    what = (
        f"{len(often):,} values of {', '.join(keys)} occur"
        if len(often) > 1
        else f"one value of {', '.join(keys)} occurs"
    )
    return [f"its entity keys are not unique: {what} more than once, in {rows:,} of {table.num_rows:,} rows"]


def _scalar(entry: SemanticEntry, value: Any, schema: Any, strict: bool) -> Checked:
    del schema, strict
    problem = schemas.dtype_problem(entry.dtype or "", value)
    done = Checked(entry.semantic_id, entry.node_name, entry.kind, OK)
    return replace(done, state=FAILED, problems=[problem]) if problem else done
