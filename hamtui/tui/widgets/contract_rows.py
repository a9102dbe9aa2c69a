"""What the Node pane says of a public node first: the contract that its tags are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.style import Style

from hamtui.model.catalog import output_of, personal
from hamtui.tui.widgets.lines import Line, Pen

Field = tuple[str, list[tuple[str, Style]]]


def contract_head(pen: Pen, node: str, tags: Mapping[str, Any]) -> list[Line]:
    """One line: the id, and what it is. Of personal values a word, whatever the node is."""
    look, output = pen.look, output_of(node, tags)
    word = personal(tags)
    parts: list[tuple[str, Style]] = []
    if output is not None and output.contract is not None:
        contract = output.contract
        facts = (contract.kind, contract.stability, f"version {contract.version}")
        parts = [(contract.semantic_id, look.strong), (pen.sep + pen.sep.join(facts), look.text)]
    elif output is not None:
        said = f"{look.glyphs.suspect} public, but its tags are no contract"
        parts = [(said, look.warning)]
    if word:
        parts += [(pen.sep if parts else "", look.dim), (f"{look.glyphs.personal} {word}", look.warning)]
        parts.append(("  its values are never captured", look.dim))
    if output is not None and output.troubles:
        parts.append((pen.sep + "; ".join(output.troubles), look.text))
    return pen.flow(*((pen.clean(text), style) for text, style in parts))


def contract_fields(pen: Pen, node: str, tags: Mapping[str, Any]) -> list[Field]:
    """What the line on top has no room for."""
    output = output_of(node, tags)
    contract = None if output is None else output.contract
    if contract is None:
        return []
    keys = [
        f"{name} {', '.join(told)}"
        for name, told in (("entity", contract.entity_keys), ("join", contract.join_keys))
        if told
    ]
    found: list[tuple[str, str | None]] = [
        ("about", contract.description),
        ("entity", f"{contract.entity}, {contract.grain}"),
        ("keys", pen.sep.join(keys)),
        ("schema", contract.schema_ref),
        ("dtype", contract.dtype),
        ("unit", contract.unit),
        ("owner", contract.owner),
        ("from", contract.source_system),
        ("kept as", " ".join(filter(None, (contract.materialization, contract.materialized_name)))),
    ]
    return [(label, [(pen.clean(text), pen.look.text)]) for label, text in found if text]
