"""Inputs and results against annotations: ``strict`` as Hamilton has it, which ends the node, or ``warn``."""

from itertools import islice
from typing import Any, Protocol, get_args, get_origin

from hamilton import htypes
from hamilton.node import DependencyType

from hamtui.recorder.adapter import Recorder
from hamtui.recorder.failures import Failure
from hamtui.recorder.fits import misfit
from hamtui.recorder.guard import attempt
from hamtui.recorder.spans import SpanKey


class Check(Protocol):
    """A look at a node's inputs before it is executed, and at its result after."""

    def inputs(self, recorder: Recorder, span: SpanKey, node: Any, kwargs: dict[str, Any]) -> None:
        """The inputs, by name."""

    def result(self, recorder: Recorder, span: SpanKey, node: Any, result: Any) -> None:
        """What its function gave, or the cache found."""


class Strict:
    """As Hamilton's FunctionInputOutputTypeChecker: TypeError in its words.

    But within the node's execution, so that it is that node which fails; only of a function that returned, so that
    the node's own error is not hidden; and with Collect and Parallelizable, at which Hamilton's raises, taken for lists.
    """

    def inputs(self, recorder: Recorder, span: SpanKey, node: Any, kwargs: dict[str, Any]) -> None:  # noqa: ARG002
        """Raises TypeError."""
        for name, value in kwargs.items():
            expected = node.input_types[name][0]
            if not _is_instance(value, expected):
                raise TypeError(
                    f"Node {node.name} received an input of type {type(value)} for {name}, expected {expected}"
                )

    def result(self, recorder: Recorder, span: SpanKey, node: Any, result: Any) -> None:  # noqa: ARG002
        """Raises TypeError."""
        if not _is_instance(result, node.type):
            raise TypeError(
                f"Node {node.name} returned a result of type {type(result)}, expected {node.type}"
            )


def _is_instance(value: Any, expected: Any) -> bool:
    if type(value) is Failure:
        return True  # what an input that failed would have been is not known
    if get_origin(expected) in (htypes.Collect, htypes.Parallelizable) and isinstance(value, list):
        (item,) = get_args(expected)
        return all(_is_instance(one, item) for one in value)
    return bool(htypes.check_instance(value, expected))


class Warn:
    """Notes on the node what does not fit, and lets it pass."""

    def inputs(self, recorder: Recorder, span: SpanKey, node: Any, kwargs: dict[str, Any]) -> None:
        """Never raises."""
        attempt(self._inputs, recorder, span, node, kwargs)

    def _inputs(self, recorder: Recorder, span: SpanKey, node: Any, kwargs: dict[str, Any]) -> None:
        for name, value in kwargs.items():
            expected, need = node.input_types.get(name, (Any, None))
            if type(value) is Failure or (value is None and need is DependencyType.OPTIONAL):
                continue
            self._note(recorder, span, f"input {name}", misfit(_present(value, expected), expected))

    def result(self, recorder: Recorder, span: SpanKey, node: Any, result: Any) -> None:
        """Never raises."""
        attempt(lambda: self._note(recorder, span, "result", misfit(result, node.type)))

    def _note(self, recorder: Recorder, span: SpanKey, what: str, found: str | None) -> None:
        if found is not None:
            recorder.mismatched(span, f"{what} {found}" if found.startswith("is ") else f"{what}: {found}")


def _present(value: Any, expected: Any) -> Any:
    """Of a collected list what did not fail, as far as it is looked at."""
    if get_origin(expected) is not htypes.Collect or type(value) is not list:
        return value
    return [one for one in islice(value, 100) if type(one) is not Failure]


BY_NAME: dict[str, Check] = {"strict": Strict(), "warn": Warn()}
