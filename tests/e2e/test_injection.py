"""Nothing that stands in a launch folder reaches the terminal as anything but text: checked on a pty's bytes."""

import json
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.driving import HAMTUI, Launched, detach, hamtui, until
from tests.e2e.terminal import Opener, Terminal

#: A run with something in every file: tasks, a failure, logs, payloads, a cache, a dump, a hung node, an end by stop.
FLOW = '''
import logging, threading
import pyarrow as pa
from hamilton.function_modifiers import tag
from hamilton.htypes import Collect, Parallelizable

@tag(layer="gold", owner="me")
def table() -> pa.Table:
    """Doc of the table."""
    print("printed")
    logging.getLogger("flow").warning("logged")
    return pa.table({"column": ["one", "two"]})

def broken(table: pa.Table) -> int:
    raise ValueError("broken message")

def after(broken: int) -> int:
    return broken

def item(table: pa.Table) -> Parallelizable[int]:
    yield from range(3)

def piece(item: int) -> dict[str, int]:
    return {"key": item}

def hung(piece: Collect[dict]) -> int:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
    return 0
'''

#: What a terminal would act on, each with a mark of ours, so that the dashboard's own sequences are told apart.
HOSTILE = (
    "\x1b[7777mZq",
    "\x9b7777mZq",
    "\x1b]0;Zq\x07",
    "\x1b]52;c;WnE=\x07",
    "\x1b]8;;http://Zq\x1b\\",
    "\x1bPZq\x1b\\",
    "\x1b_Zq\x1b\\",
    "\x1bcZq",
    "\x9dZq\x9c",
    "\rZq",
    "\x08\x08Zq",
    "\x07Zq",
    "\x00Zq",
    "\x0eZq",
    "\x7fZq",
    "\u202eZq\u202c",
    "\u2066Zq\u2069",
    "\u200bZq\u200e",
    "\u2028Zq",
    "\ufeffZq",
    "\U000e0041Zq",
    "[bold red]Zq[/]",
    "[@click=app.quit]Zq[/]",
    "\\[Zq",
    "\nZq",
)
#: Any of these in what the terminal was sent is one of ours that got through. Textual's own end of line is CR LF.
GOT_THROUGH = re.compile(
    "\x1b\\[7777|\x1b\\]0;Zq|\x1b\\]52;c;WnE=|http://Zq\x1b|\x1b[P_c]Zq|[\x80-\x9f]|[\r\x08\x07\x00\x0e\x7f]+Zq"
    "|[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u2028\u2029\ufeff\U000e0000-\U000e007f]"
)
#: The keys that open a thing over the dashboard, and what is read there alone.
OVER_THE_SCREEN = (
    ("/Zq\r", "with 'Zq'"),
    ("\x10Zq", "No matches found"),
    ("l", "Launches:"),
    ("?", "What the glyphs mean"),
    ("a", "Run it again"),
)
#: These decide what a record is; another value would make it one of an unknown kind, which is passed over.
KINDS = {
    "event",
    "kind",
    "ask",
    "event_type",
    "outcome",
    "boot_id",
    "graph",
    "hash",
    "schema",
    "state",
    "role",
}


def hostile(value: str, salt: str) -> str:
    """The same for the same text wherever it stands, so that nodes are still found."""
    return value + random.Random(salt + value).choice(HOSTILE) + "Zq"


def poisoned(value: Any, salt: str, key: str = "") -> Any:
    if isinstance(value, str):
        return value if key in KINDS else hostile(value, salt)
    if isinstance(value, list):
        return [poisoned(one, salt, key) for one in value]
    if isinstance(value, dict):
        users = key in {"inputs", "tags", "kwargs_summary", "inputs_summary", "results_summary", "schema_of"}
        return {
            (hostile(name, salt) if users else name): poisoned(one, salt, name) for name, one in value.items()
        }
    return value


def poison(folder: Path, salt: str) -> None:
    """Put something hostile into each text of each record of a launch."""
    for path in folder.iterdir():
        if path.suffix == ".jsonl":
            lines = [json.dumps(poisoned(json.loads(line), salt)) for line in path.read_bytes().splitlines()]
            path.write_text("\n".join(lines) + "\n")
        elif path.suffix == ".json":
            path.write_text(json.dumps(poisoned(json.loads(path.read_bytes()), salt)))
        elif path.suffix == ".log":
            with path.open("ab") as file:
                for one in HOSTILE:
                    file.write(one.encode("utf-8", "surrogateescape") + b"\n")
                file.write(b"\x9b7777m \x9d0;Zq\x9c \xff\xfe\n")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The launch folder of a run that was stopped in a hung node."""
    cwd = tmp_path_factory.mktemp("recorded")
    (cwd / "flow.py").write_text(FLOW)
    launched: Launched = detach(
        "flow.py",
        *("--target", "after", "--target", "hung", "--keep-going", "--cache", "--hang-after", "1"),
        *("--profile", "debug_payloads", "--println", "2", "--type-check", "warn"),
        cwd=cwd,
    )

    def judged() -> bool:
        rows = [row for run in launched.status()["runs"] for row in run["nodes"]]
        return any(row["suspect"] and row["suspect"]["stack"] for row in rows)

    until("the hung node's verdict", judged)
    assert hamtui("dump", launched.dir, cwd=cwd).returncode == 0
    assert hamtui("stop", launched.dir, cwd=cwd).returncode == 0
    return launched.dir


@pytest.fixture(params=["one", *(pytest.param(salt, marks=pytest.mark.slow) for salt in ("two", "three"))])
def launch(request: pytest.FixtureRequest, recorded: Path, tmp_path: Path) -> Path:
    """A launch whose folder's name is hostile too."""
    made = tmp_path / "_hamilton_diag" / ("20260101T000000Z-1" + HOSTILE[0])
    shutil.copytree(recorded, made)
    poison(made, request.param)
    return made


