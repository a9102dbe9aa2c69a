"""Spans in the debugger: when each stopped there, whether somebody is at its prompt, how long that took in all."""

from dataclasses import replace
from typing import Any

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.layout import Source
from hamtui.model.attempts import Rivals, later
from hamtui.model.state import Halt, Now, Run, Span


def apply(run: Run, source: Source, event: FlightEvent, rivals: Rivals) -> None:
    """Take in an event of the debugger. One that is read again changes nothing."""
    span = _span(run, source, event, rivals)
    if span is None:
        return
    if event.event == flight.DEBUG_DONE:
        _end(span, event)
        return
    attached = event.event == flight.DEBUG_ATTACHED
    if span.halt is not None:
        span.halt = replace(span.halt, attached=attached)
    elif _is_news(span, event):
        span.halt = Halt(event.ts, event.mono, _text(event.stage), event.socket, attached)


def _span(run: Run, source: Source, event: FlightEvent, rivals: Rivals) -> Span | None:
    """The attempt of the process that tells."""
    spot: Any = (run.run_id, event.task_id, event.node)
    shown = run.spans.get(spot)
    if shown is None:
        return None
    pid = source.pid if event.pid is None else event.pid
    attempts = [shown, *rivals.get(spot, ())]
    return next((span for span in attempts if span.pid is None or pid in {None, span.pid}), None)


def _is_news(span: Span, event: FlightEvent) -> bool:
    """Whether the event is of a halt after the last one that is over."""
    last = span.last_halt
    return last is None or later(event.mono, event.ts, last.mono, last.at, default=True)


def _end(span: Span, event: FlightEvent) -> None:
    halt = span.halt
    if halt is None or event.ts is None:
        return
    ended = Now(event.ts, event.mono)
    span.halted_s += halt.seconds(ended)
    span.last_halt = replace(halt, at=event.ts, mono=event.mono, attached=False)
    span.halt = None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
