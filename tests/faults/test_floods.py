"""More than anybody reads: logs without end, a result of a gigabyte, results that lie, names that are none."""

import json
from pathlib import Path

from tests.e2e.driving import detach, hamtui, newest

FLOW = '''
import logging, sys
from hamilton import ad_hoc_utils, driver

class Liar:
    """Has no length, no shape and no text, and says that it has."""
    __class__ = property(lambda self: dict)
    def __len__(self): raise RuntimeError
    def __repr__(self): raise RuntimeError
    def __iter__(self):
        while True: yield "endless"
    shape = property(lambda self: 1 / 0)
    nbytes = -1

class Huge:
    def __len__(self): return sys.maxsize
    def __getitem__(self, at): return at
    def __repr__(self): return "x" * 50_000_000
    shape = (10 ** 100, -5)

def logs() -> int:
    log = logging.getLogger("flow")
    log.setLevel(logging.INFO)
    for number in range(30_000):
        log.info("record %d of many", number)
    return 1

def gigabyte(logs: int) -> bytes:
    return bytes(1 << 30)

def liar(logs: int) -> object:
    return Liar()

def huge(logs: int) -> object:
    return Huge()

def deep(logs: int) -> dict:
    found: dict = {}
    found["self"] = found
    inner = found
    for _ in range(5_000):
        inner["in"] = inner = {}
    return found

def wide(logs: int) -> dict:
    return {f"key {n}" * 50: [n] * 1000 for n in range(2_000)}

def last(gigabyte: bytes, liar: object, huge: object, deep: dict, wide: dict) -> str:
    return f"{len(gigabyte)} {type(liar).__name__} {type(huge).__name__} {len(deep)} {len(wide)}"
'''
NODES = {"logs", "gigabyte", "liar", "huge", "deep", "wide", "last"}


def test_the_run_is_unchanged_and_what_is_told_stays_small(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(FLOW)
    for profile in ("debug_hangs", "debug_payloads"):
        launched = detach("flow.py", "--target", "last", "--profile", profile, cwd=tmp_path).wait_end(120)
        said = launched.status()
        assert said["launch"]["state"] == "succeeded", (launched.dir / "output.log").read_text()[-2000:]
        assert {row["node"]: row["status"] for row in said["runs"][0]["nodes"]} == dict.fromkeys(
            NODES, "succeeded"
        )
        told = {line["node"]: len(json.dumps(line)) for line in launched.events("node_end")}
        assert max(told.values()) < 40_000, told
        assert not launched.events("recorder_fault")
        records = (launched.dir / "app.log.jsonl").read_bytes().count(b"of many")
        assert records == 30_000


ODD = ("new\nline", "nul\0", "esc\x1b[31m", 'quote"', "x" * 5_000)


def test_names_that_are_none(tmp_path: Path) -> None:
    """Nodes made by hand, with names that no function could have."""
    module = f"""
from hamilton.function_modifiers import parameterize, value

names = {ODD!r}

@parameterize(**{{name: {{"n": value(at)}} for at, name in enumerate(names)}})
def base(n: int) -> int:
    return n
"""
    program = """
import odd
from hamilton import driver

found = driver.Builder().with_modules(odd).build().execute(list(odd.names))
print(found == {name: at for at, name in enumerate(odd.names)})
"""
    (tmp_path / "odd.py").write_text(module)
    (tmp_path / "program.py").write_text(program)
    done = hamtui("exec", "program.py", "--plain", cwd=tmp_path)
    launched = newest(tmp_path)
    assert done.returncode == 0, (launched.dir / "output.log").read_text()
    assert (launched.dir / "output.log").read_text() == "True\n"
    rows = launched.status()["runs"][0]["nodes"]
    assert len(rows) == len(ODD) and {row["status"] for row in rows} == {"succeeded"}
    assert "\n" not in done.stdout.split("launch")[0] and "\x1b" not in done.stdout
