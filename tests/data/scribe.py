"""Writes a launch folder line by line, as the recorder and the supervisor do, with times of its own choosing."""

import base64
import json
import os
import zlib
from pathlib import Path
from typing import Any

from hamtui.contract.graph import PlannedNode

#: 2026-11-22 21:35:11 UTC, the start of every recorded launch.
T0 = 1795383311.0
#: CLOCK_MONOTONIC at T0, and when the machine booted.
MONO0 = 50_000.0
BOOT = T0 - MONO0
MAIN_THREAD = 0x7F00_0000_1740
RUN = "5d3c0c4e-1f5a-4b7e-9a51-3c9d0a6f2b11"
HOME = "/home/ana/shop"
LIBRARY = "/home/ana/venv/lib/python3.11"


def node(name: str, *dependencies: str, module: str = "orders", line: int = 10, **more: Any) -> PlannedNode:
    """A planned node of the shop's dataflow."""
    words = name.replace("_", " ")
    return PlannedNode(
        **{
            "name": name,
            "dependencies": list(dependencies),
            "module": module,
            "file": f"{HOME}/{module}.py",
            "line": line,
            "type": "pyarrow.Table",
            "tags": {"module": module},
            "doc": f"The {words}.",
            "source": f"def {name.rpartition('.')[2]}({', '.join(dependencies)}) -> pa.Table:\n"
            f'    """The {words}."""\n    return compute({name!r})\n',
            "version": f"{zlib.crc32(name.encode()):08x}" * 8,
            "role": "node",
            **more,
        }
    )


def frame(file: str, line: int, function: str, text: str | None = None) -> dict[str, Any]:
    """A frame of the shop's code, or of the library where ``file`` says so."""
    return {
        "file": file if file.startswith("/") else f"{HOME}/{file}",
        "line": line,
        "function": function,
        "text": text,
    }


HAMILTON_FRAMES = [
    frame(
        f"{LIBRARY}/site-packages/hamilton/node.py", 282, "__call__", "return self.callable(*args, **kwargs)"
    ),
    frame(
        f"{LIBRARY}/site-packages/hamilton/execution/graph_functions.py",
        241,
        "dfs_traverse",
        "result = execute_lifecycle_for_node_partial(**kwargs)",
    ),
    frame(f"{LIBRARY}/site-packages/hamilton/driver.py", 733, "execute", "outputs = self.raw_execute("),
]


def cache_key(name: str, version: str, versions: dict[str, str]) -> str:
    """As hamilton.caching.cache_key makes it."""
    told = ",".join(item for pair in sorted(versions.items()) for item in pair) or "<none>"
    safe = "".join(char for char in name if char.isalnum() or char == "_")
    return f"{safe}-{version}-{base64.b64encode(zlib.compress(told.encode(), 3)).decode()}"


