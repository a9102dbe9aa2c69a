"""What the Node pane shows of values: summaries with schema and statistics, payloads, whatever stands in them."""

from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from hamtui.tui.theme import LOOKS
from hamtui.tui.widgets.lines import Pen
from hamtui.tui.widgets.node_pane import NodePane
from hamtui.tui.widgets.value_rows import payload_rows, summary_rows
from tests.tui.pane_host import PaneHost, shown, subject_of
from tests.tui.pane_runs import T0, Told

TABLE = {
    "type": "pyarrow.Table",
    "shape": [120000, 3],
    "rows": 120000,
    "columns": 3,
    "bytes": 4_100_000,
    "schema": [["order_id", "int64"], ["day", "date32[day]"], ["token", "string"]],
}
STATISTICS = {
    "columns": [["order_id", 0, 1, 9999], ["day", 12, "2026-01-01", "2026-01-31"]],
    "left_out": 1,
    "stopped_s": 0.05,
}
PAYLOAD = {
    "type": "pyarrow.Table",
    "rows": 120000,
    "columns": 3,
    "names": ["order_id", "day", "token"],
    "head": [[1, "2026-01-01", "[redacted]"], [2, None, "[redacted]"]],
}


def texts(rows: list[Any]) -> list[str]:
    return [text for text, _ in rows]


@pytest.fixture
def pen() -> Pen:
    return Pen(LOOKS["dark"], 69)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_the_pane_shows_what_came_in_and_out(tmp_path: Path, size: tuple[int, int]) -> None:
    told = Told()
    told.start(
        "risk_score",
        2.0,
        kwargs_summary={"joined": TABLE, "api_key": {"type": "str", "length": 12}},
        kwargs_payload={"joined": PAYLOAD, "api_key": "[redacted]"},
    )
    told.end("risk_score", 3.0, result_summary={**TABLE, "statistics": STATISTICS}, result_payload=PAYLOAD)
    async with PaneHost(NodePane()).run_test(size=size) as pilot:
        rows = await shown(pilot, subject_of(told.launch, "risk_score", tmp_path, unix=T0 + 9))
    assert rows[1:6] == [
        "inputs     joined: pyarrow.Table, 120,000 rows × 3 columns, 4.1 MB",
        "             order_id int64 · day date32[day] · token string",
        "           joined = first rows",
        "             order_id  day         token",
        "             1         2026-01-01  [redacted]",
    ]
    text = "\n".join(rows)
    assert "           api_key: str, length 12\n           api_key = [redacted]" in text
    assert "result     pyarrow.Table, 120,000 rows × 3 columns, 4.1 MB" in text
    assert "             column    type         nulls  least       greatest" in text
    assert "             day       date32[day]  12     2026-01-01  2026-01-31" in text
    assert "1 column without statistics; stopped after 0.05s" in text
    assert "           value = first rows" in text
    assert max(map(cell_len, rows)) <= size[0]


async def test_what_the_run_was_given_stands_where_no_node_is_selected(tmp_path: Path) -> None:
    told = Told()
    told.event(
        "graph_start",
        1.0,
        final_vars=["report"],
        inputs_summary={"rows": {"type": "int"}},
        inputs_payload={"rows": 5, "api_key": "[redacted]"},
    )
    async with PaneHost(NodePane()).run_test(size=(80, 12)) as pilot:
        rows = await shown(pilot, subject_of(told.launch, None, tmp_path, unix=T0 + 2))
    assert [row[11:] for row in rows if row[:11] in ("run given  ", " " * 11)] == [
        "rows: int",
        "rows = 5",
        "api_key = [redacted]",
    ]


