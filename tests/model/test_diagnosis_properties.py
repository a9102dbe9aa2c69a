"""Whatever is recorded, in whatever order: nothing raises, and nothing that moves is ever confirmed."""

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract.layout import Source
from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.contract.vitals import End, Holder, ProcessVital, ThreadLook, ThreadVital, Tick, Vital, Wait
from hamtui.model import verdicts
from hamtui.model.diagnosis import last_doing
from hamtui.model.fold import Launch
from hamtui.model.records import Record
from hamtui.model.state import Now, ProcessFact, SpanKey, Suspect
from hamtui.model.verdict import suspect
from tests.model.stage import ALIVE, KEY, MAIN_PID, MAIN_TID, STACKS, VITALS, Stage
from tests.model.streams import T0, fold, picture

GONE = ProcessFact(alive=False, supervisor_alive=False)
TIDS = (MAIN_TID, 8, 9)
NATIVES = {MAIN_TID: MAIN_PID, 8: 200, 9: 300}
CALLS = [
    "futex",
    "recvfrom",
    "poll",
    "read",
    "wait4",
    "flock",
    "clock_nanosleep",
    "epoll_wait",
    "running",
    None,
]
FILES = ["/home/u/risk.py", "/usr/lib/python3.11/threading.py", "/usr/lib/python3.11/pdb.py", "<x>"]
KINDS = [
    "lock",
    "lock",
    "rlock",
    "join",
    "queue",
    "future",
    "pool",
    "child",
    "event-loop",
    "sleep",
    "event",
    "?",
]


def _some(random: Random, most: int, make: Callable[[], Any]) -> list[Any]:
    return [make() for _ in range(random.randint(0, most))]


def _frame(random: Random) -> Frame:
    text = random.choice([None, "with x:", "time.sleep(1)", ""])
    function = random.choice(["a", "wait", "get", "acquire", ""])
    return Frame(random.choices(FILES, [8, 4, 1, 1])[0], random.randint(-1, 99), function, text)


def _wait(random: Random) -> Wait:
    def yes(part: float) -> bool:
        return random.random() < part

    return Wait(
        random.choice(KINDS),
        random.choice([None, "x"]),
        random.randint(0, 2),
        yes(0.8),
        _some(random, 2, lambda: Holder(random.choice(TIDS), "with", yes(0.8))),
        _some(random, 2, lambda: random.choice((*TIDS, 99))),
        _some(random, 2, lambda: random.choice([MAIN_PID, 500, 501])),
        own_pool=yes(0.2),
        lost=yes(0.2),
        alone=yes(0.2),
    )


def _end(random: Random) -> End:
    return End(random.randint(-1, 5), random.choice(["tcp", "pipe", "file", "tty", "?"]))


def _looks(random: Random) -> list[ThreadLook]:
    return [
        ThreadLook(
            tid,
            NATIVES[tid],
            random.choice([None, f"T{tid}"]),
            random.choice(CALLS),
            random.choice([None, False, False, True]),
            _some(random, 2, lambda: random.randint(0, 4)),
            random.choice([None, "wants", "free"]),
            _wait(random) if random.random() < 0.7 else None,
            _some(random, 4, lambda: _frame(random)),
        )
        for tid in TIDS
    ]


def _stage(seed: int) -> tuple[Stage, list[dict[int, int]]]:
    """What the supervisor and the run's own sampling thread wrote, and how often each thread woke by each sample."""
    random = Random(seed)
    stage = Stage()
    woken: list[dict[int, int]] = []
    lives = {native: ThreadVital(native, "S", 1.0, 5, 0.0) for native in NATIVES.values()}
    calm_part = random.choice([0.0, 0.6, 0.9])
    for at in range(1, random.randint(2, 9)):
        wakes: dict[int, int] = {}
        for native, life in lives.items():
            calm = random.random() < calm_part
            wakes[native] = 0 if calm else random.choice([0, 0, 1, 2, 200])
            cpu = 0.0 if calm else random.choice([0.0, 0.0, 0.03, 0.2, 1.0])
            lives[native] = replace(
                life,
                state="S" if calm else random.choice("SSSSRDTt"),
                cpu_s=(life.cpu_s or 0.0) + cpu,
                switches=(life.switches or 0) + wakes[native],
                call="futex" if calm else random.choice(CALLS),
                ends=_some(random, 2, lambda: _end(random)),
            )
        child = ProcessVital(500, MAIN_PID, "c", random.choice("SRTZ"), at * random.random())
        stage.sample(at, *lives.values(), others=[child] if random.random() < 0.5 else [])
        woken.append(wakes)
        if random.random() < 0.5:
            stage.probe(at + 0.2, *_looks(random), until=at + random.choice([0.0, 1.0, 5.0]))
        elif random.random() < 0.5:
            stage.beat(at + 0.4)
        if random.random() < 0.2:
            stage.dump(
                at + 0.3, ThreadStack(MAIN_TID, MAIN_PID, "M", _some(random, 4, lambda: _frame(random)))
            )
    return stage, woken


