"""A search that takes its time: it says so, holds nothing up, and ends when nobody waits."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamtui.follow.searching import Outcome, Place
from hamtui.follow.text_search import TextSearch
from hamtui.tui.widgets.output_pane import OutputPane
from tests.tui.driving import until
from tests.tui.pane_host import PaneHost, screen, settled, shown
from tests.tui.pane_runs import folder
from tests.tui.searching import current, hundreds, subject, typed, words


class Held:
    """A search that says how far it is, and goes on when it may."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self.over: list[Outcome] = []
        search = TextSearch.forward
        held = self

        def forward(self: TextSearch, place: Place, *, past: bool = False) -> Outcome:
            self._progress(312_000_000, 980_000_000)
            held.begun.set()
            while not held.go.wait(0.01):
                if self._cancelled():
                    break
            held.over.append(search(self, place, past=past))
            return held.over[-1]

        monkeypatch.setattr(TextSearch, "forward", forward)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Searches are held until the test lets them go, and at its end."""
    made = Held(monkeypatch)
    yield made
    made.go.set()


async def test_how_far_it_is_is_said_and_escape_ends_it(tmp_path: Path, held: Held) -> None:
    path = hundreds(folder(tmp_path))
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        await pilot.press("slash", *"needle", "enter")
        await until(pilot, lambda: words(pane) == "searching, 312 MB of 980 MB")
        # The view answers meanwhile.
        await pilot.press("home")
        await until(pilot, lambda: screen(pilot.app)[1] == "line 0")
        await pilot.press("escape")
        await until(pilot, lambda: held.over)
        assert held.over[0].ending == "cancelled"
        await settled(pilot)
        assert (words(pane), pane.wanted, pane.line.opened) == ("", None, False)
        assert pane.following


@pytest.mark.parametrize("how", ["hidden", "another", "narrowed"])
async def test_what_else_ends_a_search(tmp_path: Path, held: Held, how: str) -> None:
    path = hundreds(folder(tmp_path))
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        await pilot.press("slash", *"needle", "enter")
        await until(pilot, held.begun.is_set)
        if how == "hidden":
            pane.display = False
        elif how == "narrowed":
            await pilot.press("n")
        else:
            await pilot.press("slash", *"line 7", "enter")
        await until(pilot, lambda: held.over)
        assert held.over[0].ending == "cancelled"
        held.go.set()
        await settled(pilot)
        assert current(pane) == (["line 7"] if how == "another" else [])


async def test_keys_pressed_while_it_searches_are_owed(tmp_path: Path, held: Held) -> None:
    path = hundreds(folder(tmp_path))
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        await typed(pilot, "home")
        await pilot.press("slash", *"needle", "enter", "enter", "enter")
        await until(pilot, held.begun.is_set)
        held.go.set()
        await until(pilot, lambda: len(held.over) == 3)
        await settled(pilot)
        assert current(pane) == ["line 250 Needle"]


async def test_leaving_waits_for_no_search(tmp_path: Path, held: Held) -> None:
    path = hundreds(folder(tmp_path))
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        await pilot.press("slash", *"needle", "enter")
        await until(pilot, held.begun.is_set)
    for _ in range(500):
        if held.over:
            break
        await asyncio.sleep(0.01)
    assert [each.ending for each in held.over] == ["cancelled"]
