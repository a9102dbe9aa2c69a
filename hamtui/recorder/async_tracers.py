"""Hamilton's tracer for Datadog on an AsyncDriver, behind the same shield. Its OpenTelemetry tracer knows none."""

import importlib
from typing import Any

from hamilton.lifecycle import base

from hamtui.contract import flight
from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import events, tracers
from hamtui.recorder.asynchronous import done
from hamtui.recorder.drive import drive

#: What is said of a tracer that Hamilton has not got for an AsyncDriver.
NONE_SUCH = (
    "trace: Hamilton's OpenTelemetry tracer knows no AsyncDriver, so it sends nothing of this one; "
    "--trace otlp sends hamtui's own spans, of an AsyncDriver too"
)


class _Driven:
    """Its hooks are coroutines that wait for nothing: each is run to its end where it is called."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, hook: str) -> Any:
        made = getattr(self._inner, hook)
        return lambda **said: drive(made(**said))


class AsyncTracing(
    base.BasePreGraphExecuteAsync,
    base.BasePostGraphExecuteAsync,
    base.BasePreNodeExecuteAsync,
    base.BasePostNodeExecuteAsync,
):
    """``AsyncDDOGTracer``, harmless: what it raises ends with it."""

    hamtui_instrument = True

    def __init__(self, wanted: Diagnostics, product: str) -> None:
        tracers.make("datadog", wanted, product)  # says what is missing, and settles the library's patience
        plugin = importlib.import_module("hamilton.plugins.h_ddog")
        inner = _Driven(plugin.AsyncDDOGTracer(root_name=product))
        self._tracing: Any = tracers.Tracing("datadog", wanted, product, inner)

    def pre_graph_execute(self, **said: Any) -> Any:
        """A run starts."""
        return done(self._tracing.pre_graph_execute(**said))

    def post_graph_execute(self, **said: Any) -> Any:
        """A run ends."""
        return done(self._tracing.post_graph_execute(**said))

    def pre_node_execute(self, **said: Any) -> Any:
        """A node starts."""
        return done(self._tracing.pre_node_execute(**said))

    def post_node_execute(self, **said: Any) -> Any:
        """A node ends."""
        return done(self._tracing.post_node_execute(**said))


def traced(recorder: Any, wanted: Diagnostics, product: str) -> list[Any]:
    """The tracers of an AsyncDriver. What there is none for is said in a notice."""
    if "otel" in wanted.trace:
        keys = {"message": NONE_SUCH, "stage": "trace", "level": flight.WARNING}
        events.write(recorder.flight, flight.NOTICE, None, keys)
    return [AsyncTracing(wanted, product)] if "datadog" in wanted.trace else []
