"""Names on disk, durations, and lines that every reader can read."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract import encode, layout, spec
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.durations import seconds
from hamtui.contract.layout import Kind
from hamtui.contract.logs import LogRecord

WORKER_FILES = (layout.FLIGHT, layout.CACHE_LOG, layout.STACKS, layout.CRASH, layout.VITALS, layout.APP_LOG)


@pytest.mark.parametrize("name", WORKER_FILES)
@given(
    host=st.from_regex(r"\A[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?\Z"),
    pid=st.integers(min_value=1, max_value=4194304),
)
def test_a_workers_file_is_read_back_as_its_own(name: str, host: str, pid: int) -> None:
    main = layout.classify(name)
    worker = layout.classify(layout.worker_name(name, host, pid))
    assert main is not None and worker is not None
    assert (main.host, main.pid) == (None, None)
    assert (worker.kind, worker.host, worker.pid) == (main.kind, host, pid)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (layout.graph_name("ab12"), Kind.GRAPH),
        ("hamilton_flight.box7.42.jsonl.tmp", None),
        ("hamilton_flight.42.jsonl", None),
        ("hamilton_flight.box7.x.jsonl", None),
        ("execution_path.dot", None),
        ("launch.box7.42.json", None),
    ],
)
def test_other_names(name: str, kind: Kind | None) -> None:
    source = layout.classify(name)
    assert (source.kind if source else None) is kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90", 90),
        ("90s", 90),
        ("30m", 1800),
        ("1.5h", 5400),
        ("1h30m", 5400),
        ("250ms", 0.25),
        (2, 2),
        ("2 d", 172800),
    ],
)
def test_durations(text: object, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "-1", 0, "nan", "inf", "5 x", "m", True, None, "1h and more"])
def test_what_is_no_duration_is_refused_in_a_sentence(text: object) -> None:
    with pytest.raises(ValueError, match="no duration"):
        seconds(text)


@given(st.text(alphabet=st.characters()), st.text(alphabet=st.sampled_from("a\ud800\udcff\n\x00é\u202e")))
def test_a_line_is_one_line_that_a_strict_reader_takes(message: str, torn: str) -> None:
    written = encode.line(LogRecord(ts=1.5, message=message + torn))
    assert written.count(b"\n") == 1
    assert msgspec.json.decode(written, type=LogRecord).ts == 1.5
    assert json.loads(encode.document(LogRecord(message=torn)))["logger"] is None


def test_a_spec_crosses_the_pipe_whole() -> None:
    asked = spec.RunSpec(
        "/l",
        ["m.py"],
        ["x"],
        ["hamtui"],
        "/w",
        "/py",
        config={"a": [1, None]},
        diagnostics=Diagnostics(cache=False, recompute=("x",)),
    )
    assert spec.unpack(spec.pack(asked)) == asked
