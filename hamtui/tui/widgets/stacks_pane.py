"""Where a node's thread stands, now and in earlier dumps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType

from hamtui.contract.stacks import Dump, ThreadStack
from hamtui.model.alike import block_of, crowd
from hamtui.model.counts import waiting
from hamtui.model.stacks import stacks_of
from hamtui.model.state import Span, SpanKey, Suspect
from hamtui.model.text import plural
from hamtui.model.verdict import UNKNOWN
from hamtui.tui.subject import Subject
from hamtui.tui.theme import Look
from hamtui.tui.widgets.chain_lines import chain_lines
from hamtui.tui.widgets.crowd_lines import crowd_lines
from hamtui.tui.widgets.lines import BLANK, Line
from hamtui.tui.widgets.lines_pane import LinesPane
from hamtui.tui.widgets.stack_lines import Drawing
from hamtui.tui.widgets.stack_report import Report, thread_name, when

#: With fewer rows than this the user's line comes before the reasons.
_LOW = 7
#: Threads by this beginning are the recorder's own.
_OWN_THREADS = "hamtui"
_CIRCLE = "deadlocked"
_OPEN = frozenset({"running", "aborted"})
_PAIR = 2

Looked = tuple[Dump, ThreadStack]


def _hot(look: Look, mark: Suspect) -> Style:
    """The style of where a late span stands: calm where it works."""
    return look.late if mark.progress else look.suspect


class StacksPane(LinesPane):
    """The suspect's verdict, then the stack of the span's own thread, then all others."""

    slug = "stacks"
    title = "Stacks"
    key = "1"
    steps = "dump"
    help = (
        "What a late node is doing, why that is known, and who waits for whom; then where its thread stands: your "
        "frames first, innermost on top, libraries folded. Parallel blocks are put together by what they do: enter "
        "goes to one of them. [ and ] step through earlier dumps; + - ~ mark frames that are new, gone or on another "
        "line since the dump before. u unfolds library frames, t the other threads, d asks for a dump now."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "t",
            "threads",
            "threads",
            id="stacks.threads",
            tooltip="Unfold or fold the other threads",
            show=False,
        ),
        Binding(
            "u", "libraries", "libraries", id="stacks.libraries", tooltip="Unfold library frames", show=False
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._libraries = False
        self._all_threads = False
        self._unfolded: set[str] = set()
        self._of: object = None
        self._chosen: Dump | None = None

    def show(self, subject: Subject) -> None:
        """Another span starts with its newest dump, at the top."""
        span = self._span(subject)
        key = None if span is None else span.key
        if key != self._of:
            self._of, self._chosen = key, None
            self._unfolded.clear()
            self.view.row = 0
            self.view.scroll_to(y=0, animate=False, force=True)
        super().show(subject)

    # ---- what a person does

    def step(self, by: int) -> None:
        """To an older (-1) or newer (+1) dump."""
        if self.subject is None:
            return
        dumps = [dump for dump, _ in self._looks(self.subject)]
        if dumps:
            place = self._place(dumps) + by
            self._chosen = None if place >= len(dumps) - 1 else dumps[max(0, place)]
            self.redraw()

    def chosen(self, action: tuple[str, ...]) -> None:
        """Unfold a thread, or the libraries."""
        if action[:1] == ("thread",):
            self._unfolded ^= {action[1]}
            self.redraw()
        elif action[:1] == ("node",):
            super().chosen(action)
        else:
            self.action_libraries()

    def action_libraries(self) -> None:
        """Show or fold library frames."""
        self._libraries = not self._libraries
        self.redraw()

    def action_threads(self) -> None:
        """Unfold or fold the other threads."""
        self._all_threads = not self._all_threads
        self._unfolded.clear()
        self.redraw()

    # ---- lines

    def _looks(self, subject: Subject) -> list[Looked]:
        """The dumps to step through: the span's, or the whole launch's where no span is selected."""
        span = self._span(subject)
        if span is not None:
            return stacks_of(subject.launch, span)
        return [(dump, ThreadStack()) for _, dump in subject.launch.dumps if dump.threads]

    def _place(self, dumps: Sequence[Dump]) -> int:
        return next((at for at, dump in enumerate(dumps) if dump is self._chosen), len(dumps) - 1)

    def lines(self, subject: Subject, width: int) -> list[Line]:
        """Verdict, own thread, other threads."""
        span = self._span(subject)
        mark = None if span is None else subject.mark(span)
        drawing = Drawing(
            self.look,
            width,
            self._libraries,
            tuple(subject.run.nodes.values()) if subject.run is not None else (),
            _hot(self.look, mark)
            if mark is not None and span is not None and span.status == "running"
            else None,
            None if subject.node is None else subject.node.file,
        )
        looks = self._looks(subject)
        crowd = self._crowd(subject, drawing, span)
        if span is None:
            return [*crowd, *([BLANK] if crowd else []), *self._whole(subject, drawing, looks)]
        if crowd and (subject.group or span.status not in _OPEN):
            # The group was chosen, not this one of it; what has ended (the expanding node) has nothing newer to say.
            return [*crowd, BLANK, *self._own(subject, drawing, span, looks, [])]
        return self._own(subject, drawing, span, looks, [BLANK, *crowd] if crowd else [])

    def _own(
        self, subject: Subject, drawing: Drawing, span: Span, looks: list[Looked], crowd: list[Line]
    ) -> list[Line]:
        """Of one span: verdict, why, chain, its thread, what its siblings do, other threads."""
        mark = subject.mark(span)
        report = Report(drawing, subject, span, mark)
        head, why = report.verdict(), report.why()
        chain = chain_lines(mark.chain, drawing, circle=mark.verdict == _CIRCLE) if mark is not None else []
        if not looks:
            return [*head, *why, *chain, *report.no_stack(), *crowd]
        place = self._place([dump for dump, _ in looks])
        dump, thread = looks[place]
        before = looks[place - 1][1].frames if place else None
        own = report.heading(looks, place)
        frames = drawing.frames(thread, before)
        others = self._others(dump, thread, subject, drawing)
        if mark is not None and mark.verdict == UNKNOWN and span.status != "failed":
            why = []  # it would only say again where it stands
        if 0 < self.view.size.height < _LOW:
            return [*head, frames[0], *why, *chain, *own, *frames[1:], *crowd, *others]
        return [*head, *why, *chain, *own, *frames, *crowd, *others]

    def _crowd(self, subject: Subject, drawing: Drawing, span: Span | None) -> list[Line]:
        """What is in flight beside the span, put together; nothing where there is nothing beside it."""
        run = subject.run
        if run is None:
            return []
        group = None if subject.group or span is None else span.key
        wanted = frozenset(subject.group).__contains__ if group is None else block_of(run, group)
        if wanted is None:
            return []
        found = crowd(subject.launch, run, wanted, subject.marks, subject.now)
        if found.size < _PAIR and not any(one.straggler for one in found.groups):
            return []
        nodes = dict.fromkeys(each.key.node for one in found.groups for each in one.spans)
        return crowd_lines(found, drawing, ", ".join(list(nodes)[:3]), group)

    def _span(self, subject: Subject) -> Span | None:
        """The selected span; for a planned node that has none, one that has not started."""
        if subject.span is None and subject.node is not None and subject.run is not None:
            name = subject.node.name
            return Span(SpanKey(subject.run.run_id, None, name), waiting(subject.run).get(name, "pending"))
        return subject.span

    def _others(self, dump: Dump, own: ThreadStack, subject: Subject, drawing: Drawing) -> list[Line]:
        """The other threads of the dump, folded to a line each."""
        threads = [thread for thread in dump.threads if thread.thread_id != own.thread_id]
        if not threads:
            return []
        running = self._nodes_by_thread(dump, subject, drawing)
        threads.sort(
            key=lambda thread: ((thread.name or "").startswith(_OWN_THREADS), thread.thread_id not in running)
        )
        enter = self.look.glyphs.enter
        said = plural(len(threads), "other thread")
        lines = [BLANK, Line.of((said, self.look.dim), (f"  {enter} unfolds one, t all", self.look.dim))]
        for thread in threads:
            name, node = thread_name(drawing, thread), running.get(thread.thread_id or 0, "")
            if (str(thread.thread_id) in self._unfolded) == self._all_threads:
                lines.append(drawing.folded_thread(thread, name, node))
                continue
            lines.append(
                Line.of(
                    (f" {self.look.glyphs.unfolded} ", self.look.dim),
                    (name, self.look.strong),
                    (f"  runs {node}" if node else "", self.look.running),
                    action=("thread", str(thread.thread_id)),
                )
            )
            lines += drawing.frames(thread, None)
        return lines

    def _whole(self, subject: Subject, drawing: Drawing, looks: list[Looked]) -> list[Line]:
        """Without a span: every thread of a dump."""
        if not looks:
            return drawing.says(
                "No stacks.", "Select a node that has run for a second or longer, or press d for a dump now."
            )
        place = self._place([dump for dump, _ in looks])
        dump = looks[place][0]
        age = f"{drawing.sep}{when(subject, dump.ts)}"
        head = drawing.flow(
            ("All threads", self.look.strong),
            (
                f"  dump {place + 1}/{len(looks)}{age}{drawing.sep}{drawing.clean(dump.why or '')}",
                self.look.dim,
            ),
        )
        return head + self._others(dump, ThreadStack(thread_id=-1), subject, drawing)[2:]

    def _nodes_by_thread(self, dump: Dump, subject: Subject, drawing: Drawing) -> dict[int, str]:
        """The node that each thread of the dump's process was running."""
        found: dict[int, str] = {}
        for run in subject.launch.runs.values():
            for span in run.spans.values():
                if span.thread_id is None or span.started_at is None or (dump.pid or span.pid) != span.pid:
                    continue
                over = span.ended_at if span.ended_at is not None else float("inf")
                if dump.ts is None or span.started_at <= dump.ts <= over:
                    found[span.thread_id] = drawing.clean(span.key.node)
        return found
