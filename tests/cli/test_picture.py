"""What ``status`` says to people beside its JSON."""

from typing import Any

from hamtui.cli.asides import Asides
from hamtui.cli.picture import lines
from hamtui.cli.words import chain_line
from hamtui.model.state import Link, SpanKey


def picture(status: str, usual: dict[str, float] | None) -> dict[str, Any]:
    node = {
        "node": "joined",
        "task_id": None,
        "status": status,
        "elapsed_s": 4.2,
        "suspect": None,
        "error": None,
        "usual": usual,
    }
    run = {
        "run_id": "r",
        "targets": ["joined"],
        "state": "running",
        "elapsed_s": 5.0,
        "error": None,
        "counts": {
            "planned": 1,
            **dict.fromkeys("running succeeded cached failed skipped aborted pending".split(), 0),
        },
        "nodes": [node],
    }
    launch = {
        "id": "one",
        "dir": "/d/one",
        "state": "running",
        "signal": None,
        "exit_code": None,
        "host": None,
        "pid": None,
        "started_at": None,
        "ended_at": None,
        "heard_s": None,
        "error": None,
        "unread": {"lines": 0, "bytes": 0},
    }
    return {"schema": 1, "launch": launch, "runs": [run]}


USUAL = {"n": 23, "p50": 3.1, "p95": 6.2, "max": 9.0}


def test_a_running_node_says_what_is_usual_and_how_far_it_is() -> None:
    said = Asides({"r": "about 3 min left"}, {SpanKey("r", None, "joined"): "1/9 \x1b[31m"})
    told = list(lines(picture("running", USUAL), said))
    assert "  run r -> joined  running  5.0s, about 3 min left" in told
    assert "    > joined  running  4.2s, usually 3–6 s (23 runs)" in told
    assert "      1/9 ␛[31m" in told


def test_who_asked_for_the_end_is_told() -> None:
    of = picture("aborted", None)
    of["launch"] |= {"state": "killed", "signal": 2}
    by = Asides(asked_by="hamtui stop (me\x1b, pid 4711)")
    assert next(lines(of, by)) == "one  killed by SIGINT (2), asked by hamtui stop (me␛, pid 4711)"
    of["launch"] |= {"signal": 99}
    assert next(lines(of)) == "one  killed by signal 99"
    of["launch"] |= {"state": "failed", "signal": None, "exit_code": 3}
    assert next(lines(of, by)) == "one  failed  exit code 3, asked by hamtui stop (me␛, pid 4711)"


def test_a_step_of_which_nothing_is_known_ends_with_its_name() -> None:
    assert chain_line(Link("process 5 (nc)")) == "process 5 (nc)"
    assert chain_line(Link("process 5", None, "10.0.0.1:1")) == "process 5  <- 10.0.0.1:1"
    assert chain_line(Link("T", None, None, "held by U", "polling")) == "T  polling  <- held by U"


def test_what_is_over_or_has_no_past_says_nothing_of_it() -> None:
    assert "    > joined  running  4.2s" in list(lines(picture("running", None)))
    assert not [line for line in lines(picture("succeeded", USUAL)) if "usually" in line]


def test_what_the_launch_has_to_say_comes_before_its_runs() -> None:
    told = list(lines(picture("running", None), Asides(notices=("no graphviz \x1b[31m",))))
    assert told[1].startswith("  note: no graphviz ") and "\x1b" not in told[1]
