"""What must stand in a launch's process before the first line of the user's runs."""

import os

from hamtui.contract import layout
from hamtui.contract.spec import RunSpec
from hamtui.recorder import crash, sampler
from hamtui.recorder.here import HERE


def get_ready(spec: RunSpec) -> None:
    """Catch crashes, let the supervisor read our stacks, start the sampler. Raises OSError for a folder that can't be written."""
    crash.catch_crashes(os.path.join(spec.launch_dir, layout.CRASH))
    crash.allow_reading(spec.supervisor_pid)
    sampler.begin(
        sampler.Settings(
            launch_dir=spec.launch_dir,
            main_pid=HERE.pid,
            main_host=HERE.host,
            wanted=spec.diagnostics,
            cwd=spec.cwd,
        )
    )
