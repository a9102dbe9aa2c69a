"""How much one sample may cost; what is left over then is left out."""

import time

#: CPU seconds of a sample, and how long it may take by the clock on a machine that is busy.
CPU_S = 0.02
WALL_S = 0.15


class Budget:
    """Begins when it is made."""

    def __init__(self, cpu_s: float = CPU_S, wall_s: float = WALL_S) -> None:
        self._cpu_until = time.thread_time() + cpu_s
        self._wall_until = time.monotonic() + wall_s

    def spent(self) -> bool:
        """Whether nothing more may be begun."""
        return time.thread_time() >= self._cpu_until or time.monotonic() >= self._wall_until
