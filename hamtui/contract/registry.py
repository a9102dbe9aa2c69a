"""semantic_registry.json: the public outputs of a dataflow, one entry a ``semantic_id``, as it is checked in.

The file is the same, byte for byte, for the same outputs: sorted by id, keys of objects sorted, no times and no paths in it.
"""

import contextlib
import difflib
import itertools
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

SCHEMA = 1
DEFAULT_NAME = "semantic_registry.json"

_LISTS = ("entity_keys", "join_keys")
_NEEDED = ("semantic_id", "node_name", "kind", "entity", "grain", "version", "stability")


class RegistryError(ValueError):
    """What was to be a registry is none. Its text is one sentence."""


class UnknownOutputError(LookupError):
    """No public output has this ``semantic_id``. Its text is one sentence, with the nearest that there are."""


@dataclass(frozen=True)
class SemanticEntry:
    """A public output: what it promises, and the node that keeps it.

    ``tags`` are all that the node bears but Hamilton's own, keys as lists. ``python_type`` is the node's annotation.
    """

    semantic_id: str
    node_name: str
    kind: str
    entity: str
    grain: str
    version: str
    stability: str
    schema_ref: str | None = None
    entity_keys: tuple[str, ...] = ()
    join_keys: tuple[str, ...] = ()
    dtype: str | None = None
    materialization: str | None = None
    materialized_name: str | None = None
    python_type: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Registry:
    """The public outputs, sorted by ``semantic_id``, which is unique."""

    outputs: tuple[SemanticEntry, ...] = ()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.outputs, key=lambda entry: entry.semantic_id))
        object.__setattr__(self, "outputs", ordered)
        object.__setattr__(self, "_by_id", {entry.semantic_id: entry for entry in ordered})
        if len(self.by_id) < len(ordered):
            twice = next(
                one.semantic_id
                for one, other in itertools.pairwise(ordered)
                if one.semantic_id == other.semantic_id
            )
            raise RegistryError(f"the semantic_id {twice!r} is there twice")

    def __iter__(self) -> Iterator[SemanticEntry]:
        return iter(self.outputs)

    def __len__(self) -> int:
        return len(self.outputs)

    def __contains__(self, semantic_id: object) -> bool:
        return semantic_id in self.by_id

    @property
    def by_id(self) -> Mapping[str, SemanticEntry]:
        """The entries by their id."""
        found: Mapping[str, SemanticEntry] = vars(self)["_by_id"]
        return found

    def resolve(self, semantic_id: str) -> SemanticEntry:
        """The entry of this id; its ``node_name`` is what a Driver is to execute.

        Raises:
            UnknownOutputError: there is none.
        """
        found = self.by_id.get(semantic_id)
        if found is None:
            near = difflib.get_close_matches(semantic_id, self.by_id, 3)
            offer = f"; the nearest: {', '.join(near)}" if near else ""
            raise UnknownOutputError(f"there is no public output {semantic_id!r}{offer}")
        return found

    def node(self, semantic_id: str) -> str:
        """The name of the node that keeps what this id promises. Raises as ``resolve``."""
        return self.resolve(semantic_id).node_name

    def text(self) -> str:
        """The file's content."""
        outputs = [asdict(entry) for entry in self.outputs]
        told = {"schema": SCHEMA, "outputs": outputs}
        return json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Put the file in its place by rename. Raises OSError, and leaves what was there, where that can't be."""
        replace(path, self.text().encode("utf-8", "backslashreplace"))

    @classmethod
    def parse(cls, text: "str | bytes") -> "Registry":
        """The registry that a file's content is. What a newer hamtui added to an entry is passed over.

        Raises:
            RegistryError: it is none.
        """
        try:
            told = json.loads(text)
        except UnicodeDecodeError:
            raise RegistryError("it is no UTF-8 text") from None
        except (ValueError, RecursionError) as fault:
            reason = str(fault) if isinstance(fault, json.JSONDecodeError) else "it is nested too deeply"
            raise RegistryError(f"it is no JSON: {reason}") from None
        outputs = told.get("outputs") if isinstance(told, dict) else None
        if not isinstance(told, dict) or not isinstance(outputs, list):
            raise RegistryError('it is no registry: there is no list "outputs" in it')
        if told.get("schema") != SCHEMA:
            raise RegistryError(
                f"its schema is {told.get('schema')!r}, and this hamtui knows {SCHEMA}; compile it again"
            )
        return cls(tuple(_entry(one, number) for number, one in enumerate(outputs)))

    @classmethod
    def load(cls, path: "str | os.PathLike[str]") -> "Registry":
        """The registry in a file. Raises OSError, or RegistryError."""
        with open(path, "rb") as file:
            return cls.parse(file.read())


def _entry(told: Any, number: int) -> SemanticEntry:
    if not isinstance(told, dict):
        raise RegistryError(f"outputs[{number}] is no object")
    where = f"outputs[{number}]"
    values: dict[str, Any] = {}
    for known in fields(SemanticEntry):
        value = told.get(known.name)
        if known.name in _LISTS:
            value = [] if value is None else value
            if not isinstance(value, list) or not all(isinstance(key, str) for key in value):
                raise RegistryError(f"{where}.{known.name} is no list of texts")
            value = tuple(value)
        elif known.name == "tags":
            value = {} if value is None else value
            if not isinstance(value, dict):
                raise RegistryError(f"{where}.tags is no object")
        elif not isinstance(value, str) and (value is not None or known.name in _NEEDED):
            raise RegistryError(f"{where}.{known.name} is {'missing' if value is None else 'no text'}")
        values[known.name] = value
    return SemanticEntry(**values)


def replace(path: "str | os.PathLike[str]", data: bytes) -> None:
    """``data`` as the whole of a file that is for everybody: by rename, with the mode that it had or that the umask gives.

    Raises:
        OSError: it can't be written; what stood there before still does.
    """
    part = f"{os.fspath(path)}.{os.getpid()}.part"
    try:
        with open(part, "wb") as file:
            file.write(data)
        with contextlib.suppress(FileNotFoundError):
            os.chmod(part, os.stat(path).st_mode & 0o777)
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
