"""What status says to people of what hangs, and of what was in flight when a run died."""

from pathlib import Path

from hamtui.cli.asides import asides
from hamtui.cli.look import Look
from hamtui.cli.picture import lines
from hamtui.follow.follower import read_launch
from hamtui.follow.launches import find
from hamtui.follow.past import read_past
from hamtui.model.ending import settle
from hamtui.model.status import status
from tests.data.generate import generate


def told(name: str, folder: Path) -> list[str]:
    """The lines for a recorded launch, at its instant."""
    scene = generate(name, folder)
    ref = find(scene.dir)
    past, launch = read_past(ref), read_launch(ref)
    settle(launch, scene.fact, scene.now, past)
    seen = Look(ref, launch, scene.fact, scene.now)
    return list(lines(status(launch, ref.id, ref.dir, scene.fact, scene.now, past), asides(seen, past)))


def test_a_deadlock_with_its_circle(tmp_path: Path) -> None:
    said = "\n".join(told("deadlocked", tmp_path))
    assert "! risk_score  running  2m41s, usually 5–6 s (6 runs)  confirmed: deadlocked" in said  # noqa: RUF001
    assert "waits at risk.py:88 for ledger_lock, held by Thread-2, which waits for book_lock" in said
    assert "MainThread (risk_score)  risk.py:88 risk_score: with ledger_lock:  <- held by Thread-2" in said
    assert "Thread-2  risk.py:71 refresh: with book_lock:  <- held by MainThread" in said
    assert " left" not in said, "a run that stands still has no end that could be told"


def test_a_child_and_its_socket(tmp_path: Path) -> None:
    said = "\n".join(told("child_socket", tmp_path))
    assert "suspected: waiting.child" in said
    assert "process 4181 (psql -f regions.sql)  blocked.socket  <- 10.0.4.7:5432" in said


def test_ticks_and_what_is_left(tmp_path: Path) -> None:
    said = told("ticking", tmp_path)
    assert any("1,178/10,000" in line and "56/s" in line for line in said)
    assert any(" min left" in line for line in said)


def test_what_was_in_flight_at_the_end(tmp_path: Path) -> None:
    said = "\n".join(told("killed", tmp_path))
    assert "killed by SIGKILL (9)" in said
    assert "! risk_score  aborted  1m34s, " not in said, "without a past nothing is usual"
    assert "! risk_score  aborted  1m34s  confirmed: deadlocked" in said
    assert "<- held by MainThread" in said
    assert "x basket  aborted  12s" in said
    assert "at the last sample " in said
