"""The decorator by which a node is published: Hamilton's ``tag``, with arguments that are checked when it is written."""

from collections.abc import Iterable
from typing import Any, Literal

from hamilton.function_modifiers import tag

from hamtui.contract import semantic

Keys = str | list[str] | tuple[str, ...]


class SemanticOutputError(ValueError):
    """Arguments of ``semantic_output`` that can't be, each named, with how to mend it."""


def semantic_output(
    *,
    semantic_id: str,
    kind: Literal["table", "scalar", "artifact"],
    entity: str,
    grain: str,
    version: int | str,
    schema_ref: str | None = None,
    entity_keys: Keys | None = None,
    join_keys: Keys | None = None,
    dtype: str | None = None,
    stability: Literal["experimental", "stable"] = "experimental",
    pii: Literal["none", "possible", "yes"] = "none",
    owner: str | None = None,
    description: str | None = None,
    unit: str | None = None,
    source_system: str | None = None,
    materialization: str | None = None,
    materialized_name: str | None = None,
    target_: Any = None,
    **more: str | list[str],
) -> Any:
    """Publish the node under ``semantic_id``: a ``hamilton.function_modifiers.tag`` with the tags of the taxonomy.

    A table needs ``schema_ref``, ``entity_keys`` (which tell its rows apart) and ``join_keys``, each a list or joined by
    commas; a scalar and an artifact need ``dtype``. ``version`` is that of its schema, and the id ends in it. ``more``
    are tags of your own. Above and below other decorators alike, the tags go to the nodes of the function that
    nothing else which it makes depends on, or to those that ``target_`` names:

    - ``parameterize``, ``extract_fields``, ``extract_columns``: to every node made, so that one id would be there more than
      once, which the compiler refuses. Give one ``semantic_output(target_="name", …)`` a node; with the function's
      own name it publishes the whole that ``extract_…`` takes apart.
    - ``config.when``: to the variant in the graph. ``check_output``: to what was checked, not ``_raw`` or validators.
    - ``save_to``: to the node that saves; ``target_`` with the function's name publishes what is saved.
    - ``subdag``: to the node itself; those inside keep theirs, once more for each subdag.

    Raises:
        SemanticOutputError: an argument is missing, empty or not allowed; all of them at once, by name.
    """
    given = {name: value for name, value in locals().items() if name not in ("target_", "more")}
    return tag(target_=target_, **_checked(given, more), **more)


def _checked(given: dict[str, Any], more: dict[str, Any]) -> dict[str, str]:
    """The tags. Raises SemanticOutputError."""
    version = given["version"]
    if isinstance(version, int) and not isinstance(version, bool):
        given["version"] = str(version)
    tags, wrong = _tags({"layer": semantic.PUBLIC, **given})
    told = [f"{name}: {sentence}" for name, sentence in wrong.items()]
    told += [f"{one.tag}: {one.text}; {one.mend}" for one in semantic.errors(tags) if one.tag not in wrong]
    if "layer" in more:
        told.append("layer: it is always semantic; use Hamilton's tag for another layer")
    if told:
        raise SemanticOutputError("semantic_output: " + "; ".join(told))
    return tags


def _tags(given: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The tags without what was left out, and what is wrong of those arguments that are of a wrong type."""
    tags: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name, value in given.items():
        if isinstance(value, str):
            tags[name] = value
        elif name in semantic.KEYS and isinstance(value, (list, tuple)) and _are_texts(value):
            tags[name] = ",".join(value)
        elif value is not None:
            kinds = "a text or a list of texts" if name in semantic.KEYS else "a text"
            wrong[name] = f"it must be {kinds}, not {type(value).__name__}"
    return tags, wrong


def _are_texts(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) for value in values)
