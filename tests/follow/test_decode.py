"""A line is a record, or it is not; nothing else comes out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract.encode import line
from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph
from hamtui.contract.layout import Kind
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.follow.decode import decode


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"event":"x","ts":1795389088417699300e-9}', FlightEvent("x", 1795389088.4176993)),
        (b'{"event":"x","of":"tomorrow"}', FlightEvent("x")),
        (b'\xef\xbb\xbf{"event":"x"}\r', FlightEvent("x")),
        (b'\0\0\0{"event":"x"}\0', FlightEvent("x")),
        (b'{"event":"x","ts":NaN,"mono":Infinity,"node":"a"}', FlightEvent("x", node="a")),
        (b'{"event":"x","ts":1e999,"node":"a"}', FlightEvent("x", node="a")),
        (b'{"event":"x","pid":"seven","node":"a"}', FlightEvent("x", node="a")),
        (b'{"event":"x","pid":true,"node":["a"],"success":1}', FlightEvent("x")),
        (b'{"event":"x","pid":7.0,"ts":3}', FlightEvent("x", 3.0, pid=7)),
        (b'{"event":"x","node":"\xff"}', FlightEvent("x", node="\ufffd")),
        (b'{"event":"x","node":"\\ud800"}', FlightEvent("x", node="\ufffd\ufffd\ufffd")),
        (b'{"event":"node_end","node":["a"],"success":true}', None),
        (b'{"event":5}', None),
        (b'{"ts":5}', None),
        (b"[1]", None),
        (b"null", None),
        (b'"event"', None),
        (b'{"event":"x"', None),
        (b'{"event":"x"} and more', None),
        (b'{"event":"x","kwargs_summary":' + b"[" * 100_000, None),
        (b"", None),
        (b"  \t", None),
    ],
)
def test_flight_lines(text: bytes, expected: FlightEvent | None) -> None:
    assert decode(Kind.FLIGHT, text) == expected


def test_what_fits_of_a_nested_record_is_kept() -> None:
    text = b'{"why":"asked","threads":[{"thread_id":7,"name":3,"frames":[{"file":"a.py"},{"file":"b.py","line":2,"function":"f"}]},5]}'
    assert decode(Kind.STACKS, text) == Dump(
        why="asked", threads=[ThreadStack(7, frames=[Frame("b.py", 2, "f")])]
    )


def test_a_plan_with_one_bad_node_is_the_rest_of_it() -> None:
    found = decode(
        Kind.GRAPH, b'{"nodes":[{"name":"a","line":"ten"},{"names":"b"},{"name":"c","dependencies":["a",1]}]}'
    )
    assert isinstance(found, Graph)
    assert [(node.name, node.line, node.dependencies) for node in found.nodes] == [
        ("a", None, []),
        ("c", None, ["a"]),
    ]


@given(st.binary(max_size=200), st.sampled_from(sorted(Kind, key=str)))
def test_no_bytes_break_it(text: bytes, kind: Kind) -> None:
    if kind not in {Kind.OUTPUT, Kind.CRASH}:
        decode(kind, text)
        decode(kind, b'{"event":' + text + b"}")


@given(
    st.builds(
        FlightEvent,
        event=st.text(),
        ts=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        node=st.none() | st.text(),
        kwargs_summary=st.none() | st.dictionaries(st.text(), st.integers() | st.text()),
    )
)
def test_what_the_recorder_writes_comes_back(event: FlightEvent) -> None:
    assert decode(Kind.FLIGHT, line(event).rstrip(b"\n")) == event
