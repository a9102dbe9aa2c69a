"""What the events say of values, as the launch asks for it: summaries, statistics, payloads, or types alone.

All of it is ready JSON, spliced into an event's line. Statistics are values too, so the node filter aims them as it
aims payloads.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any

from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.redact import is_secret
from hamtui.recorder.aim import aim
from hamtui.recorder.guard import FAULTS, attempt
from hamtui.recorder.lines import NODE_END, NODE_END_LEAN, NODE_START, NODE_START_LEAN
from hamtui.recorder.personal import is_beside
from hamtui.recorder.preview import payload, payloads
from hamtui.recorder.statistics import statistics
from hamtui.recorder.summaries import MOST_ITEMS, short_name, summaries, summary
from hamtui.recorder.text import clip, quote


class Values:
    """What is told of the values of one launch's nodes."""

    def __init__(self, wanted: Diagnostics) -> None:
        self.summaries = wanted.summaries
        self._payloads = wanted.payloads
        self._statistics = wanted.statistics and wanted.summaries
        self._deeper = wanted.payloads or self._statistics
        self._hit = aim(wanted.node_filter)

    def aimed(self, node: Any) -> bool:
        """Whether more than a summary is told of this Hamilton node: never of values of persons."""
        return self._deeper and self._hit(node.name, node.tags or {}) and not is_beside(node)

    def plain(self) -> tuple[str, Callable[[dict[str, Any]], str], str, Callable[[Any], str]]:
        """For nodes that are not aimed at: the form of a start and what fills its last place, the same of an end.

        The functions themselves, so that a node costs no call more.
        """
        if self.summaries:
            return NODE_START, summaries, NODE_END, summary
        return NODE_START_LEAN, _nothing, NODE_END_LEAN, _type

    def arguments(self, kwargs: dict[str, Any]) -> str:
        """What fills that place in the start of a node that is aimed at."""
        told = summaries(kwargs) if self.summaries else ""
        return told + _payload("kwargs_payload", payloads, kwargs) if self._payloads else told

    def result(self, value: Any, name: str) -> str:
        """The same in its end."""
        if self._statistics:
            told = _with_statistics(name, value)
        else:
            told = summary(value) if self.summaries else _type(value)
        return told + _payload("result_payload", payload, value, name) if self._payloads else told

    def inputs(self, given: dict[str, Any]) -> str:
        """Of a run's inputs; where nodes are chosen, more than a summary of those alone that bear a chosen name."""
        aimed = {name: value for name, value in given.items() if self._deeper and self._hit(str(name), {})}
        told = ""
        if self.summaries:
            told = ',"inputs_summary":' + (summaries(given) if not self._statistics else _all(given, aimed))
        return told + _payload("inputs_payload", payloads, aimed) if self._payloads else told

    def results(self, results: dict[str, Any]) -> str:
        """Of what a run gives back."""
        return ',"results_summary":' + summaries(results) if self.summaries else ""


def _nothing(_: Any) -> str:
    return ""


def _type(value: Any) -> str:
    return quote(short_name(type(value)))


def _payload(key: str, function: Callable[..., str], *args: Any) -> str:
    text, error = attempt(function, *args)
    if error is not None or text is None:
        FAULTS.note("payload", error or ValueError(key))
        return ""
    return f',"{key}":{text}'


def _with_statistics(name: str, value: Any) -> str:
    text = summary(value)
    found = None if is_secret(name) else statistics(value)
    return text if found is None else f'{text[:-1]},"statistics":{found}}}'


def _all(given: dict[str, Any], aimed: dict[str, Any]) -> str:
    parts = [
        f"{quote(clip(str(name), 300))}:{_with_statistics(str(name), value) if name in aimed else summary(value)}"
        for name, value in islice(given.items(), MOST_ITEMS)
    ]
    return "{" + ",".join(parts) + "}"
