"""Big launches, written fast: ``python -m tests.data.generate big /tmp/there --events 1000000 --runs 3``.

The same numbers and seed give the same bytes. Lines are as the recorder writes them, about 290 bytes each.
"""

import argparse
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from hamtui.contract.graph import PlannedNode
from tests.data.scribe import MAIN_THREAD, MONO0, T0, Scribe, node

DIGEST = "b16b16b1"
#: What each kind of run writes beside its nodes' starts and ends.
RUN_EVENTS, BLOCK_EVENTS = 2, 4
_SECOND = 1_000_000_000
_HEAD = '{"event":"%s","run_id":"%s",'
_CLOCK = '"ts":%de-9,"mono":%de-9,"pid":%d,"seq":%d'
_START = (
    '{"event":"node_start","run_id":"%s","node":"%s","task_id":%s,'
    + _CLOCK
    + ',"thread_id":%d,"native_id":%d,'
    '"output_offset":0,"kwargs_keys":["upstream"],"kwargs_summary":{"upstream":{"type":"pandas.DataFrame",'
    '"shape":[%d,8],"rows":%d,"columns":8}}}\n'
)
_END = (
    '{"event":"node_end","run_id":"%s","node":"%s","task_id":%s,' + _CLOCK + ',"thread_id":%d,"success":true,'
    '"elapsed_s":%de-9,"output_offset":0,"error":null,"result_summary":{"type":"pandas.DataFrame",'
    '"shape":[%d,9],"rows":%d,"columns":9}}\n'
)
_FAILED = (
    '{"event":"node_end","run_id":"%s","node":"%s","task_id":%s,'
    + _CLOCK
    + ',"thread_id":%d,"success":false,'
    '"elapsed_s":%de-9,"output_offset":0,"error":"ValueError: row %d","error_type":"ValueError",'
    '"traceback":"Traceback (most recent call last):\\nValueError: row %d\\n"}\n'
)
_TASK = _HEAD + '"task_id":"%s",' + _CLOCK + "%s}\n"


