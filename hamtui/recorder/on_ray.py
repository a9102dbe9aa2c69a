"""Hamilton's RayTaskExecutor with a cluster that tells nothing to anybody and ends with the run."""

import os
from typing import Any

from hamilton.plugins import h_ray

from hamtui.recorder import carry
from hamtui.recorder.bound import Bound

#: Ray asks these before it is imported or as it starts.
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_USAGE_STATS_PROMPT_ENABLED": "0"}


class OnRay(Bound, h_ray.RayTaskExecutor):
    """Blocks as Ray tasks."""


def executor(address: str | None, tasks: int, most: int | None) -> Any:
    """Tasks on the cluster at ``address``, at most ``most`` at once, or on a local one with ``tasks`` CPUs."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    config: dict[str, Any] = {"runtime_env": {"worker_process_setup_hook": carry.arrival()}}
    if address is None:
        # Without it Ray would join whatever cluster runs on this machine.
        config |= {"address": "local", "include_dashboard": False}
        return OnRay(None, num_cpus=tasks, ray_init_config=config)
    return OnRay(most, ray_init_config={**config, "address": address})
