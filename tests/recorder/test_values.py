"""Payloads and statistics: what is told of values where it is asked for, what is kept back, and within which bounds."""

import datetime as dt
import enum
import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pyarrow as pa
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamtui.contract import redact
from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.summary import MOST_PAYLOAD, MOST_PAYLOADS, REDACTED
from hamtui.recorder.preview import payload, payloads
from hamtui.recorder.summaries import summaries, summary
from tests.recorder.conftest import Launcher
from tests.recorder.inside import Launch
from tests.recorder.test_summaries import Costly, Liar, LongList, Point

NAN = float("nan")
NOON = dt.datetime(2026, 1, 2, 12)


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "_known", {})


class Hostile(dict):  # type: ignore[type-arg]
    """A dict that refuses everything that a class can refuse."""

    def _refuse(self, *_: Any) -> Any:
        raise AssertionError("asked")

    __len__ = __iter__ = __getitem__ = items = keys = values = __bool__ = __repr__ = __str__ = _refuse
    __eq__ = __hash__ = __getattribute__ = _refuse  # type: ignore[assignment]


class Two(enum.Enum):
    ONE = "hunter2-1"


class Secretive(pydantic.BaseModel):
    name: str
    db_password: str
    inner: pydantic.SecretStr
    hidden: str = pydantic.Field(repr=False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (12, 12),
        (2**63, str(2**63)),
        (10**5_000, "int of 16610 bits"),
        (NAN, "nan"),
        (-math.inf, "-inf"),
        ("text", "text"),
        (b"a\xff", {"type": "bytes", "length": 2, "text": "a\\xff"}),
        (NOON, "2026-01-02T12:00:00"),
        (Two.ONE, {"type": f"{__name__}.Two", "text": "ONE"}),
        ([1, [2]], {"type": "list", "length": 2, "items": [1, {"type": "list", "length": 1, "items": [2]}]}),
        ({"a": 1, 2: "b"}, {"type": "dict", "length": 2, "pairs": [["a", 1], ["2", "b"]]}),
        (Hostile(a=1), {"type": f"{__name__}.Hostile", "length": 1, "pairs": [["a", 1]]}),
        (LongList([1]), {"type": f"{LongList.__module__}.LongList", "length": 1, "items": [1]}),
        (Costly(), {"type": f"{Costly.__module__}.Costly"}),
        (
            Point(1, []),
            {
                "type": f"{Point.__module__}.Point",
                "length": 2,
                "fields": [["x", 1], ["tags", {"type": "list", "length": 0, "items": []}]],
            },
        ),
        (np.float32(0.5), 0.5),
        (np.array([[1, 2], [3, 4]]).T, {"type": "numpy.ndarray", "shape": [2, 2], "items": [1, 3, 2, 4]}),
        (pd.Series([1, None]), {"type": "pandas.Series", "length": 2, "items": [1.0, "nan"]}),
        (pl.Series([1, None]), {"type": "polars.Series", "length": 2, "items": [1, None]}),
        (
            pa.chunked_array([["a"], ["b"]]),
            {"type": "pyarrow.ChunkedArray", "length": 2, "items": ["a", "b"]},
        ),
    ],
    ids=itertools.count(),
)
def test_values(value: Any, expected: Any) -> None:
    assert json.loads(payload(value)) == expected


ROWS = {"day": [1, 2, 3, 4, 5, 6], "at": [NOON] * 6, "api_key": ["hunter2-1"] * 6}


@pytest.mark.parametrize("make", [pa.table, pa.RecordBatch.from_pydict, pd.DataFrame, pl.DataFrame])
def test_the_first_rows_of_tables(make: Any) -> None:
    said = json.loads(payload(make(ROWS)))
    assert (said["rows"], said["columns"], said["names"]) == (6, 3, ["day", "at", "api_key"])
    assert said["head"] == [[day, "2026-01-02T12:00:00", REDACTED] for day in range(1, 6)]


