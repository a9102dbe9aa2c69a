"""The decorator: what it sets, what it refuses, and which nodes get its tags under Hamilton's other decorators."""

import textwrap
from pathlib import Path
from typing import Any

import pytest
from hamilton import driver

from hamtui.semantic import SemanticError, SemanticOutputError, compile_registry, semantic_output
from tests.semantic.flows import built

GOOD: dict[str, Any] = {
    "semantic_id": "function.risk.v1",
    "kind": "table",
    "entity": "function",
    "grain": "per_function",
    "version": 1,
    "schema_ref": "s.function_risk_v1",
    "entity_keys": ["repo", "id"],
    "join_keys": "repo",
}


def test_what_it_sets() -> None:
    made = semantic_output(**GOOD, team="risk")
    assert made.tags == {
        **GOOD,
        "layer": "semantic",
        "version": "1",
        "entity_keys": "repo,id",
        "stability": "experimental",
        "pii": "none",
        "team": "risk",
    }


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"semantic_id": "Risk"}, "semantic_id"),
        ({"semantic_id": 3}, "semantic_id"),
        ({"kind": "frame"}, "kind"),
        ({"entity": ""}, "entity"),
        ({"grain": " "}, "grain"),
        ({"version": 2}, "version"),
        ({"version": True}, "version"),
        ({"version": 1.5}, "version"),
        ({"stability": "beta"}, "stability"),
        ({"pii": "maybe"}, "pii"),
        ({"schema_ref": None}, "schema_ref"),
        ({"entity_keys": None}, "entity_keys"),
        ({"entity_keys": []}, "entity_keys"),
        ({"entity_keys": ["a", 1]}, "entity_keys"),
        ({"entity_keys": 7}, "entity_keys"),
        ({"join_keys": "a,,b"}, "join_keys"),
        ({"kind": "scalar"}, "dtype"),
        ({"kind": "artifact"}, "dtype"),
        ({"owner": 7}, "owner"),
        ({"layer": "raw"}, "layer"),
    ],
)
def test_an_error_names_the_argument_and_no_other(change: dict[str, Any], argument: str) -> None:
    with pytest.raises(SemanticOutputError) as caught:
        semantic_output(**{**GOOD, **change})
    told = str(caught.value).removeprefix("semantic_output: ")
    assert told.startswith(f"{argument}: ") and "\n" not in told
    assert not [name for name in GOOD if f"; {name}: " in told]


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(SemanticOutputError, match=r"entity: .*; grain: .*"):
        semantic_output(**{**GOOD, "entity": "", "grain": ""})


def test_what_is_left_out_is_named_by_python() -> None:
    with pytest.raises(TypeError, match="grain"):
        semantic_output(**{name: value for name, value in GOOD.items() if name != "grain"})


