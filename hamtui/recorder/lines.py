"""The lines of the flight file that come once a node, as templates: ``json.dumps`` would cost three times the rest.

Times are integers of nanoseconds with ``e-9`` behind: valid JSON numbers that cost a third of ``%.6f``.
"""

import functools
import weakref
from collections.abc import Callable, Iterable
from typing import Any

from hamtui.contract import durations
from hamtui.recorder.guard import attempt, error_text, traceback_text
from hamtui.recorder.text import clip, quote

Aimed = Callable[[Any], bool]

_MOST_REMEMBERED = 20_000
_MOST_ERROR = 16_384

NODE_START = (
    '{"event":"node_start","run_id":%s,"node":%s,"task_id":%s,"ts":%de-9,"mono":%de-9,"pid":%d,"seq":%d,'
    '"thread_id":%d,"native_id":%d%s,"kwargs_keys":%s,"kwargs_summary":%s}\n'
)
NODE_END = (
    '{"event":"node_end","run_id":%s,"node":%s,"task_id":%s,"ts":%de-9,"mono":%de-9,"pid":%d,"seq":%d,'
    '"thread_id":%d,"success":true,"elapsed_s":%de-9%s,"error":null,"result_summary":%s}\n'
)
#: The same where summaries are off.
NODE_START_LEAN = NODE_START.replace(',"kwargs_summary":%s', "%s")
NODE_END_LEAN = NODE_END.replace("result_summary", "result_type")
NODE_FAILED = (
    '{"event":"node_end","run_id":%s,"node":%s,"task_id":%s,"ts":%de-9,"mono":%de-9,"pid":%d,"seq":%d,'
    '"thread_id":%d,"success":false,"elapsed_s":%de-9%s,%s}\n'
)


class NodeWords:
    """What is said of a node in each of its lines, made once. ``node`` is weak: a graph that is done with is to go."""

    __slots__ = ("aimed", "hang_after", "keys", "keys_count", "name", "node", "quoted")

    def __init__(self, node: Any, forget: Callable[[Any], object], aimed: Aimed) -> None:
        self.node = weakref.ref(node, forget)
        self.name: str = node.name
        self.quoted = quote(self.name)
        keys = list(node.input_types)
        self.keys_count = len(keys)
        self.keys = names(keys)
        #: Whether its values are told of.
        self.aimed = attempt(aimed, node)[0] or False
        tag = (node.tags or {}).get(durations.HANG_AFTER_TAG)
        # A tag that is no duration is no threshold.
        self.hang_after = None if tag is None else attempt(durations.seconds, tag)[0]


class Words:
    """Quoted names and ids, and nodes' words, remembered in bounded number. ``aimed`` says whose values are told of."""

    def __init__(self, aimed: Aimed = lambda _node: False) -> None:
        self._aimed = aimed
        self.quoted: dict[str | None, str] = {None: "null"}
        self.nodes: dict[int, NodeWords] = {}

    def quote(self, text: str | None) -> str:
        """A JSON string, or ``null``."""
        known = self.quoted.get(text)
        if known is None:
            if len(self.quoted) >= _MOST_REMEMBERED:
                self.quoted = {None: "null"}
            known = self.quoted[text] = quote(str(text))
        return known

    def forget(self, run_id: str) -> None:
        """The run is over: a service has thousands."""
        self.quoted.pop(run_id, None)

    def node(self, node: Any) -> NodeWords:
        """A node's words."""
        known = self.nodes.get(id(node))
        if known is None:
            if len(self.nodes) >= _MOST_REMEMBERED:
                self.nodes = {}
            # An id is another node's as soon as this one is gone. C from end to end: a line of Python run as a
            # weak reference's callback would be a place in which Ctrl-C is lost.
            forget = functools.partial(self.nodes.pop, id(node))
            known = self.nodes[id(node)] = NodeWords(node, forget, self._aimed)
        return known


class Remark:
    """What an instrument adds to a node's end: ready JSON keys, in the place of the outcome's where it failed after all."""

    __slots__ = ("failed", "keys", "mismatches")

    def __init__(self) -> None:
        self.failed = False
        self.keys: list[str] = []
        self.mismatches: list[str] = []

    def add(self, keys: str, failed: bool) -> None:
        """More keys; ``failed``: they tell how."""
        self.failed = self.failed or failed
        self.keys.append(keys)

    def upon(self, outcome: str) -> str:
        """The keys of the whole outcome."""
        told = [] if self.failed else [outcome]
        mismatches = [f'"type_mismatch":{names(self.mismatches)}'] if self.mismatches else []
        return ",".join([*told, *self.keys, *mismatches])


def names(values: Iterable[Any]) -> str:
    """A JSON list of names."""
    return "[" + ",".join([quote(str(value)) for value in values]) + "]"


def error_keys(error: BaseException | None) -> str:
    """``"error":…,"error_type":…,"traceback":…`` of a failing end."""
    if error is None:
        return '"error":"Error: unknown","error_type":"Error"'
    text = quote(clip(error_text(error), _MOST_ERROR))
    keys = f'"error":{text},"error_type":{quote(type(error).__name__)}'
    # One that was never raised has been nowhere.
    trace = traceback_text(error) if error.__traceback__ is not None else None
    return keys if trace is None else f'{keys},"traceback":{quote(trace)}'


def true_error(error: BaseException | None) -> BaseException | None:
    """What really happened: with Hamilton's cache on, Ctrl-C in a node comes out as an empty AssertionError."""
    if type(error) is AssertionError and not error.args:
        cause = error.__context__
        if cause is not None and not isinstance(cause, Exception):
            return cause
    return error
