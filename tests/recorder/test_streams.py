"""Streams whose disk may be full are in all else as any other file's."""

import errno
import os
from pathlib import Path

import pytest

from hamtui.recorder import streams
from hamtui.recorder.streams import Patient


def test_what_would_block_is_said_to(tmp_path: Path) -> None:
    """Counted as nothing written, a buffer above would try for ever."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with Patient(writer, "wb") as raw:
        while raw.write(bytes(4096)):
            pass
        assert raw.write(b"x") is None
    os.close(reader)


def test_what_has_no_room_is_counted_and_what_is_broken_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Patient, "lost", 0
    )  # and as it was afterwards: recorders of other tests would tell of it
    with Patient(os.open("/dev/full", os.O_WRONLY), "wb") as raw:
        assert raw.write(b"four") == 4 and streams.lost() == 4
    reader, writer = os.pipe()
    os.close(reader)
    with Patient(writer, "wb") as raw, pytest.raises(OSError) as broken:
        raw.write(b"x")
    assert broken.value.errno == errno.EPIPE
