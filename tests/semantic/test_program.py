"""``hamtui registry`` as a user starts it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hamtui.semantic import compile_registry
from tests.cli.conftest import Program
from tests.semantic.flows import built

SAMPLE = Path(__file__).parents[2] / "sample_dags" / "semantic"

FLOW = """
import pyarrow as pa
from hamtui.semantic import semantic_output

print("printed by a module")
more = dict(entity="f", grain="f", version=1, stability="stable")

@semantic_output(semantic_id="f.rows.v1", kind="table", schema_ref="s.rows", entity_keys="id", join_keys="id", **more)
def rows(start: int) -> pa.Table:
    return pa.table({"id": [start, start + 1]})

@semantic_output(semantic_id="f.count.v1", kind="scalar", dtype="int64", **more)
def count(rows: pa.Table) -> int:
    return rows.num_rows
"""


@pytest.fixture
def hamtui(tmp_path: Path) -> Iterator[Program]:
    (tmp_path / "flow.py").write_text(FLOW)
    program = Program(tmp_path)
    yield program
    program.finish()


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The registry of FLOW, without a process of its own."""
    return compile_registry(built({"flow": FLOW}, tmp_path_factory.mktemp("registered"))).text()


def test_compile_and_check(hamtui: Program, registered: str) -> None:
    done = hamtui("registry", "compile", "flow.py", "-o", "r.json")
    assert (done.returncode, done.stdout) == (0, "r.json: 2 public outputs\n"), done.stderr
    assert "flow.py:8: warning: rows: the recommended tag owner is missing; add owner=" in done.stderr
    assert "printed by a module" in done.stderr
    assert (hamtui.folder / "r.json").read_text("utf-8") == registered
    assert not (hamtui.folder / "_hamilton_diag").exists()

    done = hamtui("registry", "check", "flow.py", "--against", "r.json")
    assert done.returncode == 0 and done.stdout.endswith("2 public outputs, 12 warnings, unchanged\n")

    done = hamtui("registry", "compile", "flow.py", "--strict", "-o", "s.json")
    assert done.returncode == 1 and done.stderr.count(": error: ") == 12
    assert not (hamtui.folder / "s.json").exists()

    text = FLOW.replace('entity_keys="id"', 'entity_keys="id,at"').replace("f.count.v1", "f.total.v1")
    (hamtui.folder / "flow.py").write_text(text)
    done = hamtui("registry", "check", "flow.py", "--against", "r.json", "--format", "json")
    told = json.loads(done.stdout)
    assert done.returncode == told["code"] == 1
    assert [(one["level"], one["semantic_id"], one["field"]) for one in told["changes"]] == [
        ("breaking", "f.count.v1", ""),
        ("breaking", "f.rows.v1", "entity_keys"),
        ("compatible", "f.total.v1", ""),
    ]


def test_with_an_interpreter_that_has_no_hamtui(hamtui: Program, bare_python: str) -> None:
    text = FLOW.replace("import pyarrow as pa", "").replace("pa.Table", "list").replace("rows.num_rows", "2")
    (hamtui.folder / "flow.py").write_text(text)
    done = hamtui("registry", "compile", "flow.py", "--python", bare_python)
    assert done.returncode == 0 and len(json.loads(done.stdout)["outputs"]) == 2, done.stderr


def test_errors_are_told_at_once_and_nothing_is_written(hamtui: Program) -> None:
    (hamtui.folder / "more.py").write_text(
        "from hamilton.function_modifiers import tag\n"
        '@tag(layer="semantic", kind="frame")\ndef odd() -> int: return 1\n'
        '@tag(layer="semantic", semantic_id="f.rows.v1")\ndef also() -> int: return 1\n'
    )
    (hamtui.folder / "r.json").write_text('{"schema": 1, "outputs": []}')
    done = hamtui("registry", "compile", "flow.py", "more.py", "-o", "r.json")
    assert (done.returncode, done.stdout) == (1, "")
    errors = [line for line in done.stderr.splitlines() if ": error: " in line]
    assert len(errors) == 12 and all(line.startswith(("more.py:", "flow.py:")) for line in errors)
    assert (
        any("is that of also too (more.py:4)" in line for line in errors) and "Traceback" not in done.stderr
    )
    assert (hamtui.folder / "r.json").read_text() == '{"schema": 1, "outputs": []}'
    done = hamtui("registry", "check", "flow.py", "more.py", "--against", "r.json", "--format", "github")
    assert (
        done.returncode == 1
        and "::error file=more.py,line=2,title=bad-kind::odd: kind is 'frame'" in done.stdout
    )


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("raise LookupError('no table\\nhere')", "hamtui: bad.py:1: LookupError: no table here\n"),
        ("def f(:\n", "bad.py:1: SyntaxError: invalid syntax"),
        ("import nowhere_at_all\n", "bad.py:1: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ('import flow\nflow.semantic_output(semantic_id="x", kind="scalar", dtype="int", **flow.more)', "bad.py:2: SemanticOutputError: semantic_output: semantic_id: "),
    ],
)  # fmt: skip
def test_modules_that_can_not_be_imported(hamtui: Program, source: str, says: str) -> None:
    (hamtui.folder / "flow.py").write_text(FLOW.replace("print", "str"))
    (hamtui.folder / "bad.py").write_text(source)
    done = hamtui("registry", "compile", "bad.py", "-o", "r.json")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert says.partition("hamtui: ")[2] in done.stderr if "hamtui: " in says else says in done.stderr
    assert not (hamtui.folder / "r.json").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("compile",), "no module"),
        (("compile", "gone.py"), "no file gone.py"),
        (("compile", "flow.py", "--config", "x"), "no KEY=VALUE"),
        (("compile", "flow.py", "-o", "gone/r.json"), "can't be written"),
        (("compile", "flow.py", "--context", "gone.json"), "no such file"),
        (("check", "flow.py"), "--against"),
        (("check", "flow.py", "--against", "gone.json"), "gone.json can't be read: No such file"),
        (("check", "flow.py", "--against", "bad.json"), "--against bad.json: it is no JSON"),
        (("check", "flow.py", "--against", "r.json", "--execute"), "needs a --fixture"),
        (("check", "flow.py", "--against", "r.json", "--fixture", "f.py"), "is for --execute"),
        (("check", "flow.py", "--against", "r.json", "--execute", "--fixture", "gone.py"), "no file gone.py"),
        (
            ("check", "flow.py", "--against", "r.json", "--execute", "--fixture", "bad.json"),
            "can't be parsed",
        ),
        (("check", "flow.py", "--against", "r.json", "--format", "xml"), "'xml' is not one of"),
        (("list",), "No such command"),
    ],
)
def test_what_is_refused(hamtui: Program, words: tuple[str, ...], says: str) -> None:
    (hamtui.folder / "flow.py").write_text("")
    (hamtui.folder / "bad.json").write_text("{")
    (hamtui.folder / "r.json").write_text('{"schema": 1, "outputs": []}')
    done = hamtui("registry", *words)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert says in done.stderr and done.stderr.splitlines()[-1].startswith("hamtui: ")