@dataclass(frozen=True)
class Shape:
    """What a launch holds. Of each run ``nodes`` plain nodes and ``blocks`` parallel blocks of ``depth`` nodes.

    ``failures`` in a thousand nodes fail, the run going on. ``workers`` processes write the blocks' nodes, each its own
    file; none: the main process. ``open_run``: the newest run is under way, its last node unfinished.
    """

    runs: int = 1
    nodes: int = 100
    blocks: int = 0
    depth: int = 20
    workers: int = 0
    failures: int = 0
    open_run: bool = False
    seed: int = 1

    @property
    def spans(self) -> int:
        """Spans of each run."""
        return self.nodes + self.blocks * self.depth

    @property
    def events(self) -> int:
        """Flight events in all."""
        each = RUN_EVENTS + 2 * self.spans + BLOCK_EVENTS * self.blocks
        return self.runs * each - (2 if self.open_run else 0)

    def with_events(self, events: int) -> "Shape":
        """The same with as many blocks as make about so many events."""
        rest = events // self.runs - RUN_EVENTS - 2 * self.nodes
        return replace(self, blocks=max(0, rest // (2 * self.depth + BLOCK_EVENTS)))


def run_id(number: int) -> str:
    """The id of the run of this number, from 0, the oldest."""
    return f"{number:08x}-0000-4000-8000-000000000000"


def planned(shape: Shape) -> list[PlannedNode]:
    """The plan: chains of ten plain nodes, then the chain that each block runs, between its expand and its collect."""
    names = [f"stage_{number}" for number in range(shape.nodes)]
    plan = [node(name, *names[at - 1 : at] * (at % 10 > 0), module="wide") for at, name in enumerate(names)]
    steps = [f"step_{number}" for number in range(shape.depth if shape.blocks else 0)]
    for at, name in enumerate(steps):
        plan.append(node(name, *(steps[at - 1 : at] or names[-1:]), module="blocks", role="node"))
    return plan


class _Files:
    """The flight files, by the number of the worker that writes (-1: the main process), with a sequence number each."""

    def __init__(self, scribe: Scribe, workers: int) -> None:
        pids = {-1: scribe.pid} | {number: 20_000 + number for number in range(workers)}
        self.pids = pids
        self.seqs = dict.fromkeys(pids, 0)
        self._lines: dict[int, list[str]] = {number: [] for number in pids}
        self._paths = {
            number: scribe.dir / scribe.name("hamilton_flight.jsonl", pid) for number, pid in pids.items()
        }
        self._waiting = 0

    def put(self, who: int, line: str) -> None:
        self._lines[who].append(line)
        self.seqs[who] += 1
        self._waiting += 1
        if self._waiting > 50_000:
            self.flush()

    def flush(self) -> None:
        self._waiting = 0
        for number, lines in self._lines.items():
            if lines:
                with self._paths[number].open("a", encoding="ascii") as file:
                    file.write("".join(lines))
                lines.clear()


class _Writer:
    def __init__(self, scribe: Scribe, shape: Shape) -> None:
        self.shape = shape
        self.files = _Files(scribe, shape.workers)
        self.random = random.Random(shape.seed)
        self.at = _SECOND // 2

    def clock(self, who: int) -> tuple[int, int, int, int]:
        self.at += 1_000 + int(self.random.random() * 90_000)
        ns = int(T0) * _SECOND + self.at
        return ns, int(MONO0) * _SECOND + self.at, self.files.pids[who], self.files.seqs[who]

    def node(self, run: str, name: str, task: str | None, who: int, *, ends: bool = True) -> None:
        told = "null" if task is None else f'"{task}"'
        rows = int(self.random.random() * 100_000)
        clock = self.clock(who)
        self.files.put(who, _START % (run, name, told, *clock, MAIN_THREAD, clock[2], rows, rows))
        if not ends:
            return
        began, clock = self.at, self.clock(who)
        bad = self.shape.failures and self.random.random() * 1000 < self.shape.failures
        line = _FAILED if bad else _END
        self.files.put(who, line % (run, name, told, *clock, MAIN_THREAD, self.at - began, rows, rows))

    def task(self, event: str, run: str, task: str, more: str = "") -> None:
        self.files.put(-1, _TASK % (event, run, task, *self.clock(-1), more))

    def block(self, run: str, number: int) -> None:
        who = number % self.shape.workers if self.shape.workers else -1
        task = f"block-{number}"
        self.task(
            "task_submit", run, task, ',"nodes":["step_0"],"spawning_task_id":"expand","purpose":"block"'
        )
        self.task("task_start", run, task)
        for step in range(self.shape.depth):
            self.node(run, f"step_{step}", task, who)
        self.task("task_end", run, task, ',"success":true')
        self.task("task_return", run, task, ',"success":true')

    def run(self, number: int) -> None:
        shape, run = self.shape, run_id(number)
        unfinished = shape.open_run and number == shape.runs - 1
        began = self.at
        names = [f"stage_{at}" for at in range(shape.nodes)]
        told = f'"final_vars":["{names[-1]}"],"execution_path_len":{len(names)},"graph":"{DIGEST}",'
        self.files.put(-1, _HEAD % ("graph_start", run) + told + _CLOCK % self.clock(-1) + "}\n")
        for block in range(shape.blocks):
            self.block(run, block)
        for name in names:
            self.node(run, name, None, -1, ends=not (unfinished and name == names[-1]))
        if not unfinished:
            took = f'"success":true,"elapsed_s":{self.at - began}e-9,'
            self.files.put(-1, _HEAD % ("graph_end", run) + took + _CLOCK % self.clock(-1) + "}\n")


def big(diag: Path, shape: Shape, *, launch: int = 0) -> Path:
    """Write a launch of this shape below ``diag``; its folder. ``launch`` sets launches beside each other apart."""
    ident = f"20261122T{213511 + launch % 40:06d}Z-{4119 + launch}"
    scribe = Scribe(diag, ident=ident)
    scribe.launch("stage_0", module="wide.py")
    scribe.graph(planned(shape), digest=DIGEST)
    writer = _Writer(scribe, shape)
    for number in range(shape.runs):
        writer.run(number)
    writer.files.flush()
    if not shape.open_run:
        scribe.exit(writer.at / _SECOND + 0.1)
    scribe.latest()
    return scribe.dir


def lines(size: int, seed: int = 1) -> Iterator[bytes]:
    """Text as programs print it, ``size`` bytes of it or a line more."""
    rng, written = random.Random(seed), 0
    while written < size:
        number = rng.randrange(1 << 30)
        line = f"row {number:>10} {zlib.crc32(b'%d' % number):08x} {'.' * (number % 90)}\n".encode()
        written += len(line)
        yield line


def options(parser: argparse.ArgumentParser) -> None:
    """One option a field of the shape, and how many events it is to make."""
    for each in fields(Shape):
        flag, kind = f"--{each.name.replace('_', '-')}", type(each.default)
        if kind is bool:
            parser.add_argument(flag, action="store_true")
        else:
            parser.add_argument(flag, type=int, default=each.default)
    parser.add_argument("--events", type=int, help="as many blocks as make about so many events")


def shape_of(told: argparse.Namespace) -> Shape:
    """The shape that was asked for."""
    shape = Shape(**{each.name: getattr(told, each.name) for each in fields(Shape)})
    return shape if told.events is None else shape.with_events(told.events)
