"""Signals to one process: the very one that is meant, or none."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hamtui.probe import procs
from hamtui.probe.procs import Known
from hamtui.supervise import single


@pytest.fixture
def sleeper() -> Iterator[Known]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    known = procs.known(process.pid)
    assert known is not None
    yield known
    process.kill()
    process.wait()


@pytest.mark.parametrize("handles", [True, False])
def test_a_stranger_with_its_number_gets_no_signal(
    sleeper: Known, handles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not handles:
        monkeypatch.delattr("os.pidfd_open", raising=False)
    stranger = Known(sleeper.pid, sleeper.start - 5)
    assert not single.send(stranger, signal.SIGKILL)
    assert list(single.end(stranger)) == []
    assert procs.known(sleeper.pid) == sleeper
    assert single.send(sleeper, signal.SIGTERM)


def test_what_is_not_stopped_is_not_continued(sleeper: Known) -> None:
    assert not single.resume(sleeper)
    assert not single.is_stopped(Known(sleeper.pid, sleeper.start - 5))


def test_what_is_gone_gets_nothing(sleeper: Known) -> None:
    assert list(single.end(sleeper)) == [signal.SIGTERM]
    assert not single.send(sleeper, signal.SIGTERM)


@pytest.mark.parametrize("handles", [True, False])
def test_a_stranger_s_group_gets_no_signal(handles: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not handles:
        monkeypatch.delattr("os.pidfd_open", raising=False)
    code = "import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as process:
        leader = procs.known(process.pid)
        assert leader is not None
        with single.group_of(Known(leader.pid, leader.start - 5)) as group:
            assert not group(signal.SIGKILL)
        assert process.poll() is None
        with single.group_of(leader) as group:
            assert group(signal.SIGTERM)
    assert process.returncode == -signal.SIGTERM