def test_nested_and_long_cells_are_cut() -> None:
    table = pa.table(
        {
            "long": ["x" * 10_000_000],
            "list": [list(range(1_000))],
            "map": pa.array([[("token", "hunter2-1")]], pa.map_(pa.string(), pa.string())),
            "s": [{"password": "hunter2-1"}],
        }
    )
    said = payload(table)
    assert len(said) < 2_000 and "hunter2" not in said
    frame = pl.DataFrame({"long": ["x" * 1_000_000], "list": [list(range(100_000))]})
    assert len(payload(frame)) < 2_000


SECRETS = {
    "password": "hunter2-1",
    "nested": {"deep": [{"Api-Key": "hunter2-2"}]},
    "pairs": [("Authorization", "hunter2-3")],
    "listed": [{"name": "DB_PASSWORD", "value": "hunter2-4"}],
    "url": "postgres://me:hunter2-5@db/orders",
    "header": "Authorization: Basic hunter2-6",
    "text": 'connect(user="me", password="hunter2-7")',
    b"session_token": "hunter2-8",
    ("db", "passwd"): "hunter2-9",
    "jwt-like": "eyJhbGciOiJIUzI1NiJ9.eyJodW50ZXIyIn0.hunter2",
    "aws": ["AKIAHUNTER2HUNTER2", "wJalrXUtnFEMI/K7MDENG/hunter2hunter2XYZ9"],
    "model": Secretive(
        name="n", db_password="hunter2-a", inner=pydantic.SecretStr("hunter2-b"), hidden="hunter2-c"
    ),
    "frame": pd.DataFrame({"token": ["hunter2-d"], "o": [{"secret": "hunter2-e"}]}),
    "records": np.array([("hunter2-f",)], dtype=[("passwd", "U20")]),
    "series": pd.Series(["hunter2-g"], name="credential"),
    "elsewhere": "the same again: hunter2-1",
    "long": "x " * 90 + " password=hunter2-h" + "y" * 2_000,
    "pem": "-----BEGIN RSA PRIVATE KEY-----\nhunter2" + "A" * 3_000,
}


def test_secrets_are_kept_back_at_every_depth_and_in_text() -> None:
    whole = [payload(SECRETS), *(payload({key: value}) for key, value in SECRETS.items())]
    for said in whole:
        assert "hunter2" not in said.lower(), said
        assert REDACTED in said
    assert json.loads(payload("hunter2-1", "api_key")) == REDACTED
    # Neither a number nor a plain word is known again elsewhere: the key alone keeps it back.
    assert json.loads(payload({"password": "swordfish", "pin": 1234}))["pairs"] == [
        ["password", REDACTED],
        ["pin", REDACTED],
    ]
    model = Secretive(name="n", db_password="swordfish", inner=pydantic.SecretStr("x"), hidden="swordfish")
    assert "swordfish" not in payload(model)
    assert json.loads(payloads({"secret": [1], "rows": 3})) == {"secret": REDACTED, "rows": 3}


@pytest.mark.parametrize(
    "key", "rows passenger_count author bypass customer_id opinion key description primary".split()
)
def test_ordinary_keys_are_none(key: str) -> None:
    assert json.loads(payload(5, key)) == 5


