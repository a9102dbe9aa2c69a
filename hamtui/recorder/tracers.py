"""Hamilton's tracers, for Datadog and for OpenTelemetry, behind a shield: what they raise ends with them.

Their spans are sent by threads of their own libraries, which are given a second at the end of the process.
"""

import atexit
import importlib
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from importlib import metadata
from multiprocessing import util
from threading import get_ident
from typing import Any

from hamilton.lifecycle import base

from hamtui.contract import tracing
from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder.guard import FAULTS, attempt
from hamtui.recorder.here import HERE
from hamtui.recorder.missing import failure, past
from hamtui.recorder.problems import UsageError

#: What the spans that are left may take at the end of a process, seconds.
LAST_S = 1.0
#: One export of OpenTelemetry's, seconds; it is a thread of its own that waits.
_EXPORT_S = 5.0
#: One try to reach Datadog's agent, which stands on the same machine, seconds.
_AGENT_S = 0.3
_MOST_OPEN = 10_000
#: On a span that stands in for a run's: which one's.
_OURS = "hamtui_parent"
_FIRST_TOO_NEW = 3
_DATADOG = "pip install 'ddtrace>=2.10,<3'"
_OTEL = "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"


def _datadog(wanted: Diagnostics, product: str) -> Any:
    del wanted
    # Of its own doings the library tells its makers, unless it is told not to.
    os.environ.setdefault("DD_INSTRUMENTATION_TELEMETRY_ENABLED", "false")
    # At the end of a process it waits for a silent agent three times as long as this.
    os.environ.setdefault("DD_TRACE_AGENT_TIMEOUT_SECONDS", str(_AGENT_S))
    try:
        version = metadata.version("ddtrace")
        if int(version.partition(".")[0]) >= _FIRST_TOO_NEW:
            raise UsageError(
                f"--trace datadog: Hamilton's tracer works with ddtrace 2, and {sys.executable} has {version}; {_DATADOG}"
            )
        made = importlib.import_module("hamilton.plugins.h_ddog").DDOGTracer(root_name=product)
    except (ImportError, ValueError) as error:
        raise UsageError(f"--trace datadog needs ddtrace in {sys.executable}: {_DATADOG} ({error})") from None
    tracer = importlib.import_module("ddtrace").tracer
    tracer.SHUTDOWN_TIMEOUT = min(LAST_S, getattr(tracer, "SHUTDOWN_TIMEOUT", LAST_S))
    return made


def _otel(wanted: Diagnostics, product: str) -> Any:
    try:
        plugin = importlib.import_module("hamilton.plugins.h_opentelemetry")
        trace = importlib.import_module("opentelemetry.trace")
        provider = trace.get_tracer_provider()
        if type(provider).__name__ == "ProxyTracerProvider":
            provider = _provider(wanted, product)  # the program has none of its own
    except ImportError as error:
        raise UsageError(f"--trace otel needs OpenTelemetry in {sys.executable}: {_OTEL} ({error})") from None
    return plugin.OpenTelemetryTracer(tracer=provider.get_tracer("hamtui"))


_providers: dict[int, Any] = {}


