"""Hamilton's tracers: a span a node at an agent and at a collector, and nothing of their trouble in the run."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import tracers
from hamtui.recorder.guard import FAULTS
from hamtui.recorder.outlets import outlets
from hamtui.recorder.problems import UsageError
from tests.recorder.conftest import Launcher
from tests.recorder.inside import Launch

FLOW = """
    from hamilton.htypes import Collect, Parallelizable

    def day(days: int) -> Parallelizable[int]:
        yield from range(days)

    def sales(day: int) -> int:
        return day * 10

    def total(sales: Collect[int]) -> int:
        return sum(sales)

    def printed(total: int) -> int:
        print("the total is", total)
        return total
"""
EVERY_NODE = Counter({"sales": 3, "day": 1, "total": 1, "printed": 1})


class Heard:
    """What was posted, by path. ``silent``: nothing is ever answered."""

    def __init__(self, silent: bool) -> None:
        self.posts: list[tuple[str, bytes]] = []
        self.silent = silent
        self.over = threading.Event()
        self.url = ""

    def of(self, path: str) -> Iterator[bytes]:
        return (body for where, body in self.posts if path in where)


@contextmanager
def hearing(*, silent: bool = False) -> Iterator[Heard]:
    heard = Heard(silent)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Nothing."""

        def _do(self) -> None:
            if heard.silent:
                heard.over.wait()
                return
            heard.posts.append((self.path, self.rfile.read(int(self.headers.get("Content-Length") or 0))))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_PUT = _do

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    heard.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield heard
    finally:
        heard.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def datadog_whole(heard: Heard) -> list[dict[str, Any]]:
    """The spans, of the agent's protocol 0.5 (texts are indices, fields have places) or 0.4: resource, trace, error."""
    found: list[dict[str, Any]] = []
    for body in heard.of("/v0."):
        told = msgspec.msgpack.decode(body)
        if isinstance(told, list) and len(told) == 2 and told[0] and isinstance(told[0][0], str):
            texts, traces = told
            found += [
                {"name": texts[span[1]], "trace_id": span[3], "error": span[8]}
                for trace in traces
                for span in trace
            ]
        else:
            found += [span for trace in told for span in trace]
    return found


def datadog_spans(heard: Heard) -> list[str]:
    """The names of the spans."""
    return [span["name"] for span in datadog_whole(heard)]


def otel_spans(heard: Heard) -> list[Any]:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    requests = [ExportTraceServiceRequest.FromString(body) for body in heard.of("/v1/traces")]
    return [
        s for one in requests for rs in one.resource_spans for scope in rs.scope_spans for s in scope.spans
    ]


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_a_span_a_node(executor: str, launcher: Launcher) -> None:
    with hearing() as heard:
        done = launcher.run(
            launcher.module(FLOW),
            "printed",
            inputs={"days": 3},
            executor=executor,
            max_tasks=2,
            trace=("datadog", "otel"),
            otlp_endpoint=heard.url,
            env={"DD_TRACE_AGENT_URL": heard.url},
        )
        assert done.wait() == 0 and "the total is 30" in done.output()
    assert done.flight("recorder_fault") == []
    datadog = Counter(name.rpartition(":")[2] for name in datadog_spans(heard) if ":" in name)
    assert datadog == EVERY_NODE
    otel = otel_spans(heard)
    assert Counter(span.name for span in otel if span.attributes and span.name in EVERY_NODE) >= EVERY_NODE
    (run,) = [span for span in otel if span.name == done.flight("graph_start")[0]["run_id"]]
    assert {span.trace_id for span in otel} == {run.trace_id}
    assert all(span.parent_span_id for span in otel if span is not run)


def test_an_agent_and_a_collector_that_are_silent_cost_no_result(launcher: Launcher) -> None:
    with hearing(silent=True) as heard:
        done = launcher.run(
            launcher.module(FLOW),
            "printed",
            inputs={"days": 3},
            trace=("datadog", "otel"),
            otlp_endpoint=heard.url,
            env={"DD_TRACE_AGENT_URL": heard.url},
        )
        assert done.wait() == 0 and "the total is 30" in done.output()
    assert done.flight("graph_end")[0]["success"] is True


class Breaking:
    """Fails before one node, and counts what it is told after."""

    def __init__(self) -> None:
        self.ends: list[str] = []

    def __getattr__(self, hook: str) -> Any:
        def told(**said: Any) -> None:
            if hook == "pre_node_execute" and said["node_"].name == "b":
                raise RuntimeError("no span")
            if hook == "post_node_execute":
                self.ends.append(said["node_"].name)

        if hook.startswith("__"):
            raise AttributeError(hook)
        return told


def test_a_tracer_that_breaks_costs_that_span_alone(tmp_path: Path) -> None:
    launch, inner = Launch(tmp_path), Breaking()
    FAULTS.counts.clear()
    recorder = launch.recorder()
    shield = tracers.Tracing("datadog", Diagnostics(), "flow", inner)
    source = """
        def a() -> int:
            return 1

        def b(a: int) -> int:
            return a + 1

        def c(b: int) -> int:
            return b + 1
    """
    assert launch.driver(source, shield, recorder=recorder).execute(["c"]) == {"c": 3}
    assert inner.ends == ["a", "c"] and FAULTS.counts == {"trace datadog": 1}