@pytest.mark.parametrize(
    "text",
    [
        "a plain sentence.",
        "2026-01-02T12:00:00+00:00",
        "/data/orders/2026/part-0001.parquet",
        "http://localhost:8080/x",
        "d41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert json.loads(payload(text)) == text


def test_payloads_are_bounded() -> None:
    endless: list[Any] = []
    endless.append(endless)
    tree = {str(a): {str(b): {str(c): "z" * 500 for c in range(30)} for b in range(30)} for a in range(30)}
    for value in (
        endless,
        tree,
        ["w " * 9_000] * 1_000,
        list(range(1_000_000)),
        pa.table({f"c{n}": ["v" * 900] * 9 for n in range(900)}),
    ):
        assert len(payload(value)) <= MOST_PAYLOAD
    assert len(payloads({f"n{n}": tree for n in range(200)})) <= MOST_PAYLOADS


def test_iterators_are_not_consumed() -> None:
    endless = itertools.count()
    numbers = (number for number in range(3))
    assert json.loads(payload([endless, numbers]))["items"] == [
        {"type": "itertools.count"},
        {"type": "generator"},
    ]
    assert next(endless) == 0 and list(numbers) == [0, 1, 2]


def test_a_file_says_its_size(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("12345")
    said = json.loads(payload(tmp_path / "a.csv"))
    assert said["size"] == 5 and said["text"].endswith("a.csv")
    assert "size" not in json.loads(payload(tmp_path / "none"))


def test_what_lies_is_told_by_its_type() -> None:
    odd = Liar("Odd", (), {})
    assert json.loads(payload({"a": odd()}))["pairs"] == [["a", {"type": f"{__name__}.Odd"}]]
    assert json.loads(payload([odd]))["items"][0]["type"].endswith("Liar")


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes()
    | st.decimals()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers() | st.booleans(), inner)
        | st.tuples(inner, inner)
    ),
)


@settings(max_examples=60)
@given(VALUES, st.text())
def test_whatever_comes_is_bounded_json(value: Any, name: str) -> None:
    def strictly(text: str) -> Any:
        assert text.isascii() and "\n" not in text
        return json.loads(text, parse_constant=lambda word: pytest.fail(word))

    strictly(payload(value, name))
    assert len(payload(value, name)) <= MOST_PAYLOAD
    assert len(strictly(payloads({name: value}))) == 1
    assert len(summary(value)) < 1_000
    strictly(summary(value))
    strictly(summaries({name: value}))


FLOW = """
    import pandas as pd
    from hamilton.function_modifiers import tag

    @tag(kind="table")
    def orders(rows: int, api_key: str) -> pd.DataFrame:
        return pd.DataFrame({"day": range(rows), "token": api_key})

    def total(orders: pd.DataFrame) -> int:
        return int(orders["day"].sum())

    def db_password(total: int) -> str:
        return "hunter2-pw"

    def url(db_password: str, total: int) -> str:
        return f"https://db/?q={total}&x={db_password}"
"""


def run(launch: Launch, **wanted: Any) -> dict[str, dict[str, Any]]:
    """Execute the flow; its starts and ends, merged by node."""
    recorder = launch.recorder(wanted=Diagnostics(**wanted))
    launch.driver(FLOW, recorder=recorder).execute(["url"], inputs={"rows": 3, "api_key": "hunter2-key"})
    told: dict[str, dict[str, Any]] = {}
    for line in launch.flight("node_start", "node_end"):
        told.setdefault(line["node"], {}).update(line)
    return told


def test_payloads_and_statistics_of_a_run_and_no_secret_on_disk(tmp_path: Path) -> None:
    launch = Launch(tmp_path)
    told = run(launch, payloads=True, statistics=True)
    assert told["orders"]["kwargs_payload"] == {"rows": 3, "api_key": REDACTED}
    assert told["orders"]["result_payload"]["head"] == [[0, REDACTED], [1, REDACTED], [2, REDACTED]]
    assert told["orders"]["result_summary"]["statistics"] == {"columns": [["day", 0, 0, 2]], "left_out": 1}
    assert told["total"]["result_payload"] == 3
    assert told["db_password"]["result_payload"] == REDACTED
    assert told["url"]["result_payload"] == f"https://db/?q=3&x={REDACTED}"
    (start,) = launch.flight("graph_start")
    assert start["inputs_payload"] == {"rows": 3, "api_key": REDACTED}
    assert start["inputs_summary"]["api_key"] == {"type": "str", "length": 11}
    for path in launch.dir.iterdir():
        if not path.name.startswith("graph."):  # the nodes' own source, in which this flow writes one down
            assert b"hunter2" not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("which", "hit"),
    [("total", {"total"}), ("tag:kind=table", {"orders"}), ("*", {"orders", "total", "url", "db_password"})],
)
def test_the_node_filter_aims_values(tmp_path: Path, which: str, hit: set[str]) -> None:
    launch = Launch(tmp_path)
    told = run(launch, payloads=True, statistics=True, node_filter=(which,))
    assert {node for node, keys in told.items() if "result_payload" in keys} == hit
    assert {node for node, keys in told.items() if "kwargs_payload" in keys} == hit
    assert ("statistics" in told["orders"]["result_summary"]) == ("orders" in hit)
    (start,) = launch.flight("graph_start")
    assert set(start["inputs_payload"]) == ({"rows", "api_key"} if which == "*" else set())


