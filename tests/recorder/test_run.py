"""How launches end: usage errors, import and build failures, exceptions, exits, signals; and what they tell."""

import json
import signal
from typing import Any

import pytest

from tests.recorder.conftest import Launched, Launcher

FLOW = """
    def total(prices: list, rate: float) -> float:
        return sum(prices) * rate

    def report(total: float) -> str:
        return f"total {total}"
"""


def refused(launched: Launched) -> str:
    """The sentence of a launch that was refused, which must have left no run."""
    assert launched.process.returncode == 2, launched.output()
    sentence = launched.output()
    assert sentence.startswith("hamtui: ")
    assert sentence.count("\n") == 1
    assert launched.flight("graph_start") == []
    error = launched.error()
    assert error["stage"] == "usage"
    assert error["error_type"] == "UsageError"
    assert error["error"] == "UsageError: " + sentence.removeprefix("hamtui: ").rstrip("\n")
    assert "traceback" not in error
    return sentence


@pytest.mark.parametrize(
    ("targets", "spec", "words"),
    [
        (["reprot"], {}, ["unknown target reprot", "nearest: report"]),
        (["Total"], {}, ["unknown target Total", "nearest: total"]),
        (["zzz"], {}, ["unknown target zzz", "nearest:"]),
        (["a1", "report", "a2"], {}, ["unknown targets a1, a2"]),
        ([], {}, ["no target", "--target"]),
        (["report"], {"overrides": {"totl": 1}}, ["unknown override totl", "nearest: total"]),
        (["report"], {"recompute": ["totl"], "cache": True}, ["unknown --recompute node totl", "total"]),
        (["report"], {"inputs": {"rate": 0.5}}, ["missing input", "prices (list, needed by total)"]),
        (
            ["report"],
            {},
            ["missing inputs", "prices (list, needed by total)", "rate (float, needed by total)"],
        ),
        (["report"], {"inputs": {"prices": "secret", "rate": 1.0}}, ["prices should be list and is str"]),
        (["report"], {"config": {"rate": 1.0}, "inputs": {"rate": 2.0}}, ["both", "rate"]),
        (["report"], {"context": "nowhere.json"}, ["no such context file"]),
    ],
)
def test_refusals(launcher: Launcher, targets: list[str], spec: dict[str, Any], words: list[str]) -> None:
    launched = launcher.run(launcher.module(FLOW), *targets, **spec)
    sentence = refused(launched)
    for word in words:
        assert word in sentence
    assert "secret" not in sentence
    assert launched.info()["pid"] == launched.process.pid


def test_what_is_no_mistake(launcher: Launcher) -> None:
    """Inputs that nothing needs, an input as a target, a needed input that an override makes needless."""
    module = launcher.module(FLOW + "    print('imported')\n")
    given = {"prices": [1, 2], "rate": 0.5, "unheard_of": 1}
    assert launcher.run(module, "report", "rate", "unheard_of", inputs=given).process.returncode == 0
    assert launcher.run(module, "report", overrides={"total": 3.0}).process.returncode == 0
    module = launcher.module("def a(size: int = 3) -> int:\n    return size\n", "optional.py")
    assert launcher.run(module, "a").process.returncode == 0


def test_launch_json_is_there_before_the_users_module(launcher: Launcher) -> None:
    module = launcher.module(
        """
        import glob, json
        (name,) = glob.glob("launch-*/launch.json")
        print(json.dumps(json.load(open(name))))
        def a() -> int:
            return 1
        """
    )
    launched = launcher.run(
        module,
        "a",
        hang_after=2.0,
        dump_every=0.2,
        profile="observe",
        supervisor_start=5.0,
        cache_dir="there",
    )
    early = json.loads(launched.output())
    assert early == launched.info()
    assert early["pid"] == launched.process.pid
    assert early["id"] == launched.dir.name
    assert early["modules"] == [module]
    assert early["targets"] == ["a"]
    assert (early["hang_after"], early["dump_every"], early["profile"]) == (2.0, 0.2, "observe")
    assert early["supervisor_start"] == 5.0
    assert early["cache_dir"] is None
    assert abs(early["process_start"] - early["started_at"]) < 60
    assert early["boot_time"] < early["process_start"]


def ended_by(launched: Launched, stage: str, kind: str) -> dict[str, Any]:
    """The launch_error of a launch that an exception ended, whose traceback is the user's alone."""
    error = launched.error()
    assert (error["stage"], error["error_type"]) == (stage, kind)
    for said in (launched.output(), error["traceback"]):
        assert "recorder/run.py" not in said
        assert "recorder/boot.py" not in said
        assert "importlib" not in said
    return error


def test_a_module_that_fails_to_import(launcher: Launcher) -> None:
    launcher.module("def deeper():\n    raise RuntimeError('no license')\ndeeper()\n", "helper_of_flow.py")
    launched = launcher.run(launcher.module("import helper_of_flow\ndef a() -> int:\n    return 1\n"), "a")
    assert launched.process.returncode == 1
    error = ended_by(launched, "import", "RuntimeError")
    assert error["error"] == "RuntimeError: no license"
    assert launched.output() == error["traceback"]
    first, second = launched.output().splitlines()[:2]
    assert first == "Traceback (most recent call last):"
    assert "flow.py" in second
    assert launched.flight("graph_start") == []


@pytest.mark.parametrize(
    ("source", "name", "kind"),
    [
        ("def a(:\n", "flow.py", "SyntaxError"),
        ("import not_there_at_all\n", "flow.py", "ModuleNotFoundError"),
    ],
)
def test_broken_modules(launcher: Launcher, source: str, name: str, kind: str) -> None:
    launched = launcher.run(launcher.module(source, name), "a")
    assert launched.process.returncode == 1
    ended_by(launched, "import", kind)
    assert kind in launched.output()


