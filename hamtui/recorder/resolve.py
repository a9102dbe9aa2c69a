"""From an expression to its object, and from an object to its parts, without running a line of the user's.

As ``inspect.getattr_static`` does it: dicts of instances and classes, and slots, are read as they are; properties,
``__getattr__``, ``__getitem__`` and the like never run, and where one would have the say, nothing is found.
"""

import types
from typing import Any

from hamtui.recorder.locals import MISSING, Locals
from hamtui.recorder.sites import Path

_mro_of = type.__dict__["__mro__"].__get__
own_names = _dict_of = type.__dict__["__dict__"].__get__
#: Dicts up to this size are searched by exact strings, so that no key's own ``__eq__`` is asked.
_SMALL = 256


def bases(obj: Any) -> tuple[type, ...]:
    """The classes of an object, the innermost first."""
    found: tuple[type, ...] = _mro_of(type(obj))
    return found


def is_a(obj: Any, kind: Any) -> bool:
    """``isinstance`` by the object's type alone: what it says of its own ``__class__`` is not asked."""
    return any(base is kind for base in bases(obj))


def entry(names: Any, key: Any) -> Any:
    """A dict's entry by an exact ``str`` or ``int``."""
    if len(names) > _SMALL:
        return dict.get(names, key, MISSING) if type(key) is str else MISSING
    for one, value in list(dict.items(names)):
        if one is key or (type(one) is type(key) and one == key):
            return value
    return MISSING


def _of_class(classes: tuple[type, ...], name: str) -> Any:
    for base in classes:
        names = _dict_of(base)
        if name in names:
            return names[name]
    return MISSING


def _has(obj: Any, *names: str) -> bool:
    classes = bases(obj)
    return any(_of_class(classes, name) is not MISSING for name in names)


def attribute(obj: Any, name: str) -> Any:
    """``obj.name`` where that is data: in its dict, in a slot, in its class'."""
    if is_a(obj, types.ModuleType):
        return entry(_own_dict(obj) or {}, name)
    if is_a(obj, type):
        found = _of_class(_mro_of(obj), name)
        return MISSING if found is MISSING or _has(found, "__get__") else found
    classes = bases(obj)
    if type(_of_class(classes, "__getattribute__")) is not types.WrapperDescriptorType:
        return MISSING  # not C's, but somebody's own
    of_class = _of_class(classes, name)
    if type(of_class) is types.MemberDescriptorType:
        return _described(of_class, obj)
    if of_class is not MISSING and _has(of_class, "__set__", "__delete__"):
        return MISSING
    own = _own_dict(obj)
    found = entry(own, name) if own is not None else MISSING
    if found is not MISSING:
        return found
    return MISSING if of_class is MISSING or _has(of_class, "__get__") else of_class


def _described(descriptor: Any, obj: Any) -> Any:
    """A slot, or the dict itself."""
    try:
        return descriptor.__get__(obj, type(obj))
    except (AttributeError, TypeError):
        return MISSING


def _own_dict(obj: Any) -> dict[Any, Any] | None:
    found = _of_class(bases(obj), "__dict__")
    if type(found) in (types.GetSetDescriptorType, types.MemberDescriptorType):
        names = _described(found, obj)
        if type(names) is dict:
            return names
    return None


def values(obj: Any) -> list[tuple[str, Any]]:
    """What an object's own dict holds, in bounded number."""
    own = _own_dict(obj)
    if own is None or len(own) > _SMALL:
        return []
    return [(name, value) for name, value in list(own.items()) if type(name) is str]


class Resolver:
    """Follows paths in frames."""

    def __init__(self, variables: Locals) -> None:
        self.variables = variables

    def follow(self, frame: types.FrameType, path: Path) -> Any:
        """The object that an expression stands for in a frame; MISSING where that can't be told."""
        at = self.variables.get(frame, path.base)
        for kind, step in path.steps:
            if at is MISSING:
                break
            if kind == "attribute":
                at = attribute(at, _mangled(frame.f_code, step))
            else:
                key = self.variables.get(frame, step) if kind == "name" else step
                at = _item(at, key)
        return at


def _mangled(code: types.CodeType, name: str) -> str:
    """A private name as the class' code has it."""
    if name.startswith("__") and not name.endswith("__"):
        return next((one for one in code.co_names if one.endswith(name) and one[0] == "_"), name)
    return name


def _item(obj: Any, key: Any) -> Any:
    if type(key) is not str and type(key) is not int:
        return MISSING
    if type(obj) is dict:
        return entry(obj, key)
    if type(obj) in (list, tuple) and type(key) is int and -len(obj) <= key < len(obj):
        return obj[key]
    return MISSING