@pytest.mark.parametrize(
    ("summary", "row"),
    [
        ({"type": "int"}, "int"),
        ({"type": "list", "length": 1200, "items": "int | None"}, "list, length 1,200, items int | None"),
        (
            {"type": "numpy.ndarray", "shape": [2, 3], "dtype": "f8", "bytes": 48},
            "numpy.ndarray, 2 × 3, 48 B, dtype f8",
        ),
        (
            {"type": "pandas.Series", "length": 1, "rows": 1, "dtype": "int64"},
            "pandas.Series, 1 row, dtype int64",
        ),
        ({"type": "pyarrow.Schema", "columns": 1}, "pyarrow.Schema, 1 column"),
        ({"rows": "many", "len": 3}, "len 3"),
        ("text", "text"),
        (None, "null"),
    ],
)
def test_sentences(pen: Pen, summary: Any, row: str) -> None:
    assert texts(summary_rows(pen, "", summary)) == [row]


def test_fields_of_a_model_and_what_is_left_out(pen: Pen) -> None:
    rows = summary_rows(pen, "who", {"type": "M", "fields": [["a", "int"], ["b", None]], "left_out": 7})
    assert texts(rows) == ["who: M", "  a int · b not set, 7 more"]


@pytest.mark.parametrize(
    ("payload", "rows"),
    [
        (3, ["x = 3"]),
        ("two\nlines\x1b[2J", ["x = two␊lines␛[2J"]),
        ({"type": "list", "length": 9, "items": [1, 2]}, ["x = [1, 2, 7 more]"]),
        (
            {"type": "dict", "length": 1, "pairs": [["a\x07", {"type": "f", "length": 2}]]},
            ["x = {a␇: f, length 2}"],
        ),
        ({"type": "Path", "text": "/a.csv", "size": 1500}, ["x = /a.csv, 1.5 kB"]),
        ({"type": "generator"}, ["x = generator"]),
        (
            {
                "type": "dict",
                "length": 3,
                "pairs": [["long", "w" * 40], ["wide", {"type": "list", "length": 1, "items": ["z" * 60]}]],
            },
            [
                "x = dict, length 3",
                "  long: " + "w" * 40,
                "  wide: list, length 1",
                "    " + "z" * 60,
                "  1 more",
            ],
        ),
    ],
)
def test_payloads(pen: Pen, payload: Any, rows: list[str]) -> None:
    assert texts(payload_rows(pen, "x", payload)) == rows


def test_a_wide_table_counts_the_columns_that_do_not_fit(pen: Pen) -> None:
    names = [f"column_{number:03}" for number in range(20)]
    rows = texts(payload_rows(pen, "x", {"names": names, "head": [list(range(20))], "columns": 400}))
    assert rows[1].split() == names[:5]
    assert rows[2].split() == list("01234")
    assert rows[3] == "  (395 columns more)"


@pytest.mark.parametrize(
    "odd",
    [
        {"names": [1, None], "head": [3, [1], [1, 2, 3]]},
        {"items": [[]], "length": -1},
        {"pairs": [1, ["a"], ["a", {"items": []}]]},
        {"type": {"type": []}, "schema": 3, "statistics": {"columns": [1, [], ["a"]]}},
        {"schema": [["a", "b"]], "statistics": {"columns": [["a"]], "left_out": "x"}},
    ],
)
def test_other_people_s_shapes_are_shown_all_the_same(pen: Pen, odd: Any) -> None:
    for row in (*texts(payload_rows(pen, "x", odd)), *texts(summary_rows(pen, "x", odd))):
        assert "\n" not in row


def test_statistics_keep_their_columns_and_cut_their_cells() -> None:
    row = ["a_rather_long_name_of_a_column", 0, "2026-03-01T00:00:00+00:00", "2026-04-04T17:10:00+00:00"]
    kinds = {"type": "t", "schema": [[row[0], "timestamp[us, tz=UTC]"]], "statistics": {"columns": [row]}}
    rows = texts(summary_rows(Pen(LOOKS["dark"], 69), "", kinds))
    assert rows[1].split() == ["column", "type", "nulls", "least", "greatest"]
    assert rows[2].split()[-2:] == ["2026-03-01T0…", "2026-04-04T1…"] and len(rows) == 3
