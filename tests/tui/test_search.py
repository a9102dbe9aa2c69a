"""Searching in the Log and Output panes: found wherever it stands, lit, and nobody waits for it."""

from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Input

from hamtui.contract.encode import line
from hamtui.contract.logs import LogRecord
from hamtui.follow import text_search
from hamtui.follow.searching import Outcome
from hamtui.tui.widgets.log_pane import LogPane
from hamtui.tui.widgets.output_pane import OutputPane
from tests.tui import scenes
from tests.tui.driving import drawn, until
from tests.tui.driving import screen as app_screen
from tests.tui.pane_host import PaneHost, screen, settled, shown
from tests.tui.pane_runs import T0, folder
from tests.tui.searching import current, follows, highlit, hundreds, subject, told, typed, words


async def test_next_before_wrapped_and_the_end_of_it(tmp_path: Path) -> None:
    path = hundreds(folder(tmp_path))
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        assert (await shown(pilot, subject(path)))[-1] == "line 499"
        pane.view.focus()
        await typed(pilot, "home")
        await typed(pilot, "slash", *"needle", "enter")
        assert current(pane) == ["line 50 Needle"]
        assert words(pane) == "line 51"
        assert highlit(pane) == {("tab", "Needle")}
        assert not follows(pane)
        await typed(pilot, "enter")
        assert current(pane) == ["line 150 Needle"]
        await typed(pilot, "enter", "enter", "enter")
        assert (current(pane), words(pane)) == (["line 450 Needle"], "line 451")
        await typed(pilot, "enter")
        assert (current(pane), words(pane)) == (["line 50 Needle"], "line 51 · wrapped")
        pane.step(-1)
        await settled(pilot)
        assert (current(pane), words(pane)) == (["line 450 Needle"], "line 451 · wrapped")
        pane.step(-1)
        await settled(pilot)
        assert (current(pane), words(pane)) == (["line 350 Needle"], "line 351")
        # Whoever scrolled away is where the search goes on.
        await typed(pilot, "home", "enter")
        assert current(pane) == ["line 50 Needle"]
        copied = pane.copyable()
        assert copied is not None
        assert "\nline 50 Needle\n" in copied[1]
        await typed(pilot, "escape")
        assert current(pane) == []
        assert highlit(pane) == set()
        assert not follows(pane)
        assert "line 50 Needle" in screen(pilot.app)
        assert pane.view.has_focus


async def test_a_search_pauses_and_its_end_follows_again(tmp_path: Path) -> None:
    path = hundreds(folder(tmp_path))
    output = path / "output.log"
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        # In sight at the end: nothing scrolls, and still the end is followed no more.
        await typed(pilot, "s", *"line 495", "enter")
        assert (current(pane), words(pane)) == (["line 495"], "line 496")
        assert "paused" in screen(pilot.app)[0]
        with output.open("a") as file:
            file.write("more\n")
        await shown(pilot, subject(path))
        assert "1 new line" in screen(pilot.app)[0]
        assert current(pane) == ["line 495"]
        await typed(pilot, "end")
        assert follows(pane)
        assert "more" in screen(pilot.app)[-1]
        await typed(pilot, "enter")
        assert not follows(pane)
        with output.open("a") as file:
            file.write("even more\n")
        await typed(pilot, "escape")
        rows = await shown(pilot, subject(path))
        assert follows(pane)
        assert rows[-1] == "even more"
        assert "paused" not in rows[0]


async def test_a_hit_on_the_last_page_does_not_follow_until_end(tmp_path: Path) -> None:
    path = hundreds(folder(tmp_path))
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        await typed(pilot, "pageup")
        await typed(pilot, "s", *"line 498", "enter")
        assert current(pane) == ["line 498"]
        assert not follows(pane)
        assert "line 499" in screen(pilot.app)[-1]
        await typed(pilot, "end")
        assert follows(pane)
        assert "paused" not in screen(pilot.app)[0]


async def test_smart_case_and_not_found(tmp_path: Path) -> None:
    path = hundreds(folder(tmp_path))
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        rows = await shown(pilot, subject(path))
        pane.view.focus()
        await typed(pilot, "slash", *"NEEDLE", "enter")
        assert words(pane) == "not found"
        assert follows(pane)
        assert [row for row in screen(pilot.app)[1:] if row] == rows[2:]
        await typed(pilot, "slash", *"line [0-9]", "enter")
        assert words(pane) == "not found"
        await typed(pilot, "slash", *"Needle", "enter")
        assert (current(pane), words(pane)) == (["line 50 Needle"], "line 51 · wrapped")
        # An empty text is the one before.
        await typed(pilot, "slash", "enter")
        assert (current(pane), words(pane)) == (["line 150 Needle"], "line 151")
        await typed(pilot, "slash", "escape")
        assert pane.wanted is None


