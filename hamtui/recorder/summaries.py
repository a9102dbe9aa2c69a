"""What a value looks like without its content: type, length, shape, rows, columns, bytes, schema, fields, types of items.

Nothing here may consume, block, compute or be slow, so a length is asked only of classes whose own length is
known to be a number that they hold: ``__len__`` of anything else may run a query. The keys: ``contract.summary``.
"""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Any

from hamtui.contract.summary import MOST_COLUMNS_OF_ONE
from hamtui.recorder.classes import full_name, mro
from hamtui.recorder.fields import Fields, fields_of
from hamtui.recorder.guard import attempt
from hamtui.recorder.tables import Describe, Room, known
from hamtui.recorder.text import clip, quote

#: So many keyword arguments or results are summarised one by one.
MOST_ITEMS = 64
#: So many types are remembered; a program that makes types as it goes must not make us grow.
_MOST_TYPES = 2_000
#: Items of a collection that are looked at for their types, how many types are named, and how deep it goes on.
_SAMPLE, _MOST_NAMED, _DEPTH = 8, 4, 2
_LONGEST_ITEMS = 200

_PLAIN = (str, bytes, bytearray)
_COLLECTIONS = (list, tuple, set, frozenset, deque, dict)

#: By ``id``: to compare or hash a type may run a metaclass' code. Values of the safe ones cannot raise when asked.
_SAFE = frozenset(map(id, (*_PLAIN, list, tuple)))
_PLAIN_IDS = frozenset(map(id, _PLAIN))
_PLAIN_ITEMS = {id(kind): quote(kind.__name__) for kind in (int, float, str, bytes, bool)}
_COLLECTION_IDS = frozenset(map(id, _COLLECTIONS))


def _sized(base: Any, head: str) -> Describe:
    length = base.__len__
    form = head + ',"length":%d}'

    def describe(value: Any, _: Room) -> str:
        return str(form % length(value))

    return describe


def _list(head: str) -> Describe:
    """Lists and tuples themselves: a slice of one can't change under the look, and most hold one plain type."""
    form = head + ',"length":%d,"items":%s}'

    def describe(value: Any, _: Room) -> str:
        some = value[:_SAMPLE]
        if not some:
            return head + ',"length":0}'
        kinds = set(map(id, map(type, some)))
        items = _PLAIN_ITEMS.get(kinds.pop()) if len(kinds) == 1 else None
        return form % (len(value), items or quote(attempt(_types_of, some, _DEPTH)[0] or ""))

    return describe


def _collection(base: Any, head: str) -> Describe:
    length, walk = base.__len__, base.__iter__

    def describe(value: Any, _: Room) -> str:
        count = length(value)
        if not count:
            return head + ',"length":0}'
        return f'{head},"length":{count:d},"items":{quote(_types_of(list(islice(walk(value), _SAMPLE)), _DEPTH))}}}'

    return describe


def _mapping(head: str) -> Describe:
    def describe(value: Any, _: Room) -> str:
        count = dict.__len__(value)
        if not count:
            return head + ',"length":0}'
        some = list(islice(dict.items(value), _SAMPLE))
        keys = quote(_types_of([key for key, _ in some], 0))
        items = quote(_types_of([item for _, item in some], _DEPTH))
        return f'{head},"length":{count},"keys":{keys},"items":{items}}}'

    return describe


def _model(fields: Fields, head: str) -> Describe:
    names, read = fields.names, fields.read

    def pair(value: Any, name: str) -> str:
        one, error = attempt(read, value, name)
        return f"[{quote(name[:100])},{'null' if error is not None else quote(_type_text(one, _DEPTH))}]"

    def describe(value: Any, room: Room) -> str:
        count = room.take(len(names))
        if not count and names:
            return head + "}"
        more = f',"left_out":{len(names) - count}' if len(names) > count else ""
        return f'{head},"fields":[{",".join([pair(value, name) for name in names[:count]])}]{more}}}'

    return describe


def _types_of(values: Iterable[Any], depth: int) -> str:
    """The types of a few values as an annotation would say them."""
    kinds = {id(type(value)): value for value in values}
    texts = dict.fromkeys(_type_text(value, depth) for value in kinds.values())
    more = " | …" if len(texts) > _MOST_NAMED else ""
    return " | ".join(list(texts)[:_MOST_NAMED]) + more


