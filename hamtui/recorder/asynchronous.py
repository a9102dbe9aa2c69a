"""The recorder of an AsyncDriver: Hamilton's asynchronous hooks, which bracket what is awaited.

The ordinary ones come when the node's task is made, milliseconds after each other. Hamilton runs each hook's
awaitable as a task of its own, so these are plain functions that have done their work when they return: what they
set in the context (whose log record it is) is then the node's own.
"""

import asyncio
import functools
import sys
from typing import Any

from hamilton.lifecycle import base

from hamtui.recorder.adapter import Recorder
from hamtui.recorder.composed_async import AsyncSteps
from hamtui.recorder.guard import FAULTS, attempt
from hamtui.recorder.spans import SPANS, SpanKey


class AsyncRecorder(
    base.BasePostGraphConstruct,
    base.BasePreGraphExecuteAsync,
    base.BasePostGraphExecuteAsync,
    base.BasePreNodeExecuteAsync,
    base.BasePostNodeExecuteAsync,
):
    """Hands Hamilton's asynchronous hooks to ``recorder``. Several executes in one event loop keep their own times.

    ``steps`` are put around each node where something is wanted there.
    """

    def __init__(self, recorder: Recorder, steps: AsyncSteps | None = None) -> None:
        self.recorder = recorder
        self._steps = steps

    def post_graph_construct(self, **said: Any) -> None:
        """A Driver was built."""
        self.recorder.post_graph_construct(**said)

    def pre_graph_execute(self, **said: Any) -> Any:
        """A run starts."""
        if self._steps is not None:
            self._steps.place(said["graph"])
        self.recorder.pre_graph_execute(**said)
        return done()

    def post_graph_execute(self, **said: Any) -> Any:
        """A run ends."""
        self.recorder.post_graph_execute(**said)
        if self._steps is not None:
            self._steps.finish(said)
        return done()

    def pre_node_execute(self, **said: Any) -> Any:
        """What the node needs is there, and its coroutine is called next."""
        self.recorder.pre_node_execute(**said)
        _, error = attempt(self._ends_with_its_task, said)
        if error is not None:
            FAULTS.note("task", error)
        return done()

    def post_node_execute(self, **said: Any) -> Any:
        """Its coroutine has given its result, raised, or was cancelled."""
        self.recorder.post_node_execute(**said)
        return done()

    def _ends_with_its_task(self, said: dict[str, Any]) -> None:
        """A node goes on when another's error has ended their run; one that another adapter refuses gets no after-hook."""
        task, key = asyncio.current_task(), (said["run_id"], said.get("task_id"), said["node_"].name)
        if task is not None and SPANS.started(key) is not None:
            SPANS.awaits(key)
            task.add_done_callback(functools.partial(self._over, key))

    def _over(self, key: SpanKey, task: "asyncio.Task[Any]") -> None:
        # Asked by ``exception()``, a task takes its error for noticed, and asyncio no longer warns of one that nobody awaits.
        if SPANS.started(key) is not None:
            _, fault = attempt(self.recorder.close, key, getattr(task, "_exception", None))
            if fault is not None:
                FAULTS.note("task", fault)


def take_seat(graph: Any, recorder: Recorder) -> None:
    """Where ``recorder`` itself was given to an AsyncDriver, put an ``AsyncRecorder`` in its place, and first.

    The Driver keeps all adapters, and the adapter that makes nodes' tasks those with asynchronous hooks. Both sets
    are filled anew by their own ``__init__``, so that Hamilton sorts the hooks as ever.
    """
    module = sys.modules.get("hamilton.async_driver")
    makers = [one for one in graph.adapter.adapters if module and isinstance(one, module.AsyncGraphAdapter)]
    if makers and recorder in graph.adapter.adapters:
        ours = AsyncRecorder(recorder)
        kept = [one for one in graph.adapter.adapters if one is not recorder]
        graph.adapter.__init__(ours, *kept)
        for maker in makers:
            maker.adapter.__init__(ours, *maker.adapter.adapters)


def done(_: object = None) -> "asyncio.Future[None]":
    """What can be awaited and is over: a coroutine would be work that is done later, in another context.

    A coroutine that is thrown away when its loop is gone may await nothing any more, not even this: it goes on to its end.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        flying = sys.exc_info()[1]
        before = flying.__context__ if flying is not None else None
        if isinstance(before, GeneratorExit):
            raise before from None
        raise
    future = loop.create_future()
    future.set_result(None)
    return future
