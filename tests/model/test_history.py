"""What is remembered of samples, probes, beats and ticks: bounded, in order, whatever order it came in."""

from hypothesis import given
from hypothesis import strategies as st

from hamtui.contract import flight
from hamtui.contract.flight import FlightEvent
from hamtui.contract.vitals import ProcessVital, ThreadVital, Tick, Vital
from hamtui.model import history
from hamtui.model.fold import Launch
from hamtui.model.history import At, History, gap
from hamtui.model.windows import windows_of
from tests.model.stage import KEY, VITALS, Stage, look
from tests.model.streams import MAIN, T0, fold


def sample(at: float, cpu: float = 0.0, switches: int = 1, native: int = 7) -> Vital:
    thread = ThreadVital(native, "S", cpu, switches)
    return Vital("sample", T0 + at, at, 1, processes=[ProcessVital(1, threads=[thread])])


def test_an_instant_is_told_by_the_machines_clock_else_by_the_walls() -> None:
    assert gap(At(100.0, 5.0), At(0.0, 2.0)) == 3.0
    assert gap(At(100.0), At(0.0, 2.0)) == 100.0
    assert gap(At(None, 1.0), At(5.0)) is None
    assert gap(At(1e308), At(-1e308)) is None


@given(st.permutations(range(12)))
def test_order_and_repetition_do_not_matter(order: list[int]) -> None:
    def points(numbers: list[int]) -> list[tuple[At, At, At]]:
        seen = History()
        for number in numbers:
            seen.sample(sample(number, cpu=0.9 * number if number > 6 else 0.0, switches=max(3, number)))
        return [(point.at, point.quiet_from, point.busy_from) for point in seen.threads[1, 7].points]

    assert points([*order, *order]) == points(list(range(12)))


def test_quiet_is_counted_beyond_what_is_remembered() -> None:
    seen = History()
    for at in range(500):
        seen.sample(sample(at))
    track = seen.threads[1, 7]
    assert len(track.points) == len(seen.samples) == history.MAX_POINTS
    assert gap(track.points[-1].at, track.points[-1].quiet_from) == 499
    assert seen.forgot(At(T0 + 100, 100.0))
    assert not seen.forgot(At(T0 + 400, 400.0))


def test_a_thread_that_takes_anothers_id_begins_anew() -> None:
    seen = History()
    for at in range(6):
        seen.sample(sample(at, cpu=0.9 + 0.001 * at if at < 4 else 0.001 * at, switches=3))
    track = seen.threads[1, 7]
    assert [gap(point.at, point.quiet_from) for point in track.points] == [0, 1, 2, 3, 0, 1]
    assert [window.at.mono for window in windows_of(track, None)] == [5.0]
    seen.sample(sample(6, cpu=0.006, switches=1))
    assert windows_of(track, None) == [], "it woke less often than it had before"
    assert gap(track.points[-1].at, track.points[-1].quiet_from) == 0


def test_a_window_is_worked_out_anew_where_a_sample_comes_between() -> None:
    seen = History()
    for at in (0, 1, 4):
        seen.sample(sample(at, cpu=0.1 * at))
    track = seen.threads[1, 7]
    assert [window.seconds for window in windows_of(track, None)] == [1.0, 3.0]
    seen.sample(sample(2, cpu=0.2))
    assert [window.seconds for window in windows_of(track, None)] == [1.0, 1.0, 2.0]


def test_everything_is_bounded() -> None:
    seen = History()
    for number in range(6_000):
        vital = Vital("probe", T0 + number, float(number), 1, number, looks=[look()] * 1_000)
        seen.sample(sample(number, native=number))
        seen.probe(None, 1, vital)
        seen.beat(None, number, Vital("beat", T0 + number, float(number), still=number))
        seen.tick(Tick("r", f"n{number}", mono=float(number)))
        seen.tick(Tick("r", "n", done=number, mono=float(number)))
        seen.log(("r", None, f"n{number}"), At(T0))
    inside = seen.insides[None, 5_999]
    assert len(seen.threads) <= history.MAX_THREADS
    assert len(seen.insides) <= history.MAX_PROCESSES
    assert len(seen.ticks) <= history.MAX_TICKING
    assert len(seen.logged) <= history.MAX_TICKING
    assert len(inside.beats) == 1
    assert len(seen.ticks["r", None, "n"]) <= history.MAX_TICKS


def test_a_probe_holds_as_long_as_beats_say_so_in_whatever_order() -> None:
    probe = Vital("probe", T0 + 1, 1.0, 1, 5, looks=[look()])
    beats = [Vital("beat", T0 + at, float(at), 1, at, still=5) for at in (2, 4, 3)]
    for records in ([probe, *beats], [*beats, probe]):
        seen = History()
        for one in records:
            (seen.probe if one.kind == "probe" else seen.beat)(None, 1, one)
        assert [(one.at.mono, one.until.mono) for one in seen.insides[None, 1].probes] == [(1.0, 4.0)]


def test_only_so_many_probes_are_kept() -> None:
    seen = History()
    for number in range(100):
        seen.probe(None, 1, Vital("probe", T0 + number, float(number), 1, number))
    assert [probe.vital.seq for probe in seen.insides[None, 1].probes] == list(range(80, 100))
    assert len(seen.insides[None, 1].beats) == 100


def _ticking(*records: tuple[str, float]) -> Launch:
    stage = Stage()
    start = stage.records.pop()
    for kind, at in records:
        if kind == "start":
            again = FlightEvent(
                flight.NODE_START, T0 + at, "r", "a", mono=at, pid=100, thread_id=7, native_id=100
            )
            stage.add(MAIN, again)
        else:
            stage.beat(at, None, Tick("r", "a", None, at, 100, mono=at))
    assert start[0] == MAIN
    return stage.launch()


def test_ticks_find_their_span_before_or_after_its_start() -> None:
    for order in (
        [("start", 1.0), ("tick", 2.0), ("tick", 3.0)],
        [("tick", 3.0), ("tick", 2.0), ("start", 1.0)],
    ):
        span = _ticking(*order).runs["r"].spans[KEY]
        assert span.first_tick is not None
        assert span.tick is not None
        assert (span.first_tick.done, span.tick.done) == (2.0, 3.0)


def test_a_retrys_ticks_are_its_own() -> None:
    span = _ticking(("start", 1.0), ("tick", 2.0), ("start", 5.0)).runs["r"].spans[KEY]
    assert span.tick is None
    span = _ticking(("start", 1.0), ("tick", 2.0), ("start", 5.0), ("tick", 6.0)).runs["r"].spans[KEY]
    assert span.first_tick == span.tick
    assert span.tick is not None
    assert span.tick.done == 6.0


def test_records_without_any_time_change_nothing() -> None:
    launch = fold([(VITALS, Vital(kind, None, None, 1, 1)) for kind in ("beat", "probe", "sample")])
    assert launch.history.samples == []
    inside = launch.history.insides[None, 1]
    assert inside.probes == []
    assert inside.beats == []
