"""What the cache did for a span, and why, read out of Hamilton's own cache events."""

import base64
import binascii
import zlib
from collections.abc import Iterator
from itertools import islice

from hamtui.model.baseline import NO_PAST, CacheKey, Past
from hamtui.model.fold import Launch
from hamtui.model.state import CacheOutcome, CacheWord, Span
from hamtui.model.trail import Trail

#: A key that unpacks to more than this is not looked into.
MAX_KEY = 1 << 20
#: How it is said of a result that is kept out of the cache, though it could be stored.
CHOSEN = "not stored, because "
#: Earlier runs of the same launch that are searched for a node's last key.
MAX_RUNS_BACK = 50


#: A behaviour that leaves the cache nothing to choose, and what its outcome is called.
_BEHAVED: dict[str | None, CacheWord] = {
    "disable": "disabled",
    "ignore": "ignored",
    "recompute": "recomputed",
}
_BEHAVIOR_SAYS = {said: f"behaviour says {behavior}" for behavior, said in _BEHAVED.items()}


def decode_key(text: str) -> CacheKey | None:
    """Hamilton's cache key (``node-codeversion-base64(zlib(deps))``) taken apart; None when it is none.

    The code version may hold ``-`` itself (it is URL-safe base64), the dependencies can not.
    """
    head, _, packed = text.rpartition("-")
    node, dash, version = head.partition("-")
    if not dash:
        return None
    try:
        raw = zlib.decompressobj().decompress(base64.b64decode(packed, validate=True), MAX_KEY)
        told = raw.decode()
    except (binascii.Error, ValueError, zlib.error):
        return None
    if told == "<none>":
        return CacheKey(node, version, {})
    parts = told.split(",")
    return CacheKey(node, version, dict(zip(parts[::2], parts[1::2], strict=False)))


def word(launch: Launch, span: Span) -> CacheWord | None:
    """What the cache did for the span; None with the cache off, or when nothing is known."""
    if span.status == "pending" or (launch.info is not None and launch.info.cache_dir is None):
        return None
    behavior = launch.behaviors.get((span.key.run_id, span.key.node))
    if behavior in _BEHAVED:
        return _BEHAVED[behavior]
    trail = launch.trails.get(span.key)
    if trail is None:
        return None
    if trail.hit:
        return "hit"
    if trail.not_stored is not None:
        return "not-stored"
    if trail.unhashable is not None:
        return "unhashable"
    return "executed" if trail.failed or trail.executed_at is not None or _missed(trail) else None


def _missed(trail: Trail) -> bool:
    return trail.missed or trail.result_missing or trail.unread is not None


def outcome(launch: Launch, span: Span, past: Past = NO_PAST) -> CacheOutcome | None:
    """What the cache did for the span, and why; None with the cache off, or when nothing is known."""
    said, trail = word(launch, span), launch.trails.get(span.key)
    return None if said is None else CacheOutcome(said, _why(launch, span, said, trail, past))


def _why(launch: Launch, span: Span, said: CacheWord, trail: Trail | None, past: Past) -> str | None:
    if said in _BEHAVIOR_SAYS:
        return _BEHAVIOR_SAYS[said] + (_flaws(trail) if said == "recomputed" else "")
    if trail is None:
        return None
    if said == "hit":
        return "same code, same inputs"
    if trail.not_stored is not None:
        return _not_stored(trail.not_stored)
    if trail.unhashable is not None:
        return _unhashable(trail.unhashable)
    known = trail.executed_at is not None or _missed(trail)
    return _why_executed(launch, span, trail, past) if known else None


def _flaws(trail: Trail | None) -> str:
    if trail is not None and trail.not_stored is not None:
        return "; " + _not_stored(trail.not_stored)
    if trail is not None and trail.unhashable is not None:
        return "; " + _unhashable(trail.unhashable)
    return ""