def _type_text(value: Any, depth: int) -> str:
    """``int``, ``list[int]``, ``dict[str, pandas.DataFrame]``."""
    kind = type(value)
    if value is None:
        return "None"
    name = short_name(kind)
    if not depth or id(kind) not in _COLLECTION_IDS or not value:
        return name
    some = list(islice(kind.__iter__(value), _SAMPLE))
    inside = _types_of(some, 0 if kind is dict else depth - 1)
    if kind is dict:
        inside += ", " + _types_of(list(islice(dict.values(value), _SAMPLE)), depth - 1)
    return clip(f"{name}[{inside}]", _LONGEST_ITEMS)


def type_name(kind: type) -> str:
    """``int``, ``pandas.DataFrame``, ``orders.Customer``."""
    module, name = full_name(kind)
    found = known(kind)
    if found is not None:
        return found[0]
    return name if module in ("builtins", "__main__", "") else f"{module}.{name}"


#: Names of types that were met inside of values, by id; the entry keeps the type alive.
_named: dict[int, tuple[type, str]] = {}


def short_name(kind: type) -> str:
    """The same, of bounded length and remembered."""
    entry = _named.get(id(kind))
    if entry is None:
        if len(_named) >= _MOST_TYPES:
            _named.clear()
        entry = _named[id(kind)] = (kind, type_name(kind)[:300])
    return entry[1]


def _make(kind: type) -> Describe | str:
    """How values of this type are summarised: a function, or the summary itself where there is only the type."""
    head = '{"type":' + quote(type_name(kind)[:300])
    fields = fields_of(kind)
    if fields is not None:
        return _model(fields, head)
    for base in mro(kind):
        if id(base) in _PLAIN_IDS:
            return _sized(base, head)
        if id(base) in _COLLECTION_IDS:
            if kind is list or kind is tuple:
                return _list(head)
            return _mapping(head) if base is dict else _collection(base, head)
        found = known(base)
        if found is not None:
            return found[1](base, kind, head)
    return head + "}"


#: For what needs none.
_NO_ROOM = Room()

#: Keyed by ``id``; the entry keeps the type alive.
_types: dict[int, tuple[type, Describe | str]] = {}


def _learn(kind: type) -> tuple[type, Describe | str]:
    made, error = attempt(_make, kind)
    if error is not None or made is None:
        made = '{"type":' + quote(str(type.__dict__["__name__"].__get__(kind))[:300]) + "}"
    if len(_types) >= _MOST_TYPES:
        _types.clear()
    entry = _types[id(kind)] = (kind, made)
    return entry


def summary(value: Any, room: Room | None = None) -> str:
    """JSON of one value's summary. ``room`` is what may still be told of the values of one call."""
    kind = type(value)
    entry = _types.get(id(kind)) or _learn(kind)
    made = entry[1]
    if isinstance(made, str):
        return made
    if id(kind) in _SAFE:
        return made(value, _NO_ROOM)
    if room is None:
        room = Room()
    text, error = attempt(made, value, room)
    return '{"type":' + quote(short_name(kind)) + "}" if error is not None or text is None else text


#: Quoted names with their colon, as they stand before each summary.
_names: dict[str, str] = {}


def _name(name: Any) -> str:
    if len(_names) >= 10 * _MOST_TYPES:
        _names.clear()
    if type(name) is not str:
        return quote(type(name).__name__) + ":"
    text = quote(name[:300]) + ":"
    _names[name] = text
    return text


def summaries(values: dict[str, Any]) -> str:
    """JSON object of the summaries of named values, the first ``MOST_ITEMS`` of them."""
    if not values:
        return "{}"
    pairs = values.items() if len(values) <= MOST_ITEMS else list(values.items())[:MOST_ITEMS]
    parts = []
    room = None
    for name, value in pairs:
        kind = type(value)
        entry = _types.get(id(kind)) or _learn(kind)
        made = entry[1]
        if type(made) is not str:
            if room is None:
                room = Room(MOST_COLUMNS_OF_ONE)
            made = summary(value, room)
        parts.append((_names.get(name) or _name(name)) + made)
    return "{" + ",".join(parts) + "}"
