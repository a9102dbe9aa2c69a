"""From the threshold to the verdict, and whether it is right: real launches of the corpus of ways to be stuck or slow.

``python -m tests.benchmarks verdict``. Of each verdict the first row that is stuck, in the main thread, three at once but for those that
need the CPU; beside them some that work, which must never be called confirmed. All of the corpus in every executor takes
half an hour: ``python -m tests.diagnosis``.
"""

import tempfile
from pathlib import Path

from tests.benchmarks.measuring import Measured, Row
from tests.diagnosis import corpus, stuck, working
from tests.diagnosis.judging import Judgement
from tests.diagnosis.report import one_line
from tests.diagnosis.table import SYNC

AT_ONCE, WATCH_S = 3, 3.3
_DUE_S, _WRONG_PERCENT = 3.0, 5.0
_WORKING = ("append_slowly", "ticks_and_sleeps", "retry_backoff", "compute")


def chosen() -> list[corpus.Case]:
    """The first row of each verdict, and some that work."""
    first = {row.verdicts[0]: row for row in reversed(stuck.ROWS) if SYNC in row.executors}
    rows = [row for row in reversed([*first.values()]) if corpus.possible(row)]
    return [(row, SYNC) for row in rows] + [
        (row, SYNC) for row in working.ROWS if row.name in _WORKING and corpus.possible(row)
    ]


def measure() -> Measured:
    cases = chosen()
    with tempfile.TemporaryDirectory() as root:
        judged = corpus.run(cases, Path(root), jobs=AT_ONCE, watch_s=WATCH_S)
    every = sum(len(row.executors) for row in (*stuck.ROWS, *working.ROWS))
    found = Measured("verdict", f"{len(cases)} of the corpus's {every} launches; seconds from the threshold")
    works = {row.name for row in working.ROWS}
    for label, part in (
        ("stuck", [one for one in judged if one.row.name not in works]),
        ("working", [one for one in judged if one.row.name in works]),
    ):
        _tell(found, label, part)
    late = [one.latency_s for one in judged if one.exact and one.latency_s is not None]
    wrong = [one for one in judged if not one.exact]
    found.aim("to the right verdict, the slowest", max(late, default=0.0), _DUE_S, "s")
    found.aim("not the right verdict by then", 100 * len(wrong) / len(judged), _WRONG_PERCENT, "%")
    found.aim(
        "confirmed, of what can't be",
        float(sum(one.confirmed_wrongly for one in judged)),
        0.0,
        "behaviours",
    )
    return found


def _tell(found: Measured, label: str, judged: list[Judgement]) -> None:
    right = [one for one in judged if one.exact]
    late = [one.latency_s for one in right if one.latency_s is not None]
    if late:
        found.add(f"{label}: to the right verdict", late, "s", None, f"{len(right)} of {len(judged)} right")
    for one in judged:
        if not one.exact or one.confirmed_wrongly:
            found.rows.append(Row(one.row.behaviour, None, "", None, one_line(one)))
