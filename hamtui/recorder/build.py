"""The Driver of a launch, from its spec and the user's modules: adapters, cache, executors."""

from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType
from typing import Any

from hamilton import driver, graph, node
from hamilton.execution import executors, grouping
from hamilton.function_modifiers.metadata import cache as cache_modifier

from hamtui.contract.diagnostics import Diagnostics
from hamtui.recorder import engines, instruments, launch_file
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.problems import UsageError
from hamtui.recorder.threads import Threads

#: Those that are Hamilton's own, with nothing to install.
_PLAIN = ("sync", "threads", "processes")


class OneExecutor(executors.ExecutionManager):
    """Runs every task, of a block or not, in one and the same executor, so that independent nodes overlap."""

    def __init__(self, executor: Any) -> None:
        super().__init__([executor])
        self._executor = executor

    def get_executor_for_task(self, task: Any) -> Any:
        """The one executor there is, whatever the task."""
        del task
        return self._executor


def check_executor(wanted: Diagnostics) -> None:
    """Raises UsageError for an executor that can't be had here, or a cluster that does not answer."""
    name, address = wanted.executor, wanted.address
    if name in _PLAIN:
        if address is not None:
            raise UsageError(f"--address names a cluster of --executor ray or dask, not of {name}")
        return
    engines.check(name)
    if address is not None:
        engines.check_address(name, address)


def uses_cache(modules: Iterable[ModuleType], config: dict[str, Any], allow_module_overrides: bool) -> bool:
    """Whether a node of the graph is marked by Hamilton's ``@cache``.

    The graph is built for the look alone, with no adapter on it: the cache has to be known before the Driver is.
    Raises what a graph that can't be built raises.
    """
    probe = graph.FunctionGraph.from_modules(
        *modules, config=dict(config), allow_module_overrides=allow_module_overrides
    )
    return any(_is_marked(node_) for node_ in probe.nodes.values())


def _is_marked(node_: node.Node) -> bool:
    """Whether ``@cache`` is on the node: by its tags, or, bare, by the decorator that its function keeps."""
    if {cache_modifier.BEHAVIOR_KEY, cache_modifier.FORMAT_KEY} & set(node_.tags):
        return True
    kept = (
        getattr(function, cache_modifier.get_lifecycle_name(), ())
        for function in node_.originating_functions or ()
    )
    return any(isinstance(modifier, cache_modifier) for modifiers in kept for modifier in modifiers)


def settled(
    modules: Iterable[ModuleType], config: dict[str, Any], wanted: Diagnostics, allow_module_overrides: bool
) -> Diagnostics:
    """``wanted`` with the cache on or off, where the modules were to decide it. Raises as ``uses_cache``."""
    if wanted.cache is not None:
        return wanted
    return replace(wanted, cache=uses_cache(modules, config, allow_module_overrides))


def build_driver(
    modules: Iterable[ModuleType],
    config: dict[str, Any],
    wanted: Diagnostics,
    recorder: Recorder,
    cache_dir: str | None,
    allow_module_overrides: bool,
) -> driver.Driver:
    """The instrumented Driver of a launch, the recorder first in it. It gives results as a plain dict.

    Raises UsageError for an executor that is not there, and what Hamilton raises for a graph that can't be built.
    """
    check_executor(wanted)
    adapters = instruments.adapters(recorder, wanted, cache_dir)
    builder = driver.Builder().with_modules(*modules).with_config(config).with_adapters(*adapters)
    if allow_module_overrides:
        builder = builder.allow_module_overrides()
    built = builder.build()
    if wanted.executor != "sync" or is_parallel(built):
        built.graph_executor = driver.TaskBasedGraphExecutor(
            execution_manager=execution_manager(wanted),
            grouping_strategy=grouping.GroupByRepeatableBlocks(),
            adapter=built.adapter,
        )
    return built


def is_parallel(built: driver.Driver) -> bool:
    """Whether a ``Parallelizable`` is in the graph, which only task-based execution can run."""
    roles = (node.NodeType.EXPAND, node.NodeType.COLLECT)
    return any(node_.node_role in roles for node_ in built.graph.nodes.values())


def execution_manager(wanted: Diagnostics) -> executors.ExecutionManager:
    """Who runs which task: ``threads`` all of them in one pool, the others the blocks' alone elsewhere.

    Raises UsageError where Ray or Dask can't be had.
    """
    name, tasks = wanted.executor, launch_file.max_tasks(wanted) or 1
    if name == "threads":
        return OneExecutor(Threads(max_tasks=tasks))
    if name == "sync":
        return OneExecutor(executors.SynchronousLocalTaskExecutor())
    remote = (
        executors.MultiProcessingExecutor(max_tasks=tasks)
        if name == "processes"
        else engines.executor(wanted, tasks)
    )
    return executors.DefaultExecutionManager(
        local_executor=executors.SynchronousLocalTaskExecutor(), remote_executor=remote
    )
