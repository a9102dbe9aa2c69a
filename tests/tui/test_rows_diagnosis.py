"""What rows and header say of a diagnosis: the verdict's word, how far a node is, where it usually ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hamtui.contract.vitals import BEAT, Tick, Vital
from hamtui.model import verdict
from hamtui.model.baseline import Past, Usual
from hamtui.model.state import Now, Span, SpanKey, Suspect
from hamtui.model.window import Window
from hamtui.tui.glyphs import ASCII, UNICODE
from hamtui.tui.theme import LOOKS
from hamtui.tui.widgets import bars, overlay
from hamtui.tui.widgets.rowdraw import columns
from tests.tui import scenes
from tests.tui.driving import drawn, line_with, screen, until
from tests.tui.scenes import MONO0, PID, Scene

STUCK = Suspect("confirmed", False, "deadlocked", "waits at risk.py:88 for itself", 131.0)
WORKING = Suspect("suspected", True, "running.python", "98 % of a core", 131.0)
WAITING = Suspect("suspected", False, "blocked.socket", "waits for 10.0.4.7:5432", 131.0)


def key(node: str) -> SpanKey:
    return SpanKey("run-1", None, node)


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> dict[SpanKey, Suspect]:
    """The marks that there are, whatever the files tell."""
    marks: dict[SpanKey, Suspect] = {}
    monkeypatch.setattr(verdict, "marks", lambda *_: dict(marks))
    monkeypatch.setattr(verdict, "suspect", lambda _launch, span, *_: marks.get(span.key))
    return marks


def ticked(done: float, total: float | None, *, seconds: float = 10.0) -> Span:
    span = Span(key("load"), "running", started_mono=100.0)
    span.first_tick = Tick("run-1", "load", None, 0.0, total, None, 100.0)
    span.tick = Tick("run-1", "load", None, done, total, None, 100.0 + seconds)
    return span


def ticking(scene: Scene, node: str, done: float, total: float | None, at: float) -> Scene:
    told = [Tick("run-1", node, None, done, total, None, MONO0 + at)]
    scene.add("vitals.jsonl", Vital(BEAT, ts=scenes.T0 + at, mono=MONO0 + at, pid=PID, ticks=told))
    return scene


def test_forms_give_way_from_the_longest() -> None:
    now = Now(0.0, 110.0)
    assert overlay.tick_forms(ticked(1234, 10_000, seconds=22.0), now, UNICODE) == [
        "▕▌░░░░▏ 1,234/10,000 56/s", "▕▌░░░░▏ 12% 56/s", "12% 56/s", "12%",
    ]  # fmt: skip
    assert overlay.tick_forms(ticked(5_000, 10_000), now, ASCII)[0] == "[###..] 5,000/10,000 500/s"
    assert overlay.tick_forms(ticked(70, None), now, UNICODE) == ["70 7.0/s", "7.0/s"]
    assert overlay.tick_forms(ticked(5, None), now, UNICODE)[0] == "5 30.0/min"
    assert overlay.tick_forms(Span(key("load")), now, UNICODE) == []
    assert overlay.tick_forms(ticked(20_000, 10_000), now, UNICODE)[-1] == "100%"


def test_ticks_that_stopped_tell_of_no_rate() -> None:
    assert overlay.tick_forms(ticked(70, None), Now(0.0, 500.0), UNICODE) == ["70"]


def test_a_label_goes_into_the_bar_else_on_its_left() -> None:
    assert overlay.place_label(["12345678", "12"], (3, 20), ascii_only=False) == (" 12345678 ", 3, True)
    assert overlay.place_label(["12345678", "12"], (12, 15), ascii_only=False) == ("12345678", 3, False)
    assert overlay.place_label(["12345678", "12"], (4, 8), ascii_only=False) == ("12", 1, False)
    assert overlay.place_label(["12345678"], (0, 5), ascii_only=False) == ("", 0, False)


def test_where_it_usually_ends() -> None:
    usual, window = Usual(9, 10.0, 20.0, 22.0), Window(0.0, 60.0)
    assert overlay.ends_at(usual, 5.0, window, 60, UNICODE) == ((15, "┊"), (25, "┃"))
    assert overlay.ends_at(usual, 5.0, window, 60, ASCII) == ((15, ":"), (25, "|"))
    assert overlay.ends_at(usual, 50.0, window, 60, UNICODE) == (), "what is out of sight is not drawn"
    assert overlay.ends_at(replace_p95(usual, 10.1), 5.0, window, 60, UNICODE) == ((15, "┃"),)
    assert overlay.ends_at(Usual(1, 10.0, 10.0, 10.0), 5.0, window, 60, UNICODE) == (), "one run is no habit"


def replace_p95(usual: Usual, seconds: float) -> Usual:
    return usual._replace(p95=seconds)


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("state", ["running", "suspect", "late", "aborted"])
def test_an_overlay_keeps_the_bars_width(state: str, ascii_only: bool) -> None:
    look = LOOKS["dark"].with_glyphs(ASCII) if ascii_only else LOOKS["dark"]
    for left in range(0, 300, 7):
        geometry = (left, 80)
        line = bars.segments(geometry, 40, state, look)
        label = overlay.place_label(
            ["deadlocked 12%", "12%"], overlay.cells_of(geometry), ascii_only=ascii_only
        )
        laid = overlay.Overlay(*label, ((3, look.glyphs.half), (30, look.glyphs.most)))
        drawn_line = overlay.laid_over(line, 40, laid, overlay.cells_of(geometry), look, state)
        assert sum(segment.cell_length for segment in drawn_line) == 40


def test_a_long_verdict_gets_its_cells() -> None:
    assert columns(120, 24).word == 10
    wide = columns(120, 24, len("blocked.file-lock?"))
    assert wide.word == len("blocked.file-lock?") + 1
    assert columns(80, 24, 18).word == 0


@pytest.mark.parametrize(
    ("mark", "word"),
    [(STUCK, "deadlocked"), (WORKING, "running.python"), (WAITING, "blocked.socket?"), (replace(WAITING, verdict="unknown"), "suspected")],
)  # fmt: skip
def test_a_suspicion_has_a_question_mark(mark: Suspect, word: str) -> None:
    assert overlay.verdict_word(mark) == word


@pytest.mark.parametrize("width", [80, 120])
async def test_the_row_says_the_verdict(marked: dict[SpanKey, Suspect], width: int) -> None:
    marked[key("risk_score")] = STUCK
    async with scenes.suspected().app().run_test(size=(width, 24)) as pilot:
        app = await drawn(pilot)
        row = next(line for line in screen(app) if "⚠ risk_score" in line)
        assert "deadlocked" in row
        assert "2m19s" in row
        assert "⚠ 1 confirmed" in screen(app)[0]


async def test_late_but_working_has_a_glyph_of_its_own_and_no_alarm(marked: dict[SpanKey, Suspect]) -> None:
    marked[key("risk_score")] = WORKING
    async with scenes.suspected().app().run_test(size=(120, 30)) as pilot:
        app = await drawn(pilot)
        assert "△ risk_score" in line_with(app, "risk_score")
        assert "△ 1 late" in screen(app)[0]
        assert "⚠" not in "".join(screen(app))


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_ticks_are_told_in_the_row(size: tuple[int, int]) -> None:
    scene = ticking(scenes.running(), "churn", 10, 10_000, 71.0)
    ticking(scene, "churn", 1234, 10_000, 74.0)
    async with scene.app().run_test(size=size) as pilot:
        app = await drawn(pilot)
        row = line_with(app, "● churn")
        assert "1,234/10,000 408/s" in row
        assert " 4.5s" in row
        ticking(scene, "churn", 2234, 10_000, 75.0)
        await until(pilot, lambda: "2,234/10,000" in line_with(app, "● churn"))


async def test_a_tick_is_drawn_in_its_cells_alone() -> None:
    scene = ticking(scenes.running(), "churn", 1234, 10_000, 74.0)
    async with scene.app().run_test(size=(100, 24)) as pilot:
        app = await drawn(pilot)
        span = next(
            span for span in app.session.launch.runs["run-1"].spans.values() if span.key.node == "churn"
        )
        assert span.tick is not None
        timeline = app.dashboard.timeline
        assert app.session.glance is not None
        regions: list[object] = []
        timeline.refresh = lambda *given, **_: regions.extend(given)  # type: ignore[method-assign,assignment]
        span.tick = replace(span.tick, done=1235)
        timeline.tick(app.session.glance)
        assert [(region.width, region.height) for region in regions] == [(1, 1)]  # type: ignore[attr-defined]


async def test_where_a_running_node_usually_ends_is_drawn() -> None:
    scene = scenes.running()
    async with scene.app().run_test(size=(120, 30)) as pilot:
        app = await drawn(pilot)
        app.session.remember(Past(durations={("churn", "v-churn"): (3.0, 8.0, 8.0, 9.0, 15.0)}))
        app.draw_soon()
        await until(pilot, lambda: "┃" in line_with(app, "● churn"))
        assert "┃" not in line_with(app, "● basket")


async def test_a_heartbeat_draws_nothing_by_itself() -> None:
    scene = scenes.running()
    async with scene.app().run_test(size=(100, 24)) as pilot:
        app = await drawn(pilot)
        shown: list[object] = []
        app.dashboard.show = shown.append  # type: ignore[method-assign,assignment]
        for number in range(3):
            at = 74.0 + number / 10
            scene.add("vitals.jsonl", Vital(BEAT, ts=scenes.T0 + at, mono=MONO0 + at, pid=PID, seq=number))
        await until(pilot, lambda: app.session.launch.beats)
        await pilot.pause(0.3)
        assert shown == []
        scene.start("summary", 74.9)
        await until(pilot, lambda: shown)


async def test_an_event_elsewhere_draws_no_other_rows() -> None:
    async with scenes.running().app().run_test(size=(100, 24)) as pilot:
        app = await drawn(pilot)
        timeline, glance = app.dashboard.timeline, app.session.glance
        assert glance is not None
        refreshed: list[object] = []
        timeline.refresh = lambda *given, **_: refreshed.append(given)  # type: ignore[method-assign,assignment]
        timeline.show(replace(glance, revision=glance.revision + 1))
        assert refreshed == []
        marks = {key("churn"): WAITING}
        timeline.show(replace(glance, marks=marks))
        assert refreshed, "a verdict is drawn"


def halted(scene: Scene, node: str, at: float) -> Scene:
    scene.event("debug_wait", at, node=node, task_id=None, socket="/nowhere/debug.sock", stage="start")
    return scene


@pytest.mark.parametrize(("width", "ascii_only"), [(80, False), (80, True), (160, False)])
async def test_a_row_says_that_it_waits_in_the_debugger(width: int, ascii_only: bool) -> None:
    scene = halted(scenes.running(), "risk_score", 53.1)
    scene.at = 100.0
    app = scene.app(ascii=ascii_only)
    async with app.run_test(size=(width, 24)) as pilot:
        await drawn(pilot)
        row = line_with(app, "risk_score")
        glyphs = ASCII if ascii_only else UNICODE
        assert "in the debugger" in row
        assert f"{glyphs.paused} risk_score" in row
        assert f"{glyphs.paused} paused" in screen(app)[0]
        assert "p debug" in screen(app)[-1]
        assert app.dashboard.timeline.selected is not None
        assert app.dashboard.timeline.selected.span_key == key("risk_score"), "it is where a person is led"
        await pilot.press("p")
        await until(pilot, lambda: any("attach there" in each.message for each in app._notifications))


async def test_p_is_nothing_to_who_only_watches_nor_where_nothing_waits() -> None:
    for app in (halted(scenes.running(), "risk_score", 53.1).app(readonly=True), scenes.running().app()):
        async with app.run_test(size=(80, 24)) as pilot:
            await drawn(pilot)
            assert "p debug" not in screen(app)[-1]
            assert app.check_action("debug", ()) is False
