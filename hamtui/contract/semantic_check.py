"""What ``hamtui registry`` is told by the processes that it starts: of a compilation, and of a check of values."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from hamtui.contract import layout

OK, FAILED, UNCHECKED = "ok", "failed", "unchecked"


@dataclass(frozen=True)
class Problem:
    """A rule that a node breaks. ``level`` is ``error`` or ``warning``; ``line`` is 1-based, that of its first decorator.

    ``file`` is as Python has it; both are None where the function has no source. ``node`` is empty where it is
    about the dataflow as a whole.
    """

    level: str
    rule: str
    node: str
    file: str | None
    line: int | None
    text: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.file else ""
        return f"{where}{self.level}: {f'{self.node}: ' if self.node else ''}{self.text}; {self.mend}"


@dataclass(frozen=True)
class Checked:
    """What the result of one public output was found to be.

    ``state``: ``ok``, ``failed`` (see ``problems``), or ``unchecked`` (see ``notes``). ``keys``: the entity keys that
    were found unique and without nulls. ``rows`` and ``columns`` are counts, None for what is no table. ``schema``: what
    the columns were held against (``pyarrow``, ``pandera``, ``json``), None where nothing was.
    """

    semantic_id: str
    node: str
    kind: str
    state: str
    keys: list[str] = field(default_factory=list)
    rows: int | None = None
    columns: int | None = None
    schema: str | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class SemanticCheck:
    """semantic_check.json, one entry a public output, sorted by id. ``checked_at`` is Unix seconds."""

    outputs: list[Checked] = field(default_factory=list)
    checked_at: float | None = None
    fixture: str | None = None
    schema: int = layout.SCHEMA

    def document(self) -> bytes:
        """The file's content."""
        return (json.dumps(asdict(self), indent=1) + "\n").encode("ascii")


def parse(data: bytes) -> SemanticCheck:
    """semantic_check.json from its content; what is not known is passed over.

    Raises:
        ValueError: it is none.
    """
    told = json.loads(data)
    if not isinstance(told, dict) or not isinstance(told.get("outputs"), list):
        raise ValueError("it is no check")  # noqa: TRY004 - a file, not an argument
    try:
        outputs = [Checked(**_known(Checked, one)) for one in told["outputs"]]
        return SemanticCheck(**{**_known(SemanticCheck, told), "outputs": outputs})
    except (TypeError, AttributeError) as fault:
        raise ValueError(str(fault)) from None


def _known(kind: Any, told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name in kind.__dataclass_fields__}
