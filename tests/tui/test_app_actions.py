"""Leaving, stopping, dumping, copying, picking: what the dashboard does beside showing."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamtui.contract.launch import ExitInfo
from hamtui.follow.follower import Batch
from hamtui.model.state import Unread
from hamtui.tui.app import HamtuiApp
from hamtui.tui.messages import Arrived
from hamtui.tui.screens.ask import Ask
from hamtui.tui.screens.pick import Pick
from hamtui.tui.session import Left
from tests.tui import scenes
from tests.tui.driving import drawn, screen, until
from tests.tui.scenes import T0, Scene


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def asking(app: HamtuiApp) -> bool:
    return isinstance(app.screen, Ask)


async def test_runs_newest_first_and_picked() -> None:
    scene = scenes.many_runs(5)
    async with scene.app().run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        assert "run 5/5" in screen(app)[0]
        await pilot.press("r")
        assert isinstance(app.screen, Pick)
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: "run 4/5" in screen(app)[0])
        scene.run_id = "run-5"
        scene.begin(["raw_orders"], at=11.0).start("raw_orders", 11.1)
        await until(pilot, lambda: "run 4/6" in screen(app)[0])
        await pilot.press("r", "home", "enter")
        await until(pilot, lambda: "run 6/6" in screen(app)[0])


async def test_leaving_says_how_it_stood() -> None:
    async with scenes.suspected().app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        await pilot.press("q")
    result = app.return_value
    assert isinstance(result, Left)
    assert result.live
    assert result.state == "running"
    assert not result.stopped


async def test_ctrl_c_leaves_what_somebody_else_launched() -> None:
    async with scenes.suspected().app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        await pilot.press("ctrl+c")
    assert isinstance(app.return_value, Left)


async def test_ctrl_c_asks_for_what_was_launched_here() -> None:
    steps: list[str] = []

    def stop() -> Iterator[str]:
        for step in ("sent INT", "gone"):
            steps.append(step)
            yield step

    scene = scenes.suspected()
    async with scene.app(own_launch=True, stop=stop).run_test(size=(80, 24), notifications=True) as pilot:
        app = await drawn(pilot)
        await pilot.press("ctrl+c")
        assert asking(app)
        await pilot.press("c")
        assert not asking(app)
        assert not steps
        await pilot.press("ctrl+c", "s")
        await until(pilot, lambda: steps == ["sent INT", "gone"])
        assert app.is_running
        scene.add("exit.json", ExitInfo(signal=2, ended_at=T0 + 193, asked_by="dashboard"))
        scene.alive = False
        await until(pilot, lambda: "killed" in screen(app)[0])
        await pilot.press("ctrl+c")
    assert isinstance(app.return_value, Left)
    assert (app.return_value.stopped, app.return_value.signal) == (True, 2)


async def test_stop_asks_first() -> None:
    steps: list[str] = []

    def stop() -> Iterator[str]:
        steps.append("INT")
        yield "sent INT"

    async with scenes.suspected().app(stop=stop).run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        await pilot.press("x", "escape")
        await pilot.press("x", "enter")
        assert not steps
        await pilot.press("x", "s")
        await until(pilot, lambda: steps == ["INT"])
        assert app.is_running


async def test_readonly_asks_nothing_of_the_run(tmp_path: Path) -> None:
    def stop() -> Iterator[str]:
        raise AssertionError

    async with scenes.suspected().app(tmp_path, readonly=True, stop=stop).run_test(size=(100, 24)) as pilot:
        app = await drawn(pilot)
        await pilot.press("d", "x")
        await pilot.pause(0.1)
        assert not os.listdir(tmp_path)
        assert not isinstance(app.screen, Ask)
        assert "dump" not in screen(app)[-1].replace("older/newer dump", "")
        assert not {command.name for command in app.possible()} & {"run: dump now", "run: stop"}


async def test_dump_now_writes_a_request(tmp_path: Path) -> None:
    async with scenes.suspected().app(tmp_path).run_test(size=(100, 24)) as pilot:
        await drawn(pilot)
        await pilot.press("d")
        await until(pilot, lambda: (tmp_path / "requests.jsonl").exists())
        await until(pilot, lambda: (tmp_path / "requests.jsonl").read_text().endswith("\n"))
        assert json.loads((tmp_path / "requests.jsonl").read_text())["ask"] == "dump"


async def test_a_run_that_was_refused_ends_the_app() -> None:
    scene = Scene().launch(["orders.py"], ["reprot"])
    scene.event(
        "launch_error",
        0.4,
        run_id=None,
        stage="usage",
        error="UnknownTarget: no node reprot",
        error_type="UnknownTarget",
    )
    scene.add("exit.json", ExitInfo(exit_code=2, ended_at=T0 + 0.5))
    scene.alive = False
    async with scene.app(own_launch=True).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: pilot.app.return_value is not None)
    result = pilot.app.return_value
    assert isinstance(result, Left)
    assert result.refused
    assert result.exit_code == 2
    assert result.error is not None


async def test_another_launch_can_be_opened(tmp_path: Path) -> None:
    for name in ("20261122T213511Z-1", "20261122T213512Z-2"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "hamilton_flight.jsonl").write_text(
            json.dumps({"event": "graph_start", "ts": T0, "run_id": name, "final_vars": [f"goal{name[-1]}"]})
            + "\n"
        )
    from hamtui.follow.launches import find

    app = HamtuiApp(find(tmp_path, "20261122T213511Z-1"), poll=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await drawn(pilot)
        await until(pilot, lambda: "goal1" in screen(app)[0])
        first = app.session
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press("home")
        picked = app.screen.query_one("OptionList")
        lines = [str(option.prompt) for option in picked.options]  # type: ignore[attr-defined]
        await pilot.press(*["down"] * next(n for n, line in enumerate(lines) if "512Z-2" in line), "enter")
        await until(pilot, lambda: "goal2" in screen(app)[0])
        assert first.stop.is_set()


async def test_the_age_of_other_launches_goes_on_when_this_one_is_over(tmp_path: Path) -> None:
    folder = tmp_path / "20261122T213511Z-1"
    folder.mkdir()
    (folder / "hamilton_flight.jsonl").write_text("{}\n")
    os.utime(folder / "hamilton_flight.jsonl", (T0 + 60, T0 + 60))
    scene = scenes.shop(at=60.0).finish(55.0)
    async with scene.app(folder).run_test(size=(100, 24)) as pilot:
        app = await drawn(pilot)
        scene.at = 60 + 7200
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, Pick))
        options = app.screen.query_one("OptionList").options  # type: ignore[attr-defined]
        assert "written 2h00m ago" in str(options[0].prompt)


async def test_what_comes_late_from_another_launch_is_dropped() -> None:
    async with scenes.empty().app().run_test(size=(80, 24)) as pilot:
        app = await drawn(pilot)
        folded = threading.Event()
        stale = Batch(scenes.shop().records, Unread(9, 9), caught_up=True, notified=True)
        app.post_message(Arrived(stale, folded, app.session.generation - 1))
        await until(pilot, folded.is_set)
        assert not app.session.launch.runs
        assert app.session.launch.unread == Unread()


async def test_copying_never_claims_what_it_cannot_know() -> None:
    async with scenes.suspected().app().run_test(size=(100, 40), notifications=True) as pilot:
        app = await drawn(pilot)
        await pilot.press("y")
        await until(pilot, lambda: len(app._notifications))
        note = list(app._notifications)[0].message
        assert "OSC 52" in note
        assert "copied" not in note
        assert "risk.py:88" in app.clipboard
