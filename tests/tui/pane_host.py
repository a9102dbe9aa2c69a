"""An app around one pane, and launches to show in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from hamtui.contract.flight import FlightEvent
from hamtui.contract.graph import Graph
from hamtui.contract.launch import ExitInfo, LaunchInfo
from hamtui.contract.layout import Kind, classify
from hamtui.contract.logs import CacheEvent
from hamtui.contract.stacks import Dump
from hamtui.contract.vitals import Vital
from hamtui.follow.launches import LaunchRef
from hamtui.model import verdict
from hamtui.model.baseline import NO_PAST, Past
from hamtui.model.ending import settle
from hamtui.model.fold import Launch
from hamtui.model.state import Now, ProcessFact, SpanKey, Suspect
from hamtui.tui.glyphs import ASCII
from hamtui.tui.messages import GoTo
from hamtui.tui.subject import Subject
from hamtui.tui.theme import LOOKS, Look
from hamtui.tui.widgets.lines import LineView
from hamtui.tui.widgets.pane import Pane

TYPES: dict[Kind, type[Any]] = {
    Kind.LAUNCH: LaunchInfo,
    Kind.EXIT: ExitInfo,
    Kind.GRAPH: Graph,
    Kind.FLIGHT: FlightEvent,
    Kind.CACHE_LOG: CacheEvent,
    Kind.STACKS: Dump,
    Kind.VITALS: Vital,
}
ALIVE = ProcessFact(alive=True, supervisor_alive=True)
GONE = ProcessFact(alive=False, supervisor_alive=False)


def load(folder: Path) -> Launch:
    """A launch folder folded whole."""
    launch = Launch(folder.name)
    for path in sorted(folder.iterdir()):
        source = classify(path.name)
        kind = None if source is None else TYPES.get(source.kind)
        if source is None or kind is None:
            continue
        data = path.read_bytes()
        rows = [data] if path.suffix == ".json" else data.splitlines()
        for row in rows:
            launch.apply(source, msgspec.json.decode(row, type=kind))
    return launch


def subject_of(
    launch: Launch,
    node: str | None,
    folder: Path,
    *,
    task_id: str | None = None,
    after: float = 0.0,
    unix: float | None = None,
    fact: ProcessFact = ALIVE,
    past: Past = NO_PAST,
    flat: bool = False,
    marks: Mapping[SpanKey, Suspect] | None = None,
    group: tuple[SpanKey, ...] = (),
) -> Subject:
    """The subject of a node of the newest run, ``after`` seconds after the span's start, or at ``unix``."""
    run = list(launch.runs.values())[-1] if launch.runs else None
    span = None
    if run is not None and node is not None:
        found = [s for s in run.spans.values() if s.key.node == node and task_id in (None, s.key.task_id)]
        span = found[0] if found else None
    started = (span.started_at if span is not None else None) or 1_000.0
    mono = None
    if unix is None:
        unix = started + after
        mono = None if span is None or span.started_mono is None else span.started_mono + after
    now = Now(unix, mono)
    settle(launch, fact, now, past)
    plan = None if run is None or node is None else run.nodes.get(node)
    ref = LaunchRef("launch", folder, flat, 0.0)
    if marks is None:
        marks = {} if run is None else verdict.marks(launch, run, fact, now, past)
    return Subject(launch, run, span, plan, fact, now, past, ref, marks, group)


class PaneHost(App[None]):
    """One pane on the whole screen."""

    CSS = "Screen { background: $background; }"

    def __init__(self, pane: Pane, theme: str = "dark", *, ascii_only: bool = False) -> None:
        super().__init__()
        self.pane = pane
        self.look: Look = LOOKS[theme].with_glyphs(ASCII) if ascii_only else LOOKS[theme]
        self.went: list[tuple[str, str | None]] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_go_to(self, event: GoTo) -> None:
        self.went.append((event.node, event.task_id))


async def shown(pilot: Pilot[None], subject: Subject) -> list[str]:
    """Show the subject, wait for everything, and read the screen's rows."""
    host = pilot.app
    assert isinstance(host, PaneHost)
    host.pane.show(subject)
    await settled(pilot)
    return screen(host)


async def settled(pilot: Pilot[None]) -> None:
    """Until no worker reads and no message waits."""
    for _ in range(3):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


def screen(host: App[Any]) -> list[str]:
    """The rows on the screen, as text."""
    rows: list[str] = []
    for view in host.query(LineView):
        rows += [view.render_line(y).text.rstrip() for y in range(view.size.height)]
    return rows