def test_a_version_that_does_not_work_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "3.4.0")
    with pytest.raises(UsageError, match=r"works with ddtrace 2, and .* has 3.4.0; pip install 'ddtrace>=2"):
        outlets(Launch(tmp_path).recorder(), Diagnostics(trace=("datadog",)))


@pytest.mark.parametrize(
    ("name", "package"), [("datadog", "ddtrace>=2.10,<3"), ("otel", "opentelemetry-sdk")]
)
def test_without_the_extra_it_says_what_to_install(
    name: str, package: str, launcher: Launcher, bare_python: str
) -> None:
    done = launcher.run(
        launcher.module("def a() -> int:\n    return 1\n"), "a", python=bare_python, trace=(name,)
    )
    assert done.wait() == 2 and "pip install" in done.error()["error"] and package in done.error()["error"]


POOLED = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import tracers

trace.set_tracer_provider(TracerProvider())
tracer = trace.get_tracer("runs")


class Node:
    name = "a"


class Inner:
    def pre_graph_execute(self, **said):
        self.span = tracer.start_as_current_span(said["run_id"])
        self.span.__enter__()

    def post_graph_execute(self, **said):
        self.span.__exit__(None, None, None)

    def pre_node_execute(self, **said):
        seen.append(trace.get_current_span().get_span_context().span_id)

    def post_node_execute(self, **said):
        pass


def node(run, ends=True):
    said = {"run_id": run, "node_": Node, "task_id": None}
    shield.pre_node_execute(**said)
    if ends:
        shield.post_node_execute(**said)
    return trace.get_current_span().get_span_context().is_valid


seen, runs = [], []
shield = tracers.Tracing("otel", Diagnostics(), "flow", Inner())
with ThreadPoolExecutor(1) as pool:
    for run, ends in (("one", True), ("two", False), ("three", True)):
        shield.pre_graph_execute(run_id=run)
        runs.append(trace.get_current_span().get_span_context().span_id)
        after = pool.submit(node, run, ends).result()
        assert after is (not ends), (run, after)
        shield.post_graph_execute(run_id=run)
assert seen == runs, (seen, runs)
"""


def test_a_pools_thread_is_given_back_and_stands_under_the_run_that_uses_it() -> None:
    done = subprocess.run([sys.executable, "-c", POOLED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


ASYNC_PROGRAM = """
import asyncio, sys
import hamtui, flow
from hamilton import async_driver

async def main():
    wanted = hamtui.Diagnostics(trace=("datadog", "otel"), otlp_endpoint=sys.argv[1])
    built = await hamtui.instrument(async_driver.Builder().with_modules(flow), wanted).build()
    found = await asyncio.gather(*(built.execute(["report"], inputs={"day": day}) for day in (1, 2)), return_exceptions=True)
    print([one if isinstance(one, dict) else type(one).__name__ for one in found])

asyncio.run(main())
"""
ASYNC_FLOW = """
import asyncio

async def rows(day: int) -> int:
    await asyncio.sleep(0.2)
    return day

async def report(rows: int) -> int:
    await asyncio.sleep(0.1)
    if rows == 2:
        raise ValueError("no")
    return rows * 10
"""


def test_an_async_driver_has_datadogs_spans_and_is_told_that_there_is_no_tracer_of_opentelemetry(
    tmp_path: Path,
) -> None:
    (tmp_path / "flow.py").write_text(ASYNC_FLOW, "utf-8")
    (tmp_path / "program.py").write_text(ASYNC_PROGRAM, "utf-8")
    with hearing() as heard:
        done = subprocess.run(
            [sys.executable, "program.py", heard.url],
            cwd=tmp_path,
            env={**os.environ, "DD_TRACE_AGENT_URL": heard.url},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0 and "[{'report': 10}, 'ValueError']" in done.stdout, done.stderr
    found = datadog_whole(heard)
    assert Counter(span["name"] for span in found) == {"hamilton": 2, "rows": 2, "report": 2}
    # Each run is a trace of its own, though the two went on at once, and a node of one of them failed.
    assert sorted(Counter(span["trace_id"] for span in found).values()) == [3, 3]
    assert sum(span.get("error", 0) for span in found if span["name"] == "report") == 1
    (launch,) = (path for path in (tmp_path / "_hamilton_diag").iterdir() if not path.is_symlink())
    events = [json.loads(line) for line in (launch / "hamilton_flight.jsonl").read_text("utf-8").splitlines()]
    (said,) = [event["message"] for event in events if event["event"] == "notice"]
    assert "OpenTelemetry tracer knows no AsyncDriver" in said and "--trace otlp" in said
    assert [event for event in events if event["event"] == "recorder_fault"] == []
