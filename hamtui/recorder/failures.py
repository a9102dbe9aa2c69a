"""What stands for the result of a node that failed, or was skipped for one that did, while the run goes on.

Hamilton's GracefulErrorAdapter passes a sentinel, ``None`` by default, which tells nothing of what happened and is
taken for a node's own ``None``. A ``Failure`` says which nodes failed and how, crosses to workers by pickle, and is
replaced by ``None`` wherever the user's code gets to see it.
"""

import os
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, NamedTuple

import hamilton.node
from hamilton.node import NodeType

from hamtui.recorder.guard import error_text
from hamtui.recorder.lines import error_keys
from hamtui.recorder.text import clip, dumps, quote

#: So many failed nodes are named by one that was skipped for them.
MOST_CAUSES = 8
_MOST_ERROR = 2_000
#: Where the code stands that calls a node's function.
_OUTER = tuple(os.path.dirname(file) + os.sep for file in (__file__, str(hamilton.node.__file__)))
#: The tag of Hamilton's ``@accept_error_sentinels``.
_ACCEPTS = ("hamilton.error_sentinel", "injection is requested")
_SAVER = "hamilton.data_saver"


class Cause(NamedTuple):
    """A node that failed: ``error`` is ``"Type: message"``."""

    node: str
    task_id: str | None
    error: str


class Failure:
    """The result of a node that has none. ``own``: it failed itself; else it was skipped for ``causes``."""

    __slots__ = ("causes", "own")

    def __init__(self, causes: tuple[Cause, ...], own: bool = False) -> None:
        self.causes = causes
        self.own = own

    def __reduce__(self) -> tuple[Any, ...]:
        return Failure, (self.causes, self.own)

    def __repr__(self) -> str:
        return f"<{'failed' if self.own else 'skipped'}, {because(self.causes)}>"


class NodesFailedError(Exception):
    """How a run ends that went on past nodes that failed."""


class Caught:
    """A block that a node's own exception does not leave: it is kept as ``error``. Ctrl-C and the like go on.

    Not the recorder's guard: an exception that a signal's handler raised (a time limit's) is the node's failure too.
    """

    __slots__ = ("error",)

    def __init__(self) -> None:
        self.error: Exception | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Exception):
            self.error = error.with_traceback(_users(trace))
            return True
        return False


def _users(trace: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that begins with the user's code; all of it where there is none."""
    rest = trace
    while rest is not None and rest.tb_frame.f_code.co_filename.startswith(_OUTER):
        rest = rest.tb_next
    return rest or trace


def failed(node: str, task_id: str | None, error: BaseException) -> Failure:
    """The failure of a node that raised."""
    return Failure((Cause(node, task_id, clip(error_text(error), _MOST_ERROR)),), own=True)


def skipped(failures: Iterable[Failure]) -> Failure:
    """What a node is that needs what failed, each cause named once."""
    causes = dict.fromkeys(cause for failure in failures for cause in failure.causes)
    return Failure(tuple(causes)[:MOST_CAUSES])


def look(node: Any, kwargs: dict[str, Any]) -> tuple[list[Failure], list[Failure]]:
    """The failures for which a node is skipped, and those that it is executed without.

    As Hamilton has it: a node that collects gets what there is of its blocks, and one that is marked by
    ``@accept_error_sentinels`` gets all. A list in which nothing is left is not worth collecting.
    """
    blocked = [value for value in kwargs.values() if type(value) is Failure]
    if blocked and node.tags.get(_ACCEPTS[0]) == _ACCEPTS[1]:
        return [], blocked
    if not blocked and node.node_role is NodeType.COLLECT:
        found = kwargs.get(node.collect_dependency)
        if type(found) is list:
            missing = [item for item in found if type(item) is Failure]
            return (missing, []) if missing and len(missing) == len(found) else ([], missing)
    return blocked, []


def of(result: Any) -> Failure | None:
    """The failure that a node's result is or, of a Parallelizable that broke off, ends with."""
    if type(result) is list and result:
        result = result[-1]
    return result if type(result) is Failure else None


class _Here(threading.local):
    """The failure of the node that this thread executed last, where its result does not tell: run, task and node first."""

    untold: tuple[Any, Failure] | None = None


_here = _Here()


def result_of(node: Any, span: Any, failure: Failure, items: Iterable[Any] = ()) -> Any:
    """What is passed on as the result of a node that has none. ``items``: what a Parallelizable gave before.

    What a saver gives is handed to the caller of ``materialize`` as it is: that gets ``None``, as from
    GracefulErrorAdapter, and ``told`` knows of the failure.
    """
    if node.node_role is NodeType.EXPAND:
        return [*items, failure]
    if node.tags.get(_SAVER) is True and not node.depended_on_by:
        _here.untold = (span, failure)
        return None
    return failure


def told(said: dict[str, Any]) -> Failure | None:
    """The failure of the node that has just ended on this thread, by what its hook is told."""
    result, untold = said.get("result"), _here.untold
    if result is None and untold is not None:
        span = said["run_id"], said.get("task_id"), said["node_"].name
        return untold[1] if untold[0] == span else None
    return of(result)


def without(values: dict[str, Any]) -> dict[str, Any]:
    """The values as the user's code may see them: ``None`` for each failure, in lists too."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if type(value) is Failure:
        return None
    if type(value) is list and any(type(item) is Failure for item in value):
        return [None if type(item) is Failure else item for item in value]
    return value


def because(causes: tuple[Cause, ...], task_id: str | None = None) -> str:
    """``because risk_score failed: ValueError: …``; of several causes the first, and how many more.

    ``task_id``: whose reader knows of which block is spoken.
    """
    if not causes:
        return "because a node failed"
    first = causes[0]
    more = f", and {len(causes) - 1} more failed" if len(causes) > 1 else ""
    name = first.node if task_id is not None and first.task_id == task_id else named(first)
    return f"because {name} failed: {first.error}{more}"


def named(cause: Cause) -> str:
    """``count`` or, in a block of a Parallelizable, ``count [expand-shard.3.block-shard]``."""
    return f"{cause.node} [{cause.task_id}]" if cause.task_id and "." in cause.task_id else cause.node


def skipped_keys(failure: Failure, task_id: str | None, raised: BaseException | None = None) -> str:
    """The keys of a skipped node's end. ``raised``: what it raised when it was executed without what is missing."""
    said = because(failure.causes, task_id)
    keys = f'"error":{quote("Skipped: " + said)},"error_type":"Skipped"'
    if raised is not None:
        own = error_keys(raised)
        without_it = f"Skipped: {said}; without that it raised {error_text(raised, _MOST_ERROR)}"
        trace = own.partition('"traceback":')[2]
        keys = f'"error":{quote(without_it)},"error_type":"Skipped"'
        keys += f',"traceback":{trace}' if trace else ""
    return f'{keys},"skipped":true,{caused_by(failure)}'


def caused_by(failure: Failure) -> str:
    """``"caused_by":[…]``: which nodes failed, in which task, and how."""
    return f'"caused_by":{dumps([cause._asdict() for cause in failure.causes])}'
