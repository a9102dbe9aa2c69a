"""The user's result builders where a run goes on past failures: they get ``None`` for what failed.

As from Hamilton's GracefulErrorAdapter. Hamilton calls them before a run's end is told to anybody.
"""

import functools
from collections.abc import Callable, Iterable
from typing import Any

from hamilton.lifecycle import base

from hamtui.recorder import failures
from hamtui.recorder.guard import FAULTS, attempt


class PlainResults:
    """The builder within an adapter that computes elsewhere (threads, Ray), where results are at hand only there."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        if name == "inner":  # not there yet: it is being unpickled
            raise AttributeError(name)
        return getattr(self.inner, name)

    @property
    def build_result(self) -> Callable[..., Any]:
        """What the builder makes of the outputs. A function, not a method: Ray takes nothing else."""
        build = self.inner.build_result

        def plain(**outputs: Any) -> Any:
            return build(**failures.without(outputs))

        return plain


def shield(adapters: Iterable[Any]) -> None:
    """Have every builder among the adapters get ``None`` for a failure. A second call changes nothing."""
    for one in adapters:
        if isinstance(one, base.BaseDoBuildResult):
            _, error = attempt(_shield, one)
            if error is not None:
                FAULTS.note("result builder", error)


def _shield(adapter: Any) -> None:
    build = adapter.do_build_result
    if getattr(build, "func", None) is _built:
        return
    inner = getattr(adapter, "result_builder", None)
    if inner is not None:
        adapter.result_builder = PlainResults(inner)
    adapter.do_build_result = functools.partial(_built, build)


def _built(build: Callable[..., Any], outputs: dict[str, Any]) -> Any:
    made = build(outputs=failures.without(outputs))
    return failures.without(made) if type(made) is dict else made
