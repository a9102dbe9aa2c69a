"""The tracker against the real Hamilton UI, and `hamtui run` against servers that misbehave."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.driving import HAMTUI, Json, Launched, detach, hamtui, json_lines, launches, until
from tests.supervise.collector import collecting
from tests.supervise.odd_servers import OddUi, serving

USER = "me@x.y"
FLOW = """
import time
from hamilton.htypes import Collect, Parallelizable

def seconds(longest: float) -> Parallelizable[float]:
    yield from (longest, 0.0, 0.1)

def slept(seconds: float) -> float:
    time.sleep(seconds)
    return seconds

def total(slept: Collect[float]) -> float:
    return sum(slept)

def fails(longest: float) -> float:
    raise ValueError("no way")

def naps(longest: float) -> float:
    time.sleep(600)
    return longest

def printed(longest: float) -> float:
    print(f"the result is {longest * 3}")
    return longest * 3
"""
#: What is wrong with the server, and what the one warning says of it.
ODD: dict[str, str] = {
    "down": "does not answer: Connection refused",
    "silent": "has not answered for 2 s",
    "slow": "has not answered for 2 s",
    "500": "answers 500",
    "dies midway": "broke off",
}


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class RealUi:
    """The Hamilton UI on SQLite, with one project."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [str(Path(sys.executable).with_name("hamilton")), "ui", "--port", str(self.port)]
        with (folder / "ui.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--base-dir", str(folder), "--no-open"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.project = 0

    def up(self) -> "RealUi":
        """Once it answers, with its project made."""
        if self.project:
            return self
        until("the Hamilton UI", self._is_up, every=0.2)
        visibility: Json = {"user_ids_visible": [], "team_ids_visible": [], "team_ids_writable": []}
        about = {"name": "p", "description": "d", "tags": {}}
        self.project = self.ask(
            "projects", {**about, "visibility": {**visibility, "user_ids_writable": [USER]}}
        )["id"]
        return self

    def _is_up(self) -> bool:
        assert self.process.poll() is None
        try:
            self.ask("phone_home")
        except OSError:
            return False
        return True

    def ask(self, path: str, body: Any = None) -> Any:
        headers = {"x-api-user": USER, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.url}/api/v1/{path}", data, headers)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.loads(answer.read())

    def run_of(self, run_id: str) -> Json:
        """A run that is over there, with its nodes by name."""

        def ended() -> Json | None:
            runs = self.ask(f"dag_runs/latest/?project_id={self.project}")
            own = [run for run in runs if run["tags"].get("hamtui_run") == run_id]
            assert len(own) <= 1
            return own[0] if own and own[0]["run_status"] != "RUNNING" else None

        number = until("the run's end in the UI", ended)["id"]
        (whole,) = self.ask(f"dag_runs/{number}?attr=error&attr=dict")
        assert len({node["node_name"] for node in whole["node_runs"]}) == len(whole["node_runs"])
        return {**whole, "nodes": {node["node_name"]: node for node in whole["node_runs"]}}


@pytest.fixture(scope="module", autouse=True)
def ui_begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealUi]:
    """The UI on its way up while the tests before those that need it run."""
    real = RealUi(tmp_path_factory.mktemp("ui"))
    yield real
    os.killpg(real.process.pid, signal.SIGKILL)
    real.process.wait()


@pytest.fixture
def ui(ui_begun: RealUi) -> RealUi:
    return ui_begun.up()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HAMILTON_AUTOLOAD_EXTENSIONS", "0")
    (tmp_path / "flow.py").write_text(FLOW, "utf-8")
    return tmp_path


def words(target: str, url: str, project: int = 1, *more: str) -> list[str]:
    tracked = ["--track", str(project), "--username", USER, "--api-url", url, "--ui-url", url]
    return ["flow.py", "--target", target, "--input", "longest=0.7", *tracked, *more]


def run_id(launch: Launched) -> str:
    found: str = launch.events("graph_start")[0]["run_id"]
    return found


