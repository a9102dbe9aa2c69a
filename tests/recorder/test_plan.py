"""The plan and the graph file, over the nodes that Hamilton's decorators make."""

import functools
import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from hamilton import driver, graph_types

from hamtui.recorder.plan import Planner, order
from tests.recorder.inside import module

FLOW = '''
    """A module of everything."""
    import functools
    import pandas as pd
    from hamilton.function_modifiers import (
        check_output, config, extract_fields, parameterize, pipe_input, step, subdag, tag, value, source,
    )
    from hamilton.htypes import Collect, Parallelizable

    @tag(team="x", owners=["a", "b"])
    def base(start: int) -> int:
        """Where it begins.

        With a second line.
        """
        # a comment
        return start  # another

    @extract_fields({"f1": int, "f2": int})
    def fields(base: int) -> dict:
        return {"f1": 1, "f2": 2}

    def _with_add(x: int, by: int) -> int:
        return x + by

    @pipe_input(step(_with_add, by=2))
    def piped(f1: int) -> int:
        return f1

    @check_output(range=(0, 10))
    def checked(piped: int) -> int:
        def inner():
            """Inner words."""
            return 1
        return piped

    @parameterize(p1={"x": value(1)}, p2={"x": source("base")})
    def param(x: int) -> int:
        return x

    def s1(inp: int) -> int:
        return inp

    @subdag(s1, inputs={"inp": source("checked")})
    def sd(s1: int) -> int:
        return s1

    @config.when(kind="a")
    def kinded__a(sd: int) -> int:
        return sd

    def items(kinded: int) -> Parallelizable[int]:
        yield kinded

    def each(items: int) -> int:
        return items

    def gathered(each: Collect[int]) -> list:
        return list(each)
'''


@pytest.fixture
def graph(tmp_path: Path) -> Any:
    built = driver.Builder().with_modules(module(tmp_path, FLOW)).with_config({"kind": "a"})
    return built.enable_dynamic_execution(allow_experimental_mode=True).build().graph


def described(
    tmp_path: Path, graph: Any, targets: list[str], overrides: tuple[str, ...] = ()
) -> dict[str, Any]:
    planner = Planner(str(tmp_path))
    plan = planner.plan(graph, targets, overrides)
    planner.write(plan)
    whole: dict[str, Any] = json.loads((tmp_path / f"graph.{plan.digest}.json").read_bytes())
    assert [node["name"] for node in whole["nodes"]] == plan.names == json.loads(plan.path)
    return whole


def test_dependencies_come_first_and_nothing_twice(tmp_path: Path, graph: Any) -> None:
    whole = described(tmp_path, graph, ["gathered", "p1"])
    seen: set[str] = set()
    planned = {node["name"] for node in whole["nodes"]}
    for node in whole["nodes"]:
        assert {name for name in node["dependencies"] if name in planned} <= seen
        seen.add(node["name"])
    assert len(seen) == len(whole["nodes"])
    assert planned | {node["name"] for node in whole["others"]} == set(graph.nodes)
    assert planned.isdisjoint(node["name"] for node in whole["others"])


def test_the_plan_is_what_hamilton_executes(tmp_path: Path, graph: Any) -> None:
    for targets in (["gathered"], ["p2", "f2"], ["sd"], ["base"]):
        nodes, inputs = graph.get_upstream_nodes(targets, {"start": 1}, {})
        assert set(order(graph, targets, ())) == {node.name for node in nodes} - {
            node.name for node in inputs
        }


def test_overridden_nodes_and_what_only_they_need_are_among_the_others(tmp_path: Path, graph: Any) -> None:
    whole = described(tmp_path, graph, ["sd"], ("piped",))
    planned = [node["name"] for node in whole["nodes"]]
    assert "checked" in planned and not {"piped", "f1", "fields", "base"} & set(planned)


def test_names_that_the_graph_does_not_have_are_passed_over(graph: Any) -> None:
    assert list(order(graph, ["nothing", "base"], ())) == ["base"]


def test_a_chain_of_thousands_is_no_recursion(tmp_path: Path) -> None:
    rows = ["def n0() -> int:\n    return 0\n"]
    rows += [f"def n{i}(n{i - 1}: int) -> int:\n    return {i}\n" for i in range(1, 3000)]
    graph = driver.Builder().with_modules(module(tmp_path, "\n".join(rows))).build().graph
    assert list(order(graph, ["n2999"], ())) == [f"n{i}" for i in range(3000)]


def test_source_and_version_are_what_hamilton_has(tmp_path: Path, graph: Any) -> None:
    whole = described(tmp_path, graph, ["gathered", "p1", "p2"])
    for node in whole["nodes"]:
        own = graph_types.HamiltonNode.from_node(graph.nodes[node["name"]])
        assert node["version"] == own.version, node["name"]
        assert own.originating_functions is not None
        assert node["source"] == inspect.getsource(own.originating_functions[0]), node["name"]
        rows = Path(node["file"]).read_text("utf-8").splitlines(keepends=True)
        assert node["source"].startswith(rows[node["line"] - 1])


def test_a_node_says_module_tags_type_doc_and_role(tmp_path: Path, graph: Any) -> None:
    whole = described(tmp_path, graph, ["gathered"])
    nodes = {node["name"]: node for node in whole["nodes"] + whole["others"]}
    base = nodes["base"]
    assert base["type"] == "int" and base["doc"].startswith("Where it begins.")
    assert base["tags"]["team"] == "x" and base["tags"]["owners"] == ["a", "b"]
    assert base["module"] == base["tags"]["module"] and base["dependencies"] == ["start"]
    assert nodes["items"]["type"] == "Parallelizable[int]"
    roles = {name: nodes[name]["role"] for name in ("start", "items", "each", "gathered")}
    assert roles == {"start": "input", "items": "expand", "each": "node", "gathered": "collect"}
    assert "source" not in nodes["start"] and "file" not in nodes["start"]


def test_the_same_plan_has_the_same_hash_and_is_written_once(tmp_path: Path, graph: Any) -> None:
    planner = Planner(str(tmp_path))
    plan = planner.plan(graph, ["sd"], ())
    planner.write(plan)
    path = tmp_path / f"graph.{plan.digest}.json"
    before = path.stat()
    planner.write(plan)
    again = Planner(str(tmp_path)).plan(graph, ["sd"], ())
    assert again.digest == plan.digest and path.stat().st_mtime_ns == before.st_mtime_ns
    assert before.st_mode & 0o777 == 0o600
    assert planner.plan(graph, ["sd"], ()) is plan
    assert planner.plan(graph, ["base"], ()).digest != plan.digest
    assert [found.name for found in tmp_path.glob("graph.*")] == [path.name]


def test_functions_without_source_are_planned_without_it(tmp_path: Path) -> None:
    made: dict[str, Any] = {"__name__": "made_up"}
    exec("def odd(x: int) -> int:\n    return x\n", made)
    odd = made["odd"]
    graph = driver.Builder().with_modules(module(tmp_path, "def a() -> int:\n    return 1\n")).build().graph
    for function in (odd, functools.partial(odd, x=1), len):
        graph.nodes["a"]._originating_functions = (function,)
        (node,) = described(tmp_path, graph, ["a"])["nodes"]
        assert node["name"] == "a" and "source" not in node
        for path in tmp_path.glob("graph.*"):
            path.unlink()
