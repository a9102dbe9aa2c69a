"""Nodes' values from the cache's store, in the place of computing them: what ``--saved`` asks for."""

from dataclasses import replace

from hamtui.contract.spec import RunSpec
from hamtui.recorder import launch_file
from hamtui.recorder.context import Work
from hamtui.recorder.guard import attempt
from hamtui.recorder.problems import UsageError
from hamtui.recorder.stores import Results


def added(work: Work, spec: RunSpec) -> Work:
    """The work with saved values among its overrides. Values given by ``--override`` go first.

    Raises:
        UsageError: the store does not hold one, or it can't be read.
    """
    if not spec.saved:
        return work
    folder = launch_file.cache_dir(spec)
    store, error = attempt(Results, folder)
    if error is not None or store is None:
        raise UsageError(f"--saved: the cache {folder} can't be opened: {error}")
    values = {node: _value(store, folder, node, version) for node, version in spec.saved.items()}
    return replace(work, overrides={**values, **work.overrides})


def _value(store: Results, folder: str, node: str, version: str) -> object:
    if not store.exists(version):
        raise UsageError(f"--saved {node}: {folder} no longer holds its value {version}")
    value, error = attempt(store.get, version)
    if error is not None:
        raise UsageError(f"--saved {node}: its value in {folder} can't be read: {error}")
    return value