def shown(terminal: Terminal) -> Iterator[str]:
    """The dashboard's screens: every pane of every node, and what opens over them."""
    terminal.until("the tree", lambda text: "Nodes" in text and "flow" in text)
    for key in "123456":
        terminal.press(key)
        terminal.pump(0.3)
        yield terminal.text()
        for _ in range(9):
            terminal.press("j")
            terminal.pump(0.08)
        yield terminal.text()
        for _ in range(9):
            terminal.press("k")
        terminal.pump(0.2)
    for key in "tmmrox":
        terminal.press(key)
        terminal.pump(0.3)
        yield terminal.text()
    for keys, word in OVER_THE_SCREEN:
        yield terminal.look_into(keys, word)


def test_the_dashboard_sends_the_terminal_no_sequence_of_theirs(launch: Path, open_terminal: Opener) -> None:
    terminal = open_terminal(
        [*HAMTUI, "attach", launch.parent], cwd=launch.parent.parent, rows=50, columns=160
    )
    screens = "\n".join(shown(terminal))
    assert b"\x1b]52" not in terminal.raw  # the clipboard is written by the user's own key alone
    terminal.press("1y")
    terminal.until("the copy", lambda _: b"\x1b]52;c;" in terminal.raw)
    terminal.press("q")
    code, left = terminal.leave()
    assert code == 0, left
    sent = terminal.raw.decode("utf-8", "replace")
    found = GOT_THROUGH.search(sent)
    assert found is None, sent[max(0, found.start() - 200) : found.end() + 80]
    assert "Traceback" not in sent
    # Not vacuous: they were on the screen, spelled out, markup as it stands.
    assert screens.count("Zq") > 200
    assert "[bold red]Zq[/]" in screens and "\\x1b" in screens.replace("␛", "\\x1b")


COMMANDS = [
    "status",
    "dump",
    "stop",
    "track",
    "prune --keep 0 --dry-run",
    "attach",
    "status --launch \x1b[7777mZq\u202e",
]
#: What no line of ours holds where nobody looks at a terminal.
NOT_PLAIN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2028\u2029\ufeff]"
)


def test_nor_does_any_command(launch: Path) -> None:
    cwd = launch.parent.parent
    for command in COMMANDS:
        done = hamtui(*command.split(" "), cwd=cwd)
        told = done.stdout + done.stderr
        found = NOT_PLAIN.search(told)
        assert found is None, (command, told[max(0, found.start() - 200) : found.end() + 40])
        assert "Traceback" not in told, command
        assert told.strip(), command
    picture = json.loads(hamtui("status", "--json", cwd=cwd).stdout)
    assert len(picture["runs"][0]["nodes"]) >= 8


def test_what_can_t_be_done_is_said_in_plain_text(tmp_path: Path) -> None:
    bad = "\x1b[7777mZq\u202e\x9b1m"
    (tmp_path / f"{bad}.py").write_text("raise ValueError('\\x1b[7777mZq')\ndef a() -> int: return 1")
    (tmp_path / "pyproject.toml").write_text("")
    ways: list[list[str]] = [
        ["status", bad],
        ["attach", bad],
        ["run", bad, "--target", "x"],
        ["run", f"{bad}.py", "--target", bad, "--plain"],
        ["run", f"{bad}.py", "--target", "a", "--config", bad],
        ["run", f"{bad}.py", "--target", "a", "--input", f"@{bad}.json"],
        ["run", f"{bad}.py", "--target", "a", "--profile", bad],
        ["run", f"{bad}.py", "--target", "a", "--python", bad],
        ["graph", f"{bad}.py"],
        ["exec", f"{bad}.py", "--plain"],
        ["profiles", bad],
        [bad],
        ["run", f"--{bad}"],
    ]
    for way in ways:
        done = hamtui(*way, cwd=tmp_path)
        told = done.stdout + done.stderr
        found = re.search("\x1b|\u202e|\x9b", told)
        assert found is None, (way, told[max(0, found.start() - 200) : found.end() + 40])
        assert done.returncode and told.strip(), way
