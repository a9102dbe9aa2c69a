"""Flight events: what happened to launches, runs, tasks and nodes, one JSON object a line.

The names and keys of these events were in use before hamtui; a reader meets them from other people's
scripts too, with any key missing and any it does not know.
"""

from dataclasses import dataclass
from typing import Any

GRAPH_CONSTRUCTED = "graph_constructed"
GRAPH_START = "graph_start"
GRAPH_END = "graph_end"
NODE_START = "node_start"
NODE_END = "node_end"
TASK_SUBMIT = "task_submit"
TASK_START = "task_start"
TASK_END = "task_end"
TASK_RETURN = "task_return"
TASK_GROUPED = "task_grouped"
TASK_EXPANDED = "task_expanded"
#: What ended the run's process before or outside any run: a module that fails to import, an unknown
#: target, an exception that nobody caught. Keys: error, error_type, traceback, stage.
LAUNCH_ERROR = "launch_error"
#: The recorder's own trouble: exceptions it swallowed, records it could not write. Keys: error, count.
RECORDER_FAULT = "recorder_fault"
#: A node stopped in the debugger and waits for a person: when it stops, and again when the person left it there.
#: Keys: node, task_id, socket (see there), stage: ``start`` its first line, ``stop`` a breakpoint or a step,
#: ``exception`` what it raised, ``result`` what it gave, where none of its own lines ran.
DEBUG_WAIT = "debug_wait"
#: A person is at its prompt. Same keys.
DEBUG_ATTACHED = "debug_attached"
#: It goes on: what it does from here on is its own. Same keys.
DEBUG_DONE = "debug_done"
#: A node went to an engine that runs it later, elsewhere; its start and end come when it does. Keys: node.
NODE_SUBMIT = "node_submit"
#: A file of the launch was set aside as a part, and the oldest parts were deleted. Keys: ``file`` (its name), ``part``
#: (its number), ``count`` (parts of it that are gone by now), ``bytes`` (theirs).
FILE_ROTATED = "file_rotated"
#: One sentence for whoever watches, told once. Keys: message, stage (what it is about), level (info or warning).
NOTICE = "notice"
INFO, WARNING = "info", "warning"


class NodeEvent:
    """A start or an end of a node by itself: a reader's own class with these fields of ``FlightEvent``.

    Summaries and payloads may be the JSON text that stands in the line, as bytes.
    """

    __slots__ = ()

    event: str
    ts: float | None
    run_id: str | None
    node: str | None
    task_id: str | None
    mono: float | None
    pid: int | None
    seq: int | None
    thread_id: int | None
    native_id: int | None
    success: bool | None
    elapsed_s: float | None
    output_offset: int | None
    error: Any
    error_type: Any
    traceback: Any
    result_type: Any
    tags: Any
    return_type: Any
    skipped: Any
    caused_by: Any
    incomplete: Any
    type_mismatch: Any
    kwargs_summary: Any
    result_summary: Any
    kwargs_payload: Any
    result_payload: Any


@dataclass(frozen=True)
class FlightEvent:
    """One line of a flight file; every key of every event, None where the event has none.

    ``ts`` is Unix seconds, ``mono`` CLOCK_MONOTONIC seconds of the writer's machine, ``elapsed_s``
    seconds, ``output_offset`` the size of output.log in bytes when the event was written.
    Summaries and payloads are as ``contract.summary`` says.
    ``error`` is ``"Type: message"``; ``error_type`` is the type alone. ``deferred``: what is told of is still to be
    computed, by an engine, when somebody asks for it.

    On a ``node_end``: ``skipped`` is true, and ``success`` false, where the node was not executed for nodes that
    failed while the run goes on (or had to do without their results, and raised); ``caused_by`` names these, as
    ``{"node", "task_id", "error"}``. ``incomplete`` is how many of the items that the node collected failed.
    ``type_mismatch`` is a list of sentences on inputs and a result that are not what their annotations say.
    ``socket`` is the absolute path of a unix domain socket on the writer's machine, for its user alone: lines to pdb,
    and what pdb says.
    """

    event: str
    ts: float | None = None
    run_id: str | None = None
    node: str | None = None
    task_id: str | None = None
    mono: float | None = None
    pid: int | None = None
    seq: int | None = None
    thread_id: int | None = None
    native_id: int | None = None
    success: bool | None = None
    elapsed_s: float | None = None
    output_offset: int | None = None
    error: Any = None
    error_type: Any = None
    traceback: Any = None
    result_summary: Any = None
    result_type: Any = None
    kwargs_summary: Any = None
    kwargs_keys: Any = None
    input_types: Any = None
    tags: Any = None
    return_type: Any = None
    nodes: Any = None
    task_ids: Any = None
    spawning_task_id: Any = None
    purpose: Any = None
    parameters: Any = None
    graph: Any = None
    execution_path: Any = None
    execution_path_len: Any = None
    final_vars: Any = None
    inputs_keys: Any = None
    overrides_keys: Any = None
    inputs_summary: Any = None
    result_keys: Any = None
    results_summary: Any = None
    graph_type: Any = None
    node_count: Any = None
    config_keys: Any = None
    skipped: Any = None
    caused_by: Any = None
    incomplete: Any = None
    type_mismatch: Any = None
    stage: Any = None
    count: Any = None
    kwargs_payload: Any = None
    result_payload: Any = None
    inputs_payload: Any = None
    deferred: Any = None
    file: Any = None
    part: Any = None
    bytes: Any = None
    message: Any = None
    level: Any = None
    socket: str | None = None
