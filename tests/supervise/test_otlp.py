"""What the exporter of spans remembers of a service: no more the longer it runs, and all its runs are told."""

import time
from pathlib import Path

import pytest

from hamtui.follow.launches import LaunchRef
from hamtui.model.state import Now, ProcessFact
from hamtui.supervise import otlp
from tests.model.streams import MAIN, T0
from tests.model.test_keeping import run_of
from tests.supervise.collector import collecting


def test_what_is_remembered_does_not_grow_with_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otlp, "_FEW", 100)
    with collecting() as collector:
        ref = LaunchRef("x", tmp_path, flat=False, written_at=time.time())
        exporter = otlp.Exporter(ref, f"{collector.url}/v1/traces")
        whole = exporter.launch.whole
        whole.most, whole.most_lines = 20, 50
        most = 0
        for number in range(600):
            for event in run_of(number):
                exporter.launch.apply(MAIN, event)
            if number % 10 == 9:
                exporter.look(ProcessFact(alive=True, supervisor_alive=True), Now(T0 + number + 0.5))
                most = max(most, len(exporter._told))
        told = {span["traceId"] for span in collector.spans if "parentSpanId" not in span}
    assert len(told) == 600
    assert most <= 2 * (20 * 4 + 51) + 40, "twice what the launch keeps, and what one look adds"
