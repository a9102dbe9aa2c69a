"""Where a person is led, and what they are told."""

from dataclasses import replace

import pytest

from hamtui.contract.flight import FlightEvent
from hamtui.contract.launch import ExitInfo
from hamtui.follow.follower import Batch
from hamtui.model import verdict
from hamtui.model.state import Now, SpanKey, Suspect, Unread
from hamtui.tui.attend import Alert, alerts, attention, known, pane_for, worth_a_toast
from hamtui.tui.glance import Glance
from hamtui.tui.session import Session
from tests.tui import scenes
from tests.tui.test_header import glance_of


def key(node: str, task: str | None = None) -> SpanKey:
    return SpanKey("run-1", task, node)


def test_a_suspect_before_what_runs_before_what_failed_before_what_took_longest() -> None:
    assert attention(glance_of(scenes.suspected()), key("churn")) == key("risk_score")
    assert attention(glance_of(scenes.running()), None) == key("churn")
    assert attention(glance_of(scenes.failed()), None) == key("risk_score")
    done = scenes.shop(at=60.0).finish(55.0)
    assert attention(glance_of(done), None) == key("raw_events")
    assert attention(glance_of(scenes.empty()), None) is None


def test_the_cursor_stays_while_there_is_a_reason() -> None:
    glance = glance_of(scenes.running())
    assert attention(glance, key("risk_score")) == key("risk_score")
    assert attention(glance, key("orders")) == key("churn")


def test_each_thing_is_told_once() -> None:
    before = glance_of(scenes.running())
    scene = scenes.running()
    scene.at = 53 + 121
    found, told = alerts(glance_of(scene), known(before))
    assert [(alert.title, alert.sentence) for alert in found] == [("risk_score: suspected hang", "2m01s")]
    assert alerts(glance_of(scene), told)[0] == []
    scene.end("churn", 170.0, 99.0, success=False, error="E: x", error_type="E")
    scene.finish(175.0, success=False, error="E: x", code=1)
    found, told = alerts(glance_of(scene), told)
    assert [alert.title for alert in found] == ["churn failed", "The run failed"]
    assert alerts(glance_of(scene), told)[0] == []


def test_many_failures_are_one_sentence() -> None:
    scene = scenes.wide(20, flying=6, at=30.0)
    told = known(glance_of(scene))
    for number in range(6):
        scene.end(f"n{number}", 31.0, 1.0, success=False, error="E: x")
    found, _ = alerts(glance_of(scene), told)
    assert [alert.title for alert in found] == ["6 nodes failed"]
    assert found[0].sentence == "n0, n1, n2 and 3 more"


def test_what_comes_and_goes_is_told_once() -> None:
    told = known(glance_of(scenes.running()))
    late = scenes.running()
    late.at = 53 + 121
    _, told = alerts(glance_of(late), told)
    _, told = alerts(glance_of(scenes.running()), told)
    assert alerts(glance_of(late), told)[0] == []


def test_a_hang_is_told_with_the_line_that_it_stands_on() -> None:
    found, _ = alerts(glance_of(scenes.suspected()), known(glance_of(scenes.running())))
    assert [alert.line("-") for alert in found] == ["risk_score: suspected hang - blocked.lock at risk.py:88"]


def test_a_run_that_was_killed_names_the_signal() -> None:
    scene = scenes.running()
    told = known(glance_of(scene))
    scene.add("exit.json", ExitInfo(signal=9, ended_at=scenes.T0 + 193.0))
    found, _ = alerts(glance_of(scene), told)
    assert [alert.title for alert in found] == ["The run was killed"]
    assert found[0].sentence.endswith("by SIGKILL")


def test_of_many_runs_the_launch_is_told_with_its_own_time() -> None:
    scene = scenes.many_runs()
    told = known(glance_of(scene))
    scene.add("exit.json", ExitInfo(signal=9, ended_at=scenes.T0 + 59.8))
    scene.alive = False
    found, _ = alerts(glance_of(scene), told)
    assert [alert.line("-") for alert in found] == ["The launch was killed - after 1m00s, by SIGKILL"]


