"""The recorder of an AsyncDriver: Hamilton's asynchronous hooks, which bracket what is awaited.

The ordinary ones come when the node's task is made, milliseconds after each other. Hamilton runs each hook's
awaitable as a task of its own, so these are plain functions that have done their work when they return: what they
set in the context (whose log record it is) is then the node's own.
"""

import asyncio
from typing import Any

from hamilton.lifecycle import base

from hamtui.recorder.adapter import Recorder


class AsyncRecorder(
    base.BasePostGraphConstruct,
    base.BasePreGraphExecuteAsync,
    base.BasePostGraphExecuteAsync,
    base.BasePreNodeExecuteAsync,
    base.BasePostNodeExecuteAsync,
):
    """Hands Hamilton's asynchronous hooks to ``recorder``. Several executes in one event loop keep their own times."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def post_graph_construct(self, **said: Any) -> None:
        """A Driver was built."""
        self.recorder.post_graph_construct(**said)

    def pre_graph_execute(self, **said: Any) -> Any:
        """A run starts."""
        return done(self.recorder.pre_graph_execute(**said))

    def post_graph_execute(self, **said: Any) -> Any:
        """A run ends."""
        return done(self.recorder.post_graph_execute(**said))

    def pre_node_execute(self, **said: Any) -> Any:
        """What the node needs is there, and its coroutine is called next."""
        return done(self.recorder.pre_node_execute(**said))

    def post_node_execute(self, **said: Any) -> Any:
        """Its coroutine has given its result, raised, or was cancelled."""
        return done(self.recorder.post_node_execute(**said))


def done(_: object) -> "asyncio.Future[None]":
    """What can be awaited and is over: a coroutine would be work that is done later, in another context."""
    future = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future
