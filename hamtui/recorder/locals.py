"""Reading a running frame's local variables without ``f_locals``.

Up to 3.12 that refreshes the very dict which the user's ``locals()`` returned, and keeps what it holds alive. Here the
slots are read where they are, each in one step of C during which the GIL is held: the frame object is kept while its
slots are read, and says where they are now even if the function just returned.
"""

import ctypes
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

#: Stands for a variable that has no value, or can't be read.
MISSING: Any = type("Missing", (), {"__repr__": lambda _: "MISSING"})()

_POINTER_AT = 24  # PyFrameObject.f_frame, 3.11 to 3.13
_FIRST_SLOT = 9  # words of _PyInterpreterFrame before its slots, 3.11 to 3.13
_OLD_SLOTS_AT = 352  # PyFrameObject.f_localsplus, 3.10
_WORD = ctypes.sizeof(ctypes.c_void_p)
_Slots = ctypes.POINTER(ctypes.py_object)
_MOST_SLOTS = 200

_Reader = Callable[[FrameType, int], Any]


def _read_new(frame: FrameType, index: int) -> Any:
    # The pointer stays in the frame object: it is followed and the slot read, and counted, in one step.
    slots = _Slots.from_address(id(frame) + _POINTER_AT)
    try:
        return slots[_FIRST_SLOT + index]
    except ValueError:
        return MISSING


def _read_old(frame: FrameType, index: int) -> Any:
    slot = ctypes.py_object.from_address(id(frame) + _OLD_SLOTS_AT + _WORD * index)
    try:
        return slot.value
    except ValueError:
        return MISSING


def _names_new(code: CodeType) -> tuple[str, ...]:
    name_of: Any = code._varname_from_oparg  # type: ignore[attr-defined] # noqa: SLF001 - there is no other way
    variables = code.co_varnames
    cells = sum(name not in variables for name in code.co_cellvars)
    count = min(len(variables) + cells + len(code.co_freevars), _MOST_SLOTS)
    return tuple(name_of(index) for index in range(count))


def _names_old(code: CodeType) -> tuple[str, ...]:
    return (code.co_varnames + code.co_cellvars + code.co_freevars)[:_MOST_SLOTS]


_names: Callable[[CodeType], tuple[str, ...]]
_read: _Reader
_names, _read = (_names_new, _read_new) if sys.version_info >= (3, 11) else (_names_old, _read_old)


class Locals:
    """Variables by name. ``works`` False where this interpreter keeps its frames in another way than it is known to."""

    def __init__(self) -> None:
        self.works = False
        known = sys.implementation.name == "cpython" and (3, 10) <= sys.version_info < (3, 14)
        # Builds for debugging and for threads without a GIL, even with it on, lay objects out in another way.
        self.works = known and not sys.abiflags and not hasattr(sys, "gettotalrefcount") and _holds(self)

    def get(self, frame: FrameType, name: str) -> Any:
        """A variable as the frame's code sees it: local, closed over, global, built in."""
        code = frame.f_code
        if code.co_flags & inspect.CO_OPTIMIZED:
            if name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars:
                return self._slot(frame, name)
        else:
            names = frame.f_locals  # of a module or a class: the real one
            if type(names) is dict and name in names:
                return names[name]
        for space in (frame.f_globals, frame.f_builtins):
            found = dict.get(space, name, MISSING)
            if found is not MISSING:
                return found
        return MISSING

    def _slot(self, frame: FrameType, name: str) -> Any:
        if not self.works:
            return MISSING
        code = frame.f_code
        found = MISSING
        in_cell = name in code.co_cellvars or name in code.co_freevars
        for index, one in enumerate(_names(code)):
            if one == name:
                value = _read(frame, index)
                if in_cell and type(value) is types.CellType:
                    return _content(value)
                found = value if value is not MISSING else found
        return found

    def all(self, frame: FrameType) -> Iterator[tuple[str, Any]]:
        """A function's own variables that have values."""
        if self.works and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            for index, name in enumerate(_names(frame.f_code)):
                value = _read(frame, index)
                if type(value) is types.CellType:
                    value = _content(value)
                if value is not MISSING:
                    yield name, value


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def _holds(reader: Locals) -> bool:
    """Whether what is read of a frame with variables of every kind is what they are."""
    reader.works = True
    try:
        return _frame_with_all(reader)(1, "b", 3, k=4)
    finally:
        reader.works = False


def _frame_with_all(reader: Locals) -> Callable[..., bool]:
    closed = object()

    def sample(a: int, b: str, *rest: int, k: int) -> bool:
        listed = [closed]

        def inner() -> Any:
            return listed, b

        plain, unset = (inner,), None
        del unset
        frame = sys._getframe()  # noqa: SLF001 - its own
        wanted = {"a": a, "b": b, "rest": rest, "k": k, "listed": listed, "plain": plain, "closed": closed}
        right = all(reader.get(frame, name) is value for name, value in wanted.items())
        return right and reader.get(frame, "unset") is MISSING and reader.get(frame, "len") is len

    return sample
