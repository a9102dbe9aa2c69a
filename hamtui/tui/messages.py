"""What parts of the screen tell each other. A flood of "changed" collapses into the newest."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from hamtui.contract.vitals import Vital
    from hamtui.follow.follower import Batch
    from hamtui.follow.launches import LaunchRef
    from hamtui.model.baseline import Past
    from hamtui.model.fold import Launch
    from hamtui.model.state import ProcessFact
    from hamtui.tui.hands import Child


class Arrived(Message):
    """The feed read a batch. ``folded`` is set by the handler, and the feed waits for it.

    ``generation`` numbers the launches that were opened: what comes late from an earlier one is dropped.
    """

    def __init__(self, batch: Batch, folded: threading.Event, generation: int = 0) -> None:
        super().__init__()
        self.batch = batch
        self.folded = folded
        self.generation = generation


class FeedEnded(Message):
    """The feed can read no further; ``sentence`` says why."""

    def __init__(self, sentence: str, generation: int = 0) -> None:
        super().__init__()
        self.sentence = sentence
        self.generation = generation


class FactLooked(Message):
    """The machine was asked about the launch's processes; ``sample`` of them where no supervisor takes any."""

    def __init__(self, fact: ProcessFact, generation: int = 0, sample: Vital | None = None) -> None:
        super().__init__()
        self.fact = fact
        self.generation = generation
        self.sample = sample

    def can_replace(self, message: Message) -> bool:
        """A newer look makes an older one worthless, unless that brings a sample."""
        return isinstance(message, FactLooked) and message.sample is None


class PastRead(Message):
    """Earlier launches were read for how long nodes usually take."""

    def __init__(self, past: Past, generation: int = 0) -> None:
        super().__init__()
        self.past = past
        self.generation = generation


class RunRead(Message):
    """A run that ended long ago was read again from its files; ``whole`` holds it alone, None where they tell no more."""

    def __init__(self, run_id: str, whole: Launch | None, generation: int) -> None:
        super().__init__()
        self.run_id = run_id
        self.whole = whole
        self.generation = generation


class LaunchesFound(Message):
    """The launches beside the shown one, newest first."""

    def __init__(self, refs: list[LaunchRef]) -> None:
        super().__init__()
        self.refs = refs


class Launched(Message):
    """A launch was started from here."""

    def __init__(self, ref: LaunchRef) -> None:
        super().__init__()
        self.ref = ref


class SelectionChanged(Message):
    """The timeline's cursor is on another row, or the row's span is another one. ``by_user``: not by following."""

    def __init__(self, *, by_user: bool = True) -> None:
        super().__init__()
        self.by_user = by_user

    def can_replace(self, message: Message) -> bool:
        """Only where the cursor came to rest counts."""
        return isinstance(message, SelectionChanged)


class RowOpened(Message):
    """Enter or a double click on a row that is no group: show its pane."""


class ViewChanged(Message):
    """Filter, grouping, follow or zoom of the timeline is another one."""

    def can_replace(self, message: Message) -> bool:
        """The newest says it all."""
        return isinstance(message, ViewChanged)


class FilterTyped(Message):
    """The filter line holds another text. ``done``: it was left, by enter (kept) or escape (cleared)."""

    def __init__(self, text: str, *, done: bool = False) -> None:
        super().__init__()
        self.text = text
        self.done = done


class PaneOpened(Message):
    """Somebody asks for the pane of this name."""

    def __init__(self, slug: str) -> None:
        super().__init__()
        self.slug = slug


class GoTo(Message):
    """A pane asks the timeline to select a node (of a task)."""

    def __init__(self, node: str, task_id: str | None = None) -> None:
        super().__init__()
        self.node = node
        self.task_id = task_id


class ChildrenFound(Message):
    """The run's processes but the main one, asked for in order to end one of them."""

    def __init__(self, children: list[Child], generation: int = 0) -> None:
        super().__init__()
        self.children = children
        self.generation = generation


class Copy(Message):
    """Somebody asks for ``text`` on the clipboard; ``what`` names it in the notice."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__()
        self.text = text
        self.what = what


class Notice(Message):
    """One sentence for the person. ``severity``: information, warning or error."""

    def __init__(self, sentence: str, severity: str = "information") -> None:
        super().__init__()
        self.sentence = sentence
        self.severity = severity
