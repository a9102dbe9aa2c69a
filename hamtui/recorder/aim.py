"""Which nodes an instrument is aimed at: names, globs, ``tag:key=value``."""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

Aim = Callable[[str, Mapping[str, Any]], bool]

_TAG = "tag:"


def aim(which: Sequence[str]) -> Aim:
    """Whether a node of this name and these tags is meant by one of ``which``; by no words at all every node is.

    A word is a name, a glob (``load_*``), ``tag:key=value`` (value a glob too; of a list any item) or ``tag:key``.
    """
    words = tuple(which)
    if not words:
        return lambda name, tags: True  # noqa: ARG005 - one signature for all
    return lambda name, tags: any(_means(word, name, tags) for word in words)


def _means(word: str, name: str, tags: Mapping[str, Any]) -> bool:
    if not word.startswith(_TAG):
        return word == name or fnmatchcase(name, word)
    key, equals, value = word[len(_TAG) :].partition("=")
    if key not in tags:
        return False
    found = tags[key]
    values = found if isinstance(found, (list, tuple)) else [found]
    return not equals or any(fnmatchcase(str(one), value) for one in values)


def is_name(word: str) -> bool:
    """Whether a word can mean one node alone: neither a tag nor a glob."""
    return not word.startswith(_TAG) and not any(letter in word for letter in "*?[")
