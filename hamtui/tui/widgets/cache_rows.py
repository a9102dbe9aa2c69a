"""What the Node pane says of the cache: the outcome, the key's parts beside the earlier ones, the data version."""

from __future__ import annotations

from rich.style import Style

from hamtui.model.cache import outcome
from hamtui.model.misses import explain
from hamtui.model.state import Span
from hamtui.tui.subject import Subject
from hamtui.tui.widgets.lines import Pen

Field = tuple[str, list[tuple[str, Style]]]

#: Characters of a version that tell it from others, where there is less room than this.
_SHORT, _ROOM = 12, 500


def cache_fields(pen: Pen, subject: Subject, span: Span) -> list[Field]:
    """The fields ``cache``, ``key`` and ``version``; none where the cache said nothing of this span."""
    look, trail = pen.look, subject.launch.trails.get(span.key)
    found = outcome(subject.launch, span, subject.past)
    fields: list[Field] = []
    if found is not None:
        said = f"{found.outcome}: {found.why}" if found.why else found.outcome
        fields.append(("cache", [(pen.clean(said), look.text)]))
    if trail is None:
        return fields
    miss = explain(subject.launch, span, subject.past)
    if miss is not None:
        since = f", against {miss.since}" if miss.since else ""
        rows = [(f"{len(miss.parts)} parts{since}" if since else "its parts", look.dim)]
        for part in miss.parts:
            was = f"  (was {_short(pen, part.before)})" if miss.since and part.changed else ""
            said = f"{part.name} {_short(pen, part.now)}{was}"
            rows.append((pen.clean(said), look.strong if was else look.text))
        fields.append(("key", rows))
    version = trail.stored or trail.data_version
    if version is not None:
        kept = "" if trail.stored else "  (not stored)"
        fields.append(("version", [(pen.clean(version) + kept, look.text)]))
    return fields


def _short(pen: Pen, version: str | None) -> str:
    if version is None:
        return "none"
    return version if len(version) <= _SHORT + 1 or pen.width >= _ROOM else version[:_SHORT] + "…"