def took(node: Json) -> float:
    began, ended = (
        datetime.fromisoformat(node[key].replace("Z", "+00:00")) for key in ("start_time", "end_time")
    )
    return (ended - began).total_seconds()


def commit(folder: Path) -> str:
    def git(*words: str) -> str:
        named = ["git", "-c", "user.name=x", "-c", "user.email=x@y"]
        return subprocess.run([*named, *words], cwd=folder, check=True, capture_output=True, text=True).stdout

    git("init", "-q", "-b", "trunk")
    git("add", "flow.py")
    git("commit", "-qm", "first")
    return git("rev-parse", "HEAD").strip()


def behave(server: OddUi, how: str) -> Callable[[str, str, int], Any]:
    if how == "dies midway":
        return lambda method, path, nth: "drop" if server.runs else None
    if how == "slow":
        # Longer than anybody waits without a word, shorter than what is given up.
        return lambda method, path, nth: server.over.wait(2.5) and None
    return {"silent": lambda *_: "silent", "500": lambda *_: 500, "down": lambda *_: None}[how]


def removed(folder: Path) -> bool:
    """Whether the folder is gone: somebody may be writing a file of it while it goes."""
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def warned(folder: Path) -> list[str]:
    """The tracker's warnings in the launch folder."""
    events = [event for path in folder.glob("hamilton_flight*.jsonl") for event in json_lines(path)]
    said = [
        str(event.get("message"))
        for event in events
        if event["event"] == "notice" and event["level"] == "warning"
    ]
    return [message for message in said if message.startswith("tracker:")]


def test_a_bad_server_costs_no_result_and_one_warning_and_a_key_stands_nowhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All at once: each has a folder and a server of its own."""
    monkeypatch.setenv("DAGWORKS_API_KEY", "k-3-y")
    begun = {}
    for how in ODD:
        place = folder / how.replace(" ", "-")
        place.mkdir()
        (place / "flow.py").write_text(FLOW, "utf-8")
        server = serving(OddUi())
        own = server.__enter__()
        own.odd = behave(own, how)
        url = own.url if how != "down" else f"http://127.0.0.1:{free_port()}"
        more = ["--tracker", "dagworks", "--plain", "--trace", "otlp", "--otlp-endpoint", url]
        process = subprocess.Popen(
            # The same server for hamtui's own spans: it is no better a collector.
            [*HAMTUI, "run", *words("printed", url, 1, *more)],
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        begun[how] = process, place, server, own
    found = {}
    for how, (process, place, server, own) in begun.items():
        said, _ = process.communicate(timeout=90)
        keys = {headers.get("x-api-key") for headers in own.headers}
        assert keys <= {"k-3-y", None} and said.count("note   otlp:") <= 1
        (launch,) = launches(place)
        until(f"{how}: the warning", partial(warned, launch.dir), 60)
        server.__exit__(None, None, None)
        output = (launch.dir / "output.log").read_text("utf-8")
        found[how] = (
            process.returncode,
            output,
            [line for line in said.splitlines() if "hamtui track" in line],
            warned(launch.dir),
        )
        until(
            f"{how}: no folder", partial(removed, place), 60
        )  # its sender, which would go on for a minute, ends with it
    for how, sentence in ODD.items():
        code, output, lines, warnings = found[how]
        assert (code, output) == (0, "the result is 2.0999999999999996\n"), how
        # In plain mode one line, whichever of the two there is time for; in the launch one warning.
        assert len(lines) <= 1 and len(warnings) == 1 and sentence in warnings[0], (how, lines, warnings)


PROGRAM = """
import asyncio, sys
import hamtui, flow
from hamilton import async_driver

async def main():
    wanted = hamtui.Diagnostics(
        track=sys.argv[3], username="me@x.y", api_url=sys.argv[1], trace=("otlp",), otlp_endpoint=sys.argv[2]
    )
    builder = hamtui.instrument(async_driver.Builder().with_modules(flow), wanted)
    built = await hamtui.instrument(builder, wanted).build()
    print(await built.execute(["printed"], inputs={"longest": 1.0}))

