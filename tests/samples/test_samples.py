"""Every sample builds and runs under plain Hamilton, without hamtui, in a process of its own."""

import ast
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[2] / "sample_dags"

#: Reads a request from stdin, executes it by plain Hamilton, prints one JSON line of what came of it.
PLAIN = """
import importlib, json, sys
ask = json.load(sys.stdin)
sys.path[:0] = ask["folders"]
if ask["hidden"]:
    sys.modules["hamtui"] = None
from hamilton import driver
builder = driver.Builder().with_modules(*map(importlib.import_module, ask["modules"])).with_config(ask["config"])
if ask["dynamic"]:
    builder = builder.enable_dynamic_execution(allow_experimental_mode=True)
if ask["cache_dir"]:
    builder = builder.with_cache(path=ask["cache_dir"])
dr = builder.build()
assert {name for name in sys.modules if name.startswith("hamtui.")} <= {"hamtui.recorder", "hamtui.recorder.ticks"}
planned, _ = dr.graph.get_upstream_nodes(ask["targets"])
names = [n.name for n in planned if not n.user_defined]
if ask["execute"]:
    results = {name: str(value) for name, value in dr.execute(ask["targets"], inputs=ask["inputs"]).items()}
else:
    results = {}
executed = []
if ask["cache_dir"]:
    for log in dr.cache.logs(dr.cache.last_run_id).values():
        executed += [e.node_name for e in log if e.event_type.value == "execute_node"]
print("\\n" + json.dumps({"nodes": names, "results": results, "executed": executed,
    "modules": sorted({n.tags["module"] for n in planned if "module" in n.tags})}))
"""


def plain(
    module: str,
    *targets: str,
    more: tuple[str, ...] = (),
    config: dict[str, Any] | None = None,
    inputs: dict[str, Any] | None = None,
    dynamic: bool = False,
    execute: bool = True,
    cache_dir: Path | None = None,
    hidden: bool = False,
) -> subprocess.CompletedProcess[str]:
    ask = {
        "folders": [str(SAMPLES), str(SAMPLES / "featurelib")],
        "modules": [module, *more],
        "targets": targets,
        "config": config or {},
        "inputs": inputs or {},
        "dynamic": dynamic,
        "execute": execute,
        "hidden": hidden,
        "cache_dir": cache_dir and str(cache_dir),
    }
    return subprocess.run(
        [sys.executable, "-c", PLAIN],
        input=json.dumps(ask),
        capture_output=True,
        text=True,
        timeout=90,
        env={**os.environ, "HAMILTON_TELEMETRY_ENABLED": "false", "HAMILTON_AUTOLOAD_EXTENSIONS": "1"},
        check=False,
    )


