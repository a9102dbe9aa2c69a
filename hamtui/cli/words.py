"""How the commands put things into words: places, nodes, states. Text from the run is made visible by who prints it."""

from hamtui.contract.stacks import Frame
from hamtui.model.state import SpanKey

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
