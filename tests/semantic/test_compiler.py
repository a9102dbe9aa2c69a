"""The compiler: one entry an id, every problem at once with its place, and the same bytes whatever the order."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hamilton import driver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamtui.contract.registry import Registry, RegistryError, UnknownOutputError
from hamtui.semantic import Problem, SemanticEntry, SemanticError, compile_registry, json_schema
from hamtui.semantic.compiler import compiled, type_text
from tests.semantic.flows import built, flow, loaded, tagged
from tests.semantic.tags import SCALAR, TABLE, without

SAMPLE = Path(__file__).parents[2] / "sample_dags" / "semantic"


def problems(dr: driver.Driver, **how: Any) -> tuple[Problem, ...]:
    with pytest.raises(SemanticError) as caught:
        compile_registry(dr, **how)
    return caught.value.problems


def test_an_entry_says_what_the_tags_say(tmp_path: Path) -> None:
    dr = built(flow(tagged("risk_score", TABLE, "dict[str, int]"), tagged("raw", {"layer": "raw"})), tmp_path)
    registry = compile_registry(dr)
    assert registry.outputs == (
        SemanticEntry(
            semantic_id="function.risk_score.v1",
            node_name="risk_score",
            kind="table",
            entity="function",
            grain="per_function",
            version="1",
            stability="stable",
            schema_ref="semantic.function_risk_v1",
            entity_keys=("repo", "commit", "id"),
            join_keys=("repo", "commit"),
            materialization="parquet",
            materialized_name="function_risk",
            python_type="dict[str, int]",
            tags={**TABLE, "entity_keys": ["repo", "commit", "id"]},
        ),
    )
    assert registry.node("function.risk_score.v1") == registry.resolve("function.risk_score.v1").node_name
    with pytest.raises(UnknownOutputError, match=r"the nearest: function\.risk_score\.v1"):
        registry.resolve("function.risk_scores.v1")


def test_nothing_of_the_dataflow_runs(tmp_path: Path) -> None:
    text = f"@tag(**{SCALAR!r})\ndef a() -> int:\n    raise AssertionError\n"
    assert len(compile_registry(built(flow(text), tmp_path))) == 1


#: What is wrong -> tags; the rules by themselves are tests/contract/test_semantic.py's.
BROKEN = {
    "missing-tag": without(TABLE, "grain"),
    "empty-keys": {**TABLE, "entity_keys": ","},
    "bad-kind": {**TABLE, "kind": "frame"},
    "bad-stability": {**TABLE, "stability": "beta"},
    "bad-id": {**TABLE, "semantic_id": "Risk"},
    "bad-version": {**TABLE, "version": "x"},
    "bad-layer": {**TABLE, "layer": "gold"},
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_problem_has_its_node_place_and_mend(tmp_path: Path, rule: str) -> None:
    dr = built(flow("\n\n", tagged("a", BROKEN[rule])), tmp_path)
    (found,) = problems(dr)
    assert (found.rule, found.level, found.node, found.line) == (rule, "error", "a", 6)
    assert found.file is not None and os.path.dirname(found.file) == str(tmp_path)
    assert Path(found.file).read_text().splitlines()[5].startswith("@tag")
    assert found.text and found.mend and str(found).startswith(f"{found.file}:6: error: a: ")


def test_all_problems_at_once(tmp_path: Path) -> None:
    functions = [tagged(f"n{number}", tags) for number, tags in enumerate(BROKEN.values())]
    found = problems(built(flow(*functions, tagged("x", SCALAR), tagged("y", SCALAR)), tmp_path))
    assert {one.rule for one in found} >= {*BROKEN, "double-id"}
    assert [one.line for one in found] == sorted(one.line or 0 for one in found)


def test_an_id_that_is_there_twice_names_the_other_place(tmp_path: Path) -> None:
    (found,) = problems(built(flow(tagged("x", SCALAR), tagged("y", SCALAR)), tmp_path))
    assert (found.rule, found.node) == ("double-id", "y")
    assert "that of x too" in found.text and ".py:3)" in found.text and "an id of its own" in found.mend


def test_warnings_are_errors_where_it_is_strict(tmp_path: Path) -> None:
    dr = built(flow(tagged("a_v1", without(SCALAR, "owner"))), tmp_path)
    done = compiled(dr, dag_name="risk-2026-11-22")
    assert done.registry is not None and {one.rule for one in done.problems} == {
        "no-owner",
        "versioned-name",
        "dag-name",
    }
    assert {one.level for one in done.problems} == {"warning"}
    assert len(problems(dr, strict=True, dag_name="risk-2026-11-22")) == 3
    strict = compiled(dr, strict=True)
    assert strict.registry == done.registry and {one.level for one in strict.problems} == {"error"}


def test_what_is_public_in_a_namespace_is_warned_of(tmp_path: Path) -> None:
    inner = f"from hamilton.function_modifiers import tag\n{tagged('made', SCALAR)}"
    (module,) = loaded({"inner": inner}, tmp_path)
    top = f"import {module.__name__} as inner\nfrom hamilton.function_modifiers import subdag\n@subdag(inner)\ndef a(made: int) -> int:\n    return 1\n"
    done = compiled(built({"flow": top}, tmp_path))
    assert [(one.rule, one.node) for one in done.problems] == [("public-name", "a.made")]
    assert done.registry is not None and done.registry.node(SCALAR["semantic_id"]) == "a.made"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)), broken=st.booleans())
def test_the_order_of_modules_makes_no_difference(
    order: list[int], broken: bool, six: list[Any], six_broken: list[Any]
) -> None:
    modules = six_broken if broken else six
    first, other = (
        compiled(driver.Builder().with_modules(*(modules[at] for at in some)).build())
        for some in (range(6), order)
    )
    assert first == other
    assert first.registry is None if broken else first.registry is not None and len(first.registry) == 6


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return _six(tmp_path_factory.mktemp("six"), broken=False)


@pytest.fixture(scope="module")
def six_broken(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    return _six(tmp_path_factory.mktemp("broken"), broken=True)


def _six(folder: Path, broken: bool) -> list[Any]:
    sources = {}
    for number in range(6):
        tags = {**SCALAR, "semantic_id": f"repo.out{0 if broken else number}.v1"}
        sources[f"m{number}"] = "\n".join(flow(tagged(f"out{number}", tags)).values())
    return loaded(sources, folder)


def test_the_same_bytes_in_another_process_with_another_hash_seed() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\nimport repo_functions, repo_history, repo_raw\n"
        "from hamilton import driver\nfrom hamtui.semantic import compile_registry\n"
        "mods = [repo_raw, repo_functions, repo_history][::-1]\n"
        "sys.stdout.write(compile_registry(driver.Builder().with_modules(*mods).build()).text())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(SAMPLE)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert done.stdout == (SAMPLE / "semantic_registry.json").read_bytes()


def test_the_samples_registry_is_as_its_schema_says() -> None:
    told = json.loads((SAMPLE / "semantic_registry.json").read_text("utf-8"))
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(told, schema)
    assert set(schema["properties"]["outputs"]["items"]["properties"]) == set(
        SemanticEntry.__dataclass_fields__
    )
    changes: list[dict[str, object]] = [
        {"kind": "frame"},
        {"entity_keys": []},
        {"semantic_id": "x"},
        {"more": 1},
    ]
    for change in changes:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**told, "outputs": [{**told["outputs"][0], **change}]}, schema)


def test_a_registry_is_read_as_it_was_written(tmp_path: Path) -> None:
    registry = Registry.load(SAMPLE / "semantic_registry.json")
    registry.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (SAMPLE / "semantic_registry.json").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.json"]
    assert len(registry) == 11 and "repo.count.v1" in registry and list(registry) == list(registry.outputs)


ENTRY = dict.fromkeys(("semantic_id", "node_name", "kind", "entity", "grain", "version", "stability"), "x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        (b"\xff\xfe\x00", "no"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "no registry"),
        ('{"outputs": 1}', "no registry"),
        ('{"schema": 2, "outputs": []}', "compile it again"),
        ('{"schema": 1, "outputs": [1]}', r"outputs\[0\] is no object"),
        (json.dumps({"schema": 1, "outputs": [without(ENTRY, "grain")]}), r"outputs\[0\].grain is missing"),
        (json.dumps({"schema": 1, "outputs": [{**ENTRY, "dtype": 3}]}), r"outputs\[0\].dtype is no text"),
        (json.dumps({"schema": 1, "outputs": [{**ENTRY, "join_keys": [3]}]}), "no list of texts"),
        (json.dumps({"schema": 1, "outputs": [{**ENTRY, "tags": []}]}), "tags is no object"),
        (json.dumps({"schema": 1, "outputs": [ENTRY, ENTRY]}), "there twice"),
    ],
)
def test_what_is_no_registry(text: str, says: str) -> None:
    with pytest.raises(RegistryError, match=says) as caught:
        Registry.parse(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int, "int"), (dict[str, int], "dict[str, int]"), (Path, "pathlib.Path"), (list[Path], "list[pathlib.Path]"),
        (Any, "Any"), (int | None, "int | None"),
    ],
)  # fmt: skip
def test_types_in_words(kind: Any, text: str) -> None:
    assert type_text(kind) == text
