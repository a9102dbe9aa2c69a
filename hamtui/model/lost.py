"""Worker processes that died while the run went on, and what that means for the spans that they were executing."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hamtui.contract.vitals import BACK, Vital
from hamtui.model.state import Error, Run, Span

if TYPE_CHECKING:
    from hamtui.model.fold import Launch

#: Workers whose end is remembered.
MAX_LOST = 10_000
ERROR_TYPE = "WorkerDied"


@dataclass(frozen=True)
class End:
    """How a worker ended, as far as it is known: ``at`` in Unix seconds, by whoever saw it; ``told``: its cluster's words."""

    at: float | None
    signal: int | None = None
    exit_code: int | None = None
    told: str | None = None


@dataclass(frozen=True)
class Reason:
    """Why a span was cut off, and when."""

    at: float | None
    error: Error


#: By host and pid, as the names of a worker's files have them.
Lost = dict[tuple[str | None, int], End]


def take(launch: "Launch", vital: Vital) -> None:
    """A worker has ended, or is there again. Who knows by which signal tells more than who only misses it."""
    if vital.pid is None:
        return
    key = vital.host, vital.pid
    if vital.kind == BACK:
        launch.lost.pop(key, None)
    else:
        known = launch.lost.get(key)
        told = End(vital.ts, vital.signal, vital.exit_code, vital.told)
        if known is not None and told.signal is None and told.exit_code is None and told.told is None:
            return
        if known is not None and told.told is not None:  # words come later than the end that they are about
            told = replace(told, at=known.at, signal=known.signal or told.signal)
        if known is not None or len(launch.lost) < MAX_LOST:
            launch.lost[key] = told
    launch.look_again()


def reason(launch: "Launch", span: Span) -> Reason | None:
    """Why the span can't go on; None where its process is not known to have died."""
    if span.pid is None or span.host is None:
        return None
    end = launch.lost.get((span.host, span.pid))
    if end is None:
        return None
    here = launch.info is not None and span.host == launch.info.host
    if here and end.at is not None and span.started_at is not None and span.started_at > end.at:
        return None  # another process of that number
    where = "" if here else f" on {span.host}"
    return Reason(end.at, Error(ERROR_TYPE, f"its worker process {span.pid}{where} {how(end)}"))


def how(end: End) -> str:
    """``was killed by signal 9``, ``exited with code 1``, ``is gone; Ray says: …``."""
    said = f"; Ray says: {end.told}" if end.told is not None else ""
    if end.signal is not None:
        return f"was killed by signal {end.signal}{said}"
    return f"is gone{said}" if end.exit_code is None else f"exited with code {end.exit_code}{said}"


def tries(launch: "Launch", span: Span) -> list[str]:
    """``this is try 2``, and a line for each earlier one that is known, the newest first: where, and how it ended."""
    said = [f"this is try {span.tries}"]
    earlier = [one for one in launch.rivals.get(span.key, ()) if one.attempts]
    for number, one in zip(range(span.tries - 1, 0, -1), reversed(earlier), strict=False):
        why = reason(launch, one)
        end = one.status if why is None else why.error.message
        said.append(
            f"try {number}: {end}" if why is not None else f"try {number}: {end} in process {one.pid}"
        )
    return said


def retried(launch: "Launch", run: Run) -> bool:
    """Whether a span of the run was tried more than once."""
    known = (run.spans.get(key) for key in launch.rivals if key.run_id == run.run_id)
    return any(span is not None and span.tries > 1 for span in known)
