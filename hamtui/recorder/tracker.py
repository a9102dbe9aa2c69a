"""Hamilton's own trackers with no network in them: what they would send is spooled, and sent from outside the run.

The SDK's ``HamiltonTracker`` (for an AsyncDriver ``AsyncHamiltonTracker``) makes the calls' content, with a client
that writes them down. It keys nodes by name alone, so each execution of a node has an instance of its own: blocks
of a Parallelizable keep their own times. DAGWorks' tracker is the same one with a key and another address.
"""

import copy
import importlib
import inspect
import logging
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from hamilton.lifecycle import base

from hamtui.contract import flight, tracking
from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import events
from hamtui.recorder.drive import drive
from hamtui.recorder.guard import FAULTS, attempt, error_text
from hamtui.recorder.here import HERE
from hamtui.recorder.hide import about, shown
from hamtui.recorder.missing import failure, past
from hamtui.recorder.personal import is_personal
from hamtui.recorder.problems import UsageError
from hamtui.recorder.spool import AsyncSpoolClient, Spool, SpoolClient, spool_of

#: All statistics of a process may take so long, seconds; after that results are told by type and size.
STATISTICS_S = 5.0
#: A table of more cells, or a collection of more items, is told by type and size.
MOST_CELLS = 5_000_000
_MOST_OPEN, _MOST_GRAPHS = 10_000, 64
_NO_REPOSITORY = "Error: No repository to link to."
#: The one name that Hamilton makes up for a module: a new one each time.
_TEMPORARY = re.compile(r"\Atemporary_module_[0-9a-f_]{36}\Z")


class Sdk:
    """The SDK's tracker and what it reads results with, in this process. Raises UsageError where it is missing."""

    def __init__(self, wanted: Diagnostics, spool: Spool, is_async: bool) -> None:
        try:
            adapters = importlib.import_module("hamilton_sdk.adapters")
        except ImportError as error:
            raise UsageError(
                f"--track needs Hamilton's SDK in {sys.executable}: pip install 'sf-hamilton[sdk]' ({error})"
            ) from None
        logger = logging.getLogger("hamilton_sdk")
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)  # it says several lines a node
        self.driver = adapters.driver
        self.json_safe = importlib.import_module("hamilton_sdk.tracking.utils").make_json_safe
        self._state = importlib.import_module("hamilton_sdk.tracking.runs").TrackingState
        self.knobs = tracking.captured(wanted, os.environ)
        constants = importlib.import_module("hamilton_sdk.tracking.constants")
        for knob in self.knobs:
            setattr(constants, knob.name, knob.value)
        self.statistics, self.most_items = bool(self.knobs[0].value), int(self.knobs[1].value)
        self._client = AsyncSpoolClient if is_async else SpoolClient
        self._spool = spool
        kind = adapters.AsyncHamiltonTracker if is_async else adapters.HamiltonTracker
        self._first = kind(
            project_id=int(wanted.track or 0),
            username=wanted.username or "",
            dag_name=wanted.dag_name or "",
            client_factory=lambda *_, **__: self.client(),
            api_key=None,
        )

    def client(self) -> SpoolClient:
        """A client for one execution of a node."""
        return self._client(self._spool, self.json_safe)

    def tracker(self, run_id: str) -> Any:
        """A tracker for one execution of a node: whatever it keys by name is that node's alone."""
        one = copy.copy(self._first)
        one.client = self.client()
        one.task_runs, one.dw_run_ids = {run_id: {}}, {run_id: run_id}
        one.tracking_states = {run_id: self._state(run_id)}
        return one


@dataclass
class _Open:
    """A node under way: its tracker, the process that started it, the exception that was in flight then."""

    tracker: Any
    pid: int
    flying: BaseException | None


