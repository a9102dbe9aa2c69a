"""State is a fold over records: live, replay, test and bug report are the same code over the same lines."""

from collections import deque

from hamtui.contract.graph import Graph
from hamtui.contract.launch import ExitInfo, LaunchInfo
from hamtui.contract.layout import Source
from hamtui.contract.logs import Request
from hamtui.contract.stacks import Dump
from hamtui.contract.vitals import Vital
from hamtui.model.records import Record
from hamtui.model.state import Error, Run, Unread


class Launch:
    """Everything that is known of one launch. ``apply`` records in any order between files; read the rest.

    ``runs`` is oldest first. ``dumps`` the last 200. ``beats`` and ``heard_at``: the last sign of life by pid
    and in all (Unix seconds), the supervisor's own samples not counted. ``unread`` is the follower's count:
    set it from each batch. Call ``hamtui.model.ending.settle`` after each batch and each look at the processes.
    """

    def __init__(self, launch_id: str | None = None) -> None:
        self.id = launch_id
        self.info: LaunchInfo | None = None
        self.exit: ExitInfo | None = None
        self.runs: dict[str, Run] = {}
        self.graphs: dict[str, Graph] = {}
        self.dumps: deque[tuple[Source, Dump]] = deque(maxlen=200)
        self.beats: dict[int, Vital] = {}
        self.sample: Vital | None = None
        self.error: Error | None = None
        self.heard_at: float | None = None
        self.unread = Unread()
        self.requests: list[Request] = []

    def apply(self, source: Source, record: Record) -> None:
        """Take in one record. Never raises, whatever the record's fields hold."""
        raise NotImplementedError