def test_a_folder_that_is_gone_is_told_once_each_time() -> None:
    session = Session(scenes.running().app().session.ref, 1)
    told, said = known(session.whole(scenes.running().now())), []
    for gone in (True, True, False, True):
        session.fold(Batch([], Unread(), caught_up=True, notified=True, gone=gone))
        found, told = alerts(session.whole(scenes.running().now()), told)
        said.append([alert.line("-") for alert in found])
    line = "Nothing more can be read - the launch folder is gone; this is what was read of it last"
    glance = session.whole(scenes.running().now())
    assert [alert.line("-") for alert in alerts(glance, known(glance))[0]] == [line], (
        "by the first screen too"
    )
    assert said == [[line], [], [], [line]]


def marked(glance: Glance, **marks: Suspect) -> Glance:
    return replace(glance, marks={SpanKey("run-1", None, node): mark for node, mark in marks.items()})


WORKING = Suspect("suspected", True, "running.python", "98 % of a core", 90.0)
WAITING = Suspect("suspected", False, "blocked.socket", "waits", 20.0)
PROVEN = Suspect("confirmed", False, "deadlocked", "waits", 5.0)


def test_what_is_proven_is_looked_at_before_what_is_later() -> None:
    glance = marked(glance_of(scenes.running()), risk_score=WORKING, basket=WAITING, churn=PROVEN)
    basket, churn = SpanKey("run-1", None, "basket"), SpanKey("run-1", None, "churn")
    assert attention(glance, basket) == churn
    assert attention(marked(glance, risk_score=WORKING, basket=WAITING), None) == basket
    assert attention(marked(glance, risk_score=WORKING, basket=WORKING), basket) == basket


def test_a_proof_is_told_once_more_and_what_works_without_a_bell() -> None:
    glance = glance_of(scenes.running())
    found, told = alerts(marked(glance, churn=WORKING), known(glance))
    assert [(alert.severity, alert.quiet) for alert in found] == [("information", True)]
    found, told = alerts(marked(glance, churn=PROVEN), told)
    assert [(alert.title, alert.quiet) for alert in found] == [("churn: confirmed hang", False)]
    assert alerts(marked(glance, churn=PROVEN), told)[0] == []


def test_what_was_in_flight_when_it_was_killed_is_opened() -> None:
    scene = scenes.running()
    scene.add("exit.json", ExitInfo(signal=9, ended_at=scenes.T0 + 193.0))
    scene.alive = False
    glance = glance_of(scene)
    spans = {key.node: span for key, span in glance.run.spans.items()} if glance.run is not None else {}
    assert {spans[node].status for node in ("risk_score", "basket", "churn")} == {"aborted"}
    for node in ("risk_score", "basket", "churn"):
        spans[node].kept_suspect = None
    assert attention(glance, None) == spans["risk_score"].key, "that which was in flight longest"
    spans["churn"].kept_suspect, spans["risk_score"].kept_suspect = WAITING, WORKING
    assert attention(glance, None) == spans["churn"].key, "what hung goes before what worked"
    assert pane_for(glance, spans["churn"].key) == "stacks"


def test_marks_are_judged_once_a_second_and_less_often_where_there_are_very_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = scenes.running()
    session = Session(scene.app().session.ref, 1)
    for source, record in scene.records:
        session.launch.apply(source, record)
    session._caught_up, session.fact = True, scene.fact()
    session.whole(scene.now())
    judged: list[float] = []
    monkeypatch.setattr(verdict, "suspect", lambda *args: judged.append(args[3].unix))

    def later(seconds: float) -> int:
        before = len(judged)
        session.later(Now(scene.now().unix + seconds))
        return len(judged) - before

    assert [later(seconds) for seconds in (0.25, 0.5, 0.75, 1.0, 1.25)] == [0, 0, 0, 3, 0]
    assert session.glance is not None
    session.glance = replace(session.glance, marks={key(f"n{n}"): WORKING for n in range(2500)})
    assert [later(seconds) for seconds in (3.0, 5.0)] == [0, 0]
    assert later(6.5) > 0


@pytest.mark.parametrize(("killed", "looked_at"), [(True, "churn"), (False, "basket")])
def test_what_was_cut_off_comes_before_what_failed_earlier(killed: bool, looked_at: str) -> None:
    scene = scenes.shop(at=75.0).start("churn", 60.0).start("basket", 60.5)
    scene.end("basket", 61.0, 0.5, success=False, error="ValueError: no", error_type="ValueError")
    if killed:
        scene.add("exit.json", ExitInfo(signal=9, ended_at=scenes.T0 + 74.0))
        scene.alive = False
    else:
        scene.end("churn", 70.0, 10.0).finish(71.0, success=False, code=1)
    assert attention(glance_of(scene), None) == key(looked_at)


