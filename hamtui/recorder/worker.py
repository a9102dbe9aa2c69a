"""A worker process' own beginnings: its crash file and its sampler, at the first event that it writes."""

import os

from hamtui.contract import layout
from hamtui.recorder import crash, reach, sampler
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.here import HERE
from hamtui.recorder.relay import Relay


def begin(recorder: Recorder) -> None:
    """Called by the recorder, once in each worker process. Raises OSError where the folder can't be written."""
    name = layout.worker_name(layout.CRASH, HERE.host, HERE.pid)
    folder = reach.folder(recorder.launch_dir)
    crash.catch_crashes(os.path.join(folder, name))
    if HERE.host == recorder.main_host:
        crash.allow_reading(crash.supervisor_of(recorder.launch_dir))
    sampler.begin(
        sampler.Settings(
            launch_dir=recorder.launch_dir,
            main_pid=recorder.main_pid,
            main_host=recorder.main_host,
            wanted=recorder.wanted,
            cwd=os.getcwd(),
            relay=Relay(recorder.door, folder)
            if recorder.door and reach.is_cut_off(recorder.launch_dir)
            else None,
        )
    )
    sampler.be_last_after_forks()
