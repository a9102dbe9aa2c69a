"""Single values as JSON: numbers, text, dates and the like, by code of Python's and known libraries' alone."""

import datetime as dt
import decimal
import fractions
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

from hamtui.recorder.classes import full_name

#: An int with no more bits is a number in JSON for any reader; one with no more digits is spelled out.
_JSON_BITS, _MOST_BITS = 63, 400
_ZONES = (dt.timezone, zoneinfo.ZoneInfo)


def number(value: int) -> Any:
    """An int as JSON has it: a number up to 63 bits, then text, then only how long it is."""
    bits = int.bit_length(value)
    if bits <= _JSON_BITS:
        return int.__index__(value)
    return int.__repr__(value) if bits <= _MOST_BITS else f"int of {bits} bits"


def real(value: float) -> Any:
    """A float; NaN and infinity, which JSON has not, as text."""
    plain = float.__float__(value)
    return plain if plain - plain == 0 else float.__repr__(plain)


def instant(value: Any) -> str:
    """A datetime or time of day, its zone only where telling the offset runs no code of the user's."""
    zone = value.tzinfo
    if (
        zone is None
        or type(zone) in _ZONES
        or full_name(type(zone))[0].partition(".")[0] in ("pytz", "dateutil")
    ):
        return str(value.isoformat())
    return str(value.replace(tzinfo=None).isoformat())


def _item(value: Any) -> Any:
    """A scalar of numpy's, as Python's own."""
    plain = value.item()
    return str(value) if type(plain) is type(value) or type(plain) is tuple else scalar(plain)


def _decimal(value: decimal.Decimal) -> str:
    digits = len(value.as_tuple().digits)
    return str(value) if digits <= _MOST_BITS else f"Decimal of {digits} digits"


def _fraction(value: fractions.Fraction) -> str:
    return f"{number(value.numerator)}/{number(value.denominator)}"


_WAYS: dict[int, Callable[[Any], Any]] = {
    id(kind): way
    for kind, way in (
        (type(None), lambda value: value),
        (bool, lambda value: value),
        (int, number),
        (float, real),
        (complex, str),
        (dt.datetime, instant),
        (dt.time, instant),
        (dt.date, dt.date.isoformat),
        (dt.timedelta, str),
        (decimal.Decimal, _decimal),
        (fractions.Fraction, _fraction),
        (uuid.UUID, str),
    )
}

#: Of other libraries, by module and name.
_FOREIGN: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("pandas._libs.tslibs.timestamps", "Timestamp"): instant,
    ("pandas", "Timestamp"): instant,
    ("pandas._libs.tslibs.timedeltas", "Timedelta"): str,
    ("pandas", "Timedelta"): str,
    ("pandas._libs.tslibs.nattype", "NaTType"): str,
    ("pandas.api.typing", "NaTType"): str,
    ("pandas._libs.missing", "NAType"): str,
    ("pandas.api.typing", "NAType"): str,
}


def way(kind: type) -> Callable[[Any], Any] | None:
    """How values of just this class become JSON; None where they are no single values."""
    found = _WAYS.get(id(kind))
    if found is not None:
        return found
    name = full_name(kind)
    if name[0] == "numpy" and _is_numpy_scalar(kind):
        return _item
    return _FOREIGN.get(name)


def _is_numpy_scalar(kind: type) -> bool:
    return any(full_name(base) == ("numpy", "generic") for base in type.__dict__["__mro__"].__get__(kind))


def scalar(value: Any) -> Any:
    """A single value as JSON; of anything else its type's name."""
    known = way(type(value))
    return full_name(type(value))[1] if known is None else known(value)
