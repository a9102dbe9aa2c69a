"""In which process, and of which machine, spans ran where that is not the run's main process."""

from hamtui.model.state import Run, Span

#: Worker processes of a run whose names make room for the rest; of more of them the names are cut.
MAX_WORKERS = 1_000


def note(run: Run, host: str | None, pid: int | None) -> None:
    """A process has told of a span of the run; ``host`` is None for the run's main one."""
    if host is not None and pid is not None and len(run.workers) < MAX_WORKERS:
        run.workers.add((host, pid))


def where(run: Run, span: Span, home: str | None) -> str:
    """``1234``, or ``box7:1234`` where the machine is not ``home``; empty for the run's main process, and if not known."""
    if span.host is None or span.pid is None or span.pid == run.pid:
        return ""
    return _name(span.host, span.pid, home)


def longest(run: Run, home: str | None) -> int:
    """Characters of the longest of a run's; 0 for a run of one process."""
    return max((len(_name(host, pid, home)) for host, pid in run.workers if pid != run.pid), default=0)


def heading(run: Run, home: str | None) -> str:
    """What ``where`` says: ``pid``, or ``host:pid`` for a run on several machines."""
    return "host:pid" if any(host != home for host, _ in run.workers) else "pid"


def _name(host: str, pid: int, home: str | None) -> str:
    return f"{pid}" if host == home else f"{host}:{pid}"
