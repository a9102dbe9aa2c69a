"""How the commands put things into words: places, nodes, states. Text from the run is made visible by who prints it."""

from pathlib import PurePath

from hamtui.contract.stacks import Frame
from hamtui.model.state import Link, SpanKey

LAUNCH_WORDS = {"lost": "lost: its process is gone and left no exit record"}


def span_name(key: SpanKey) -> str:
    """A span by its node, and its task where there is one."""
    return key.node if key.task_id is None else f"{key.node} [{key.task_id}]"


def place(frame: Frame) -> str:
    """``/home/me/risk.py:88 in risk_score``."""
    return f"{frame.file}:{frame.line} in {frame.function}"


def source_line(frame: Frame) -> str:
    """The frame's source line after a colon; nothing where it is not known."""
    return f": {frame.text.strip()}" if frame.text else ""


def chain_line(link: Link) -> str:
    """A step of a chain of waiting: ``Thread-2  risk.py:71 refresh: with book_lock:  <- held by MainThread``."""
    frame, who = link.frame, link.who if link.node is None else f"{link.who} ({link.node})"
    at = link.doing or ""
    if frame is not None:
        at = f"{PurePath(frame.file).name}:{frame.line} {frame.function}{source_line(frame)}"
    waits_for = link.waits_for or ""
    if waits_for and (waits_for in at or waits_for in (link.relation or "")):
        waits_for = ""
    turn = ", ".join(filter(None, (waits_for, link.relation)))
    return "  ".join(filter(None, (who, at, f"<- {turn}" if turn else "")))
