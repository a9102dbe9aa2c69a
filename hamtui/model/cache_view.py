"""What the cache did for each node of a run, in a word or two for its box in the picture of the plan."""

from collections import Counter

from hamtui.contract.dot import Mark
from hamtui.model.baseline import NO_PAST, Past
from hamtui.model.cache import outcome
from hamtui.model.fold import Launch
from hamtui.model.state import CacheOutcome, Run

#: By outcome; a node of which several blocks differ, and one that did not run, have the last two.
COLOURS = {
    "hit": "#b8e6c8",
    "executed": "#ffd9a8",
    "recomputed": "#ffd9a8",
    "disabled": "#e4e4e4",
    "ignored": "#e4e4e4",
    "not-stored": "#f7bcbc",
    "unhashable": "#f7bcbc",
}
_MIXED, _OTHER = "#fff3b0", "#ffffff"


def marks(launch: Launch, run: Run, past: Past = NO_PAST) -> dict[str, Mark]:
    """Node -> what is said of it: its outcome and why, or how many of its blocks had which; else its state."""
    found: dict[str, list[CacheOutcome | None]] = {}
    states: dict[str, Counter[str]] = {}
    for span in run.spans.values():
        found.setdefault(span.key.node, []).append(outcome(launch, span, past))
        states.setdefault(span.key.node, Counter())[span.status] += 1
    told = {node: _mark(outcomes, states[node]) for node, outcomes in found.items()}
    return {node: told.get(node) or Mark("not run", _OTHER) for node in dict.fromkeys((*run.plan, *told))}


def _mark(outcomes: list[CacheOutcome | None], states: Counter[str]) -> Mark:
    words: Counter[str] = Counter(one.outcome for one in outcomes if one is not None)
    if not words:
        return Mark(_counted(states), _OTHER)
    colour = COLOURS[next(iter(words))] if len(words) == 1 else _MIXED
    if len(outcomes) > 1:
        return Mark(_counted(words), colour)
    (one,) = outcomes
    return Mark(f"{one.outcome}: {one.why}" if one is not None and one.why else _counted(words), colour)


def _counted(words: "Counter[str]") -> str:
    """``hit``, or ``3 hit, 1 executed``."""
    if words.total() == 1:
        return next(iter(words))
    return ", ".join(f"{count} {word}" for word, count in words.most_common())
