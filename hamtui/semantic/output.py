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
    are tags of your own.

    Where a function makes several nodes, the tags go to those that nothing else which it makes depends on, above and
    below the other decorators alike, and ``target_`` names the node that is meant:

    - ``parameterize``, ``extract_fields``, ``extract_columns``: every node made gets them, so one id would be there
      more than once, which the compiler refuses. One ``semantic_output(target_="name", …)`` a node publishes each;
      ``target_`` with the function's own name publishes the whole that ``extract_…`` takes apart.
    - ``config.when``: the variant that is in the graph, under the name without its ``__suffix``.
    - ``check_output``: the node that was checked, not its ``_raw`` and its validators.
    - ``save_to``: the node that saves; ``target_`` with the function's name publishes what is saved.
    - ``subdag``: the node under its own name; those inside keep theirs, with the subdag's name before it, and are
      there once more for each subdag.

    Raises:
        SemanticOutputError: an argument is missing, empty or not allowed; all of them at once, by name.
    """
    given: dict[str, Any] = {
        "layer": semantic.PUBLIC,
        "semantic_id": semantic_id,
        "kind": kind,
        "entity": entity,
        "grain": grain,
        "version": str(version) if isinstance(version, int) and not isinstance(version, bool) else version,
        "stability": stability,
        "schema_ref": schema_ref,
        "entity_keys": entity_keys,
        "join_keys": join_keys,
        "dtype": dtype,
        "owner": owner,
        "description": description,
        "unit": unit,
        "pii": pii,
        "source_system": source_system,
        "materialization": materialization,
        "materialized_name": materialized_name,
    }
    tags, wrong = _tags(given)
    told = [f"{name}: {sentence}" for name, sentence in wrong.items()]
    told += [f"{one.tag}: {one.text}; {one.mend}" for one in semantic.errors(tags) if one.tag not in wrong]
    if "layer" in more:
        told.append("layer: it is always semantic; use Hamilton's tag for another layer")
    if told:
        raise SemanticOutputError("semantic_output: " + "; ".join(told))
    return tag(target_=target_, **tags, **more)


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
