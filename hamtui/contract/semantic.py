"""The tags by which a team publishes nodes as named data products, and the rules for them.

A node is public when it bears ``layer="semantic"``. Its ``semantic_id`` is the stable name that others use; its node
name is implementation and may change. Values are text as Hamilton's tags are; keys of a table may be a list, too.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: A node's tags as Hamilton keeps them.
Tags = Mapping[str, "str | list[str]"]

PUBLIC = "semantic"
LAYERS = ("raw", "intermediate", PUBLIC, "docs")
TABLE, SCALAR, ARTIFACT = KINDS = ("table", "scalar", "artifact")
EXPERIMENTAL, STABLE = STABILITIES = ("experimental", "stable")
PII = ("none", "possible", "yes")

REQUIRED = ("layer", "semantic_id", "kind", "entity", "grain", "version", "stability")
REQUIRED_BY_KIND = {
    TABLE: ("schema_ref", "entity_keys", "join_keys"),
    SCALAR: ("dtype",),
    ARTIFACT: ("dtype",),
}
RECOMMENDED = (
    "owner",
    "description",
    "unit",
    "pii",
    "source_system",
    "materialization",
    "materialized_name",
)
#: Tags that hold names of columns.
KEYS = ("entity_keys", "join_keys")
ALLOWED = {"layer": LAYERS, "kind": KINDS, "stability": STABILITIES, "pii": PII}
#: Every tag of the taxonomy, in the order in which people are told of them.
TAGS = (*REQUIRED, "schema_ref", *KEYS, "dtype", *RECOMMENDED)

ERROR, WARNING = "error", "warning"

#: What a recommended tag is for, to be said where it is missing.
ABOUT = {
    "owner": "who answers for it",
    "description": "what it holds, in one sentence",
    "unit": "what its numbers are counted in, or `none`",
    "pii": "whether it holds personal data: none, possible or yes",
    "source_system": "where its data come from",
    "materialization": "how it is kept, such as parquet, or `none`",
    "materialized_name": "the name under which it is kept",
}

_ID = re.compile(r"\A[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+\.v([1-9]\d*)\Z", re.ASCII)
_VERSION = re.compile(r"\A[1-9]\d*(?:\.\d+)*\Z", re.ASCII)
_VERSIONED_NAME = re.compile(r"(?:\A|_)v\d+(?=_|\Z)", re.ASCII | re.IGNORECASE)
#: What tells a run in a name that is to be a product's: a date, a uuid, seconds since 1970, a long hash, a run's number.
_OF_A_RUN = re.compile(
    r"(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?<!\d)\d{10,}(?!\d)|(?<![0-9a-z])(?=[a-f]*\d)[0-9a-f]{7,40}(?![0-9a-z])"
    r"|(?<![a-z])run(?:_?id)?[-_.#]?\d+",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class Trouble:
    """A rule that tags or a name break. ``tag``: the one that is to be mended; None where it is the name.

    ``level`` is ``error`` or ``warning``, ``text`` what is wrong, ``mend`` what to do about it.
    """

    rule: str
    text: str
    mend: str
    tag: str | None = None
    level: str = ERROR


@dataclass(frozen=True)
class SemanticContract:
    """What a public node promises. Of the recommended tags those that are missing are None, as is what its kind has none of."""

    semantic_id: str
    kind: str
    entity: str
    grain: str
    version: str
    stability: str
    schema_ref: str | None = None
    entity_keys: tuple[str, ...] = ()
    join_keys: tuple[str, ...] = ()
    dtype: str | None = None
    owner: str | None = None
    description: str | None = None
    unit: str | None = None
    pii: str | None = None
    source_system: str | None = None
    materialization: str | None = None
    materialized_name: str | None = None


def is_public(tags: Tags) -> bool:
    """Whether these are a public node's."""
    return text(tags, "layer") == PUBLIC


def is_meant(tags: Tags) -> bool:
    """Whether these are a public node's, or of one that somebody took for public."""
    return is_public(tags) or "semantic_id" in tags


def text(tags: Tags, name: str) -> str | None:
    """A tag's text without the blanks around it; None where it is missing, empty, or no text."""
    value = tags.get(name)
    return (value.strip() or None) if isinstance(value, str) else None


def personal(tags: Tags) -> str | None:
    """``yes`` or ``possible`` where a node's values are, or may be, of persons; whatever its letters' case. Else None."""
    told = (text(tags, "pii") or PII[0]).lower()
    return told if told in PII[1:] else None


def keys(value: Any) -> tuple[str, ...]:
    """The names in ``"a, b"`` or ``["a", "b"]``, in their order; those that are empty are left in, as ``""``."""
    if isinstance(value, str):
        value = value.split(",") if value.strip() else []
    return tuple(str(key).strip() for key in value or ())


def read(tags: Tags) -> "SemanticContract | list[Trouble]":
    """The contract that a node's tags are, or everything that keeps them from being one. Warnings are not among that."""
    found = list(errors(tags))
    if found:
        return found
    plain = {name: text(tags, name) for name in TAGS if name != "layer" and name not in KEYS}
    return SemanticContract(**plain, **{name: keys(tags.get(name)) for name in KEYS})  # type: ignore[arg-type]