class Teller:
    """What the hooks do, synchronous or not. Each call is shielded: what it raises is counted and said."""

    def __init__(self, recorder: Any, wanted: Diagnostics, is_async: bool) -> None:
        self.recorder, self.wanted = recorder, wanted
        self._spool = spool_of(recorder)
        self._sdk = Sdk(wanted, self._spool, is_async)
        self._open: dict[tuple[Any, ...], _Open] = {}
        self._runs: dict[str, tuple[int, BaseException | None]] = {}
        self._untold: set[str] = set()
        self._graphs: dict[int, str] = {}
        self._spooled: set[str] = set()
        self._spent = 0.0
        self._broken = False

    def say(self) -> None:
        """Which knobs hold, and where it goes: one notice."""
        knobs = ", ".join(f"{one.name} {one.value} ({one.source})" for one in self._sdk.knobs)
        self._notice(f"tracker: project {self.wanted.track}; {knobs}", flight.INFO)

    def _notice(self, message: str, level: str) -> None:
        keys = {"message": message, "stage": "tracker", "level": level}
        events.write(self.recorder.flight, flight.NOTICE, None, keys)

    def do(self, step: Callable[..., None], said: dict[str, Any]) -> None:
        """One hook's work. Never raises but for what is the user's."""
        _, error = attempt(step, **said)
        if error is not None:
            FAULTS.note("tracker", error)
            if not self._broken:
                self._broken = True
                attempt(
                    self._notice,
                    f"tracker: {error_text(error, 500)}; the UI is not told of this",
                    flight.WARNING,
                )

    def constructed(self, *, graph: Any, modules: Any = (), **_: Any) -> None:
        """A graph: its nodes and code, once."""
        driver = self._sdk.driver
        found = list(modules) or _modules(graph)
        self._graphs.pop(id(graph), None)  # a new graph may stand where one was freed
        code_hash, dag_hash = driver.hash_dag_modules(graph, found), driver.hash_dag(graph)
        name = self.wanted.dag_name or product(found)
        key = f"{dag_hash}.{code_hash}.{name}"
        if key not in self._spooled:
            self._spool.template(key, self._template(graph, name, dag_hash, code_hash))
            self._spooled.add(key)
        self._graphs[id(graph)] = key
        while len(self._graphs) > _MOST_GRAPHS:
            del self._graphs[next(iter(self._graphs))]

    def _template(self, graph: Any, name: str, dag_hash: str, code_hash: str) -> dict[str, Any]:
        """What the UI keeps of a graph. Commit and branch are filled in by whoever sends it."""
        driver, root = self._sdk.driver, repository(os.getcwd())
        nowhere = driver.GitInfo(
            branch="unknown",
            commit_hash=code_hash,
            committed=False,
            repository=_NO_REPOSITORY,
            local_repo_base_path=root,
        )
        return {
            "name": name,
            "template_type": "HAMILTON",
            "config": self._values(graph.config),
            "dag_hash": dag_hash,
            "tags": tracking.tags(self.wanted),
            "nodes": driver._extract_node_templates_from_function_graph(graph),  # noqa: SLF001
            "code_artifacts": driver.extract_code_artifacts_from_function_graph(graph, nowhere, root),
            "code_log": {"files": driver._slurp_code(graph, root)},  # noqa: SLF001
            "code_hash": code_hash,
            "code_version_info_type": "git",
            "code_version_info": {"git_hash": code_hash, "git_repo": _NO_REPOSITORY, "git_branch": "unknown"},
            "code_version_info_schema": 1,
        }

    def _values(self, given: Any) -> dict[str, Any]:
        """Inputs or config: values where statistics are asked for, else type and size."""
        if self._sdk.statistics:
            found = shown(dict(given or {}), self._sdk.most_items)
            return found if isinstance(found, dict) else {}
        return {str(key): about(value) for key, value in dict(given or {}).items()}

    def run_began(self, *, run_id: str, graph: Any, final_vars: Any, inputs: Any = None, **_: Any) -> None:
        """A run. What it can't be told of is not told half."""
        self._untold.add(run_id)
        if id(graph) not in self._graphs:
            self.constructed(graph=graph)
        targets = [str(target) for target in final_vars]
        self._spool.run(run_id, self._graphs[id(graph)], self._values(inputs), targets)
        self._runs[run_id] = HERE.pid, sys.exc_info()[1]
        self._untold.discard(run_id)

    def node_began(
        self, *, run_id: str, node_: Any, kwargs: Any, task_id: str | None = None, **_: Any
    ) -> None:
        """A node starts."""
        if run_id in self._untold:
            return
        tracker = self._sdk.tracker(run_id)
        while len(self._open) >= _MOST_OPEN:
            self._open.pop(next(iter(self._open)), None)
        self._open[run_id, task_id, node_.name] = _Open(tracker, HERE.pid, sys.exc_info()[1])
        drive(tracker.pre_node_execute(run_id=run_id, node_=node_, kwargs=kwargs, task_id=task_id))

    def node_ended(
        self,
        *,
        run_id: str,
        node_: Any,
        kwargs: Any,
        success: bool = True,
        error: Any = None,
        result: Any = None,
        task_id: str | None = None,
        **_: Any,
    ) -> None:
        """A node ended: well, by its error, or by an exception in flight that Hamilton does not tell of."""
        known = self._open.pop((run_id, task_id, node_.name), None)
        if known is None or known.pid != HERE.pid:
            return  # a forked child's ends are not the run's
        flying = sys.exc_info()[1]
        if success and error is None and flying is not None and flying is not known.flying:
            error = flying
        about_it = {"run_id": run_id, "node_": node_, "task_id": task_id, "result": result}
        error = error or failure(about_it)
        summary = about(result)
        measured = self._sdk.statistics and self._spent < STATISTICS_S and _cells(summary) <= MOST_CELLS
        measured = measured and not is_personal(node_.tags)
        known.tracker.client.told = None if measured else summary
        began = monotonic()
        drive(
            known.tracker.post_node_execute(
                run_id=run_id,
                node_=node_,
                kwargs=kwargs,
                success=success and error is None,
                error=error,
                result=result if measured else None,
                task_id=task_id,
            )
        )
        if measured:
            self._spent += monotonic() - began

    def run_ended(self, *, run_id: str, success: bool = True, error: Any = None, **_: Any) -> None:
        """A run is over."""
        self._untold.discard(run_id)
        pid, flying = self._runs.pop(run_id, (0, None))
        now = sys.exc_info()[1]
        if pid == HERE.pid:
            fine = success and error is None and (now is None or now is flying)
            self._spool.end(run_id, fine and past(run_id) is None)


