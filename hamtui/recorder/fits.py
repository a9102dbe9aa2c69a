"""Whether a value is what an annotation says, as far as that can be told at a glance.

For a warning, so in doubt everything fits: nothing here consumes, computes, looks at more than a few items, or says
of right code that it is wrong. Hamilton's own check does: it rejects an int for a float, numpy's scalars, ``type[int]``,
TypedDict and most of ``typing``.
"""

import collections.abc
import inspect
import types
import typing
from collections.abc import Iterable
from itertools import islice
from typing import Any

from hamilton.htypes import Collect, Parallelizable

from hamtui.recorder.guard import attempt
from hamtui.recorder.summaries import type_name
from hamtui.recorder.text import clip

#: So many items of a container are looked at, so deep, and so many values in all.
_ITEMS, _DEPTH, _VALUES = 20, 6, 200
_MOST_TEXT = 300

#: What else than instances of it does for a class (PEP 484), and the names of numpy's classes that do.
_ALSO: dict[type, tuple[tuple[type, ...], frozenset[str]]] = {
    bool: ((), frozenset({"bool", "bool_"})),
    int: ((), frozenset({"integer"})),
    float: ((int,), frozenset({"floating", "integer"})),
    complex: ((int, float), frozenset({"number"})),
    bytes: ((bytearray, memoryview), frozenset()),
}
_LISTS = (list, tuple, set, frozenset, collections.deque)
_WRAPPERS = frozenset({"Required", "NotRequired", "ReadOnly", "Final", "ClassVar"})
#: Annotations that are narrower than any value's class: a frame with a schema is a frame.
_SCHEMAS = "pandera.typing"


class _Look:
    """One look: how many more values it may take in."""

    def __init__(self) -> None:
        self.left = _VALUES


def misfit(value: Any, annotation: Any) -> str | None:
    """What does not fit, in words (``is str, expected int``; ``item 3 is str, expected list[int]``); None where all does."""
    if type(value) is annotation or annotation is Any:
        return None
    where, _ = attempt(_misfit, value, annotation, _Look(), _DEPTH)
    if where is None:
        return None
    place, found = where
    expected, _ = attempt(annotation_text, annotation)
    return clip(f"{place}is {type_name(type(found))}, expected {expected or 'something else'}", _MOST_TEXT)


