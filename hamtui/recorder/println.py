"""Hamilton's PrintLn into the log, node by node. Hamilton's own raises KeyError in task-based execution."""

import functools
import logging
import reprlib
from collections.abc import Sequence
from itertools import islice
from typing import Any

from hamilton.lifecycle import base, default

from hamtui.contract.redact import is_secret, redacted
from hamtui.contract.summary import REDACTED
from hamtui.recorder import failures
from hamtui.recorder.aim import Aim, aim
from hamtui.recorder.applog import say_of
from hamtui.recorder.classes import mro
from hamtui.recorder.fields import fields_of
from hamtui.recorder.guard import FAULTS, attempt
from hamtui.recorder.personal import is_beside
from hamtui.recorder.preview import payload
from hamtui.recorder.spans import SpanKey
from hamtui.recorder.tables import known

#: What reaches app.log.jsonl through the record factory goes to nobody else: the user's own handlers print what
#: they always print.
logger = logging.getLogger("hamtui.println")

_MOST_OPEN = 10_000
#: So many characters of one text are looked through for secrets; it is cut much shorter than that afterwards.
_MOST_JUDGED = 20_000


class _Short(reprlib.Repr):
    """Python's own cut ``repr``, with secrets kept back before the cut, which might take away what they are known by.

    Models and tables are told as payloads are, which know of fields and columns.
    """

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 1_000
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = self.maxdeque = 20

    def repr_str(self, x: str, level: int) -> str:
        """Text."""
        return super().repr_str(redacted(x[:_MOST_JUDGED]), level)

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        """A dict: nothing of what stands under a key that looks like a secret's."""
        told = {
            key: _Told(REDACTED) if is_secret(str(key)) else value
            for key, value in islice(x.items(), self.maxdict + 1)
        }
        return super().repr_dict(told, level)

    def repr_instance(self, x: Any, level: int) -> str:  # noqa: ARG002 - Python's signature
        """Whatever has no way of its own here."""
        kind = type(x)
        if kind is _Told:
            return repr(x)
        if fields_of(kind) is not None or any(known(base) for base in mro(kind)):
            return payload(x, most=self.maxother)
        text, error = attempt(repr, x)
        if error is not None or text is None:
            return f"<{kind.__name__}>"
        text = redacted(text[:_MOST_JUDGED])
        return text if len(text) <= self.maxother else f"{text[: self.maxother - 3]}..."


_short = _Short()


class _Shown:
    """A value as PrintLn prints it: cut short, without secrets, and never a reason for it to raise."""

    def __init__(self, value: Any, name: str) -> None:
        self._value = value
        self._name = name

    def __repr__(self) -> str:
        if is_secret(self._name):
            return REDACTED
        text, error = attempt(_short.repr, self._value)
        return f"<{type(self._value).__name__}>" if error is not None or text is None else text


class _Told:
    """A sentence that PrintLn prints as it is."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


class PrintLn(base.BasePreNodeExecute, base.BasePostNodeExecute):
    """Says each node's start and end: with ``verbosity`` 2 inputs and results too. ``which`` nodes: see ``aim``."""

    #: One of ours: see ``own.placed``.
    hamtui_instrument = True

    def __init__(self, verbosity: int, which: Sequence[str] = ()) -> None:
        self.verbosity = verbosity
        self.which = tuple(which)
        self._begin()

    def _begin(self) -> None:
        self._aim: Aim = aim(self.which)
        # Hamilton's keeps a node's start by its name, which is not one where a run has blocks, or several are under
        # way: each span has one of its own.
        self._open: dict[SpanKey, default.PrintLn] = {}
        logger.setLevel(logging.INFO)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())

    def __reduce__(self) -> tuple[Any, ...]:
        return PrintLn, (self.verbosity, self.which)

    def pre_node_execute(self, **said: Any) -> None:
        """A node starts."""
        self._or_note(self._start, said)

    def post_node_execute(self, **said: Any) -> None:
        """A node ended."""
        self._or_note(self._end, said)

    def _or_note(self, function: Any, said: dict[str, Any]) -> None:
        _, error = attempt(function, said)
        if error is not None:
            FAULTS.note("println", error)

    def _start(self, said: dict[str, Any]) -> None:
        node = said["node_"]
        if not self._aim(node.name, node.tags) or failures.look(node, said["kwargs"])[0]:
            return
        if len(self._open) >= _MOST_OPEN:
            self._open.clear()
        span = _span(said)
        verbosity = 1 if is_beside(node) else self.verbosity
        own = self._open[span] = default.PrintLn(verbosity, functools.partial(say_of, span, logger))
        own.run_before_node_execution(**_about(said))

    def _end(self, said: dict[str, Any]) -> None:
        node, result = said["node_"], said.get("result")
        own, failure = self._open.pop(_span(said), None), failures.told(said)
        if own is not None:
            told = {
                "result": _Shown(result, node.name),
                "error": said.get("error"),
                "success": said.get("success", True),
            }
            if failure is not None:
                told.update(
                    success=False, error=_Told(failure.causes[0].error if failure.own else str(failure))
                )
            own.run_after_node_execution(**_about(said), **told)
        elif failure is not None and self._aim(node.name, node.tags):
            skipped = f"Skipped node: {_name(said)}, {failures.because(failure.causes)}."
            say_of(_span(said), logger, skipped)


def _span(said: dict[str, Any]) -> SpanKey:
    return said["run_id"], said.get("task_id"), said["node_"].name


def _name(said: dict[str, Any]) -> str:
    task_id, name = said.get("task_id"), said["node_"].name
    return f"{task_id}:{name}" if task_id is not None else str(name)


def _about(said: dict[str, Any]) -> dict[str, Any]:
    """What PrintLn is told: the task within the name, because it forgets a node by its bare name."""
    node = said["node_"]
    kwargs = {name: _Shown(value, name) for name, value in said["kwargs"].items()}
    return {"node_name": _name(said), "node_tags": node.tags, "node_kwargs": kwargs, "task_id": None}