def executed(hamtui: Program, *words: str) -> tuple[int, dict[str, Any], str]:
    done = hamtui(
        "registry", "check", "flow.py", "--against", "r.json", "--format", "json", "--execute", *words
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def test_values_are_checked_in_a_launch(hamtui: Program, registered: str) -> None:
    (hamtui.folder / "r.json").write_text(registered)
    (hamtui.folder / "in.json").write_text('{"start": 3}')
    code, told, err = executed(hamtui, "--fixture", "in.json")
    assert code == 0, err
    assert [(one["semantic_id"], one["state"]) for one in told["values"]] == [
        ("f.count.v1", "ok"),
        ("f.rows.v1", "ok"),
    ]
    (launch,) = hamtui.launches()
    kept = json.loads((launch / "semantic_check.json").read_text())
    assert kept["outputs"] == told["values"] and kept["fixture"].endswith("in.json")
    assert json.loads((launch / "exit.json").read_text())["exit_code"] == 0
    assert '"node_end"' in (launch / "hamilton_flight.jsonl").read_text()

    (hamtui.folder / "wrong.py").write_text(
        "import pyarrow as pa\n\ndef rows() -> pa.Table:\n    return pa.table({'id': [1, 1, None]})\n\n"
        "SCHEMAS = {'s.rows': pa.schema([('id', pa.string())])}\n"
    )
    code, told, _ = executed(hamtui, "--fixture", "wrong.py")
    assert code == 1 and [one["state"] for one in told["values"]] == ["ok", "failed"]
    problems = told["values"][1]["problems"]
    assert len(problems) == 3 and "unique" in problems[1] and "schema says string" in problems[2]


def test_a_node_that_fails_costs_its_own_outputs_alone(hamtui: Program, registered: str) -> None:
    (hamtui.folder / "r.json").write_text(registered)
    (hamtui.folder / "flow.py").write_text(FLOW.replace("return rows.num_rows", "return 1 // 0"))
    (hamtui.folder / "in.py").write_text("start = 3\nUNUSED = 1\n")
    code, told, _ = executed(hamtui, "--fixture", "in.py")
    assert code == 1 and [one["state"] for one in told["values"]] == ["failed", "ok"]
    assert "it has no result" in told["values"][0]["problems"][0]


def test_a_fixture_that_does_not_fit(hamtui: Program, registered: str) -> None:
    (hamtui.folder / "r.json").write_text(registered)
    (hamtui.folder / "in.py").write_text("strat = 3\n")
    code, told, err = executed(hamtui, "--fixture", "in.py")
    assert (code, told) == (2, {}) and "of the fixture in.py: strat; the nearest: start" in err


def test_the_sample(hamtui: Program) -> None:
    shutil.copytree(SAMPLE, hamtui.folder / "semantic", ignore=shutil.ignore_patterns("__pycache__"))
    modules = [
        str(path.relative_to(hamtui.folder)) for path in sorted((hamtui.folder / "semantic").glob("*.py"))
    ]
    done = hamtui(
        "registry",
        "check",
        *modules,
        "--against",
        "semantic/semantic_registry.json",
        "--strict",
        "--execute",
        "--fixture",
        "semantic/fixtures/small.py",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("11 public outputs, unchanged, values: 10 ok, 1 unchecked\n")
    done = hamtui("run", *modules, "--target", "health_report", "--plain")
    assert done.returncode == 0, done.stderr


def test_help(hamtui: Program) -> None:
    assert "  registry  " in hamtui("--help").stdout
    page = hamtui("registry", "--help").stdout
    assert "compile" in page and "check" in page and "Exit code" in page
    for command in ("compile", "check"):
        page = hamtui("registry", command, "--help").stdout
        assert f"\n    hamtui registry {command}" in page and "Exit code" in page
