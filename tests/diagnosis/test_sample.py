"""A sample of the corpus, one behaviour a kind: the whole is ``pytest -m slow tests/diagnosis``."""

import pytest

from tests.diagnosis import corpus
from tests.diagnosis.judging import Judgement
from tests.diagnosis.report import one_line
from tests.diagnosis.table import SYNC, THREADS, row

SAMPLE = (
    ("two_locks", THREADS),
    ("own_lock_in_a_method", SYNC),
    ("handshake_with", SYNC),
    ("queue_never", SYNC),
    ("recv_silent", SYNC),
    ("recv_trickle", SYNC),
    ("run_sleeping", THREADS),
    ("child_stopped", SYNC),
    ("flock_held", SYNC),
    ("gather_sleeps", SYNC),
    ("long_sleep", THREADS),
    ("ticks_and_sleeps", SYNC),
)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judgement]:
    """All of them at once: most of their time they wait."""
    folder = tmp_path_factory.mktemp("corpus")
    chosen = [(row(name), executor) for name, executor in SAMPLE]
    return {found.row.name: found for found in corpus.run(chosen, folder, jobs=4, watch_s=3.3)}


# The first of them waits for all.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [name for name, _ in SAMPLE])
def test_what_is_said_of_it_is_right(name: str, judged: dict[str, Judgement]) -> None:
    found = judged[name]
    assert found.right, f"{one_line(found)}\n{found.told.last()}"
