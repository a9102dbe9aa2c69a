"""The fields of models (dataclasses, named tuples, pydantic, attrs), read without running any code of theirs.

No property, no ``__getattr__``, no metaclass: a field is what stands in the instance's own dict or slot.
"""

import types
from collections.abc import Callable
from typing import Any, NamedTuple

from hamtui.recorder.classes import mro, static
from hamtui.recorder.guard import attempt

#: What dataclasses keep among their fields that is none.
_PSEUDO = ("_FIELD_CLASSVAR", "_FIELD_INITVAR")
_SLOTS = (types.MemberDescriptorType, types.GetSetDescriptorType)


class Fields(NamedTuple):
    """``names`` of a model's fields; ``hidden`` those that its class keeps out of its own repr; ``read`` reads one.

    ``read(value, name)`` raises KeyError, AttributeError for one that is not set.
    """

    names: tuple[str, ...]
    hidden: frozenset[str]
    read: Callable[[Any, str], Any]


def fields_of(kind: type) -> Fields | None:
    """The fields of a class of models, None of any other class; and None of one that only seems to be one."""
    for mark, told in _MODELS.items():
        found = static(kind, mark)
        if found is not None:
            named, error = attempt(told, kind, found)
            if error is None and named is not None:
                names, hidden = named
                return Fields(names, hidden, _reader(kind, names, mark == "_fields"))
    return None


def _named_tuple(kind: type, found: Any) -> Any:
    if tuple not in mro(kind) or type(found) is not tuple or not all(type(name) is str for name in found):
        return None
    return found, frozenset()


def _keyed(_: type, found: Any) -> Any:
    """A dict of names to field descriptions: dataclasses' and pydantic's."""
    if type(found) is not dict or not all(type(name) is str for name in found):
        return None
    names = tuple(
        name for name, field in found.items() if _own(_own(field, "_field_type"), "name") not in _PSEUDO
    )
    return names, frozenset(name for name in names if _own(found[name], "repr") is False)


def _attrs(_: type, found: Any) -> Any:
    names = tuple(_own(field, "name") for field in tuple.__iter__(found))
    hidden = (_own(field, "name") for field in tuple.__iter__(found) if _own(field, "repr") is False)
    return names, frozenset(hidden)


def _own(field: Any, name: str) -> Any:
    """A description's own attribute: from its slot or its dict."""
    slot = static(type(field), name)
    if type(slot) in _SLOTS:
        return attempt(slot.__get__, field)[0]
    return (attempt(object.__getattribute__, field, "__dict__")[0] or {}).get(name)


_MODELS: dict[str, Callable[[type, Any], Any]] = {
    "__dataclass_fields__": _keyed,
    "__pydantic_fields__": _keyed,
    "model_fields": _keyed,
    "__attrs_attrs__": _attrs,
    "_fields": _named_tuple,
}


def _no_dict(_: Any) -> dict[str, Any]:
    return {}


def _reader(kind: type, names: tuple[str, ...], is_tuple: bool) -> Callable[[Any, str], Any]:
    if is_tuple:
        places = {name: at for at, name in enumerate(names)}
        return lambda value, name: tuple.__getitem__(value, places[name])
    slots = {name: slot for name in names if type(slot := static(kind, name)) in _SLOTS}
    # Python's own: one that a class defines under this name would be the user's code.
    own = static(kind, "__dict__")
    dict_of: Callable[[Any], Any] = own.__get__ if type(own) is types.GetSetDescriptorType else _no_dict

    def read(value: Any, name: str) -> Any:
        slot = slots.get(name)
        return dict_of(value)[name] if slot is None else slot.__get__(value)

    return read
