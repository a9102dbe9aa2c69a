"""A bounded look at a value itself, as JSON: what ``--profile debug_payloads`` writes down. The keys: ``contract.summary``.

No code of the user's runs: no ``__repr__``, no property, no ``__iter__`` of theirs. What a class holds is read past
it; of a class that is not known there is only the type. Whatever stands under a key that looks like a secret's is
kept back, at every depth, and so are secrets in text.
"""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from hamtui.contract import redact
from hamtui.contract.summary import MOST_PAYLOAD, MOST_PAYLOADS, REDACTED
from hamtui.recorder import heads, scalars
from hamtui.recorder.classes import full_name, mro, static
from hamtui.recorder.fields import Fields, fields_of
from hamtui.recorder.guard import attempt
from hamtui.recorder.summaries import MOST_ITEMS, short_name
from hamtui.recorder.tables import known
from hamtui.recorder.text import clip, plain, quote

#: From the widest look to the narrowest, until the JSON is short enough: depth, items of one collection, characters of
#: one text, and items in all.
_LIMITS = ((4, 20, 400, 400), (4, 10, 200, 120), (3, 6, 100, 48), (2, 4, 60, 16), (1, 2, 40, 6))
_LONGEST_KEY = 100
_LONGEST_JUDGED = 400
#: Characters of text that one look shows: more would not fit anyway.
_MOST_TEXT = MOST_PAYLOAD
#: Keys of a record that names a thing beside its value, as environment variables are listed.
_NAMING, _VALUED = ("name", "key", "header"), ("value", "val", "content")


class _FullError(Exception):
    """There is more text than a payload holds."""


class Walk:
    """One look at one value, within its limits."""

    def __init__(self, depth: int, items: int, text: int, pieces: int) -> None:
        self.deepest = depth
        self.items = items
        self.longest = text
        self.pieces = pieces
        self.room = _MOST_TEXT

    def value(self, value: Any, depth: int = 0) -> Any:
        """What JSON can say of it."""
        self.pieces -= 1
        kind = type(value)
        single = scalars.way(kind)
        if single is not None:
            return single(value)
        found, error = attempt(_way(kind), self, value, depth)
        if isinstance(error, _FullError):
            raise error
        return {"type": short_name(kind)} if error is not None else found

    def key(self, value: Any) -> str:
        """A key of a dict as text."""
        kind = type(value)
        if kind is str:
            return clip(redact.redacted(value[: redact.LONGEST]), _LONGEST_KEY)
        if kind is tuple:
            return clip(", ".join(map(self.key, value[:4])), _LONGEST_KEY)
        told = self.value(value, self.deepest)
        return clip(str(told.get("text", told["type"]) if type(told) is dict else told), _LONGEST_KEY)

    def keyed(self, key: str, value: Any, depth: int, *, secret: bool = False) -> Any:
        """What stands under a key."""
        if secret or redact.is_secret(key):
            _remember(value)
            return REDACTED
        return self.value(value, depth)

    def some(self, values: Iterable[Any], depth: int) -> list[Any]:
        """The first of many."""
        return [self.value(one, depth) for one in islice(values, max(0, min(self.items, self.pieces)))]

    def text(self, value: str, length: int | None = None) -> str:
        """Text without the secrets in it, cut; ``length`` where ``value`` is only its start."""
        length = len(value) if length is None else length
        window = self.longest + 2 * redact.LONGEST
        shown = redact.redacted(value[:window])
        if length > window and not shown.endswith(REDACTED):
            shown = shown[: -redact.LONGEST]  # a secret that the window cut may end it
        if length > window or len(shown) > self.longest:
            shown = f"{shown[: self.longest]}… ({length} characters)"
        self.room -= len(shown)
        if self.room < 0:
            raise _FullError
        return shown


def _remember(value: Any, depth: int = 0) -> None:
    """Know a secret again where it stands in other text; those inside of a collection too."""
    kind = type(value)
    if kind is str:
        redact.remember(value)
    elif kind is dict and depth < 2:
        for one in list(value.values())[:20]:
            _remember(one, depth + 1)
    elif kind in (list, tuple) and depth < 2:  # exact classes: what comes here is no class of the user's
        for one in value[:20]:
            _remember(one, depth + 1)


Way = Callable[[Walk, Any, int], Any]


def _text(walk: Walk, value: Any, _: int) -> Any:
    return walk.text(str.__getitem__(value, slice(0, walk.longest + 2 * redact.LONGEST)), str.__len__(value))


def _bytes(base: Any) -> Way:
    def look(walk: Walk, value: Any, _: int) -> Any:
        start = bytes(base.__getitem__(value, slice(0, walk.longest)))
        shown = walk.text(start.decode("ascii", "backslashreplace"))
        return {
            "type": short_name(type(value)),
            "length": base.__len__(value),
            "text": clip(shown, walk.longest),
        }

    return look


def _items(base: Any) -> Way:
    def look(walk: Walk, value: Any, depth: int) -> Any:
        length = base.__len__(value)
        told = {"type": short_name(type(value)), "length": length}
        if depth >= walk.deepest or (length and walk.pieces <= 0):
            return told
        if length == 2 and base in (list, tuple):
            key, one = base.__iter__(value)
            if type(key) is not tuple and redact.is_secret(_whole(key)):
                _remember(one)
                return {**told, "items": [walk.key(key), REDACTED]}
        return {**told, "items": walk.some(base.__iter__(value), depth + 1)}

    return look


