"""The corpus is what it says: wide enough, each row a function, and a judge that can say no."""

import dataclasses

import pytest

from tests.diagnosis.corpus import cases
from tests.diagnosis.driving import BEHAVIOURS, Look, Told
from tests.diagnosis.judging import judge, marked_lines
from tests.diagnosis.report import figures, matrix
from tests.diagnosis.table import SYNC, Row, row, rows

VERDICTS = {
    "running.python",
    "running.native",
    "running.io",
    "gil-held",
    "gil-starved",
    "cpu-starved",
    "sleeping",
    "polling",
    "blocked.lock",
    "deadlocked",
    "blocked.condition",
    "blocked.socket",
    "blocked.pipe",
    "blocked.stdin",
    "blocked.file-lock",
    "blocked.disk",
    "waiting.child",
    "event-loop-idle",
    "paused",
    "dead",
}


def test_every_verdict_is_the_exact_one_of_some_row() -> None:
    assert {found.verdicts[0] for found in rows()} == VERDICTS


def test_the_corpus_is_as_wide_as_it_claims() -> None:
    every = rows()
    assert len({found.name for found in every}) == len(every)
    assert sum(True not in found.progress for found in every) >= 45
    assert sum(found.progress[0] is True and found.ends for found in every) >= 15
    assert len(list(cases(everywhere=True))) > 2 * len(every)


@pytest.mark.parametrize("found", rows(), ids=lambda found: found.name)
def test_a_row_is_a_node_with_its_line(found: Row) -> None:
    module = BEHAVIOURS / f"{found.module}.py"
    assert f"\ndef {found.name}() -> int:\n" in module.read_text("utf-8")
    if found.line:
        assert marked_lines(module)[found.name]
    if found.ends:
        assert found.confirmed == "never"


def _told(found: Row, *, level: str = "confirmed", said: str = "deadlocked", since_s: float = 2.8) -> Told:
    line = min(marked_lines(BEHAVIOURS / f"{found.module}.py")[found.name])
    why = "waits for ledger_lock, held by refresh, which waits for book_lock"
    look = Look(since_s, said, level, False, why, top=line, stack=True)
    return Told(found.name, SYNC, looks=[look], kept=look, exit_signal=2)


def test_what_is_as_the_row_says_is_right() -> None:
    found = judge(row("two_locks"), _told(row("two_locks")))
    assert found.right, found.wrong
    assert figures([found])["exact"] == 1.0


@pytest.mark.parametrize(
    "change",
    [{"level": "suspected"}, {"said": "blocked.lock"}, {"since_s": 3.4}],
    ids=["not confirmed", "another verdict", "too late"],
)
def test_what_is_not_is_wrong(change: dict[str, str | float]) -> None:
    asked = row("two_locks")
    assert not judge(asked, _told(asked, **change)).right  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"),
    [("why", "waits for something"), ("progress", True), ("top", 1), ("stack", False)],
)
def test_every_part_of_a_look_counts(field: str, value: str | bool | int) -> None:
    asked = row("two_locks")
    told = _told(asked)
    told.looks[0] = dataclasses.replace(told.looks[0], **{field: value})  # type: ignore[arg-type]
    assert judge(asked, told).wrong


def test_one_confirmed_look_at_what_would_end_counts() -> None:
    asked = row("handshake")
    told = _told(asked, said="blocked.lock", level="suspected")
    told.looks.insert(0, dataclasses.replace(told.looks[0], level="confirmed", since_s=1.0))
    found = judge(asked, told)
    assert found.exact
    assert found.confirmed_wrongly
    assert figures([found])["confirmed_on_what_ends"] == 1


def test_what_is_left_behind_counts() -> None:
    asked = row("two_locks")
    told = _told(asked)
    told.left_behind.append("4121 sleep 90")
    assert judge(asked, told).wrong == ("left behind: 4121 sleep 90",)


def test_the_matrix_has_what_occurs() -> None:
    asked = row("two_locks")
    judged = [judge(asked, _told(asked)), judge(asked, _told(asked, said="unknown"))]
    text = matrix(judged)
    assert "deadlocked" in text
    assert "2 = unknown" in text