def _not_stored(msg: str) -> str:
    if msg.startswith(CHOSEN):
        return msg.removeprefix(CHOSEN)
    reason = msg.removeprefix("not stored").lstrip(": ")
    return f"result cannot be stored: {reason}" if reason else "result cannot be stored"


def _unhashable(msg: str) -> str:
    """Hamilton says ``unhashable type <class 'x.Y'>; set …``: the class is what tells."""
    _, found, rest = msg.partition("<class '")
    kind = rest.partition("'>")[0]
    return f"result cannot be hashed: {kind}" if found and kind else "result cannot be hashed"


def _why_executed(launch: Launch, span: Span, trail: Trail, past: Past) -> str | None:
    if trail.result_missing:
        return "result file missing"
    if trail.metadata is not None:
        return f"cache metadata cannot be read: {trail.metadata}"
    if trail.unread is not None or (trail.known and not trail.missed and trail.executed_at is not None):
        return _unread(trail.unread or "")
    key = decode_key(trail.key) if trail.key is not None else None
    if key is not None:
        random = _random_inputs(key)
        if random is not None:
            return random
        before = _last_key(launch, span, trail, past)
        changed = None if before is None else _changes(before, key)
        if changed:
            return changed
    return "nothing stored"


#: The first word of what reading a result file raised, where that is no damage of the file.
_NO_DAMAGE = {
    "PermissionError": "unreadable",
    "IsADirectoryError": "unreadable",
    "OSError": "unreadable",
    "MemoryError": "unreadable",
    "ModuleNotFoundError": "of other code",
    "ImportError": "of other code",
    "AttributeError": "of other code",
}


def _unread(error: str) -> str:
    """What is wrong with a result file, by the error that reading it raised."""
    if not error:
        return "stored result could not be read"
    kind = _NO_DAMAGE.get(error.partition(":")[0], "corrupt")
    if "unsupported pickle protocol" in error:
        kind = "of another Python"
    return f"result file {kind}: {error}"


def _random_inputs(key: CacheKey) -> str | None:
    """A dependency that has a new version in every run makes everything below it miss in every run."""
    for mark, words in (("<unhashable>", "cannot be hashed"), ("<disable>", "is never cached")):
        names = [name for name, version in key.dependencies.items() if version.startswith(mark)]
        if names:
            return f"input {', '.join(names)} {words}"
    return None


def _changes(before: CacheKey, key: CacheKey) -> str:
    said = []
    if before.code_version != key.code_version:
        said.append("code changed")
    old, new = before.dependencies, key.dependencies
    changed = [name for name in new if name in old and old[name] != new[name]]
    added = [name for name in new if name not in old]
    gone = [name for name in old if name not in new]
    for names, word in ((changed, "changed"), (added, "added"), (gone, "removed")):
        if names:
            said.append(f"input {', '.join(names)} {word}")
    return ", ".join(said)


def _last_key(launch: Launch, span: Span, trail: Trail, past: Past) -> CacheKey | None:
    found = last_key(launch, span, trail, past)
    return None if found is None else found[0]


def last_key(launch: Launch, span: Span, trail: Trail, past: Past) -> tuple[CacheKey | None, str] | None:
    """The node's key before this one, and where it is from: an earlier run of this launch, else an earlier launch."""
    for run_id in runs_before(launch, span.key.run_id):
        found = launch.trails.get((run_id, span.key.task_id, span.key.node))
        if found is not None and found.key is not None and found.at <= trail.at:
            return decode_key(found.key), f"run {run_id[:8]}"
    spot = (span.key.node, span.key.task_id)
    key = past.keys.get(spot)
    return None if key is None else (key, past.origins.get(spot, "an earlier launch"))


def runs_before(launch: Launch, run_id: str) -> Iterator[str]:
    """The runs of the launch that began before this one, newest first; no more than ``MAX_RUNS_BACK``."""
    earlier = iter(reversed(launch.runs))
    for each in earlier:
        if each == run_id:
            break
    return islice(earlier, MAX_RUNS_BACK)
