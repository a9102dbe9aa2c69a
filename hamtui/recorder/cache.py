"""STUB, final signature: Hamilton's cache, told in the launch folder."""

from collections.abc import Collection
from typing import Any

from hamtui.recorder.adapter import Recorder


def make_cache(path: str, recorder: Recorder, recompute: Collection[str] = ()) -> Any:
    """The cache adapter for ``Driver.Builder().with_adapters(recorder, cache)``."""
    raise NotImplementedError
