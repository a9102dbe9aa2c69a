"""A check's report in its four forms."""

import json

from hamtui.cli.registry_report import FORMATS, Report, written
from hamtui.contract.semantic_check import Checked, Problem
from hamtui.model.registry_diff import Change

PROBLEM = Problem("warning", "no-owner", "risk", "a.py", 3, "the recommended tag owner is missing", "add it")
REPORT = Report(
    problems=[PROBLEM],
    changes=[
        Change("breaking", "f.risk.v1", "entity_keys", ["a", "b"], ["a"], "100 %\nof | it"),
        Change("compatible", "f.new.v1", "", None, "new", "it is new"),
    ],
    values=[
        Checked("f.risk.v1", "risk", "table", "failed", rows=3, columns=2, problems=["no <key>"]),
        Checked("f.size.v1", "size", "table", "ok", keys=["a"], rows=1, columns=1, schema="json"),
        Checked("f.mean.v1", "mean", "scalar", "ok"),
    ],
    outputs=3,
    places={"f.risk.v1": ("a,b.py", 7)},
)
SENTENCE = "3 public outputs, 1 warning, 1 breaking, 1 compatible, values: 1 failed, 2 ok"


def test_text() -> None:
    assert written(REPORT, "text").split("\n") == [
        "a.py:3: warning: risk: the recommended tag owner is missing; add it",
        "breaking    f.risk.v1  entity_keys: a,b -> a; 100 %",
        "of | it",
        "compatible  f.new.v1  new; it is new",
        "failed      f.risk.v1  no <key>; 3 rows",
        "ok          f.size.v1  1 row, unique by a, held against a json schema",
        "ok          f.mean.v1  of its dtype",
        SENTENCE,
        "",
    ]


def test_json() -> None:
    told = json.loads(written(REPORT, "json"))
    assert told["code"] == 1 and told["changes"][0]["before"] == ["a", "b"]
    assert told["values"][1]["schema"] == "json" and told["problems"][0]["line"] == 3


def test_markdown() -> None:
    lines = written(REPORT, "markdown").splitlines()
    assert lines[0] == "### Public outputs: " + SENTENCE
    assert "| **breaking** | `f.risk.v1` | entity_keys: a,b -> a | 100 % of \\| it |" in lines
    assert "| **failed** | `f.risk.v1` | no \\<key>; 3 rows |" in lines


def test_github() -> None:
    assert written(REPORT, "github").splitlines() == [
        "::warning file=a.py,line=3,title=no-owner::risk: the recommended tag owner is missing; add it",
        "::error file=a%2Cb.py,line=7,title=breaking change::f.risk.v1: entity_keys: a,b -> a; 100 %25%0Aof | it",
        "::notice title=compatible change::f.new.v1: new; it is new",
        "::error file=a%2Cb.py,line=7,title=values::f.risk.v1: no <key>",
        SENTENCE,
    ]


def test_codes() -> None:
    assert Report(changes=[], values=[]).code == 0 and Report(problems=[PROBLEM], changes=[]).code == 0
    assert Report(problems=[Problem("error", "r", "", None, None, "t", "m")]).code == 1
    assert Report(changes=(REPORT.changes or [])[1:]).code == 1 and Report(values=REPORT.values).code == 1
    assert all(written(Report(changes=[]), form).strip() for form in FORMATS)
