"""Which thread's stack is a span's, in which dump."""

from hamtui.contract.stacks import Dump, Frame, ThreadStack
from hamtui.model.fold import Launch
from hamtui.model.state import Span


def stack_of(launch: Launch, span: Span) -> tuple[Dump, ThreadStack] | None:
    """The span's thread in the newest dump taken while it ran; None when there is none yet."""
    raise NotImplementedError


def stacks_of(launch: Launch, span: Span) -> list[tuple[Dump, ThreadStack]]:
    """The span's thread in every dump taken while it ran, oldest first."""
    raise NotImplementedError


def is_user_frame(frame: Frame) -> bool:
    """Whether the frame is of the user's own code: no standard library, no installed package, no recorder."""
    raise NotImplementedError


def user_frame(stack: ThreadStack, own_file: str | None = None) -> Frame | None:
    """The innermost frame of the user's own code, else of ``own_file`` (the node's), else the innermost of all."""
    raise NotImplementedError
