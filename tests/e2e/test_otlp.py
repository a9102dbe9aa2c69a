"""hamtui's own spans at a collector: when they start, when they are late, when they end."""

from functools import partial
from pathlib import Path

import pytest

from tests.e2e.driving import Json, detach, until
from tests.supervise.collector import collecting

FLOW = """
import os, time

def begun() -> int:
    return 1

def waits(begun: int) -> int:
    while not os.path.exists("go"):
        time.sleep(0.05)
    return begun

def fails(waits: int) -> int:
    raise ValueError("no way")
"""


def cached(spans: list[Json]) -> set[str | None]:
    """What the cache is said to have done for them."""
    return {span["about"].get("hamtui.cache") for span in spans}


def test_a_span_a_node_when_it_starts_when_it_is_late_and_when_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAMILTON_AUTOLOAD_EXTENSIONS", "0")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=k-3-y")
    (tmp_path / "flow.py").write_text(FLOW, "utf-8")
    with collecting() as collector:
        collector.refuse = 1  # the first post: what it held is told again
        options = ["--trace", "otlp", "--otlp-endpoint", collector.url, "--hang-after", "0.2", "--cache"]
        launch = detach("flow.py", "--target", "fails", *options, cwd=tmp_path)
        late = until(
            "the late span", lambda: [one for one in collector.of("waits", "running") if one["events"]]
        )
        assert late[0]["events"][0]["name"] == "hamtui.suspect"
        roots = [span for span in collector.spans if "parentSpanId" not in span]
        assert {span["about"]["hamtui.state"] for span in roots} == {"running"}
        assert not [span for span in collector.of("fails") if "parentSpanId" in span]
        (tmp_path / "go").touch()
        launch.wait_end()
        ends = ("succeeded", "succeeded", "failed", "failed")
        for name, state in zip(("begun", "waits", "fails", roots[0]["name"]), ends, strict=True):
            until(f"the end of {name}", partial(collector.of, name, state))
        until("what the cache did", lambda: "executed" in cached(collector.of("begun", "succeeded")))
    run_id = launch.events("graph_start")[0]["run_id"]
    assert {span["traceId"] for span in collector.spans} == {run_id.replace("-", "")}
    assert len({span["spanId"] for span in collector.spans}) == 4  # a span a node, and the run's
    assert {span["parentSpanId"] for span in collector.spans if "parentSpanId" in span} == {
        roots[0]["spanId"]
    }
    (failed,) = [span for span in collector.of("fails", "failed") if "parentSpanId" in span]
    assert failed["status"]["code"] == 2 and failed["events"][-1]["about"]["exception.message"] == "no way"
    assert collector.headers[-1]["api-key"] == "k-3-y"
    assert collector.resources[-1]["service.name"] == "flow"
    assert not [path for path in launch.dir.iterdir() if b"k-3-y" in path.read_bytes()]
    (warning,) = [event["message"] for event in launch.events("notice") if event["level"] == "warning"]
    assert "answers 503" in warning