def test_a_warning_is_told_once_and_what_is_only_information_is_not() -> None:
    scene = scenes.running()
    for level in ("info", "warning"):
        scene.event("notice", 100.0, run_id=None, message=f"the {level}", level=level)
    found, told = alerts(glance_of(scene), known(glance_of(scene)))
    assert [(alert.title, alert.severity) for alert in found] == [("the warning", "warning")]
    assert alerts(glance_of(scene), told)[0] == []


def test_a_stop_in_the_debugger_is_told_each_time_and_comes_before_what_runs() -> None:
    scene = scenes.running()
    told = known(glance_of(scene))
    where = {"node": "risk_score", "task_id": None, "socket": "/d/s", "stage": "start"}
    for at in (70.6, 72.0):
        scene.event("debug_wait", at, **where)
        glance = glance_of(scene)
        assert attention(glance, key("churn")) == key("risk_score")
        found, told = alerts(glance, told)
        assert [(alert.title, alert.sentence) for alert in found] == [
            ("risk_score: in the debugger", "p goes to its prompt")
        ]
        assert alerts(glance, told)[0] == []
        scene.event("debug_done", at + 1, **where)
    assert attention(glance_of(scene), key("churn")) == key("churn")


def service(runs: int) -> scenes.Scene:
    """Runs one after the other, in each of which one node fails."""
    scene = scenes.Scene().launch(["service.py"], []).plan(scenes.SHOP[:2])
    for number in range(runs):
        scene.run_id, at = f"run-{number:04}", 2.0 * number
        scene.begin(["raw_orders"], at=at).ran("raw_orders", at, 0.5, success=False, error=f"E: {number}")
        scene.event("graph_end", at + 1, success=False, error=f"E: {number}")
    return scene


def test_of_a_service_is_remembered_what_is_shown_however_long_it_runs() -> None:
    told = known(glance_of(service(1)))
    sizes = set()
    for runs in range(2, 30):
        found, told = alerts(glance_of(service(runs)), told)
        assert [alert.title for alert in found] == ["raw_orders failed"]
        sizes.add((len(told.failed), len(told.runs)))
    assert sizes == {(1, 1)}


def test_who_opens_a_run_of_long_ago_is_not_told_that_it_failed() -> None:
    glance = glance_of(service(3))
    old = replace(glance, run=glance.launch.runs["run-0000"])
    told = known(glance)
    for shown in (old, glance, old, glance):
        found, told = alerts(shown, told)
        assert found == []


def test_failures_each_second_do_not_cover_the_screen() -> None:
    shown: dict[str, float] = {}
    failed = [Alert(f"n{number} failed", "", "error", failed=True) for number in range(9)]
    hang = Alert("churn: suspected hang", "", "warning")
    assert worth_a_toast(failed[:1], shown, 10.0) == failed[:1]
    assert worth_a_toast(failed[:1], shown, 11.0) == [], "it is on the screen"
    assert worth_a_toast(failed[1:], shown, 12.0) == failed[1:3], "no more than three at once"
    assert worth_a_toast([failed[8], hang], shown, 13.0) == [hang], "a hang is told whatever fails"
    assert worth_a_toast(failed[5:6], shown, 14.0) == [], "there are three beside it still"
    assert worth_a_toast(failed[3:5], shown, 17.0) == failed[3:5]
    assert worth_a_toast(failed[:1], shown, 69.0) == [], "it was told less than a minute ago"
    assert worth_a_toast(failed[:1], shown, 70.0) == failed[:1]


def test_of_a_run_whose_beginning_nobody_knows_a_failure_is_told() -> None:
    scene = service(2)
    glance = glance_of(scene)
    told = known(glance)
    scene.records.append(
        (scenes.FLIGHT, FlightEvent("node_end", run_id="a", node="raw_orders", success=False))
    )
    later = glance_of(scene)
    found, _ = alerts(replace(later, run=later.launch.runs["a"]), told)
    assert [alert.title for alert in found] == ["raw_orders failed"]
