"""Graphs as DOT: what graphviz itself makes of them."""

import json
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamtui.contract import dot
from hamtui.contract.graph import PlannedNode

PROGRAM = shutil.which("dot")
needs_graphviz = pytest.mark.skipif(PROGRAM is None, reason="graphviz is not installed")


def read(text: str) -> dict[str, Any]:
    done = subprocess.run(
        [str(PROGRAM), "-Tjson0"], input=text, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def nodes(text: str) -> dict[str, dict[str, str]]:
    return {one["name"]: one for one in read(text)["objects"] if not one["name"].startswith("cluster_")}


PLAN = [
    PlannedNode("rows", ["count", "rate"], module="shop", type="list[int]", role="expand"),
    PlannedNode("total", ["rows"], module="shop.sums", type="int"),
]
OTHERS = [PlannedNode("count", [], type="int", role="input"), PlannedNode("unused", [])]


@needs_graphviz
def test_the_plan_with_what_it_is_given() -> None:
    text = dot.text(
        PLAN, OTHERS, title="today's", targets=["total"], marks={"total": dot.Mark("hit", "#b8e6c8")}
    )
    found = nodes(text)
    assert set(found) == {"rows", "total", "count", "rate"}
    assert found["rows"]["label"] == r"rows\nlist[int]\nfor each"
    assert found["total"]["label"] == r"total\nint\nhit" and found["total"]["fillcolor"] == "#b8e6c8"
    assert found["total"]["penwidth"] == "2.5" and "penwidth" not in found["rows"]
    assert found["count"]["label"] == r"count\nint\ninput" and found["rate"]["label"] == r"rate\ngiven"
    assert len(read(text)["edges"]) == 3
    modules = [one["label"] for one in read(text)["objects"] if one["name"].startswith("cluster_")]
    assert modules == ["shop", "shop.sums"]


@needs_graphviz
@settings(max_examples=40)
@given(st.text(min_size=1, max_size=200), st.text(max_size=20))
def test_no_name_breaks_out_of_its_quotes(name: str, type_: str) -> None:
    name = name.encode("utf-8", "ignore").decode() or "x"
    type_ = type_.encode("utf-8", "ignore").decode()
    text = dot.text([PlannedNode(name, ["below"], module=type_, type=type_)], targets=[name], title=name)
    assert len(nodes(text)) == 2 and len(read(text)["edges"]) == 1


def test_control_characters_are_shown_by_their_code() -> None:
    assert dot.quoted("a\x1b[31m\n", 'say "\\"') == '"a<1b>[31m<a>\\nsay \\"\\\\\\""'