class Scribe:
    """One launch folder. ``at`` is seconds since T0 (plus ``start``) everywhere."""

    def __init__(
        self, diag: Path, *, start: float = 0.0, pid: int = 4121, ident: str = "20261122T213511Z-4119"
    ):
        self.dir = diag / ident
        self.dir.mkdir(parents=True)
        self.ident, self.pid, self.start = ident, pid, start
        self.seqs: dict[str, int] = {}
        self.plan: dict[str, PlannedNode] = {}

    def clock(self, at: float) -> dict[str, float]:
        return {"ts": round(T0 + self.start + at, 6), "mono": round(MONO0 + self.start + at, 6)}

    def write(self, file: str, /, **keys: Any) -> None:
        with (self.dir / file).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(keys) + "\n")

    def document(self, file: str, value: Any) -> None:
        (self.dir / file).write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")

    def name(self, file: str, pid: int | None) -> str:
        if pid in {None, self.pid}:
            return file
        stem, _, ending = file.rpartition(".")
        return f"{stem}.box7.{pid}.{ending}"

    def event(self, event: str, at: float, *, pid: int | None = None, **keys: Any) -> None:
        file = self.name("hamilton_flight.jsonl", pid)
        seq = self.seqs[file] = self.seqs.get(file, -1) + 1
        self.write(
            file, event=event, **{"run_id": RUN, **keys}, **self.clock(at), pid=pid or self.pid, seq=seq
        )

    def launch(self, target: str, *, cache: bool = False, module: str = "orders.py", **more: Any) -> None:
        began = T0 + self.start
        self.document(
            "launch.json",
            {
                "pid": self.pid,
                "process_start": began - 0.3,
                "boot_time": BOOT,
                "supervisor_pid": self.pid - 1,
                "supervisor_start": began - 0.4,
                "schema": 1,
                "id": self.ident,
                "started_at": began,
                "host": "box7",
                "boot_id": "0c6ad4a4-30b1-4d1b-9f2a-6a0c47a3a6be",
                "argv": ["hamtui", "run", module, "--target", target],
                "cwd": HOME,
                "python": "/home/ana/venv/bin/python",
                "python_version": "3.11.7",
                "hamilton_version": "1.90.0",
                "hamtui_version": "0.1.0",
                "modules": [module],
                "targets": [target],
                "profile": "debug_hangs",
                "executor": "sync",
                "hang_after": None,
                "dump_every": 30.0,
                "cache_dir": f"{HOME}/.hamilton_cache" if cache else None,
                **more,
            },
        )

    def graph(
        self, nodes: list[PlannedNode], others: list[PlannedNode] | None = None, digest: str = "a1b2c3d4"
    ) -> str:
        self.plan = {planned.name: planned for planned in nodes}
        told = [[vars(planned) for planned in group] for group in (nodes, others or [])]
        self.document(f"graph.{digest}.json", {"schema": 1, "nodes": told[0], "others": told[1]})
        return digest

    def begin(self, at: float, target: str, digest: str = "a1b2c3d4", run_id: str = RUN) -> None:
        names = list(self.plan)
        self.event(
            "graph_constructed", at - 0.02, run_id=None, graph_type="FunctionGraph", node_count=len(names)
        )
        self.event(
            "graph_start",
            at,
            run_id=run_id,
            final_vars=[target],
            execution_path=names,
            execution_path_len=len(names),
            inputs_keys=["day"],
            overrides_keys=[],
            inputs_summary={"day": {"type": "str", "len": 10}},
            graph=digest,
            native_id=self.pid,
        )

    def finish(
        self, at: float, *, success: bool = True, run_id: str = RUN, since: float = 0.5, **keys: Any
    ) -> None:
        self.event("graph_end", at, run_id=run_id, success=success, elapsed_s=round(at - since, 6), **keys)

    def node_start(
        self, name: str, at: float, *, task: str | None = None, pid: int | None = None, **keys: Any
    ) -> None:
        ids = {"thread_id": MAIN_THREAD, "native_id": pid or self.pid}
        taken = self.plan[name].dependencies if name in self.plan else []
        summary = {key: {"type": "pyarrow.Table", "rows": 1200, "columns": 8} for key in taken}
        keys = {**ids, "kwargs_keys": taken, "kwargs_summary": summary, **keys}
        self.event("node_start", at, pid=pid, node=name, task_id=task, **keys)

    def node_end(
        self,
        name: str,
        at: float,
        seconds: float,
        *,
        task: str | None = None,
        pid: int | None = None,
        **keys: Any,
    ) -> None:
        told = {
            "success": True,
            "error": None,
            "result_summary": {"type": "pyarrow.Table", "rows": 1200, "columns": 9},
        }
        told = {"thread_id": MAIN_THREAD, "elapsed_s": round(seconds, 6), **told, **keys}
        self.event("node_end", at, pid=pid, node=name, task_id=task, **told)

    def span(self, name: str, at: float, seconds: float, **keys: Any) -> float:
        """A whole execution; when it ended."""
        who = {key: keys.pop(key) for key in ("task", "pid", "run_id") if key in keys}
        self.node_start(name, at, **who)
        self.node_end(name, at + seconds, seconds, **who, **keys)
        return at + seconds

    def cache(
        self, name: str, at: float, kind: str, *, actor: str = "adapter", run_id: str = RUN, **keys: Any
    ) -> None:
        told = {"run_id": run_id, "timestamp": self.clock(at)["ts"], "node_name": name, "task_id": None}
        self.write(
            "cache_logs.jsonl", **told, actor=actor, event_type=kind, **{"msg": None, "value": None, **keys}
        )

    def key(
        self, name: str, at: float, *, version: str | None = None, run_id: str = RUN, **changed: str
    ) -> None:
        """The cache key that the node is looked up by."""
        planned = self.plan[name]
        versions = {dep: changed.get(dep, f"v-{dep}") for dep in planned.dependencies}
        value = cache_key(name, version or str(planned.version), versions)
        self.cache(name, at, "set_cache_key", value=value, run_id=run_id)

    def hit(self, name: str, at: float, run_id: str = RUN) -> float:
        """A stored result is taken; when that was done."""
        self.key(name, at, run_id=run_id)
        self.cache(name, at, "get_data_version", actor="metadata_store", msg="hit", run_id=run_id)
        self.cache(name, at, "get_result", actor="result_store", msg="hit", run_id=run_id)
        return self.span(name, at, 0.004, run_id=run_id)

    def executed(self, name: str, at: float, seconds: float, **changed: str) -> float:
        """Nothing fitting was stored: the node ran; when it ended."""
        self.key(name, at, **changed)
        self.cache(name, at, "get_data_version", actor="metadata_store", msg="miss")
        self.cache(name, at + seconds, "execute_node")
        self.cache(name, at + seconds, "set_result", actor="result_store", value=f"v-{name}")
        return self.span(name, at, seconds)

    def dump(
        self, at: float, why: str, *threads: dict[str, Any], pid: int | None = None, **keys: Any
    ) -> None:
        file = self.name("faulthandler_stacks.jsonl", pid)
        seq = self.seqs[file] = self.seqs.get(file, -1) + 1
        told = {"pid": pid or self.pid, "seq": seq, "why": why, "taken_by": "inside", **keys}
        self.write(file, **{**self.clock(at), **told}, threads=list(threads))

    def thread(self, *frames: dict[str, Any], name: str = "MainThread", number: int = 0) -> dict[str, Any]:
        ids = {"thread_id": MAIN_THREAD + number, "native_id": self.pid + number}
        return {**ids, "name": name, "frames": list(frames)}

    def beats(self, since: float, until: float, every: float = 0.5, **keys: Any) -> None:
        count = int((until - since) / every)
        for number in range(count + 1):
            clock = self.clock(since + number * every)
            self.write("vitals.jsonl", kind="beat", **clock, pid=self.pid, seq=number, **keys)

    def probe(self, at: float, *looks: dict[str, Any], late: int) -> int:
        """What the run saw of its own threads; its number, which beats repeat while nothing changes."""
        seq = self.seqs["probe"] = self.seqs.get("probe", 10_000) + 1
        self.write(
            "vitals.jsonl",
            kind="probe",
            **self.clock(at),
            pid=self.pid,
            seq=seq,
            looks=list(looks),
            late=late,
        )
        return seq

    def sample(
        self,
        at: float,
        state: str = "S",
        *,
        threads: list[dict[str, Any]] | None = None,
        others: list[dict[str, Any]] | None = None,
    ) -> None:
        own = threads or [{"native_id": self.pid, "state": state, "cpu_s": 4.2, "switches": 1811}]
        process = {"pid": self.pid, "ppid": self.pid - 1, "name": "python", "state": state, "cpu_s": 4.4}
        process.update(rss=181_403_648, read_bytes=4096, write_bytes=1 << 20, threads=own)
        processes = [process, *(others or [])]
        self.write("vitals.jsonl", kind="sample", **self.clock(at), pid=self.pid, processes=processes)

    def log(self, at: float, message: str, level: str = "INFO", name: str | None = None, **keys: Any) -> None:
        told = {
            "ts": self.clock(at)["ts"],
            "level": level,
            "logger": "shop",
            "message": message,
            "pid": self.pid,
        }
        told.update(file=f"{HOME}/orders.py", line=12, thread="MainThread", thread_id=MAIN_THREAD)
        self.write("app.log.jsonl", **told, run_id=RUN if name else None, node=name, task_id=None, **keys)

    def say(self, text: str) -> None:
        with (self.dir / "output.log").open("a", encoding="utf-8") as output:
            output.write(text)

    def exit(
        self, at: float, code: int | None = 0, signal: int | None = None, asked_by: str | None = None
    ) -> None:
        told = {
            "exit_code": code,
            "signal": signal,
            "ended_at": self.clock(at)["ts"],
            "asked_by": asked_by,
            "schema": 1,
        }
        self.document("exit.json", told)

    def latest(self) -> None:
        link = self.dir.parent / "latest"
        link.unlink(missing_ok=True)
        link.symlink_to(self.ident)

    def dated(self, at: float) -> None:
        """Date the files, because the launch written to last is the one shown."""
        for path in self.dir.iterdir():
            os.utime(path, (T0 + self.start + at,) * 2)
