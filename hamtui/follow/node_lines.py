"""Starts and ends of nodes, nearly all of a flight file, decoded for a quarter of what a whole event costs.

What is only shown when somebody looks at the node (summaries, values) stays the JSON text that it is in the line.
"""

from typing import Any

import msgspec

from hamtui.contract.flight import NodeEvent

#: How a line begins that is of a node; ours, and what ``json.dumps`` writes. Any other order of keys is read whole.
HEADS = (b'{"event":"node_', b'{"event": "node_')
_NOTHING = msgspec.Raw()
_NULL = b"null"


class _Ours(int):
    """A number that no line brings."""


class NodeLine(msgspec.Struct, NodeEvent, gc=False):
    """The fields of `hamtui.contract.flight.FlightEvent` that such an event has."""

    event: str
    ts: float | None = None
    run_id: str | None = None
    node: str | None = None
    task_id: str | None = None
    mono: float | None = None
    pid: int | None = None
    seq: int | None = None
    thread_id: int | None = None
    native_id: int | None = None
    success: bool | None = None
    elapsed_s: float | None = None
    output_offset: int | None = None
    error: Any = None
    error_type: Any = None
    traceback: Any = None
    result_type: Any = None
    tags: Any = None
    return_type: Any = None
    skipped: Any = None
    caused_by: Any = None
    incomplete: Any = None
    type_mismatch: Any = None
    socket: str | None = None
    kwargs: msgspec.Raw = msgspec.field(name="kwargs_summary", default=_NOTHING)
    result: msgspec.Raw = msgspec.field(name="result_summary", default=_NOTHING)
    taken: msgspec.Raw = msgspec.field(name="kwargs_payload", default=_NOTHING)
    made: msgspec.Raw = msgspec.field(name="result_payload", default=_NOTHING)
    #: Where the line stands (``in_place``), if its summaries are to stay there. The reader sets it: no JSON makes one.
    place: _Ours | None = None

    @property
    def kwargs_summary(self) -> bytes | complex | None:
        """As JSON text, or where its line stands."""
        return self._kept(self.kwargs)

    @property
    def result_summary(self) -> bytes | complex | None:
        """As JSON text, or where its line stands."""
        return self._kept(self.result)

    @property
    def kwargs_payload(self) -> bytes | complex | None:
        """As JSON text, or where its line stands."""
        return self._kept(self.taken)

    @property
    def result_payload(self) -> bytes | complex | None:
        """As JSON text, or where its line stands."""
        return self._kept(self.made)

    def _kept(self, value: msgspec.Raw) -> bytes | complex | None:
        """A copy, because a Raw keeps all of its line."""
        if value is _NOTHING:
            return None
        text = bytes(value)
        if text == _NULL:
            return None
        return text if self.place is None else complex(self.place)


decode = msgspec.json.Decoder(NodeLine).decode