async def test_only_this_nodes_output(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "output.log").write_text("from joined\nfrom risk\nFrom risk too\n")
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 6)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        await typed(pilot, "n")
        await typed(pilot, "slash", *"joined", "enter")
        assert words(pane) == "not found"
        await typed(pilot, "slash", *"risk", "enter")
        assert (current(pane), words(pane)) == (["from risk"], "line 1")
        assert highlit(pane) == {("tab", "risk"), ("match", "risk")}
        await typed(pilot, "n")
        assert (current(pane), words(pane)) == ([], "enter searches")
        await typed(pilot, "enter")
        assert (current(pane), words(pane)) == (["from risk"], "line 2")


async def test_a_match_that_is_not_shown_is_brought_into_sight(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "output.log").write_bytes(
        b"short\n"
        + b"x" * 3_000_000
        + b" the \x1b[31mneedle"
        + b"y" * 2_000_000
        + b"\n"
        + b"z" * 500
        + b" needle\n"
    )
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 8)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        await typed(pilot, "s", *"needle", "enter")
        assert words(pane) == "line 2"
        assert ("tab", "needle") in highlit(pane)
        await typed(pilot, "enter")
        assert words(pane) == "line 3"
        assert pane.view.scroll_x > 400
        assert ("tab", "needle") in highlit(pane)
        assert any("zzz needle" in row for row in screen(pilot.app))
        await typed(pilot, "enter")
        assert (words(pane), pane.view.scroll_x < 400) == ("line 2 · wrapped", True)


def logged(path: Path) -> Path:
    rows = [
        LogRecord(
            ts=T0 + n,
            level="error" if n == 40 else "info",
            logger="app.io",
            message=f"row {n}",
            traceback="Traceback\nValueError: no such needle" if n == 40 else None,
            node="joined" if n < 80 else "risk_score",
            run_id="r1",
        )
        for n in range(100)
    ]
    (path / "app.log.jsonl").write_bytes(b"".join(line(row) for row in rows))
    return path


