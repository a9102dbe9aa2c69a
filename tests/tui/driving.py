"""What tests of the screen have in common: wait for a condition, read what is drawn."""

from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot

from hamtui.tui.app import HamtuiApp


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Wait for the condition; generous, because machines are slow."""
    for _ in range(500):
        await pilot.pause(0.01)
        if condition():
            await pilot.pause()
            return
    raise AssertionError(f"did not come true: {what or condition}")


async def drawn(pilot: Pilot[Any]) -> HamtuiApp:
    """The app, once it has shown everything that its follower has."""
    app = pilot.app
    assert isinstance(app, HamtuiApp)

    def settled() -> bool:
        glance = app.session.glance
        return glance is not None and glance.caught_up and app.dashboard.is_mounted

    await until(pilot, settled, "first glance")
    await pilot.pause(0.05)
    return app


def screen(app: HamtuiApp) -> list[str]:
    """The lines on the terminal."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def line_with(app: HamtuiApp, text: str) -> str:
    """The first line that holds the text."""
    for line in screen(app):
        if text in line:
            return line
    raise AssertionError("\n".join([f"no line with {text!r}:", *screen(app)]))
