"""What tests of searching have in common: a file to search, and what the pane says of it."""

from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from hamtui.tui.widgets.searched_pane import SearchedPane
from tests.tui.pane_host import settled, subject_of
from tests.tui.pane_runs import T0, Told


def told() -> Told:
    found = Told()
    found.start("joined", 0.5, output_offset=0)
    found.end("joined", 1.0, output_offset=12)
    found.start("risk_score", 2.0, output_offset=12)
    return found


def subject(path: Path, node: str | None = "risk_score", run: Told | None = None) -> Any:
    return subject_of((run or told()).launch, node, path, unix=T0 + 50)


def words(pane: SearchedPane) -> str:
    """What the search's line says."""
    return str(pane.line.query_one(".said", Static).content)


def follows(pane: SearchedPane) -> bool:
    return pane.following


def current(pane: SearchedPane) -> list[str]:
    """The rows that bear the mark."""
    mark = pane.look.glyphs.marker
    rows = [pane.view.render_line(y).text for y in range(pane.view.size.height)]
    return [row.rstrip()[2:] for row in rows if row.startswith(mark)]


def highlit(pane: SearchedPane) -> set[tuple[str, str]]:
    """The texts that are drawn as matches: (how, text)."""
    found: set[tuple[str, str]] = set()
    for y in range(pane.view.size.height):
        for segment in pane.view.render_line(y):
            for name in ("match", "tab"):
                style = getattr(pane.look, name)
                if (
                    segment.style is not None
                    and segment.style.bold
                    and segment.style.underline
                    and name == "match"
                ):
                    found.add((name, segment.text))
                elif segment.style is not None and name == "tab" and segment.style.bgcolor == style.bgcolor:
                    found.add((name, segment.text))
    return found


async def typed(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


def hundreds(path: Path) -> Path:
    """500 lines, of which each hundredth is a hit."""
    rows = (f"line {n} Needle\n" if n % 100 == 50 else f"line {n}\n" for n in range(500))
    (path / "output.log").write_text("".join(rows))
    return path