def _provider(wanted: Diagnostics, product: str) -> Any:
    """A provider whose spans go to the endpoint, in batches, by a thread of its own; one a process."""
    known = _providers.get(HERE.pid)
    if known is not None:
        return known
    sdk = importlib.import_module("opentelemetry.sdk.trace")
    export = importlib.import_module("opentelemetry.sdk.trace.export")
    resources = importlib.import_module("opentelemetry.sdk.resources")
    otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    made = sdk.TracerProvider(
        resource=resources.Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME") or product}),
        shutdown_on_exit=False,  # it would wait as long as the collector lets it
    )
    exporter = otlp.OTLPSpanExporter(endpoint=tracing.endpoint(wanted, os.environ), timeout=_EXPORT_S)
    made.add_span_processor(export.BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    _providers[HERE.pid] = made
    atexit.register(_Last(made.force_flush))
    _at_a_workers_end("otel", made.force_flush)
    return made


class _Last:
    """``flush`` on a thread that waits for the end of the process, which waits ``LAST_S`` for it.

    The thread is there beforehand: none can be started any more when ``atexit`` runs.
    """

    def __init__(self, flush: Callable[[], object]) -> None:
        self._flush, self._pid = flush, HERE.pid
        self._ends, self._done = threading.Event(), threading.Event()
        threading.Thread(target=self._work, name="last spans", daemon=True).start()

    def _work(self) -> None:
        self._ends.wait()
        attempt(self._flush)
        self._done.set()

    def __call__(self) -> None:
        if HERE.pid == self._pid:
            self._ends.set()
            self._done.wait(LAST_S)


_finished: set[tuple[int, str]] = set()


def _at_a_workers_end(name: str, flush: Callable[[], object]) -> None:
    """A pool's process leaves without ``atexit``: only multiprocessing's own finalizers run there. Once a process."""
    if multiprocessing.parent_process() is not None and (HERE.pid, name) not in _finished:
        _finished.add((HERE.pid, name))
        util.Finalize(None, _Last(flush), exitpriority=10)


_MAKERS: dict[str, Callable[[Diagnostics, str], Any]] = {"datadog": _datadog, "otel": _otel}


def make(name: str, wanted: Diagnostics, product: str) -> Any:
    """Hamilton's own tracer. Raises UsageError where what it needs is missing, or is of a version that it can't use."""
    return _MAKERS[name](wanted, product)


class Tracing(
    base.BasePreGraphExecute,
    base.BasePostGraphExecute,
    base.BasePreNodeExecute,
    base.BasePostNodeExecute,
    base.BasePreTaskExecute,
    base.BasePostTaskExecute,
):
    """One tracer of Hamilton's. An after-hook whose before-hook failed is left out: it would close another's span."""

    hamtui_instrument = True

    def __init__(self, name: str, wanted: Diagnostics, product: str, inner: Any = None) -> None:
        self._name, self._wanted, self._product = name, wanted, product
        self._inner = make(name, wanted, product) if inner is None else inner
        self._open: dict[tuple[Any, ...], int] = {}
        self._parents: dict[str, Any] = {}
        self._adopted: dict[tuple[Any, ...], tuple[int, Any]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # Datadog's knows how to travel with its runs; OpenTelemetry's does not, so it is made anew there.
        inner = self._inner if self._name == "datadog" else None
        return _again, (self._name, self._wanted, self._product, inner, _carried(self._parents))

    def _do(self, hook: str, said: dict[str, Any]) -> bool:
        _, error = attempt(getattr(self._inner, hook), **said)
        if error is not None:
            FAULTS.note(f"trace {self._name}", error)
        return error is None

    def _begin(self, hook: str, key: tuple[Any, ...], said: dict[str, Any]) -> None:
        if self._do(hook, said):
            while len(self._open) >= _MOST_OPEN:
                self._open.pop(next(iter(self._open)), None)
            self._open[key] = HERE.pid

    def _end(self, hook: str, key: tuple[Any, ...], said: dict[str, Any]) -> None:
        if self._open.pop(key, None) == HERE.pid:
            self._do(hook, said)

    def pre_graph_execute(self, **said: Any) -> None:
        """A run starts."""
        self._begin("pre_graph_execute", (said["run_id"],), said)
        if self._name == "otel":
            self._parents[said["run_id"]], _ = attempt(_current)

    def post_graph_execute(self, **said: Any) -> None:
        """A run ends."""
        gone_past = past(said["run_id"])
        if gone_past is not None:
            said = {**said, "success": False, "error": said.get("error") or gone_past}
        self._end("post_graph_execute", (said["run_id"],), said)
        self._parents.pop(said["run_id"], None)

    def pre_task_execute(self, **said: Any) -> None:
        """A task starts, on the thread that runs it."""
        key = said["run_id"], said["task_id"]
        self._adopt(key)
        self._begin("pre_task_execute", key, said)

    def post_task_execute(self, **said: Any) -> None:
        """A task ends."""
        key = said["run_id"], said["task_id"]
        self._end("post_task_execute", key, said)
        self._let_go(key)

    def pre_node_execute(self, **said: Any) -> None:
        """A node starts."""
        key = said["run_id"], said.get("task_id"), said["node_"].name
        self._adopt(key)
        self._begin("pre_node_execute", key, said)

    def post_node_execute(self, **said: Any) -> None:
        """A node ends."""
        missing = failure(said)
        if missing is not None:
            said = {**said, "success": False, "error": said.get("error") or missing}
        key = said["run_id"], said.get("task_id"), said["node_"].name
        self._end("post_node_execute", key, said)
        self._let_go(key)

    def _adopt(self, key: tuple[Any, ...]) -> None:
        """On a thread or in a process that knows of no span, the run's is the parent, until this task or node ends."""
        parent = self._parents.get(key[0])
        if parent is None:
            return
        if attempt(_is_left_over, parent)[0]:  # of a node whose end never came
            mine = [one for one, (thread, _) in self._adopted.copy().items() if thread == get_ident()]
            for one in reversed(mine):
                self._let_go(one)
        token, _ = attempt(_attach, parent)
        if token is not None and len(self._adopted) < _MOST_OPEN:
            self._adopted[key] = get_ident(), token

    def _let_go(self, key: tuple[Any, ...]) -> None:
        """A pool's thread is another run's next, or the user's own."""
        thread, token = self._adopted.pop(key, (0, None))
        if thread == get_ident():
            attempt(_detach, token)


def _current() -> Any:
    return importlib.import_module("opentelemetry.trace").get_current_span().get_span_context()


def _attach(parent: Any) -> Any:
    """Make ``parent`` the current span, and how to undo it; None where there is one."""
    trace = importlib.import_module("opentelemetry.trace")
    if trace.get_current_span().get_span_context().is_valid:
        return None
    span = trace.NonRecordingSpan(parent)
    setattr(span, _OURS, (parent.trace_id, parent.span_id))
    return importlib.import_module("opentelemetry.context").attach(trace.set_span_in_context(span))


def _is_left_over(parent: Any) -> bool:
    """Whether the current span stands in for that of another run."""
    now = importlib.import_module("opentelemetry.trace").get_current_span()
    return getattr(now, _OURS, None) not in (None, (parent.trace_id, parent.span_id))


def _detach(token: Any) -> None:
    importlib.import_module("opentelemetry.context").detach(token)


def _carried(parents: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {run: (one.trace_id, one.span_id) for run, one in parents.items() if one is not None}


class _Elsewhere:
    """Stands for the graph in a worker process, where the tracer asks it for nodes' versions."""

    version = ""

    def __getitem__(self, name: str) -> "_Elsewhere":
        return self


_ELSEWHERE = _Elsewhere()


def _again(
    name: str, wanted: Diagnostics, product: str, inner: Any, parents: dict[str, tuple[int, int]]
) -> Tracing:
    """The tracer in a worker process."""
    made = Tracing(name, wanted, product, inner)
    if name == "datadog":
        attempt(lambda: _at_a_workers_end(name, importlib.import_module("ddtrace").tracer.flush))
    else:
        made._inner.graph = _ELSEWHERE  # noqa: SLF001
    if parents:
        trace = importlib.import_module("opentelemetry.trace")
        sampled = trace.TraceFlags(trace.TraceFlags.SAMPLED)
        made._parents = {  # noqa: SLF001
            run: trace.SpanContext(ids[0], ids[1], True, sampled) for run, ids in parents.items()
        }
    return made
