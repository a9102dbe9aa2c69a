"""What is known of a thread at an instant: from outside, from inside, and from dumps where there is nothing better."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.contract.vitals import End, ThreadLook
from hamtui.model.history import At, Probe, ProcessKey, gap
from hamtui.model.scene import FRESH_S, Scene, look_in
from hamtui.model.state import Span
from hamtui.model.windows import Window

#: What is looked back upon for wakes, calls and looks.
TRAIL_S = 6.0
#: Of wakes in the trail, the last must be as new as this.
_LATELY_S = 3.5
#: Silence after which a heart no longer beats.
SILENT_S = 2.0


@dataclass
class Seen:
    """One thread at an instant. ``windows`` end by then, oldest first; ``stack`` is the newest dump's of it.

    ``span`` is whose mark it is for; ``begun`` when a worker's span began. ``memo`` keeps what follows from all but
    the span, for all spans that run in the thread.
    """

    scene: Scene
    key: ProcessKey
    thread_id: int | None
    native_id: int | None
    windows: list[Window]
    own_file: str | None = None
    stack: tuple[Dump, ThreadStack] | None = None
    is_child: bool = False
    begun: At | None = None
    span: Span | None = None
    memo: dict[str, Any] = field(default_factory=dict, compare=False)

    def of(self, span: Span) -> "Seen":
        """The same thread at the same instant for a span that it runs; what is known of it already is shared."""
        found = copy(self)
        found.span = span
        return found

    @property
    def pid(self) -> int:
        """Its process."""
        return self.key[1]

    @property
    def window(self) -> Window | None:
        """The newest window."""
        return self.windows[-1] if self.windows else None

    @cached_property
    def trail(self) -> list[Window]:
        """The windows of the last TRAIL_S."""
        at = self.scene.at
        return [one for one in self.windows if (gap(at, one.at) or 0.0) < TRAIL_S]

    @cached_property
    def probe(self) -> Probe | None:
        """The last probe, where what it says of this thread can still hold.

        It holds while the process says so, and for as long as the thread has neither woken nor used CPU.
        """
        probe = self.scene.probe(self.key)
        if probe is None:
            return None
        age = gap(self.scene.at, probe.until)
        if age is None or age <= FRESH_S:
            return probe
        quiet = None if self.native_id is None else self.scene.quiet_s(self.pid, self.native_id)
        return probe if quiet is not None and quiet >= age else None

    @cached_property
    def look(self) -> ThreadLook | None:
        """This thread in that probe."""
        return None if self.probe is None else look_in(self.probe, self.thread_id, self.native_id)

    @cached_property
    def looks(self) -> list[ThreadLook]:
        """The looks of the last TRAIL_S, newest first."""
        found = (
            look_in(probe, self.thread_id, self.native_id) for probe in self.scene.probes(self.key, TRAIL_S)
        )
        return [look for look in found if look is not None]

    @cached_property
    def silence(self) -> float | None:
        """Seconds since the process' heart beat; None where it never did.

        A worker's heart begins with its first node: one that never beat since has been silent for all of it.
        """
        silence = self.scene.silence(self.key)
        if silence is None and self.windows and self.begun is not None:
            return gap(self.scene.at, self.begun)
        return silence

    @property
    def frames(self) -> Sequence[Frame]:
        """Its innermost frames, by the newer of the last look and the newest dump."""
        look, stack = self.look, self.stack
        probe = self.probe
        if look is None and (probe := self.scene.probe(self.key)) is not None:
            look = look_in(probe, self.thread_id, self.native_id)  # where it was when last seen
        if look is None or probe is None or not look.frames:
            return stack[1].frames if stack is not None else ()
        if stack is None or not stack[1].frames:
            return look.frames
        newer = (gap(At(stack[0].ts, stack[0].mono), probe.until) or 0.0) > 0
        return stack[1].frames if newer else look.frames

    @property
    def call(self) -> str | None:
        """The system call that it is in."""
        outside = self.window.call if self.window is not None else None
        return outside or (self.look.call if self.look is not None else None)

    @cached_property
    def ends(self) -> list[End]:
        """What the descriptors lead to that it waits on, as far as that is known."""
        if self.window is not None and self.window.ends:
            return self.window.ends
        if self.window is not None and self.window.call is not None:
            return []
        fds = self.look.fds if self.look is not None else []
        return next((one.ends for one in reversed(self.trail) if one.ends and one.ends[0].fd in fds), [])

    @cached_property
    def quiet_s(self) -> float:
        """For how long it has neither woken nor used CPU, as far as the samples reach."""
        if self.native_id is None or not self.windows:
            return 0.0
        return self.scene.quiet_s(self.pid, self.native_id) or 0.0

    def cpu(self, count: int = 2) -> float:
        """Its share of a core over the last windows."""
        last = self.windows[-count:]
        whole = sum(one.seconds for one in last)
        return sum(one.cpu * one.seconds for one in last) / whole if whole else 0.0

    def wakes(self, count: int = 2) -> int:
        """How often it woke in the last windows."""
        return sum(one.wakes or 0 for one in self.windows[-count:])

    @cached_property
    def bytes_s(self) -> float:
        """What it read and wrote itself over the last windows, bytes a second."""
        last = [one for one in self.windows[-3:] if one.bytes_s is not None]
        whole = sum(one.seconds for one in last)
        return sum((one.bytes_s or 0.0) * one.seconds for one in last) / whole if whole else 0.0

    @cached_property
    def waking(self) -> int:
        """In how many of the trail's windows it woke."""
        return sum(1 for one in self.trail if one.wakes)

    @property
    def keeps_waking(self) -> bool:
        """Whether it woke in several of the trail's windows, lately too."""
        return self.waking >= 2 and any(
            one.wakes and (gap(self.scene.at, one.at) or 0.0) < _LATELY_S for one in self.trail
        )


def is_sampled(seen: Seen) -> bool:
    """Whether the supervisor's samples are of the machine that this thread is on."""
    info = seen.scene.launch.info
    return seen.key[0] is None or info is None or info.host in {None, seen.key[0]}
