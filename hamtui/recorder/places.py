"""Where in its source a piece of code stands, and what it does there, by its bytecode's own tables."""

import itertools
import opcode
from types import CodeType
from typing import Any

#: In place of a column, where Python knows lines alone.
NO_COLUMN = -1
_ENTERS = frozenset(opcode.opmap[name] for name in ("SETUP_WITH", "BEFORE_WITH") if name in opcode.opmap)

#: Line and column, in bytes of UTF-8.
Place = tuple[int, int]
#: Where an expression begins and ends: line, column, line, column.
Span = tuple[int, int, int, int]


def may_lock(code: CodeType) -> bool:
    """Whether it holds a ``with``, or names ``acquire``."""
    return "acquire" in code.co_names or not _ENTERS.isdisjoint(code.co_code[::2])


def lines_of(code: CodeType) -> set[int]:
    """The lines that it has instructions for."""
    return {line for _, _, line in code.co_lines() if line}


def enter_lines(code: CodeType) -> set[int]:
    """The lines of its ``with`` statements."""
    bytecode = code.co_code
    found: set[int] = set()
    for start, end, line in code.co_lines():
        if line and not _ENTERS.isdisjoint(bytecode[start:end:2]):
            found.add(line)
    return found


def span(code: CodeType, instruction: int) -> Span | None:
    """The expression that an instruction is of, where Python (3.11 and later) knows it."""
    positions: Any = getattr(code, "co_positions", None)
    if positions is None or instruction < 0:
        return None
    at = next(itertools.islice(positions(), instruction // 2, None), None)
    if at is None or None in at:
        return None
    first, last, begins, ends = at
    return first, begins, last, ends


def place(code: CodeType, instruction: int, line: int) -> Place:
    """Where in the source an instruction is."""
    known = span(code, instruction)
    return (known[0], known[1]) if known is not None else (line, NO_COLUMN)
