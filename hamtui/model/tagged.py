"""Nodes by their tags: what a word ``key:value`` of a filter means, and the groups that a tag's values make."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from hamtui.model.state import Run, SpanKey

#: Tags by which the tree can be grouped, where nodes bear them.
BY_TAG = ("layer", "entity")


def tags_of(run: Run, key: SpanKey) -> Mapping[str, Any]:
    """A node's tags as the plan has them; where no plan tells, as its start did."""
    node = run.nodes.get(key.node)
    if node is not None:
        return node.tags
    span = run.spans.get(key)
    return {} if span is None or span.tags is None else span.tags


def has_tag(tags: Mapping[str, Any], word: str) -> bool:
    """Whether a tag's value, or one of its several, begins with what ``key:value`` says; ``key:`` alone asks for any.

    The word is in small letters. Values may be lists, or text with commas between.
    """
    key, _, wanted = word.partition(":")
    return any(
        name.lower() == key and any(value.startswith(wanted) for value in values_of(told))
        for name, told in tags.items()
    )


def values_of(told: Any) -> tuple[str, ...]:
    """The values of a tag in small letters: the whole text, and its parts between commas; a list's items."""
    if isinstance(told, str):
        return _parts(told)
    if isinstance(told, (list, tuple)):
        return tuple(str(one).lower() for one in told)
    return (str(told).lower(),)


@lru_cache(4096)
def _parts(text: str) -> tuple[str, ...]:
    text = text.lower()
    parts = [part.strip() for part in text.split(",")]
    return (text, *(part for part in parts if part and part != text))


def group_of(tags: Mapping[str, Any], tag: str) -> str | None:
    """The group that a tag puts its node in: its value; None for a node without it."""
    told = tags.get(tag)
    if isinstance(told, (list, tuple)):
        told = ", ".join(map(str, told))
    return str(told) if told not in (None, "") else None


def grouped_tags(run: Run) -> tuple[str, ...]:
    """The tags of ``BY_TAG`` that any planned node bears."""
    return tuple(tag for tag in BY_TAG if any(node.tags.get(tag) for node in run.nodes.values()))
