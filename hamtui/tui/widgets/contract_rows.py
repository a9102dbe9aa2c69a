"""What the Node pane says of a public node first: the contract that its tags are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.style import Style

from hamtui.model.catalog import Output, output_of, personal
from hamtui.tui.widgets.lines import Line, Pen

Field = tuple[str, list[tuple[str, Style]]]


def contract_head(pen: Pen, node: str, tags: Mapping[str, Any]) -> list[Line]:
    """One line: the id, and what it is. Of personal values a word, whatever the node is."""
    look, output = pen.look, output_of(node, tags)
    word = personal(tags)
    marked = (f"{look.glyphs.personal} {word}", look.warning)
    if output is None:
        return pen.flow(marked, ("  its values are never captured", look.dim)) if word else []
    if output.contract is None:
        said = f"{look.glyphs.suspect} public, but its tags are no contract"
        return pen.flow((said, look.warning), (pen.sep + "; ".join(output.troubles), look.text))
    contract = output.contract
    facts = (contract.kind, contract.stability, f"version {contract.version}")
    parts = [(pen.clean(contract.semantic_id), look.strong), (pen.sep + pen.sep.join(facts), look.text)]
    return pen.flow(*parts, *([(pen.sep, look.dim), marked] if word else []))


def contract_fields(pen: Pen, node: str, tags: Mapping[str, Any]) -> list[Field]:
    """What the line on top has no room for."""
    output: Output | None = output_of(node, tags)
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