def _modules(graph: Any) -> list[Any]:
    found = (
        inspect.getmodule(function)
        for node in graph.nodes.values()
        for function in node.originating_functions or ()
    )
    return list(dict.fromkeys(module for module in found if module is not None))


def product(modules: list[Any]) -> str:
    """The dataflow's name, the same in every run of it: its modules' names, in order."""
    names = {_TEMPORARY.sub("temporary_module", str(module.__name__)) for module in modules}
    return "+".join(sorted(names)) or "dataflow"


def repository(folder: str) -> str:
    """The folder that files are named from: the repository's, or the working folder."""
    here = Path(folder)
    return str(next((one for one in (here, *here.parents) if (one / ".git").exists()), here))


def _cells(summary: dict[str, Any]) -> int:
    cells = 1
    for size in summary.get("shape") or [summary.get("length", 1)]:
        cells *= size
    return cells


class Tracker(
    base.BasePostGraphConstruct,
    base.BasePreGraphExecute,
    base.BasePostGraphExecute,
    base.BasePreNodeExecute,
    base.BasePostNodeExecute,
):
    """``HamiltonTracker``, harmless. Behind the recorder among the adapters; crosses to workers by pickle."""

    hamtui_instrument = True

    def __init__(self, recorder: Any, wanted: Diagnostics) -> None:
        self._teller = Teller(recorder, wanted, is_async=False)
        _trackers[_identity(recorder)] = self
        if recorder.flight.is_main:
            self._teller.do(self._teller.say, {})

    def __reduce__(self) -> tuple[Any, ...]:
        return _tracker, (self._teller.recorder, self._teller.wanted)

    def post_graph_construct(self, **said: Any) -> None:
        """A Driver was built."""
        self._teller.do(self._teller.constructed, said)

    def pre_graph_execute(self, **said: Any) -> None:
        """A run starts."""
        self._teller.do(self._teller.run_began, said)

    def post_graph_execute(self, **said: Any) -> None:
        """A run ends."""
        self._teller.do(self._teller.run_ended, said)

    def pre_node_execute(self, **said: Any) -> None:
        """A node starts."""
        self._teller.do(self._teller.node_began, said)

    def post_node_execute(self, **said: Any) -> None:
        """A node ends."""
        self._teller.do(self._teller.node_ended, said)


class AsyncTracker(
    base.BasePostGraphConstructAsync,
    base.BasePreGraphExecuteAsync,
    base.BasePostGraphExecuteAsync,
    base.BasePreNodeExecuteAsync,
    base.BasePostNodeExecuteAsync,
):
    """``AsyncHamiltonTracker``, harmless, for an AsyncDriver."""

    hamtui_instrument = True

    def __init__(self, recorder: Any, wanted: Diagnostics) -> None:
        self._teller = Teller(recorder, wanted, is_async=True)
        self._teller.do(self._teller.say, {})

    async def post_graph_construct(self, **said: Any) -> None:
        """A Driver was built."""
        self._teller.do(self._teller.constructed, said)

    async def pre_graph_execute(self, **said: Any) -> None:
        """A run starts."""
        self._teller.do(self._teller.run_began, said)

    async def post_graph_execute(self, **said: Any) -> None:
        """A run ends."""
        self._teller.do(self._teller.run_ended, said)

    async def pre_node_execute(self, **said: Any) -> None:
        """A node starts."""
        self._teller.do(self._teller.node_began, said)

    async def post_node_execute(self, **said: Any) -> None:
        """A node ends."""
        self._teller.do(self._teller.node_ended, said)


_trackers: dict[Any, Tracker] = {}


def _identity(recorder: Any) -> Any:
    return recorder.launch_dir, recorder.main_pid, recorder.main_host


def _tracker(recorder: Any, wanted: Diagnostics) -> Tracker:
    """The tracker of this launch in this process."""
    return _trackers.get(_identity(recorder)) or Tracker(recorder, wanted)


def check(wanted: Diagnostics) -> None:
    """Raises UsageError for knobs that can't be."""
    fault = tracking.trouble(wanted, os.environ)
    if fault is not None:
        raise UsageError(fault)
