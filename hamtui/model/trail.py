"""What Hamilton's cache events say of one execution, gathered in any order."""

from dataclasses import dataclass

from hamtui.contract.logs import CacheEvent

#: (run_id, task_id, node), equal to a SpanKey.
Spot = tuple[str, str | None, str]


@dataclass(slots=True)
class Trail:
    """The cache events of one span. ``hit_at`` and ``executed_at`` are Unix seconds, 0 where the event had none.

    ``missed``: the metadata store held nothing under the key. ``known``: it did. ``at``: the newest event.
    ``unread``: why the stored result could not be read, empty where that was not said; ``metadata``: why what is stored
    could not even be looked up. ``stored``: the data version under which the result lies in the store; ``data_version``: the result's, stored or not.
    """

    at: float = 0.0
    key: str | None = None
    hit_at: float | None = None
    executed_at: float | None = None
    failed: bool = False
    missed: bool = False
    known: bool = False
    result_missing: bool = False
    unread: str | None = None
    metadata: str | None = None
    unhashable: str | None = None
    not_stored: str | None = None
    stored: str | None = None
    data_version: str | None = None

    @property
    def hit(self) -> bool:
        """Whether the stored result was taken, and the function not run after all."""
        return self.hit_at is not None and (self.executed_at is None or self.hit_at > self.executed_at)


def _stamp(event: CacheEvent) -> float:
    return event.timestamp or 0.0


def _get_result(trail: Trail, event: CacheEvent) -> None:
    trail.hit_at = max(_stamp(event), trail.hit_at or 0.0)
    _stored(trail, event)


def _stored(trail: Trail, event: CacheEvent) -> None:
    if event.actor == "result_store" and isinstance(event.value, str) and event.value:
        trail.stored = event.value


def _execute(trail: Trail, event: CacheEvent) -> None:
    trail.executed_at = max(_stamp(event), trail.executed_at or 0.0)


def _failed_execution(trail: Trail, event: CacheEvent) -> None:  # noqa: ARG001 - one signature for all
    trail.failed = True


def _data_version(trail: Trail, event: CacheEvent) -> None:
    if event.actor == "metadata_store":
        trail.missed = trail.missed or event.msg == "miss"
        trail.known = trail.known or event.msg == "hit"


def _set_data_version(trail: Trail, event: CacheEvent) -> None:
    if isinstance(event.msg, str) and event.msg.startswith("not stored"):
        trail.not_stored = event.msg.replace("not stored: ", "not stored: cache metadata: ", 1)
    if isinstance(event.value, str) and event.value:
        trail.data_version = event.value


def _set_key(trail: Trail, event: CacheEvent) -> None:
    if isinstance(event.value, str):
        trail.key = event.value


def _missing(trail: Trail, event: CacheEvent) -> None:  # noqa: ARG001
    trail.result_missing = True


def _failed_retrieval(trail: Trail, event: CacheEvent) -> None:
    said = event.msg if isinstance(event.msg, str) else ""
    if event.actor == "metadata_store":
        trail.metadata = said
    else:
        trail.unread = said


def _unhashable(trail: Trail, event: CacheEvent) -> None:
    trail.unhashable = event.msg if isinstance(event.msg, str) else ""


def _set_result(trail: Trail, event: CacheEvent) -> None:
    if isinstance(event.msg, str) and event.msg.startswith("not stored"):
        trail.not_stored = event.msg
    else:
        _stored(trail, event)


#: What moves a span's trail, by event type; every other event of the log tells nothing of a span.
TAKES = {
    "get_result": _get_result,
    "execute_node": _execute,
    "failed_execution": _failed_execution,
    "get_data_version": _data_version,
    "set_cache_key": _set_key,
    "set_data_version": _set_data_version,
    "missing_result": _missing,
    "failed_retrieval": _failed_retrieval,
    "unhashable_data_version": _unhashable,
    "set_result": _set_result,
}

#: Behaviours as the log writes them (``CachingBehavior.DISABLE``) by their last word, in small letters.
BEHAVIORS = frozenset({"default", "recompute", "disable", "ignore"})


def behavior(value: object) -> str | None:
    """``disable`` for ``CachingBehavior.DISABLE``; None for what is no behaviour."""
    word = value.rpartition(".")[2].lower() if isinstance(value, str) else None
    return word if word in BEHAVIORS else None