#: A seed is drawn, not each record: there are hundreds.
def stages() -> st.SearchStrategy[tuple[Stage, list[dict[int, int]]]]:
    return st.integers(0, 2**32).map(_stage)


def mark_of(launch: Launch, at: float, fact: ProcessFact = ALIVE) -> Suspect | None:
    return suspect(launch, launch.runs["r"].spans[KEY], fact, Now(T0 + at, at))


@given(stages(), st.sampled_from([ALIVE, GONE]))
def test_nothing_that_moved_is_confirmed(
    drawn: tuple[Stage, list[dict[int, int]]], fact: ProcessFact
) -> None:
    stage, woken = drawn
    at = len(woken) + 3.0
    mark = mark_of(stage.launch(), at, fact)
    if mark is None:
        return
    assert mark.verdict in verdicts.BY_NAME
    assert mark.why
    if mark.level == "confirmed":
        assert mark.progress is False
        if mark.verdict in {"deadlocked", "blocked.lock", "blocked.condition"}:
            assert len(woken) >= 3
            assert woken[-1][MAIN_PID] == woken[-2][MAIN_PID] == 0


@given(stages(), st.integers(0, 2**32))
def test_order_between_files_does_not_matter(drawn: tuple[Stage, Any], seed: int) -> None:
    stage, woken = drawn
    random = Random(seed)
    files: dict[tuple[str, bool], list[tuple[Source, Record]]] = {}
    for source, record in stage.records:
        files.setdefault((source.name, isinstance(record, Vital) and record.kind == "sample"), []).append(
            (source, record)
        )
    mixed: list[tuple[Source, Record]] = []
    while files:
        name = random.choice(sorted(files))
        mixed.append(files[name].pop(0))
        if not files[name]:
            del files[name]
    at = len(woken) + 3.0
    assert mark_of(fold(mixed), at) == mark_of(stage.launch(), at)


@given(stages(), st.data())
def test_looking_between_two_records_changes_nothing(drawn: tuple[Stage, Any], data: st.DataObject) -> None:
    stage, woken = drawn
    at = len(woken) + 3.0
    launch = Launch("x")
    looks = data.draw(st.sets(st.integers(4, len(stage.records))))
    for number, (source, record) in enumerate(stage.records):
        launch.apply(source, record)
        if number in looks:
            mark_of(launch, float(number))
    assert mark_of(launch, at) == mark_of(stage.launch(), at)


@given(stages())
def test_the_same_records_again_change_nothing(drawn: tuple[Stage, Any]) -> None:
    stage, woken = drawn
    at = len(woken) + 3.0
    once = mark_of(stage.launch(), at)
    vitals = [pair for pair in stage.records if isinstance(pair[1], (Vital, Dump))]
    assert mark_of(fold(stage.records + vitals), at) == once


TIMES = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.floats(T0, T0 + 9)
MONOS = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.floats(0, 9)
IDS = st.integers(-(2**60), 2**60) | st.sampled_from([MAIN_PID, MAIN_TID, 200, 500, 0, -1])
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
COUNTS = st.none() | st.integers(-(2**64), 2**64)
JUNK_THREADS = st.builds(
    ThreadVital,
    IDS,
    st.none() | st.text(max_size=2),
    NUMBERS,
    COUNTS,
    NUMBERS,
    st.sampled_from(CALLS),
    st.none(),
)
JUNK_PROCESSES = st.builds(
    ProcessVital, IDS, st.none() | IDS, state=st.none() | st.sampled_from("STZR"), cpu_s=NUMBERS, read_bytes=COUNTS,
    write_bytes=COUNTS, threads=st.lists(JUNK_THREADS, max_size=3),
)  # fmt: skip
TICKS = st.builds(
    Tick,
    st.just("r"),
    st.just("a"),
    st.none() | st.just(""),
    NUMBERS.filter(lambda n: n is not None),
    NUMBERS,
    mono=MONOS,
)
JUNK = st.builds(
    Vital,
    kind=st.sampled_from(["beat", "probe", "sample", "?"]),
    ts=TIMES,
    mono=MONOS,
    pid=st.none() | IDS,
    seq=COUNTS,
    processes=st.lists(JUNK_PROCESSES, max_size=3),
    looks=st.integers(0, 2**32).map(lambda seed: _looks(Random(seed))) | st.just([]),
    late=st.integers(-1, 99),
    still=COUNTS,
    ticks=st.lists(TICKS, max_size=2),
    output=COUNTS,
)


@given(st.lists(JUNK, max_size=12), st.sampled_from([ALIVE, GONE, ProcessFact()]))
def test_junk_never_raises(junk: list[Vital], fact: ProcessFact) -> None:
    stage = Stage()
    for vital in junk:
        stage.add(VITALS, vital)
    stage.add(STACKS, Dump(T0 + 2, 2.0, MAIN_PID, threads=[ThreadStack(MAIN_TID, MAIN_PID)]))
    launch = stage.launch()
    for at in (3.5, 8.0, 500.0):
        mark_of(launch, at, fact)
        last_doing(launch, launch.runs["r"].spans[SpanKey(*KEY)], Now(T0 + at))
    json.dumps(picture(launch), allow_nan=False)