def test_a_dotted_module_that_is_not_there(launcher: Launcher) -> None:
    launched = launcher.run("not_there.at_all", "a")
    assert launched.process.returncode == 1
    ended_by(launched, "import", "ModuleNotFoundError")
    assert launched.output() == "ModuleNotFoundError: No module named 'not_there'\n"


def test_a_graph_that_cannot_be_built(launcher: Launcher) -> None:
    launched = launcher.run(
        launcher.module("def a(b: int) -> int:\n    return b\ndef c(b: str) -> str:\n    return b\n"), "a"
    )
    assert launched.process.returncode == 1
    ended_by(launched, "build", launched.error()["error_type"])
    for cache in (True, False):
        launched = launcher.run(
            launcher.module("def a() -> int:\n    return 1\ndef b(a) -> int:\n    return 1\n"),
            "b",
            cache=cache,
        )
        assert launched.process.returncode == 1
        assert launched.error()["stage"] == "build"


def test_an_exception_in_a_node(launcher: Launcher) -> None:
    launched = launcher.run(launcher.module("def a() -> int:\n    raise KeyError('x')\n"), "a")
    assert launched.process.returncode == 1
    error = ended_by(launched, "execute", "KeyError")
    assert error["traceback"] in launched.output()
    assert launched.output().endswith("KeyError: 'x'\n")


def test_the_users_own_excepthook(launcher: Launcher) -> None:
    module = launcher.module(
        """
        import sys
        sys.excepthook = lambda kind, error, tb: print("caught", kind.__name__, tb.tb_frame.f_code.co_filename)
        def a() -> int:
            raise KeyError('x')
        """
    )
    launched = launcher.run(module, "a")
    assert launched.process.returncode == 1
    assert launched.output().splitlines()[-1].startswith("caught KeyError ")
    assert launched.output().endswith("driver.py\n")


@pytest.mark.parametrize(
    ("leave", "code", "said"),
    [
        ("sys.exit(7)", 7, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit('enough')", 1, "enough\n"),
        ("os._exit(9)", 9, ""),
    ],
)
def test_leaving_from_a_node(launcher: Launcher, leave: str, code: int, said: str) -> None:
    launched = launcher.run(launcher.module(f"import os, sys\ndef a() -> int:\n    {leave}\n"), "a")
    assert launched.process.returncode == code
    assert launched.output() == said
    errors = [line["error_type"] for line in launched.flight("launch_error")]
    assert errors == (["SystemExit"] if leave.startswith("sys") and code else [])


@pytest.mark.parametrize("cache", [False, True])
def test_interrupted(launcher: Launcher, cache: bool) -> None:
    module = launcher.module(
        """
        import atexit, time
        atexit.register(lambda: print("cleaned up"))
        def stuck() -> int:
            print("begun")
            time.sleep(60)
            return 1
        """
    )
    launched = launcher.start(module, "stuck", cache=cache)
    launched.await_output("begun")
    launched.process.send_signal(signal.SIGINT)
    assert launched.wait() == -signal.SIGINT
    error = ended_by(launched, "execute", "KeyboardInterrupt")
    assert "time.sleep" in error["traceback"]
    assert "KeyboardInterrupt" in launched.output()
    assert launched.output().endswith("cleaned up\n")


def test_the_end_is_a_plain_programs_end(launcher: Launcher) -> None:
    """Threads are waited for, then atexit runs."""
    module = launcher.module(
        """
        import atexit, threading, time
        atexit.register(lambda: print("atexit"))
        def _later():
            time.sleep(0.5)
            print("thread done", threading.active_count())
        def a() -> int:
            threading.Thread(target=_later).start()
            return 1
        """
    )
    launched = launcher.run(module, "a")
    assert launched.process.returncode == 0
    assert launched.output() == "thread done 2\natexit\n"


def test_a_forked_child_keeps_its_end_to_itself(launcher: Launcher) -> None:
    module = launcher.module(
        """
        import os, sys
        def a() -> list:
            ends = []
            for leave in (lambda: sys.exit(3), lambda: 1 / 0):
                child = os.fork()
                if not child:
                    leave()
                ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            print("parent", ends)
            return ends
        """
    )
    launched = launcher.run(module, "a", env={"OPENBLAS_NUM_THREADS": "1"})
    assert launched.process.returncode == 0
    assert launched.output().endswith("parent [3, 1]\n")
    assert launched.flight("launch_error") == []
    assert {line["pid"] for line in launched.flight()} <= {launched.process.pid}
    assert [path.name for path in launched.dir.glob("hamilton_flight*")] == ["hamilton_flight.jsonl"]


def test_an_error_of_many_megabytes_is_told_in_a_line_that_can_be_read(launcher: Launcher) -> None:
    module = launcher.module('def huge() -> int:\n    raise ValueError("x" * 20_000_000)\n')
    launched = launcher.run(module, "huge")
    assert launched.process.returncode == 1
    assert launched.error()["error"].startswith("ValueError: xxx")
    assert max(len(json.dumps(event)) for event in launched.flight()) < 200_000


def test_a_graph_as_deep_as_python_allows_runs_and_is_told_whole(launcher: Launcher) -> None:
    deep = 985
    rows = ["def n0() -> int:\n    return 0\n"]
    rows += [f"def n{n}(n{n - 1}: int) -> int:\n    return n{n - 1} + 1\n" for n in range(1, deep)]
    launched = launcher.run(launcher.module("\n".join(rows)), f"n{deep - 1}")
    assert launched.process.returncode == 0, launched.output()[-2000:]
    assert len(launched.flight("node_start")) == len(launched.flight("node_end")) == deep
