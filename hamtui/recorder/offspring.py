"""Processes that ``multiprocessing`` starts for a program whose every Driver is recorded: theirs are recorded too.

A forked child is as its parent was. One that starts anew (spawn, forkserver) gets a pickled ``Process``, whose
``_config`` is a copy of its parent's: what lies there travels to all children and theirs, and asks for no change
to anything of multiprocessing's.
"""

from types import ModuleType
from typing import Any

from hamtui.contract import layout
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.launch import LaunchInfo
from hamtui.contract.relay import Door
from hamtui.recorder import launches, patches
from hamtui.recorder.flight import journal
from hamtui.recorder.guard import FAULTS, attempt

_NAME = "hamtui"


class Parentage:
    """What a process needs to record as part of a launch; unpickled, it sees to that. ``info`` of the launch's main process."""

    def __init__(
        self, info: LaunchInfo, launch_dir: str, wanted: Diagnostics, door: Door | None = None
    ) -> None:
        self._told = info, launch_dir, wanted, door

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrive, self._told

    def record_all(self) -> None:
        """Record each Driver of this process and of its children, once Hamilton and multiprocessing are imported."""
        patches.after_driver(self.adopt)
        patches.when_imported("multiprocessing.process", self._hand_on)
        patches.record_all()

    def _hand_on(self, module: ModuleType) -> None:
        module.current_process()._config[_NAME] = self  # noqa: SLF001 - see above

    def adopt(self) -> None:
        """The program has imported Hamilton: its Drivers belong to this launch, if not to one already."""
        if launches.current() is not None:
            return
        from hamtui.recorder import applog, worker  # noqa: PLC0415 - these import Hamilton
        from hamtui.recorder.adapter import Recorder  # noqa: PLC0415

        info, launch_dir, wanted, door = self._told
        main_pid = info.pid or 0
        if wanted.logs:
            applog.install(journal(launch_dir, layout.APP_LOG, main_pid, info.host))
        recorder = Recorder(
            launch_dir,
            main_pid=main_pid,
            main_host=info.host,
            wanted=wanted,
            on_worker=(worker.begin,),
            door=door,
        )
        launches.adopt(info, recorder)


def inherited() -> Parentage | None:
    """What a child has from its parent's environment, before multiprocessing hands it anything; None for other processes."""
    told = launches.of_the_parent()
    return None if told is None else Parentage(*told)


def _arrive(*told: Any) -> Parentage:
    """In a child that started anew, before its own work. A child that can't be recorded works all the same."""
    parentage = Parentage(*told)
    _, error = attempt(parentage.record_all)
    if error is not None:
        FAULTS.note("offspring", error)
    return parentage