async def test_log(tmp_path: Path) -> None:
    path = logged(folder(tmp_path))
    pane = LogPane()
    async with PaneHost(pane).run_test(size=(140, 12)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        await typed(pilot, "slash", *"needle", "enter")
        assert [row.strip() for row in current(pane)] == ["ValueError: no such needle"]
        assert words(pane) == "line 43 · wrapped"
        assert highlit(pane) == {("tab", "needle")}
        await typed(pilot, "slash", *"ERROR", "enter")
        assert current(pane)[0].split()[1:] == ["ERROR", "app.io", "joined", "row", "40"]
        await typed(pilot, "slash", *"joined", "enter")
        assert highlit(pane) == {("tab", "joined"), ("match", "joined")}
        await typed(pilot, "n")
        assert words(pane) == "enter searches"
        await typed(pilot, "slash", *"row 4", "enter")
        assert words(pane) == "not found"
        await typed(pilot, "slash", *"row 83", "enter")
        assert current(pane)[0].endswith("row 83")


async def test_the_logger_is_not_searched_where_it_is_not_shown(tmp_path: Path) -> None:
    path = logged(folder(tmp_path))
    pane = LogPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        await typed(pilot, "slash", *"app.io", "enter")
        assert words(pane) == "not found"


async def test_a_hit_beyond_what_is_counted_is_gone_to_when_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = hundreds(folder(tmp_path))
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        await typed(pilot, "home")
        with (path / "output.log").open("a") as file:
            file.write("x\n" * 1000 + "at last\n")
        await typed(pilot, "slash", *"at last", "enter")
        assert words(pane) == "line 1,501"
        await shown(pilot, subject(path))
        assert current(pane) == ["at last"]


async def test_a_file_that_changed_and_one_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = hundreds(folder(tmp_path))
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        (path / "output.log").unlink()
        await typed(pilot, "slash", *"needle", "enter")
        assert words(pane) == "the file changed meanwhile: enter searches again"

        def broken(*_: object, **__: object) -> Outcome:
            raise ValueError("[oh]\n")

        monkeypatch.setattr(text_search.TextSearch, "forward", broken)
        await typed(pilot, "enter")
        assert words(pane) == "could not be searched: [oh]^J"


async def test_ascii(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / "output.log").write_bytes(
        "é needle\n".encode() + b"x" * 20_000 + "é needle\n".encode() + b"end\n" * 50
    )
    pane = OutputPane()
    async with PaneHost(pane, "mono", ascii_only=True).run_test(size=(80, 8)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        for _ in range(2):
            await typed(pilot, "slash", *"needle", "enter")
            text = "\n".join([*screen(pilot.app), words(pane)])
            assert text.isascii()
            assert current(pane)
        assert "line 2" in text
        inks = [ink for each in pane.view._lines for ink in each.inks]
        assert any(ink.style.reverse for ink in inks if ink.text == "needle")


async def test_the_field_is_empty_each_time_and_says_what_was_before(tmp_path: Path) -> None:
    path = hundreds(folder(tmp_path))
    pane = OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        await shown(pilot, subject(path))
        pane.view.focus()
        field = pane.line.query_one(Input)
        await typed(pilot, "slash", *"needle", "enter")
        assert field.value == "needle"
        await typed(pilot, "slash")
        assert (field.value, field.placeholder) == ("", "enter: needle")


async def test_in_the_dashboard(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_text("".join(f"line {n}\n" for n in range(300)))
    async with scenes.suspected().app(tmp_path).run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        board = app.dashboard
        assert "s search" not in app_screen(app)[-1]
        await pilot.press("5")
        await until(pilot, lambda: "s search" in app_screen(app)[-1])
        pane = board.panes.current
        assert isinstance(pane, OutputPane)
        await until(pilot, lambda: pane.view.total == 300)
        # From the nodes, at one go; then on and back from wherever the focus is.
        await pilot.press("s", *"line 11", "enter")
        await until(pilot, lambda: current(pane) == ["line 11"])
        await until(pilot, lambda: "/ search" in app_screen(app)[-1])
        assert "[ ] older/newer match" in app_screen(app)[-1]
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: current(pane) == ["line 110"])
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: current(pane) == ["line 11"])
        # Escape ends the search first, then goes back to the nodes, where the key filters.
        await pilot.press("escape")
        assert pane.view.has_focus
        assert pane.wanted is None
        await pilot.press("escape")
        assert board.timeline.has_focus
        await until(pilot, lambda: "/ filter" in app_screen(app)[-1])
        await pilot.press("slash", *"risk", "enter")
        assert board.timeline.list.view.filter == "risk"
        assert "match" not in app_screen(app)[-1]
        # Left untyped, it gives the focus back.
        await pilot.press("s", "escape")
        assert board.timeline.has_focus
        assert "pane: search" in {command.name for command in app.possible()}


async def test_another_pane_while_one_types(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_text("line\n")
    async with scenes.suspected().app(tmp_path).run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        await pilot.press("5", "s", "a", "tab")
        await pilot.pause()
        assert app.dashboard.panes.opened == "source"
        await pilot.press("4")
        assert app.dashboard.panes.opened == "log"


async def test_what_is_typed_at_one_go_with_the_key_is_for_the_search(tmp_path: Path) -> None:
    (tmp_path / "output.log").write_text("line\n")
    async with scenes.suspected().app(tmp_path).run_test(size=(100, 30)) as pilot:
        app = await drawn(pilot)
        await pilot.press("5")
        for key in "sgx1":
            app.post_message(Key(key, key))
        pane = app.dashboard.panes.current
        assert isinstance(pane, OutputPane)
        await until(pilot, lambda: pane.line.query_one(Input).value == "gx1")
        assert app.screen is app.dashboard
        assert app.dashboard.panes.opened == "output"


@pytest.mark.parametrize("searched", [False, True])
async def test_who_reads_a_nodes_output_is_left_where_they_are_when_it_ends(
    searched: bool, tmp_path: Path
) -> None:
    path, run, pane = hundreds(folder(tmp_path)), told(), OutputPane()
    async with PaneHost(pane).run_test(size=(80, 12)) as pilot:
        await shown(pilot, subject(path, run=run))
        pane.view.focus()
        await typed(pilot, "n", "home")
        if searched:
            await typed(pilot, "slash", *"needle", "enter")
        before = screen(pilot.app)[1:-1]
        assert current(pane) == (["line 50 Needle"] if searched else [])
        run.end("risk_score", 3.0, output_offset=2_000)
        await shown(pilot, subject(path, run=run))
        assert not follows(pane) and screen(pilot.app)[1:-1] == before
        if searched:
            await typed(pilot, "enter")
            assert current(pane) == ["line 150 Needle"]
        await shown(pilot, subject(path, "joined", run))
        assert follows(pane) and current(pane) == [], "another node's output is another"