def annotation_text(annotation: Any) -> str:
    """``int``, ``list[int]``, ``orders.Customer``."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return type_name(annotation)
    return inspect.formatannotation(annotation)


#: Where the value is that does not fit, seen from the whole, and that value.
_Found = tuple[str, Any] | None


def _misfit(value: Any, annotation: Any, look: _Look, depth: int) -> _Found:
    look.left -= 1
    if look.left < 0 or depth < 0:
        return None
    annotation = _bare(annotation)
    if annotation is Any:  # a class, from Python 3.11 on, but none that can be asked
        return None
    if annotation is None or annotation is type(None):
        return None if value is None else ("", value)
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is None:
        return None if _is_one(value, annotation) else ("", value)
    if origin in (typing.Union, types.UnionType):
        fits = any(_misfit(value, option, look, depth - 1) is None for option in args)
        return None if fits or look.left < 0 else ("", value)
    if origin is typing.Literal:
        return None if any(_is_literal(value, one) for one in args) else ("", value)
    if origin is type:
        return None if _is_class(value, args) else ("", value)
    if origin is collections.abc.Callable:
        return None if callable(value) else ("", value)
    if origin in (Parallelizable, Collect):
        return _in_items(value, args[0], look, depth) if isinstance(value, _LISTS) else None
    if not _is_one(value, origin):
        return "", value
    return _inside(value, origin, args, look, depth)


def _bare(annotation: Any) -> Any:
    """Without what says nothing of the value's class: Annotated, NewType, an alias' name."""
    for _ in range(_DEPTH):
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated or str(getattr(origin, "_name", "")) in _WRAPPERS:
            annotation = typing.get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif type(origin or annotation).__name__ == "TypeAliasType":  # with its parameters: NDArray[float64]
            annotation = (origin or annotation).__value__
        else:
            break
    return annotation


def _is_one(value: Any, kind: Any) -> bool:
    """Whether a value is of a class; True for what is no class that can be asked."""
    if not isinstance(kind, type):
        return True  # a type variable, a name that was never resolved
    if typing.is_typeddict(kind):
        return isinstance(value, dict) and _typed_dict(value, kind)
    if getattr(kind, "_is_protocol", False) or inspect.iscoroutine(value):
        return True
    if isinstance(value, kind):
        return True
    others, numpys = _ALSO.get(kind, ((), frozenset()))
    if isinstance(value, others):
        return True
    if any(base.__name__ in numpys and base.__module__ == "numpy" for base in type(value).__mro__):
        return True
    bases = kind.__mro__[1:] if kind.__module__.startswith(_SCHEMAS) else ()
    return any(
        isinstance(value, base)
        for base in bases
        if base is not object and not base.__module__.startswith((_SCHEMAS, "typing"))
    )


def _typed_dict(value: dict[Any, Any], kind: Any) -> bool:
    """Whether the keys that must be there are; what they hold is not looked at."""
    return all(dict.__contains__(value, key) for key in islice(kind.__required_keys__, _VALUES))


def _is_literal(value: Any, one: Any) -> bool:
    if one is None or isinstance(one, bool):
        return value is one or (type(value).__name__ in ("bool", "bool_") and bool(value) is one)
    if isinstance(one, int) and _is_one(value, int):
        return not isinstance(value, bool) and int(value) == one
    return isinstance(value, type(one)) and bool(value == one)


def _is_class(value: Any, args: tuple[Any, ...]) -> bool:
    if not isinstance(value, type):
        return typing.get_origin(value) is not None  # ``list[int]`` does for ``type[list]``
    options = (
        typing.get_args(args[0]) if typing.get_origin(args[0]) in (typing.Union, types.UnionType) else args
    )
    return any(one is Any or not isinstance(one, type) or issubclass(value, one) for one in options)


def _inside(value: Any, origin: Any, args: tuple[Any, ...], look: _Look, depth: int) -> _Found:
    """What a container holds, of those whose items can be had without running or consuming anything."""
    if isinstance(value, dict):
        if len(args) != 2:
            return None
        pairs = list(islice(dict.items(value), _ITEMS))
        return _first(
            found
            for key, item in pairs
            for found in (
                _within("a key", _misfit(key, args[0], look, depth - 1)),
                _within("a value", _misfit(item, args[1], look, depth - 1)),
            )
        )
    if origin is tuple:
        return _in_tuple(value, args, look, depth)
    if isinstance(value, _LISTS) and len(args) == 1:
        return _in_items(value, args[0], look, depth)
    return None


def _in_tuple(value: tuple[Any, ...], args: tuple[Any, ...], look: _Look, depth: int) -> _Found:
    if len(args) == 2 and args[1] is Ellipsis:
        return _in_items(value, args[0], look, depth)
    if not args or any(
        typing.get_origin(one) is None and not isinstance(one, type) and one is not Any for one in args
    ):
        return None  # of any length
    if len(value) != len(args):
        return "", value
    pairs = zip(islice(tuple.__iter__(value), _ITEMS), args, strict=False)
    return _first(
        _within(f"item {at}", _misfit(item, kind, look, depth - 1)) for at, (item, kind) in enumerate(pairs)
    )


def _in_items(value: Iterable[Any], kind: Any, look: _Look, depth: int) -> _Found:
    if kind is Any:
        return None
    # By the class' own iterator: that of a subclass may run anything.
    base: Any = next(one for one in _LISTS if isinstance(value, one))
    return _first(
        _within(f"item {at}", _misfit(item, kind, look, depth - 1))
        for at, item in enumerate(list(islice(base.__iter__(value), _ITEMS)))
    )


def _first(found: Iterable[_Found]) -> _Found:
    return next((one for one in found if one is not None), None)


def _within(place: str, found: _Found) -> _Found:
    return None if found is None else (f"{found[0]}of {place} " if found[0] else f"{place} ", found[1])
