"""What changed between two registries of public outputs, and what it means for who reads them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from hamtui.contract import semantic
from hamtui.contract.registry import Registry, SemanticEntry
from hamtui.contract.semantic import STABLE

BREAKING, COMPATIBLE, COSMETIC = LEVELS = ("breaking", "compatible", "cosmetic")

_ID = re.compile(r"\A(.+)\.v(\d+)\Z", re.ASCII)
_NEW_ID = "a breaking change is made by a new version under a new semantic_id, with this one kept beside it for a while"
#: Of what a reader relies on. ``schema_ref`` may change with a minor version.
_RELIED_ON = ("kind", "entity", "grain", "entity_keys", "join_keys", "dtype", "schema_ref")
_WHY = {
    "kind": "it is another kind of thing",
    "entity": "its rows are of something else",
    "grain": "its rows mean something else",
    "entity_keys": "what tells its rows apart is another",
    "join_keys": "joins that were written for it fail or give other rows",
    "dtype": "its values are of another type",
    "schema_ref": "its columns or their types are others",
    "unit": "its numbers mean something else",
    "materialized_name": "who reads what is kept finds nothing under the old name",
}
_EXPERIMENTAL = "it was experimental, and may change"


@dataclass(frozen=True)
class Change:
    """One difference. ``before`` and ``after`` are None where there was, or is, nothing; ``field`` is empty for a whole output."""

    level: str
    semantic_id: str
    field: str
    before: Any
    after: Any
    reason: str


def changes(before: Registry, after: Registry) -> list[Change]:
    """Every difference: breaking ones first, then by id and field."""
    found = [*_gone(before, after), *_new(before, after)]
    for entry in before:
        if entry.semantic_id in after:
            found += _changed(entry, after.resolve(entry.semantic_id))
    return sorted(found, key=lambda one: (LEVELS.index(one.level), one.semantic_id, one.field))


def _gone(before: Registry, after: Registry) -> Iterator[Change]:
    for entry in before:
        if entry.semantic_id in after:
            continue
        newer = [name for name in _versions(after, entry.semantic_id) if name not in before]
        reason = f"who reads the {entry.stability} output {entry.semantic_id} finds nothing"
        if newer:
            reason += f"; {newer[-1]} may take its place, but keep this one beside it until nobody reads it"
        yield Change(BREAKING, entry.semantic_id, "", entry.node_name, None, reason)


def _new(before: Registry, after: Registry) -> Iterator[Change]:
    for entry in after:
        if entry.semantic_id in before:
            continue
        older = [name for name in _versions(before, entry.semantic_id) if name != entry.semantic_id]
        reason = "it is new"
        if older:
            reason = (
                f"it is a new version of {older[-1]} under a new id, which is how a breaking change is made"
            )
        yield Change(COMPATIBLE, entry.semantic_id, "", None, entry.node_name, reason)


def _versions(registry: Registry, semantic_id: str) -> list[str]:
    """The ids of a registry that differ from this one in their version alone, oldest first."""
    stem = _split(semantic_id)[0]
    found = [entry.semantic_id for entry in registry if _split(entry.semantic_id)[0] == stem]
    return sorted(found, key=lambda name: _split(name)[1])


def _split(semantic_id: str) -> tuple[str, int]:
    found = _ID.match(semantic_id)
    return (semantic_id, 0) if found is None else (found[1], int(found[2]))


def _changed(before: SemanticEntry, after: SemanticEntry) -> Iterator[Change]:
    stable = before.stability == STABLE
    for field in fields(SemanticEntry):
        name = field.name
        old, new = getattr(before, name), getattr(after, name)
        if old == new or name == "tags":
            continue
        level, reason = _judged(name, before, after)
        if level == BREAKING and not stable:
            level, reason = COMPATIBLE, _EXPERIMENTAL
        yield Change(level, before.semantic_id, name, _plain(old), _plain(new), reason)
    yield from _changed_tags(before, after, stable)


def _judged(name: str, before: SemanticEntry, after: SemanticEntry) -> tuple[str, str]:
    """What a change of a field of a stable output means, and why."""
    old, new = getattr(before, name), getattr(after, name)
    if name in ("entity_keys", "join_keys") and set(old) == set(new):
        return COSMETIC, "the same columns in another order"
    if name == "schema_ref" and _is_minor(before.version, after.version):
        return (
            COMPATIBLE,
            f"with a new minor version, {after.version}, which is for what only adds to a schema",
        )
    if name in _RELIED_ON:
        same = "with the same version " if before.version == after.version else ""
        return BREAKING, f"{same}{_WHY[name]}; {_NEW_ID}"
    if name == "version":
        if _is_minor(old, new):
            return COMPATIBLE, "a new minor version of its schema"
        return BREAKING, f"another version under the same id; {_NEW_ID}"
    if name == "stability":
        if old == STABLE:
            return BREAKING, "it was stable, and is no longer: a promise is taken back"
        return COMPATIBLE, "it is stable from now on"
    if name == "materialized_name" and old is not None:
        return BREAKING, _WHY[name]
    if old is None:
        return COMPATIBLE, "it is told from now on"
    if name == "node_name":
        return COSMETIC, "the node's name is implementation; who asks by the id notices nothing"
    if name == "python_type":
        return COSMETIC, "the annotation is implementation; who takes the object itself should look"
    return COSMETIC, "it describes, and promises nothing"


def _is_minor(old: str, new: str) -> bool:
    """Whether the version grew without its first number: 1 -> 1.1."""
    try:
        before, after = ([int(part) for part in version.split(".")] for version in (old, new))
    except ValueError:
        return False
    return before[0] == after[0] and before < after


def _changed_tags(before: SemanticEntry, after: SemanticEntry, stable: bool) -> Iterator[Change]:
    """Of the tags those that the entry has no field of its own for."""
    own = {field.name for field in fields(SemanticEntry)} | {"layer"}
    old, new = _others(before.tags, own), _others(after.tags, own)
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        if was is None:
            level, reason = COMPATIBLE, "a new optional tag"
        elif name == "unit" and stable:
            level, reason = BREAKING, f"{_WHY[name]}; {_NEW_ID}"
        elif name == "pii" and now in semantic.PII and was in semantic.PII:
            more = semantic.PII.index(now) > semantic.PII.index(was)
            level = COMPATIBLE if more else COSMETIC
            reason = (
                "more of it is personal data now: see who may read it"
                if more
                else "less of it is personal data"
            )
        elif not stable:
            level, reason = COMPATIBLE, _EXPERIMENTAL
        else:
            level, reason = COSMETIC, "it describes, and promises nothing"
        yield Change(level, before.semantic_id, f"tags.{name}", was, now, reason)


def _others(tags: Mapping[str, Any], own: set[str]) -> dict[str, Any]:
    return {name: value for name, value in tags.items() if name not in own}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
