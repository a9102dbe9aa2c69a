"""The recorder's thread has room, whatever the user's threads are given."""

import threading

import pytest

from hamtui.recorder import sampler


@pytest.mark.parametrize("asked", [32 * 1024, 0, 2 * 1024 * 1024])
def test_a_small_stack_is_for_the_users_threads_alone(monkeypatch: pytest.MonkeyPatch, asked: int) -> None:
    seen: list[int] = []
    monkeypatch.setattr(sampler, "start_new_thread", lambda *_: seen.append(threading.stack_size()))
    before = threading.stack_size(asked)
    try:
        sampler._start(lambda: None)
        assert (seen, threading.stack_size()) == ([0], asked)
    finally:
        threading.stack_size(before)
