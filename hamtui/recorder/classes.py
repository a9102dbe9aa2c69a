"""What a class is, asked past its metaclass: a class may answer for itself whatever it likes, or never."""

from typing import Any

_mro_of = type.__dict__["__mro__"].__get__
_own_of = type.__dict__["__dict__"].__get__
_module_of = type.__dict__["__module__"].__get__
_qualname_of = type.__dict__["__qualname__"].__get__

#: Where some Pythons keep a class that people know by another module's name.
_PUBLIC = {"pathlib._local": "pathlib"}


def mro(kind: type) -> tuple[type, ...]:
    """A class and its bases, whatever its metaclass makes of ``__mro__``."""
    found: tuple[type, ...] = _mro_of(kind)
    return found


def static(kind: type, name: str) -> Any:
    """What a class or one of its bases holds under this name, untouched by descriptors and metaclasses; else None."""
    return next((own[name] for own in map(_own_of, mro(kind)) if name in own), None)


def full_name(kind: type) -> tuple[str, str]:
    """Module and qualified name; the module empty where it is no text."""
    module, name = _module_of(kind), _qualname_of(kind)
    known = _PUBLIC.get(module, module) if type(module) is str else ""
    return known, str.__getitem__(name, slice(None))  # a subclass's own text is not asked
