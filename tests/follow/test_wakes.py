"""Folders that no notification comes from."""

import os
from pathlib import Path

from hamtui.contract import layout
from tests.follow.watching import Watching, ref_of


def test_a_folder_whose_name_is_no_utf8_is_polled(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    flight = folder / layout.FLIGHT
    with Watching(ref_of(folder)) as seen, open(flight, "ab", buffering=0) as writer:
        for name in ("a", "b", "c"):
            writer.write(b'{"event":"node_start","run_id":"r","node":"%s","ts":1}\n' % name.encode())
            seen.until(lambda last=name: last in seen.nodes)  # type: ignore[misc]
    assert seen.nodes == ["a", "b", "c"]
    assert not seen.notified
