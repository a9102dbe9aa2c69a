"""What the screen keeps of what it no longer shows."""

from __future__ import annotations

import gc

from rich.style import Style
from textual._styles_cache import StylesCache
from textual.app import App, ComposeResult

from hamtui.tui.widgets.lines import Line, LineView
from tests.tui import scenes
from tests.tui.driving import drawn

TIMES = 25


def kept() -> int:
    """Widgets whose lines are kept, drawn or not."""
    gc.collect()
    return sum(type(one) is StylesCache for one in gc.get_objects())


async def test_a_screen_that_was_left_is_let_go() -> None:
    app = scenes.shop().app()
    async with app.run_test(size=(120, 36)) as pilot:
        await drawn(pilot)
        before = kept()
        for _ in range(TIMES):
            await pilot.press("?")
            await pilot.press("escape")
        assert kept() < before + TIMES


class Rows(App[None]):
    def compose(self) -> ComposeResult:
        yield LineView()


async def test_the_rows_of_a_growing_file_share_their_styles() -> None:
    app, red = Rows(), Style.parse("red")
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.query_one(LineView)
        styles = set()
        for first in range(0, 1_000, 10):
            view.show_lines(
                [Line.of((f"row {first + n}", red)) for n in range(10)], first=first, total=first + 10
            )
            view.to_end()
            await pilot.pause()
            styles |= {segment.style for y in range(10) for segment in view.render_line(y)}
        assert len(styles) < 5