def outcome(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


FAST = {"pace": 0}


def test_orders_makes_a_report() -> None:
    said = outcome(plain("orders", "report", inputs={**FAST, "rows": 2000}))
    assert len(said["nodes"]) >= 12
    assert "watch customer" in said["results"]["report"]


def test_orders_says_the_same_each_time() -> None:
    one, two = (outcome(plain("orders", "report", inputs={**FAST, "rows": 4000}))["results"] for _ in "12")
    assert one == two


def test_features_spreads_over_modules_and_namespaces() -> None:
    said = outcome(plain("features", "feature_table", inputs={**FAST, "people": 300}))
    assert len(said["nodes"]) >= 38
    assert said["modules"] == ["featurelib.baskets", "featurelib.visits", "features"]
    assert {"newcomers.profile", "regulars.profile", "cleaned.minutes_steps.smooth"} <= set(said["nodes"])


def test_features_takes_one_more_module_and_a_config() -> None:
    said = outcome(
        plain(
            "features", "leaderboard", more=("scores",), config={"currency": "usd"}, inputs={**FAST, "top": 2}
        )
    )
    assert "scores" in said["modules"]
    assert len(said["results"]["leaderboard"].splitlines()) == 3


def test_features_is_cached_the_second_time(tmp_path: Path) -> None:
    first, second = (
        outcome(plain("features", "feature_table", inputs=FAST, cache_dir=tmp_path)) for _ in "12"
    )
    assert len(first["executed"]) >= 30
    assert not second["executed"]


def test_shards_counts_every_shard() -> None:
    said = outcome(plain("shards", "totals", inputs={**FAST, "shards": 24}, dynamic=True))
    assert said["results"]["totals"].startswith("48000 words")


@pytest.mark.parametrize("hidden", [False, True])
def test_ticking_counts_with_nobody_listening(hidden: bool) -> None:
    said = outcome(plain("ticking", "summary", inputs=FAST, dynamic=True, hidden=hidden))
    assert said["results"]["summary"] == "49595 orders, score 689634"


def test_payloads_writes_a_letter() -> None:
    said = outcome(plain("payloads", "letter", inputs=FAST))
    assert said["results"]["letter"] == "Ridge 4: 610 storms, 295 from the north, 315 from the south"


def test_failing_fails_in_the_middle_only() -> None:
    done = plain("failing", "summary", inputs=FAST)
    assert done.returncode == 1
    assert "ValueError: 2 items are not as booked" in done.stderr
    assert "item-000 " in outcome(plain("failing", "shelf_labels", inputs=FAST))["results"]["shelf_labels"]
    assert "differences booked" in str(outcome(plain("failing", "summary", inputs={**FAST, "strict": False})))


def test_audit_fails_twice_and_is_mended_by_its_inputs() -> None:
    torn = plain("audit", "report", inputs=FAST, dynamic=True)
    assert torn.returncode == 1 and "ValueError: the sheet of Delft ends after item-005" in torn.stderr
    closed = plain("audit", "ledger_check", inputs=FAST, dynamic=True)
    assert closed.returncode == 1 and "ConnectionError: the bank is closed" in closed.stderr
    mended = {**FAST, "torn": "none", "bank": "open"}
    said = outcome(plain("audit", "report", "ledger_check", inputs=mended, dynamic=True))
    assert said["results"]["report"].startswith("8 shops counted")
    assert said["results"]["ledger_check"] == "+100.00 over 60 items"


STUCK = (
    "two_locks own_lock own_pool empty_queue silent_socket locked_file idle_loop child_never_ends busy_loop "
    "regex_holds_gil long_sleep"
).split()


@pytest.mark.parametrize("target", [*STUCK, "killed", "crashed"])
def test_hangs_builds(target: str) -> None:
    assert set(outcome(plain("hangs", target, execute=False))["nodes"]) == {"prepared", target}


def test_hangs_marks_a_line_of_each_stuck_target() -> None:
    text = (SAMPLES / "hangs.py").read_text("utf-8")
    marked = {n for n, line in enumerate(text.splitlines(), 1) if re.search(r"# stuck here$", line)}
    bodies = {
        f.name: range(f.lineno, (f.end_lineno or 0) + 1)
        for f in ast.walk(ast.parse(text))
        if isinstance(f, ast.FunctionDef)
    }
    assert [name for name in STUCK if marked & set(bodies[name])] == STUCK


@pytest.mark.parametrize(("target", "ends_by"), [("killed", signal.SIGKILL), ("crashed", signal.SIGSEGV)])
def test_hangs_ends_by_a_signal(target: str, ends_by: signal.Signals) -> None:
    assert plain("hangs", target).returncode == -ends_by


def test_service_answers_and_ends() -> None:
    done = subprocess.run(
        [sys.executable, str(SAMPLES / "service.py"), "--requests", "14", "--every", "0"],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("request ") - done.stdout.count("refused: ") == 12
    assert done.stdout.endswith("2 refused\n")


@pytest.mark.parametrize(
    "name", "orders features shards failing audit hangs service ticking payloads".split()
)
def test_each_sample_says_how_to_run_it(name: str) -> None:
    doc = ast.get_docstring(ast.parse((SAMPLES / f"{name}.py").read_text("utf-8")))
    assert doc
    assert f"hamtui run sample_dags/{name}.py --target" in doc
