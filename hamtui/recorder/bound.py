"""A bound on the tasks that are handed to a cluster at once."""

from typing import Any


class Bound:
    """Before an executor of Hamilton's: no more than ``most`` tasks are with the cluster, None for as many as there are."""

    def __init__(self, most: int | None, **rest: Any) -> None:
        super().__init__(**rest)
        self._most = most
        self._futures: list[Any] = []

    def submit_task(self, task: Any) -> Any:
        """Hand the task over."""
        return self.counted(super().submit_task(task))  # type: ignore[misc]

    def counted(self, handed: Any) -> Any:
        """A task that is with the cluster now."""
        if self._most is not None:
            self._futures.append(handed.future)
        return handed

    def can_submit_task(self) -> bool:
        """Whether there is room for one more."""
        if self._most is None:
            return True
        self._futures = [future for future in self._futures if not future.done()]
        return len(self._futures) < self._most
