"""The sender against servers that misbehave: every call is told once, in order, or kept; one warning is said."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hamtui.contract import tracking
from hamtui.contract.tracking import Destination
from hamtui.supervise import progress, track, uploads, vcs
from hamtui.supervise.progress import Progress
from hamtui.supervise.track import Sender
from hamtui.supervise.web import Patience
from tests.supervise.odd_servers import OddUi, serving

QUICK = Patience(slow_s=0.1, most_s=0.3)
RUN = "aaaa-bbbb"
PATHS = {
    "GET /api/v1/phone_home",
    "GET /api/v1/projects/3",
    "GET /api/v1/dag_templates/exists/",
    "POST /api/v1/dag_templates",
    "POST /api/v1/dag_runs",
    "PUT /api/v1/dag_runs_bulk",
    "PUT /api/v1/dag_runs/1/",
}


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "pause", lambda tries, most_s: 0.05)
    monkeypatch.setattr(track, "EVERY_S", 0.02)


def told(status: str, node: str = "a") -> dict[str, Any]:
    ends = {"end_time": "2026-01-01T00:00:03+00:00"} if status != "RUNNING" else {}
    update = {"node_template_name": node, "node_name": node, "status": status, **ends}
    attribute = {"node_name": node, "name": "result_summary", "type": "dict", "value": {}}
    return {
        "kind": "tasks",
        "run_id": RUN,
        "attributes": [attribute] if ends else [],
        "task_updates": [update],
    }


TEMPLATE: dict[str, Any] = {
    "name": "flow",
    "dag_hash": "d",
    "code_hash": "c",
    "code_artifacts": [{"path": "flow.py", "start": 4, "url": "?"}],
}
BEGUN: list[dict[str, Any]] = [
    {"kind": "template", "template": "t", "body": TEMPLATE},
    {"kind": "run", "run_id": RUN, "template": "t", "body": {"run_status": "RUNNING", "inputs": {}}},
]
END = {"kind": "end", "run_id": RUN, "body": {"run_status": "SUCCESS", "run_end_time": "2026-01-01T00:00:04"}}
WHOLE = [*BEGUN, told("RUNNING"), told("SUCCESS"), END]


def spooled(
    folder: Path, calls: list[dict[str, Any]], name: str = "tracker.jsonl", over: bool = True
) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(json.dumps(call) + "\n" for call in calls), "ascii")
    if over:
        (folder / "exit.json").write_text('{"exit_code": 0, "ended_at": 1800000000.0}', "ascii")
    return folder


def sender(folder: Path, url: str) -> Sender:
    where = Destination(3, "me@x.y", "hamilton", url, "http://ui", {"team": "x"})
    return Sender(folder, where, track.begin(folder, str(folder), where), QUICK)


def follow(folder: Path, url: str) -> Progress:
    sender(folder, url).follow()
    found = progress.read(folder)
    assert found is not None
    return found


def warnings(folder: Path) -> list[str]:
    events = [
        json.loads(line)
        for path in folder.glob("hamilton_flight.*.jsonl")
        for line in path.read_text().splitlines()
    ]
    return [event["message"] for event in events if event["level"] == "warning"]


def all_is_told(ui: OddUi) -> None:
    (run,) = ui.runs.values()
    assert run["run_status"] == "SUCCESS" and run["tags"]["team"] == "x" and run["tags"]["hamtui_run"] == RUN
    assert run["nodes"]["a"]["status"] == "SUCCESS"


def test_a_server_that_is_well_is_told_everything_once(tmp_path: Path) -> None:
    with serving(OddUi()) as ui:
        found = follow(spooled(tmp_path, WHOLE), ui.url)
    all_is_told(ui)
    assert set(ui.paths()) == PATHS and len(ui.calls) == len(PATHS)
    assert ui.headers[-1]["x-api-user"] == "me@x.y"
    assert found.state == tracking.DONE and found.told == len(WHOLE) and progress.left(tmp_path, found) == 0
    assert found.url == "http://ui/dashboard/project/3/runs/1" and warnings(tmp_path) == []


@pytest.mark.parametrize("path", sorted(PATHS))
@pytest.mark.parametrize("how", [500, "drop", "silent", "unheard"])
def test_a_server_that_fails_once_is_told_later(path: str, how: Any, tmp_path: Path) -> None:
    ui = OddUi()
    ui.odd = lambda method, where, nth: how if f"{method} {where}" == path and nth == 0 else None
    with serving(ui):
        found = follow(spooled(tmp_path, WHOLE), ui.url)
    assert found.state == tracking.DONE and progress.left(tmp_path, found) == 0
    all_is_told(ui)  # the run is there once, though its answer may not have been heard
    assert len(warnings(tmp_path)) == 1
    assert ui.url in warnings(tmp_path)[0] and "hamtui track" in warnings(tmp_path)[0]


@pytest.mark.parametrize("how", [500, "drop", "silent", None])
def test_a_server_that_never_comes_back_costs_one_warning_and_keeps_the_calls(
    how: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(track, "AFTER_S", 0.3)
    ui = OddUi()
    ui.odd = lambda method, where, nth: how if how is not None and "dag_runs" in where else None
    with serving(ui):
        address = ui.url
        if how is not None:
            found = follow(spooled(tmp_path, WHOLE), address)
    if how is None:  # nobody there
        found = follow(spooled(tmp_path, WHOLE), address)
    assert found.state == tracking.KEPT and progress.left(tmp_path, found) >= len(WHOLE) - 1
    (said,) = warnings(tmp_path)
    expected = {
        500: "answers 500",
        "drop": "broke off",
        "silent": "has not answered",
        None: "does not answer",
    }
    assert expected[how] in said


def test_what_was_kept_is_sent_by_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(track, "AFTER_S", 0.0)
    ui = OddUi()
    ui.odd = lambda method, where, nth: 500 if method == "PUT" else None
    with serving(ui):
        follow(spooled(tmp_path, WHOLE), ui.url)
        ui.odd = lambda method, where, nth: None
        found = track.resend(tmp_path)
        again = len(ui.calls)
        track.resend(tmp_path)
    all_is_told(ui)
    assert found.state == tracking.DONE and progress.left(tmp_path, found) == 0
    assert ui.paths()[again:] == ["GET /api/v1/phone_home", "GET /api/v1/projects/3"]  # nothing twice


def test_two_senders_do_not_send_at_once(tmp_path: Path) -> None:
    with serving(OddUi()) as ui:
        sender(spooled(tmp_path, WHOLE), ui.url)
        with track.alone(tmp_path), pytest.raises(track.BusyError):
            track.resend(tmp_path)
    assert ui.calls == []


def test_an_unknown_project_is_said_and_not_tried_again(tmp_path: Path) -> None:
    ui = OddUi()
    ui.odd = lambda method, where, nth: 404 if "projects" in where else None
    with serving(ui):
        found = follow(spooled(tmp_path, WHOLE, over=False), ui.url)
    assert found.state == tracking.KEPT and len(ui.calls) == 2
    assert "refuses GET /api/v1/projects/3: 404" in warnings(tmp_path)[0]


def test_a_call_that_the_server_does_not_take_holds_up_no_other(tmp_path: Path) -> None:
    ui = OddUi()
    ui.odd = lambda method, where, nth: 422 if "bulk" in where and nth == 0 else None
    with serving(ui):
        found = follow(spooled(tmp_path, [*BEGUN, told("RUNNING"), END]), ui.url)
    assert (found.state, found.refused) == (tracking.DONE, 1)
    assert ui.runs[1]["run_status"] == "SUCCESS"


def test_a_launch_that_died_leaves_nothing_running(tmp_path: Path) -> None:
    with serving(OddUi()) as ui:
        follow(spooled(tmp_path, [*BEGUN, told("RUNNING"), told("SUCCESS", "b")]), ui.url)
    assert {name: node["status"] for name, node in ui.runs[1]["nodes"].items()} == {
        "a": "FAILURE",
        "b": "SUCCESS",
    }
    assert ui.runs[1]["run_status"] == "FAILURE" and ui.runs[1]["run_end_time"].startswith("2027-01-15")


def test_a_worker_ahead_of_its_run_waits_for_it_and_junk_is_passed_over(tmp_path: Path) -> None:
    spooled(tmp_path, [told("RUNNING", "w"), told("SUCCESS", "w")], "tracker.box.7.jsonl")
    spooled(tmp_path, [])
    with serving(OddUi()) as ui:
        one = sender(tmp_path, ui.url)
        one.upload.turn()
        assert ui.runs == {}
        with (tmp_path / "tracker.jsonl").open("a") as file:
            file.write("no call\n" + "".join(json.dumps(call) + "\n" for call in BEGUN) + '{"kind": "en')
        one.upload.turn()
        assert ui.runs[1]["nodes"]["w"]["status"] == "SUCCESS"
        assert one.progress.refused == 1 and "run_end_time" not in ui.runs[1]


def test_a_worker_that_is_read_after_the_run_s_end_does_not_undo_it(tmp_path: Path) -> None:
    spooled(tmp_path, [told("RUNNING", "w"), told("SUCCESS", "w")], "tracker.box.7.jsonl")
    with serving(OddUi()) as ui:
        follow(spooled(tmp_path, WHOLE), ui.url)
    all_is_told(ui)
    assert ui.runs[1]["nodes"]["w"]["status"] == "SUCCESS"


def test_the_key_comes_from_the_environment_and_stays_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAMILTON_API_KEY", "k-e-y")
    with serving(OddUi()) as ui:
        follow(spooled(tmp_path, WHOLE), ui.url)
    assert ui.headers[-1]["x-api-key"] == "k-e-y"
    assert not [path for path in tmp_path.iterdir() if b"k-e-y" in path.read_bytes()]
    assert os.stat(tmp_path / "tracker.json").st_mode & 0o777 == 0o600


def test_the_version_of_the_code_is_asked_of_git(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        named = ["-c", "user.name=x", "-c", "user.email=x@y"]
        done = subprocess.run(
            ["git", *named, *words], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    assert vcs.version(str(tmp_path)) is None
    git("init", "-q", "-b", "trunk")
    assert vcs.version(str(tmp_path)) is None  # no commit yet
    (tmp_path / "flow.py").write_text("a = 1\n", "utf-8")
    git("add", "flow.py")
    git("commit", "-qm", "first")
    git("remote", "add", "origin", "https://me:pw@host/shop.git")
    commit = git("rev-parse", "HEAD")
    assert vcs.version(str(tmp_path)) == vcs.Version(commit, "trunk", False, "https://host/shop.git")
    (tmp_path / "flow.py").write_text("a = 2\n", "utf-8")
    found = vcs.version(str(tmp_path))
    assert found is not None and found.tags() == {"commit": commit, "branch": "trunk", "dirty": "true"}
    with serving(OddUi()) as ui:
        follow(spooled(tmp_path, WHOLE), ui.url)
    assert ui.templates[1]["code_version_info"]["git_hash"] == commit
    assert ui.templates[1]["code_artifacts"][0]["url"] == f"https://host/shop/blob/{commit}/flow.py#L5"
    assert ui.runs[1]["tags"]["commit"] == commit