def _pairs(walk: Walk, value: Any, depth: int) -> Any:
    told: dict[str, Any] = {"type": short_name(type(value)), "length": dict.__len__(value)}
    if depth >= walk.deepest or (told["length"] and walk.pieces <= 0):
        return told
    some = [
        (_whole(key), key, one)
        for key, one in islice(dict.items(value), max(0, min(walk.items, walk.pieces)))
    ]
    names_secret = any(
        type(one) is str and whole.lower() in _NAMING and redact.is_secret(one) for whole, _, one in some
    )
    hidden = [redact.is_secret(whole) or (names_secret and whole.lower() in _VALUED) for whole, _, _ in some]
    _remember([one for (_, _, one), secret in zip(some, hidden, strict=True) if secret])
    told["pairs"] = [
        [walk.key(key), walk.keyed("", one, depth + 1, secret=secret)]
        for (_, key, one), secret in zip(some, hidden, strict=True)
    ]
    return told


def _whole(key: Any) -> str:
    """A key as it is judged: text whatever it came as."""
    kind = type(key)
    if kind is bytes:
        return str(key[:_LONGEST_JUDGED], "latin-1")
    if kind is tuple:
        return " ".join(map(_whole, key[:4]))
    own = str.__getitem__(key, slice(0, _LONGEST_JUDGED)) if str in mro(kind) else ""
    return own if kind is str else f"{own} {_member(key) or ''}".strip()


def _member(value: Any) -> str | None:
    """The name of an enumeration's member."""
    name = (attempt(object.__getattribute__, value, "__dict__")[0] or {}).get("_name_")
    return name if type(name) is str and static(type(value), "_member_map_") is not None else None


def _enum(walk: Walk, value: Any, _: int) -> Any:
    return {"type": short_name(type(value)), "text": walk.text(_member(value) or "?")}


def _model(fields: Fields) -> Way:
    def look(walk: Walk, value: Any, depth: int) -> Any:
        told: dict[str, Any] = {"type": short_name(type(value))}
        if depth >= walk.deepest or walk.pieces <= 0:
            return told
        some = []
        for name in fields.names[: max(0, min(walk.items, walk.pieces))]:
            one, error = attempt(fields.read, value, name)
            if error is None:
                some.append((name, one, name in fields.hidden or redact.is_secret(name)))
        _remember([one for _, one, secret in some if secret])
        rows = [
            [name[:_LONGEST_KEY], walk.keyed("", one, depth + 1, secret=secret)] for name, one, secret in some
        ]
        return {**told, "length": len(fields.names), "fields": rows}

    return look


def _path(base: Any) -> Way:
    def look(walk: Walk, value: Any, _: int) -> Any:
        path = base.__str__(value)
        told: dict[str, Any] = {"type": short_name(type(value)), "text": walk.text(path)}
        stat, error = attempt(os.stat, path)
        return told if error is not None or stat is None else {**told, "size": stat.st_size}

    return look


def _head(name: str, base: Any) -> Way:
    def look(walk: Walk, value: Any, depth: int) -> Any:
        told, error = attempt(heads.HEADS[name], walk, value, base, depth)
        return {"type": short_name(type(value)), **(told or {} if error is None else {})}

    return look


def _make(kind: type) -> Way:
    fields = fields_of(kind)
    if fields is not None:
        return _model(fields)
    if static(kind, "_member_map_") is not None:
        return _enum
    for base in mro(kind):
        made = _BUILTIN.get(id(base))
        if made is not None:
            return made
        found = known(base)
        if (
            found is not None
            and found[0] == "pathlib.PurePath"
            and full_name(kind)[0].partition(".")[0] == "pathlib"
        ):
            return _path(base)
        if found is not None and found[0] in heads.HEADS:
            return _head(found[0], base)
    return lambda _walk, value, _depth: {"type": short_name(type(value))}


_BUILTIN: dict[int, Way] = {
    id(str): _text,
    id(int): lambda _walk, value, _depth: scalars.number(value),
    id(float): lambda _walk, value, _depth: scalars.real(value),
    id(dict): _pairs,
    **{id(kind): _bytes(kind) for kind in (bytes, bytearray)},
    **{id(kind): _items(kind) for kind in (list, tuple, set, frozenset, deque)},
    id(range): lambda _walk, value, _depth: {"type": "range", "text": clip(repr(value), _LONGEST_KEY)},
}

#: By ``id``; the entry keeps the type alive.
_ways: dict[int, tuple[type, Way]] = {}
_MOST_WAYS = 2_000


def _way(kind: type) -> Way:
    entry = _ways.get(id(kind))
    if entry is None:
        if len(_ways) >= _MOST_WAYS:
            _ways.clear()
        entry = _ways[id(kind)] = (kind, _make(kind))
    return entry[1]


def payload(value: Any, name: str = "", most: int = MOST_PAYLOAD) -> str:
    """JSON of at most ``most`` characters. ``name`` is the argument's or the node's: it may tell of a secret."""
    for limits in _LIMITS:
        walk = Walk(*limits)
        told, error = attempt(walk.keyed, name, value, 0)
        if error is not None:
            continue
        text, error = attempt(json.dumps, plain(told), separators=(",", ":"), allow_nan=False)
        if error is None and text is not None and len(text) <= most:
            return text
    return '{"type":' + quote(short_name(type(value))) + "}"


def payloads(values: dict[str, Any], most: int = MOST_PAYLOADS) -> str:
    """JSON object of the payloads of named values, at most ``most`` characters: what does not fit has its type alone."""
    some = [(clip(_whole(name), _LONGEST_KEY), value) for name, value in islice(values.items(), MOST_ITEMS)]
    _remember([value for name, value in some if redact.is_secret(name)])
    parts, left = [], most - 2
    for name, value in some:
        head = quote(name) + ":"
        text = payload(value, name, min(MOST_PAYLOAD, left - len(head)))
        left -= len(head) + len(text) + 1
        if left < 0:
            break
        parts.append(head + text)
    return "{" + ",".join(parts) + "}"
