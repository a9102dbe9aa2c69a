"""Nodes whose values are of persons, as their tag ``pii`` says: the values are written down nowhere, nor those handed on."""

from collections.abc import Mapping
from typing import Any

from hamtui.contract import semantic


def is_personal(tags: Mapping[str, Any] | None) -> bool:
    """Whether a node's values are, or may be, of persons."""
    return semantic.personal(tags or {}) is not None


def is_beside(node: Any) -> bool:
    """Whether a Hamilton node's values, or one that it is given, are of persons: neither is to be told."""
    return is_personal(node.tags) or any(
        is_personal(given.tags) for given in getattr(node, "dependencies", ())
    )