asyncio.run(main())
"""


def test_a_program_of_its_own_with_an_async_driver_tells_the_real_ui_and_a_collector(
    ui: RealUi, folder: Path
) -> None:
    (folder / "program.py").write_text(PROGRAM, "utf-8")
    with collecting() as collector:
        done = subprocess.run(
            [sys.executable, "program.py", ui.url, collector.url, str(ui.project)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0 and "{'printed': 3.0}" in done.stdout, done.stderr
        until("the span's end", lambda: collector.of("printed", "succeeded"))
        (launch,) = launches(folder)
        run = ui.run_of(run_id(launch))
        until("the sender", lambda: json.loads((launch.dir / "tracker.json").read_bytes())["state"] == "done")
    assert run["run_status"] == "SUCCESS"
    assert {name: node["status"] for name, node in run["nodes"].items()} == {"printed": "SUCCESS"}


def test_the_real_ui_is_told_of_runs_blocks_failures_and_deaths_and_what_it_missed(
    ui: RealUi, folder: Path
) -> None:
    head, later = commit(folder), free_port()
    misses = detach(*words("printed", f"http://127.0.0.1:{later}", ui.project), cwd=folder)
    options = ["--executor", "processes", "--max-tasks", "3", "--tag", "team=shop"]
    well = detach(*words("total", ui.url, ui.project, *options), cwd=folder)
    fails = detach(*words("fails", ui.url, ui.project), cwd=folder)
    dies = detach(*words("naps", ui.url, ui.project), cwd=folder)
    until("the nap", lambda: dies.started("naps"))
    os.kill(dies.info["pid"], signal.SIGKILL)
    for launch in (well, fails, dies, misses):
        launch.wait_end()

    run = ui.run_of(run_id(well))
    assert run["run_status"] == "SUCCESS" and run["outputs"] == ["total"]
    tags = {"commit": head, "branch": "trunk", "dirty": "false", "host": socket.gethostname(), "team": "shop"}
    assert run["tags"] == {**tags, "hamtui_run": run_id(well)}
    blocks = [run["nodes"][f"expand-seconds.{block}.block-seconds-slept"] for block in range(3)]
    assert took(blocks[0]) >= 0.7 and took(blocks[2]) >= 0.1 and took(blocks[1]) < 0.7
    assert {node["status"] for node in run["nodes"].values()} == {"SUCCESS"}
    template = ui.ask(f"dag_templates/{run['dag_template']}")[0]
    assert template["name"] == "flow" and template["code_version_info"]["git_hash"] == head

    run = ui.run_of(run_id(fails))
    assert run["run_status"] == run["nodes"]["fails-fails"]["status"] == "FAILURE"
    assert "no way" in str(run["nodes"]["fails-fails"]["attributes"])

    run = ui.run_of(run_id(dies))
    assert run["run_status"] == run["nodes"]["naps-naps"]["status"] == "FAILURE"

    assert hamtui("track", misses.dir, "--look", cwd=folder).returncode == 1
    with forwarded(later, ui.port):
        run = ui.run_of(run_id(misses))
        assert run["run_status"] == run["nodes"]["printed-printed"]["status"] == "SUCCESS"
        until(
            "the last word", lambda: json.loads((misses.dir / "tracker.json").read_bytes())["state"] == "done"
        )
        told = hamtui("track", misses.dir, cwd=folder)
    assert told.returncode == 0 and "5 calls told" in told.stdout, told.stdout + told.stderr


class forwarded:  # noqa: N801 - a context manager
    """Connections to ``port`` go to ``target``, both on this machine."""

    def __init__(self, port: int, target: int) -> None:
        self._server = socket.create_server(("127.0.0.1", port))
        self._target = target
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    finally:
        one.close()
