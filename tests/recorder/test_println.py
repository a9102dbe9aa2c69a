"""Hamilton's PrintLn in the log: every span by itself, aimed, and never a reason for a run to fail."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recorder.composing import BLOCKS, SOURCE, Composed, Said, loggers_as_they_were


@pytest.fixture
def said() -> Iterator[Said]:
    handler, undo, logger = Said(), loggers_as_they_were(), logging.getLogger("hamtui.println")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    undo()


def printed(said: Said) -> list[str]:
    return said.taken()["hamtui.println"]


def test_each_block_is_said_by_itself(tmp_path: Path, said: Said) -> None:
    composed = Composed(
        tmp_path, SOURCE + BLOCKS, println=1, node_filter=("more", "last"), executor="threads"
    )
    composed.run("last", fails=False)
    told = printed(said)
    assert not composed.launch.flight("recorder_fault")
    for number in range(3):
        name = f"expand-item.{number}.block-item:more"
        assert f"Executing node: {name}." in told
        assert sum(line.startswith(f"Finished debugging node: {name} in ") for line in told) == 1
    assert len(told) == 8
    assert all("Success" in line for line in told if line.startswith("Finished"))


def test_inputs_and_results_where_they_are_asked_for(tmp_path: Path, said: Said) -> None:
    source = """
        class Odd:
            def __repr__(self):
                raise RuntimeError("no repr")
        def big() -> list:
            return list(range(100_000))
        def odd(big: list) -> object:
            return Odd()
        def after(odd: object, big: list) -> int:
            return 7
    """
    composed = Composed(tmp_path, source, println=2)
    assert composed.run("after") == {"after": 7}
    told = "\n".join(printed(said))
    assert "{'big': [0, 1, 2," in told and "'odd': <Odd>" in told and "Result: \n7\n" in told
    assert len(told) < 4_000
    assert not composed.launch.flight("recorder_fault")


def test_secrets_are_kept_back(tmp_path: Path, said: Said) -> None:
    source = """
        import dataclasses
        import pandas as pd
        @dataclasses.dataclass
        class Creds:
            pin: str
            user: str
        class Own:
            def __repr__(self):
                return "x" * 600 + " postgres://me:" + "hid" + "den@db/x" + "y" * 3000
        def api_key() -> str:
            return "hid" + "den"
        def settings(api_key: str) -> dict:
            return {"user": "me", "password": api_key, "deep": [{"token": api_key}], "n": 1}
        def creds(api_key: str) -> Creds:
            return Creds(api_key, "me")
        def frame(api_key: str) -> pd.DataFrame:
            return pd.DataFrame({"user": ["me"], "secret": [api_key]})
        def url(settings: dict, creds: Creds, frame: pd.DataFrame) -> list:
            return [f"postgres://me:{creds.pin}@db/x", Own(), "x" * 480 + " password=" + creds.pin + "y" * 3000]
        def after(url: list) -> int:
            return 7
    """
    assert Composed(tmp_path, source, println=2).run("after") == {"after": 7}
    told = "\n".join(printed(said))
    assert "hidden" not in told and told.count("[redacted]") >= 9
    assert "'user': 'me'" in told and '"me"' in told and "'n': 1" in told


def test_failed_and_skipped_are_said_to_be(tmp_path: Path, said: Said) -> None:
    Composed(tmp_path, SOURCE, println=2, keep_going=True).run("below", fails=True)
    told = printed(said)
    assert any("Status: Failure." in line and "Error: \nValueError: no good" in line for line in told)
    assert told[-1] == "Skipped node: below, because bad failed: ValueError: no good."
    assert not any(line.startswith("Executing node: below") for line in told)


def test_nobody_else_s_handlers_print_it(
    tmp_path: Path, said: Said, caplog: pytest.LogCaptureFixture
) -> None:
    Composed(tmp_path, SOURCE, println=1).run("aside")
    assert printed(said)
    assert not [record for record in caplog.records if record.name == "hamtui.println"]
