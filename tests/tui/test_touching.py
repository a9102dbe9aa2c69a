"""What reaches the run from the dashboard: only what is possible, and each but a plain dump asked for first."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hamtui.contract.vitals import SAMPLE, ProcessVital, Vital
from hamtui.model.state import ProcessFact
from hamtui.tui.app import HamtuiApp
from hamtui.tui.hands import Child
from hamtui.tui.screens.ask import Ask
from hamtui.tui.screens.help import Help
from hamtui.tui.screens.pick import Pick
from tests.tui import scenes
from tests.tui.driving import drawn, screen, until
from tests.tui.scenes import PID, T0, Scene


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


class Recorded:
    """Hands that only note what they are told to do."""

    def __init__(self, *children: Child) -> None:
        self.listed = list(children)
        self.did: list[str] = []

    def children(self) -> list[Child]:
        self.did.append("children")
        return self.listed

    def resume(self) -> Iterator[str]:
        self.did.append("resume")
        yield "process 4121 continued"

    def kill(self, child: Child) -> Iterator[str]:
        self.did.append(f"kill {child.pid}")
        yield f"sent SIGTERM to process {child.pid}"


WORKER = Child(4130, 12.5, "python -c [red]worker", "S", 3.0)


def sampled(scene: Scene, **states: str) -> Scene:
    processes = [ProcessVital(PID, 4100, "python", states.get("main", "S"))]
    processes += (
        [ProcessVital(4130, PID, "python", states["child"], command="python -c worker")]
        if "child" in states
        else []
    )
    scene.add("vitals.jsonl", Vital(SAMPLE, ts=T0 + scene.at - 0.5, pid=PID, processes=processes))
    return scene


def app_of(scene: Scene, hands: Recorded, folder: Path | None = None, **more: Any) -> HamtuiApp:
    return scene.app(folder, hands=hands, **more)


def offered(app: HamtuiApp) -> set[str]:
    return {command.name for command in app.possible() if command.name.startswith("run: ")}


async def test_nothing_but_a_dump_where_nothing_is_stopped_and_there_is_no_child() -> None:
    hands = Recorded()
    async with app_of(sampled(scenes.suspected()), hands).run_test(size=(100, 24)) as pilot:
        app = await drawn(pilot)
        await until(pilot, lambda: app.session.fact.alive)
        assert offered(app) == {"run: dump now", "run: dump with native frames"}
        await pilot.press("c", "K")
        assert not isinstance(app.screen, Ask | Pick)
    assert hands.did == []


async def test_a_stopped_run_is_continued_after_a_question() -> None:
    hands, scene = Recorded(), sampled(scenes.suspected(), main="T")
    stopped = ProcessFact(alive=True, paused=True, supervisor_alive=True)
    scene.fact = lambda _=None, __=None: stopped  # type: ignore[method-assign]
    async with app_of(scene, hands).run_test(size=(100, 24), notifications=True) as pilot:
        app = await drawn(pilot)
        await until(pilot, lambda: "c continue" in screen(app)[-1])
        await pilot.press("c")
        assert isinstance(app.screen, Ask)
        assert "Process 4121 is stopped by a signal. Continue it?" in "\n".join(screen(app))
        await pilot.press("escape")
        await pilot.press("c", "enter")
        assert hands.did == [], "the harmless answer is the one that enter gives"
        await pilot.press("c", "g")
        await until(pilot, lambda: hands.did == ["resume"])


async def test_a_stopped_child_is_enough() -> None:
    hands = Recorded()
    async with app_of(sampled(scenes.suspected(), child="T"), hands).run_test(size=(100, 24)) as pilot:
        app = await drawn(pilot)
        await until(pilot, lambda: "run: continue it" in offered(app))
        await pilot.press("c")
        assert "Stopped by a signal: 4130 (python -c worker). Continue?" in "\n".join(screen(app))


async def test_a_child_is_chosen_then_asked_for_then_ended() -> None:
    hands = Recorded(WORKER, Child(4131, 13.0, None, "R"))
    async with app_of(sampled(scenes.suspected(), child="S"), hands).run_test(size=(100, 24)) as pilot:
        app = await drawn(pilot)
        await until(pilot, lambda: "run: end a child process" in offered(app))
        await pilot.press("K")
        await until(pilot, lambda: isinstance(app.screen, Pick))
        assert "python -c [red]worker  sleeps  3.0s CPU" in "\n".join(screen(app))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert "End process 4130 (python -c [red]worker)?" in "\n".join(screen(app))
        await pilot.press("enter")
        assert hands.did == ["children"]
        await pilot.press("K")
        await until(pilot, lambda: isinstance(app.screen, Pick))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("k")
        await until(pilot, lambda: hands.did[-1] == "kill 4130")


async def test_children_that_are_gone_by_then_are_said_to_be() -> None:
    hands = Recorded()
    async with app_of(sampled(scenes.suspected(), child="S"), hands).run_test(
        size=(100, 24), notifications=True
    ) as pilot:
        app = await drawn(pilot)
        await until(pilot, lambda: "run: end a child process" in offered(app))
        await pilot.press("K")
        await until(pilot, lambda: any("no child" in str(each.message) for each in app._notifications))


async def test_readonly_offers_none_of_it(tmp_path: Path) -> None:
    hands = Recorded(WORKER)
    scene = sampled(scenes.suspected(), main="T", child="T")
    async with app_of(scene, hands, tmp_path, readonly=True).run_test(size=(100, 24)) as pilot:
        app = await drawn(pilot)
        await until(pilot, lambda: app.session.fact.alive)
        assert not offered(app)
        await pilot.press("c", "K", "D", "d", "x")
        assert not isinstance(app.screen, Ask | Pick)
    assert hands.did == []
    assert not os.listdir(tmp_path)


async def test_a_dump_is_noted(tmp_path: Path) -> None:
    async with app_of(scenes.suspected(), Recorded(), tmp_path).run_test(size=(100, 24)) as pilot:
        app = await drawn(pilot)
        await pilot.press("D")
        assert isinstance(app.screen, Ask)
        await pilot.press("d")
        await until(pilot, lambda: (tmp_path / "audit.jsonl").exists())
        await until(pilot, lambda: (tmp_path / "audit.jsonl").read_text().endswith("\n"))
    request = json.loads((tmp_path / "requests.jsonl").read_text())
    assert (request["ask"], request["native"], request["locals"]) == ("dump", True, True)
    noted = json.loads((tmp_path / "audit.jsonl").read_text())
    assert (noted["did"], noted["pid"], noted["outcome"]) == (
        "dump",
        PID,
        "asked, with native frames and locals",
    )
    assert noted["by"].startswith("dashboard (")


async def test_the_help_has_their_keys() -> None:
    async with app_of(scenes.suspected(), Recorded()).run_test(size=(120, 50)) as pilot:
        app = await drawn(pilot)
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help)
        page = app.screen.text().plain
        for said in (
            "Continue a stopped process",
            "End one child process",
            "with native frames and local variables",
        ):
            assert said in page