PEOPLE = """
    from hamilton.function_modifiers import tag

    @tag(pii="yes")
    def people() -> list:
        return ["Ada Lovelace"]

    def count(people: list) -> int:
        return len(people)

    @tag(pii="none")
    def total(count: int) -> int:
        return count + 41
"""


def test_values_of_persons_are_told_of_nobody(tmp_path: Path) -> None:
    launch = Launch(tmp_path)
    recorder = launch.recorder(wanted=Diagnostics(payloads=True, statistics=True))
    launch.driver(PEOPLE, recorder=recorder).execute(["total"])
    told = {line["node"]: line for line in launch.flight("node_end")}
    given = {line["node"]: line for line in launch.flight("node_start")}
    assert "result_payload" not in told["people"] and "statistics" not in told["people"]["result_summary"]
    assert told["people"]["result_summary"] == {"type": "list", "length": 1, "items": "str"}
    assert "kwargs_payload" not in given["count"]
    assert told["total"]["result_payload"] == 42 and given["total"]["kwargs_payload"] == {"count": 1}
    for path in launch.dir.iterdir():
        if not path.name.startswith("graph."):  # the node's own source, in which this flow writes one down
            assert b"Lovelace" not in path.read_bytes(), path


def test_without_asking_no_value_is_told(tmp_path: Path) -> None:
    launch = Launch(tmp_path)
    told = run(launch)
    assert not any(key.endswith("payload") for keys in told.values() for key in keys)
    assert "statistics" not in told["orders"]["result_summary"]
    assert "inputs_payload" not in launch.flight("graph_start")[0]


def test_without_summaries_only_the_type_of_a_result_is_told(tmp_path: Path) -> None:
    launch = Launch(tmp_path)
    told = run(launch, summaries=False)
    for keys in told.values():
        assert not {"kwargs_summary", "result_summary", "kwargs_payload", "result_payload"} & set(keys)
    assert told["orders"]["result_type"] == "pandas.DataFrame" and told["total"]["result_type"] == "int"
    start, end = launch.flight("graph_start", "graph_end")
    assert "inputs_summary" not in start and "results_summary" not in end and end["result_keys"] == ["url"]


def test_the_sample_tells_its_values_and_no_secret_reaches_the_disk(launcher: Launcher) -> None:
    sample = Path(__file__).parents[2] / "sample_dags" / "payloads.py"
    launched = launcher.run(
        str(sample),
        "letter",
        inputs={"api_key": "hunter2-abc", "pace": 0},
        payloads=True,
        statistics=True,
        node_filter=("tag:show=*",),
    )
    ends = {line["node"]: line for line in launched.flight("node_end")}
    assert {node for node, line in ends.items() if "result_payload" in line} == {
        "station",
        "request",
        "readings",
        "letter",
    }
    assert ends["readings"]["result_summary"]["statistics"]["columns"][1] == ["wind", 454, 0.0, 28.9]
    pairs = dict(ends["request"]["result_payload"]["pairs"])
    assert pairs["url"] == f"https://readings.example/Ridge-4?key={REDACTED}"
    assert pairs["proxy"] == f"http://Ridge:{REDACTED}@proxy.example:8080"
    for path in launched.dir.iterdir():
        told = path.read_bytes()
        assert not any(secret in told for secret in (b"hunter2", b"4 egdiR", b"ticket-0")), path