def errors(tags: Tags) -> Iterator[Trouble]:
    """What is wrong with the tags of a node that is meant to be public."""
    yield from _missing(tags)
    for name in TAGS:
        if name in tags and name not in KEYS and not isinstance(tags[name], str):
            yield Trouble("no-text", f"the tag {name} is a list", f"give {name} as one text", name)
    for name, allowed in ALLOWED.items():
        value = text(tags, name)
        if value is None or value in ((PUBLIC,) if name == "layer" else allowed):
            continue
        if name == "layer":
            told = f"it has a semantic_id, but its layer is {value!r}"
            yield Trouble("bad-layer", told, 'set layer="semantic", or take semantic_id away', name)
        else:
            told = f"{name} is {value!r}"
            yield Trouble(f"bad-{name}", told, f"set {name} to {_one_of(allowed)}", name)
    yield from _identity(tags)
    for name in KEYS:
        yield from _keys(tags, name)


def _missing(tags: Tags) -> Iterator[Trouble]:
    kind = text(tags, "kind") or ""
    for name in (*REQUIRED, *REQUIRED_BY_KIND.get(kind, ())):
        if name in KEYS:
            if name not in tags:
                mend = f'add {name}="…": the columns, separated by commas'
                yield Trouble(
                    "missing-tag", f'the tag {name} is missing, which kind="table" needs', mend, name
                )
        elif name not in tags or (isinstance(tags[name], str) and text(tags, name) is None):
            state = "empty" if name in tags else "missing"
            why = "" if name in REQUIRED else f', which kind="{kind}" needs'
            allowed = ALLOWED.get(name)
            mend = f"set {name} to {_one_of(allowed)}" if allowed and name != "layer" else f'add {name}="…"'
            mend = 'add layer="semantic"' if name == "layer" else mend
            yield Trouble("missing-tag", f"the tag {name} is {state}{why}", mend, name)


def _identity(tags: Tags) -> Iterator[Trouble]:
    """The id and the version, each by itself and together."""
    name, version = text(tags, "semantic_id"), text(tags, "version")
    found = _ID.match(name) if name is not None else None
    if name is not None and found is None:
        mend = "write it as entity.name.v1: parts of a-z, 0-9 and _ between dots, and the version last"
        yield Trouble("bad-id", f"the semantic_id {name!r} is malformed", mend, "semantic_id")
    if version is not None and not _VERSION.match(version):
        mend = 'give the version of its schema as a number, such as version="1"'
        yield Trouble("bad-version", f"version is {version!r}", mend, "version")
    elif version is not None and found is not None and version.partition(".")[0] != found[1]:
        told = f"the semantic_id {name!r} says v{found[1]}, but version is {version!r}"
        mend = "let both say the version of its schema; a new one has a new semantic_id"
        yield Trouble("bad-version", told, mend, "version")


def _keys(tags: Tags, name: str) -> Iterator[Trouble]:
    if name not in tags:
        return
    found = keys(tags[name])
    mend = f'name columns, separated by commas: {name}="repo,commit"'
    if not found and text(tags, "kind") == TABLE:
        yield Trouble("empty-keys", f"{name} is empty", mend, name)
    elif not all(found):
        yield Trouble("empty-keys", f"{name} holds an empty name: {tags[name]!r}", mend, name)
    elif len(set(found)) < len(found):
        twice = sorted({key for key in found if found.count(key) > 1})
        yield Trouble("double-key", f"{name} names {', '.join(twice)} twice", "name each column once", name)


def warnings(node: str, tags: Tags) -> Iterator[Trouble]:
    """What is to be said of a node that bears a layer: its name, and recommended tags that are missing."""
    layer = text(tags, "layer")
    if is_public(tags):
        for name in RECOMMENDED:
            if text(tags, name) is None:
                told = f"the recommended tag {name} is missing"
                yield Trouble("no-" + name, told, f'add {name}="…": {ABOUT[name]}', name, WARNING)
        if "." in node:
            mend = "move it to the top level of the dataflow; inside a subdag or a pipe its name is implementation"
            yield Trouble("public-name", "it is public, and stands in a namespace", mend, None, WARNING)
    elif layer == "intermediate" and "." not in node:
        mend = "put it into a subdag or a pipe with a namespace, so that nobody takes it for public"
        yield Trouble(
            "intermediate-name", "it is intermediate, and stands at the top level", mend, None, WARNING
        )
    if layer in LAYERS and (found := _VERSIONED_NAME.search(node.rpartition(".")[2])):
        mend = "leave the version to the tags semantic_id and version"
        told = f"its node name holds a version, {found[0].strip('_')}"
        yield Trouble("versioned-name", told, mend, None, WARNING)


def dag_name_warnings(dag_name: str) -> Iterator[Trouble]:
    """What is to be said of a ``dag_name``: it is a product's key, the same from run to run."""
    found = _OF_A_RUN.search(dag_name)
    if found is not None:
        told = f"dag_name {dag_name!r} holds {found[0]!r}, which looks like one run's"
        mend = "name the product, the same in every run; what tells runs apart belongs into the run's tags"
        yield Trouble("dag-name", told, mend, None, WARNING)


def _one_of(allowed: tuple[str, ...]) -> str:
    return ", ".join(allowed[:-1]) + f" or {allowed[-1]}"