#: Decorators and a function -> the nodes that bear the tags.
PLACES = {
    "plain": ("{tag}\ndef a() -> int: return 1", {"a"}),
    "parameterize": ('{tag}\n@parameterize(p={{"n": value(1)}}, q={{"n": value(2)}})\ndef a(n: int) -> int: return n', {"p", "q"}),
    "parameterize, below": ('@parameterize(p={{"n": value(1)}}, q={{"n": value(2)}})\n{tag}\ndef a(n: int) -> int: return n', {"p", "q"}),
    "parameterize, one meant": ('{tag_p}\n@parameterize(p={{"n": value(1)}}, q={{"n": value(2)}})\ndef a(n: int) -> int: return n', {"p"}),
    "extract_fields": ("{tag}\n@extract_fields(dict(p=int, q=int))\ndef a() -> dict: return {{}}", {"p", "q"}),
    "extract_fields, below": ("@extract_fields(dict(p=int, q=int))\n{tag}\ndef a() -> dict: return {{}}", {"p", "q"}),
    "extract_fields, the whole": ("{tag_a}\n@extract_fields(dict(p=int, q=int))\ndef a() -> dict: return {{}}", {"a"}),
    "extract_columns": ('{tag}\n@extract_columns("p", "q")\ndef a() -> pd.DataFrame: ...', {"p", "q"}),
    "extract_columns, the whole": ('@extract_columns("p", "q")\n{tag_a}\ndef a() -> pd.DataFrame: ...', {"a"}),
    "config.when": ("@config.when(k=1)\n{tag}\ndef a__one() -> int: return 1\n@config.when(k=2)\n{tag}\ndef a__two() -> int: return 2", {"a"}),
    "check_output": ("{tag}\n@check_output(range=(0, 9))\ndef a() -> int: return 1", {"a"}),
    "save_to": ('{tag}\n@save_to.json(path=value("x"), output_name_="saved")\ndef a() -> dict: return {{}}', {"saved"}),
    "save_to, what is saved": ('{tag_a}\n@save_to.json(path=value("x"), output_name_="saved")\ndef a() -> dict: return {{}}', {"a"}),
    "subdag": ("{tag}\n@subdag(inner)\ndef a(made: int) -> int: return made", {"a"}),
    "pipe_input": ('{tag}\n@pipe_input(step(_more).named("more", namespace="steps"))\ndef a(made: int) -> int: return made', {"a"}),
    "pipe_output": ('{tag}\n@pipe_output(step(_more).named("more"))\ndef a(made: int) -> int: return made', {"a"}),
    "does": ("{tag}\n@does(_nothing)\ndef a() -> int: ...", {"a"}),
}  # fmt: skip
TOP = """
import pandas as pd
from hamilton.function_modifiers import *
from hamtui.semantic import semantic_output
import inner

def _more(x: int) -> int: return x
def _nothing(**_) -> int: return 1
def made() -> int: return 1
"""
TAG = (
    '@semantic_output(semantic_id="a.b.v1", kind="scalar", entity="a", grain="a", version=1, dtype="int64"{})'
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "inner.py").write_text("def made() -> int: return 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(text: str) -> driver.Driver:
        told = text.format(
            tag=TAG.format(""), tag_p=TAG.format(', target_="p"'), tag_a=TAG.format(', target_="a"')
        )
        return built({"flow": TOP + textwrap.dedent(told)}, tmp_path, {"k": 1})

    return make


@pytest.mark.parametrize("name", PLACES)
def test_which_nodes_get_the_tags(place: Any, name: str) -> None:
    text, nodes = PLACES[name]
    dr = place(text)
    tagged = {one.name for one in dr.list_available_variables() if one.tags.get("layer") == "semantic"}
    assert tagged == nodes
    if len(nodes) == 1:
        assert compile_registry(dr).node("a.b.v1") in nodes
        return
    with pytest.raises(SemanticError) as caught:
        compile_registry(dr)
    (problem,) = caught.value.problems
    assert problem.rule == "double-id" and problem.node == "q"
    assert "one function makes both" in problem.text and "target_=" in problem.mend


def test_two_subdags_publish_twice_what_is_public_inside(place: Any, tmp_path: Path) -> None:
    (tmp_path / "twice.py").write_text(
        f"from hamtui.semantic import semantic_output\n{TAG.format('')}\ndef made() -> int: return 1\n"
    )
    dr = place(
        "import twice\n@subdag(twice)\ndef one(made: int) -> int: return 1\n@subdag(twice)\ndef two(made: int) -> int: return 1"
    )
    with pytest.raises(SemanticError) as caught:
        compile_registry(dr)
    (problem,) = caught.value.problems
    assert (problem.node, problem.rule) == ("two.made", "double-id") and "subdag" in problem.mend


def test_importing_the_room_loads_nothing_of_hamilton() -> None:
    import subprocess
    import sys

    code = "import sys, hamtui.semantic\nprint(sorted(name for name in sys.modules if name.startswith(('hamilton', 'pyarrow', 'hamtui.'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['hamtui.semantic']"


def test_unknown_names_of_the_room() -> None:
    import hamtui.semantic as room

    assert "semantic_output" in dir(room)
    with pytest.raises(AttributeError, match="nothing"):
        room.nothing  # noqa: B018
