"""Node lines are decoded for less; the state that they fold into is the one that whole events fold into."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract.layout import Kind, Source
from hamtui.follow import files, node_lines
from hamtui.follow.decode import decode, told, told_of
from hamtui.follow.files import LineFile
from hamtui.model.fold import Launch

SOURCE = Source("hamilton_flight.jsonl", Kind.FLIGHT)
SUMMARIES = ("kwargs_summary", "result_summary", "kwargs_payload", "result_payload")

_text = st.text(st.characters(exclude_categories=[]), max_size=6)
_odd: Any = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | _text
_values: Any = st.recursive(
    _odd, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_text, inner, max_size=2), max_leaves=4
)
_times = st.floats(0, 2e9) | _odd
_event: Any = st.fixed_dictionaries(
    {"event": st.sampled_from(["node_start", "node_end", "node_submit", "node_odd"])},
    optional={
        "run_id": st.sampled_from(["r", "s", None]) | _odd,
        "node": st.sampled_from(["a", "b"]) | _values,
        "task_id": st.sampled_from([None, "t"]) | _odd,
        "ts": _times,
        "mono": _times,
        "pid": st.sampled_from([1, 2]) | _odd,
        "thread_id": _odd,
        "success": st.booleans() | _odd,
        "elapsed_s": _times,
        "error": st.just("ValueError: no") | _values,
        "traceback": _values,
        "result_type": _values,
        "tags": _values,
        "skipped": st.booleans(),
        "caused_by": _values,
        "incomplete": _odd,
        "type_mismatch": st.lists(_odd, max_size=2),
        "unknown": _values,
        **dict.fromkeys(SUMMARIES, _values),
    },
)


def state(launch: Launch) -> Any:
    """All that the fold knows of runs and spans, summaries decoded."""
    spans = {
        (run_id, key): [
            told_of(span, name) if name in SUMMARIES else getattr(span, name)
            for name in (*span.__dataclass_fields__, *span.rare.__dataclass_fields__)
            if name != "rare"
        ]
        for run_id, run in launch.runs.items()
        for key, span in run.spans.items()
    }
    runs = {run_id: (run.state, run.first_ts, run.submitted) for run_id, run in launch.runs.items()}
    return repr((spans, runs, launch.heard_at, launch.unknown))


def folded(folder: Path, lines: list[bytes]) -> tuple[str, str]:
    """The state as the reader folds the lines, and as whole events fold."""
    path = folder / "lines.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    whole, read = Launch(), Launch()
    for line in lines:
        record = decode(Kind.FLIGHT, line)
        if record is not None:
            whole.apply(SOURCE, record)
    for record in LineFile(str(path), SOURCE, hold=False).read(1000)[0]:
        read.apply(SOURCE, record)
    assert state(read) == state(in_place(path)), "what stays in the file is what would have been kept"
    return state(read), state(whole)


def in_place(path: Path) -> Launch:
    """The lines read a few bytes at a time, their summaries left where they are."""
    stays, launch = LineFile(str(path), SOURCE, stay=True), Launch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "LONG", 1)
        patch.setattr(files, "CHUNK", 50)
        for record in stays.read(1000)[0]:
            launch.apply(SOURCE, record)
    stays.close()
    return launch


@given(st.lists(_event, max_size=6), st.sampled_from([(",", ":"), (", ", ": ")]))
def test_they_fold_into_what_whole_events_fold_into(
    tmp_path_factory: Any, events: list[dict[str, Any]], separators: tuple[str, str]
) -> None:
    lines = [
        json.dumps({"event": event["event"], **event}, separators=separators).encode() for event in events
    ]
    assert all(line.startswith(node_lines.HEADS) for line in lines)
    read, whole = folded(tmp_path_factory.getbasetemp(), lines)
    assert read == whole


def test_no_field_of_a_span_is_lost(tmp_path: Path) -> None:
    who = {"run_id": "r", "node": "a", "task_id": "t", "pid": 7}
    clock = {"ts": 5.0, "mono": 1.0, "seq": 1, "thread_id": 3, "native_id": 4, "output_offset": 9}
    start = {"tags": {"k": "v"}, "return_type": "int", "kwargs_summary": {"x": 1}, "kwargs_payload": {"x": 2}}
    end = {"success": False, "elapsed_s": 2.5, "error": "E: no", "error_type": "E", "traceback": "T"}
    end |= {"result_summary": {"rows": 3}, "result_payload": {"value": 4}, "skipped": False, "incomplete": 2}
    end |= {"caused_by": [{"node": "b", "error": "F: no"}], "type_mismatch": ["not an int"]}
    other = {"event": "node_end", "run_id": "r", "node": "c", "result_type": "int"}
    events = [
        {"event": "node_start", **who, **clock, **start},
        {"event": "node_end", **who, **clock, "mono": 3.5, "ts": 7.5, **end},
        other,
    ]
    read, whole = folded(tmp_path, [json.dumps(event).encode() for event in events])
    assert read == whole
    for said in (
        "'k': 'v'",
        "'x': 1",
        "'x': 2",
        "'rows': 3",
        "'value': 4",
        "not an int",
        "F: no",
        "'int'",
    ):
        assert said in read


def test_another_event_told_by_the_last_of_two_keys_is_nothing_to_fall_over() -> None:
    line = b'{"event":"node_start","node":"a","event":"graph_start"}'
    launch = Launch()
    launch.apply(SOURCE, node_lines.decode(line))
    assert not launch.unknown


def test_summaries_stay_text_until_somebody_looks() -> None:
    text = (
        b'{"event":"node_end","node":"a","result_summary":{"type":"bad \xff","rows":3},"kwargs_summary":null}'
    )
    line = node_lines.decode(text)
    assert isinstance(line.result_summary, bytes) and line.kwargs_summary is None
    assert told(line.result_summary) == {"type": "bad \ufffd", "rows": 3}
    assert told(b"[" * 100_000) is None and told({"rows": 1}) == {"rows": 1}
