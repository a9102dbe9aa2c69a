"""The public outputs of a run: what each promises, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hamtui.contract import semantic
from hamtui.contract.semantic import SemanticContract
from hamtui.model.state import Run

#: How it is said that a node's values are, or may be, of persons.
_PERSONAL = {"yes": "pii", "possible": "pii?", None: ""}


@dataclass(frozen=True)
class Output:
    """A public node. ``contract`` is None where its tags are none: ``troubles`` say why."""

    node: str
    tags: Mapping[str, Any]
    contract: SemanticContract | None
    troubles: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Its stable name; the node's own where the tags have none."""
        return semantic.text(self.tags, "semantic_id") or self.node


def output_of(node: str, tags: Mapping[str, Any]) -> Output | None:
    """A node as a public output; None for one that is not public."""
    if not semantic.is_public(tags):
        return None
    found = semantic.read(tags)
    if isinstance(found, SemanticContract):
        return Output(node, tags, found)
    return Output(node, tags, None, tuple(trouble.text for trouble in found))


def outputs(run: Run) -> tuple[Output, ...]:
    """The public outputs in the run's plan, by their ids."""
    found = (output_of(node.name, node.tags) for node in run.nodes.values())
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.id, one.node)))


def personal(tags: Mapping[str, Any]) -> str:
    """``pii`` or ``pii?`` for a node whose values are, or may be, of persons; else empty."""
    return _PERSONAL[semantic.personal(tags)]
