"""Running a launch again, whole or from one node on, and its pictures."""

from __future__ import annotations

import os
from pathlib import Path

from textual import on
from textual.binding import Binding

from hamtui.contract import dot
from hamtui.model.state import Span
from hamtui.model.text import visible
from hamtui.tui.hands import CantAgain, Change
from hamtui.tui.messages import Launched, Notice
from hamtui.tui.opener import open_file
from hamtui.tui.screens.ask import Answer, Ask
from hamtui.tui.touching import STAY, Deed, Touching

ALL, ONLY, FROM, SAVED = "all", "only", "from", "saved"
_NAME = 40


class Repeating(Touching):
    """A part of the app; nothing here starts a process by itself: ``hands`` do. Off under ``--readonly``."""

    own_launch: bool = False

    KEYS = (
        *Touching.KEYS,
        Binding(
            "a",
            "again",
            "Run again",
            show=False,
            id="app.again",
            tooltip="Run it again with the same options: all of it, only this node, from this node on, or with its saved value",
        ),
        Binding(
            "o",
            "open_picture",
            "Picture",
            show=False,
            id="app.picture",
            tooltip="Open the plan's picture, or name its file",
        ),
    )

    @property
    def can_again(self) -> bool:
        """Whether the launch could be started again from here, as far as is known."""
        return self.hands is not None and not self.readonly and not self.session.ref.flat

    def deeds(self) -> list[Deed]:
        """What else can be done to the run now."""
        found = super().deeds()
        if self.can_again:
            over = not self.live
            found.append(
                Deed(
                    "a",
                    "again",
                    "again",
                    "launch: run it again",
                    "With the same options, or from a node on",
                    over,
                )
            )
        return found

    # ---- again

    def action_again(self) -> None:
        """Ask how, then launch it."""
        span = self._selected_span()
        changes = {ALL: Change(), **({} if span is None else self._from(span))}
        answers = [Answer(how, key, self._said(how, span)) for how, key in _KEYS.items() if how in changes]
        answers.append(Answer(STAY, "c", "Not now"))
        beside = " The one that runs goes on beside it." if self.live else ""

        def chosen(how: str | None) -> None:
            if how in changes:
                self._launch(changes[how])

        self.push_screen(Ask(f"Run it again, with the same options?{beside}", answers), chosen)

    def _from(self, span: Span) -> dict[str, Change]:
        """What can be done about the selected node: by itself no block of a Parallelizable can be asked for."""
        node, launch = span.key.node, self.session.launch
        if self._in_a_block(span):
            return {}
        found = {ONLY: Change(target=node)}
        if launch.info is not None and launch.info.cache_dir is not None:
            found[FROM] = Change(recompute=node)
        trail = launch.trails.get(span.key)
        if trail is not None and trail.stored is not None:
            found[SAVED] = Change(saved=(node, trail.stored))
        return found

    def _in_a_block(self, span: Span) -> bool:
        run = self.session.launch.runs.get(span.key.run_id)
        task = run.tasks.get(span.key.task_id or "") if run is not None else None
        return task is not None and task.purpose == "EXECUTE_BLOCK"

    def _said(self, how: str, span: Span | None) -> str:
        name = "" if span is None else visible(span.key.node[:_NAME], ascii_only=self.look.glyphs.ascii_only)
        return _WORDS[how].format(node=name)

    def _selected_span(self) -> Span | None:
        glance, key = self.session.glance, self.dashboard.timeline.span_key
        run = glance.run if glance is not None else None
        if run is None or key is None:
            return None
        return run.spans.get(key) or (Span(key) if key.node in run.nodes else None)

    def _launch(self, change: Change) -> None:
        hands = self.hands
        if hands is None:
            return

        def start() -> None:
            try:
                self.post_message(Launched(hands.again(change)))
            except CantAgain as why:
                self.post_message(Notice(f"it can't be run again from here: {why}", "error"))

        self.notify("starting it again", timeout=2, markup=False)
        self.work(start, "again")

    @on(Launched)
    def _launched(self, event: Launched) -> None:
        self.own_launch = True
        self.stopped = False
        self.open_launch(event.ref)

    # ---- pictures

    def action_open_picture(self) -> None:
        """Open what shows the plan, the one with the cache's outcomes where there is one; else name the file."""
        self.work(lambda: self.post_message(_shown(self.session.ref.dir)), "picture")


_KEYS = {ALL: "a", ONLY: "n", FROM: "f", SAVED: "v"}
_WORDS = {
    ALL: "All of it, as it was",
    ONLY: "Only {node} and what it needs",
    FROM: "From {node} on: compute it anew, and what it needs from the cache",
    SAVED: "With the saved value of {node}, instead of computing it",
}


def picture_of(folder: Path) -> Path | None:
    """The picture of a launch that tells most: the cache's view before the plan, a picture before its DOT."""
    names = [f"{name}.{ending}" for name in (dot.CACHE_VIEW, dot.PLAN) for ending in (*dot.PICTURES, "dot")]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _shown(folder: Path) -> Notice:
    path = picture_of(folder)
    if path is None:
        return Notice("this launch has no picture of its plan", "warning")
    if open_file(path):
        return Notice(f"opened {path.name}")
    hint = "; graphviz draws it: dot -Tsvg" if path.suffix == ".dot" else ""
    short = min(str(path), os.path.relpath(path), key=len)
    return Notice(f"the picture is {short}{hint}")
