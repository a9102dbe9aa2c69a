"""The plan's picture, saved before its first node starts: DOT always, an SVG or PNG where graphviz is installed."""

import contextlib
import json
import os
import shutil
import subprocess
from typing import Any

from hamtui.contract import dot, files, layout
from hamtui.contract.graph import PlannedNode

#: A larger graph takes graphviz too long to wait for; it is drawn when somebody asks for it.
MOST_NODES = 300
#: The run waits at most so long for its picture, seconds.
WITHIN_S = 1.0

NO_GRAPHVIZ = "graphviz is not installed (there is no `dot`), so the plan stands in execution_path.dot alone"


def save(document: bytes, launch_dir: str, targets: list[str]) -> str:
    """Write execution_path.dot from a graph file's content; its path. Raises OSError."""
    path = os.path.join(launch_dir, f"{dot.PLAN}.dot")
    files.put(path, text(document, targets).encode("utf-8", "backslashreplace"))
    return path


def text(document: bytes, targets: list[str]) -> str:
    """The DOT of a graph file's content."""
    told = json.loads(document)
    nodes, others = ([PlannedNode(**_known(one)) for one in told[key]] for key in ("nodes", "others"))
    return dot.text(nodes, others, targets=targets)


def _known(one: dict[str, Any]) -> dict[str, Any]:
    return {key: one[key] for key in ("name", "dependencies", "module", "type", "role") if key in one}


def render(path: str, kind: str, count: int) -> str | None:
    """Draw the DOT file beside itself as ``kind``; why there is no picture, None where there is one.

    Raises OSError where graphviz can't be started.
    """
    program = shutil.which("dot")
    if program is None:
        return NO_GRAPHVIZ
    if count > MOST_NODES:
        return f"{count} nodes are too many to draw before the run; `hamtui graph` draws them"
    made = f"{path[:-4]}.{kind}"
    part = f"{made}.{os.getpid()}.part"
    try:
        done = subprocess.run(
            [program, f"-T{kind}", "-o", part, path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=WITHIN_S,
            check=False,
            close_fds=True,
        )
        if done.returncode == 0:
            os.chmod(part, layout.FILE_MODE)
            os.replace(part, made)
            return None
    except subprocess.TimeoutExpired:
        return f"graphviz took longer than {WITHIN_S:g} s, so the plan stands in execution_path.dot alone"
    finally:
        with contextlib.suppress(OSError):
            os.unlink(part)
    return "graphviz failed, so the plan stands in execution_path.dot alone"
