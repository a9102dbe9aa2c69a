"""A shop's daily report from pyarrow tables: load, clean, join, aggregate, report. About 20 s.

    hamtui run sample_dags/orders.py --target report
    hamtui run sample_dags/orders.py --target report --cache

Watch the four loads come first and fill their groups of the waterfall, `risk_score` grow into its longest
bar, and the rows that wait for it stay pending. With `--cache`, run it twice: the second time nearly every
row says cached, and the Cache pane says what that saved. Then change one input, `--input top=5`:
`top_products` and `report` are executed, nothing else, and the pane says which input changed.

It makes its own data, the same every time. `--input pace=0` leaves out the waiting (what a warehouse over
the network would take), `--input rows=2000` most of the computing.
"""

import logging
import math
import time

import pyarrow as pa
import pyarrow.compute as pc
from hamilton.function_modifiers import tag

logger = logging.getLogger(__name__)

_CUSTOMERS = 4_000
_PRODUCTS = 500
_REGIONS = ("north", "south", "east", "west")
_PAGES = 8


def _wait(seconds: float, pace: float) -> None:
    """What a network or a disk takes."""
    if pace > 0:
        time.sleep(seconds * pace)


def _numbers(count: int, seed: int, below: int) -> list[int]:
    """Pseudo-random whole numbers, the same on every machine (a linear congruential generator)."""
    state, out = seed, []
    for _ in range(count):
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
        out.append((state >> 8) % below)
    return out


@tag(stage="load", team="ingest")
def raw_orders(rows: int = 120_000, pace: int | float = 1) -> pa.Table:
    """All order lines of the month, fetched page by page, a few of them twice and a few of them wrong."""
    pages = []
    share = max(1, rows // _PAGES)
    for page in range(_PAGES):
        first = page * share
        pages.append(
            pa.table(
                {
                    "order_id": [first + i - (i % 97 == 96) for i in range(share)],
                    "customer_id": _numbers(share, 11 + page, _CUSTOMERS),
                    "product_id": _numbers(share, 23 + page, _PRODUCTS),
                    "quantity": [q - 1 for q in _numbers(share, 37 + page, 9)],
                    "day": _numbers(share, 41 + page, 30),
                }
            )
        )
        _wait(0.35, pace)
        print(f"raw_orders: page {page + 1} of {_PAGES}, {share} lines")
    return pa.concat_tables(pages)


@tag(stage="load", team="ingest")
def raw_customers(pace: int | float = 1) -> pa.Table:
    """Who buys: a region, a year of birth, and a name with stray blanks."""
    _wait(1.1, pace)
    return pa.table(
        {
            "customer_id": list(range(_CUSTOMERS)),
            "name": [f"  customer {i:05d} " for i in range(_CUSTOMERS)],
            "region": [_REGIONS[n] for n in _numbers(_CUSTOMERS, 5, len(_REGIONS))],
            "born": [1930 + n for n in _numbers(_CUSTOMERS, 7, 75)],
        }
    )


@tag(stage="load", team="ingest")
def raw_products(pace: int | float = 1) -> pa.Table:
    """What is sold, and for how much in cents."""
    _wait(0.6, pace)
    return pa.table(
        {
            "product_id": list(range(_PRODUCTS)),
            "title": [f"product {i:03d}" for i in range(_PRODUCTS)],
            "cents": [199 + 10 * n for n in _numbers(_PRODUCTS, 3, 2_000)],
        }
    )


@tag(stage="load", team="ingest")
def raw_refunds(rows: int = 120_000, pace: int | float = 1) -> pa.Table:
    """Orders whose money went back."""
    _wait(0.9, pace)
    return pa.table({"order_id": sorted(set(_numbers(rows // 20, 53, rows)))})


@tag(stage="clean", team="ingest")
def clean_orders(raw_orders: pa.Table, pace: int | float = 1) -> pa.Table:
    """Every order once, with a quantity of at least one."""
    kept = raw_orders.filter(pc.greater(raw_orders["quantity"], 0))
    once = kept.group_by("order_id", use_threads=False).aggregate(
        [(name, "first") for name in kept.column_names if name != "order_id"]
    )
    once = once.rename_columns([name.removesuffix("_first") for name in once.column_names])
    logger.warning("clean_orders: left out %d lines", raw_orders.num_rows - once.num_rows)
    _wait(0.8, pace)
    return once.sort_by("order_id")


@tag(stage="clean", team="ingest")
def clean_customers(raw_customers: pa.Table, pace: int | float = 1) -> pa.Table:
    """Names without stray blanks."""
    _wait(0.4, pace)
    return raw_customers.set_column(1, "name", pc.utf8_trim_whitespace(raw_customers["name"]))


@tag(stage="join", team="sales")
def priced_orders(clean_orders: pa.Table, raw_products: pa.Table, pace: int | float = 1) -> pa.Table:
    """Orders with their product's title and the amount in cents."""
    joined = clean_orders.join(raw_products, "product_id", use_threads=False)
    _wait(1.0, pace)
    amount = pc.multiply(joined["quantity"], joined["cents"])
    return joined.append_column("amount", amount).sort_by("order_id")


@tag(stage="join", team="sales")
def net_orders(priced_orders: pa.Table, raw_refunds: pa.Table, pace: int | float = 1) -> pa.Table:
    """Priced orders that were not refunded."""
    _wait(0.7, pace)
    return priced_orders.join(raw_refunds, "order_id", join_type="left anti", use_threads=False).sort_by(
        "order_id"
    )


@tag(stage="join", team="sales")
def joined(net_orders: pa.Table, clean_customers: pa.Table, pace: int | float = 1) -> pa.Table:
    """Net orders with their customer beside them."""
    _wait(1.2, pace)
    logger.info("joined: %d orders, %d customers", net_orders.num_rows, clean_customers.num_rows)
    return net_orders.join(clean_customers, "customer_id", use_threads=False).sort_by("order_id")


@tag(stage="aggregate", team="sales")
def daily_sales(joined: pa.Table, pace: int | float = 1) -> pa.Table:
    """Orders and amount by day."""
    _wait(0.8, pace)
    by_day = joined.group_by("day", use_threads=False).aggregate([("amount", "sum"), ("order_id", "count")])
    return by_day.sort_by("day")


@tag(stage="aggregate", team="sales")
def sales_by_region(joined: pa.Table, pace: int | float = 1) -> pa.Table:
    """Amount by region, most first."""
    _wait(0.6, pace)
    by_region = joined.group_by("region", use_threads=False).aggregate([("amount", "sum")])
    return by_region.sort_by([("amount_sum", "descending"), ("region", "ascending")])


@tag(stage="aggregate", team="sales")
def top_products(joined: pa.Table, top: int = 10, pace: int | float = 1) -> pa.Table:
    """The products that sold for most."""
    _wait(0.7, pace)
    by_title = joined.group_by("title", use_threads=False).aggregate([("amount", "sum")])
    return by_title.sort_by([("amount_sum", "descending"), ("title", "ascending")]).slice(0, top)


@tag(stage="aggregate", team="risk")
def customer_value(joined: pa.Table, pace: int | float = 1) -> pa.Table:
    """What each customer spent, how often, and when last."""
    _wait(0.9, pace)
    by_customer = joined.group_by("customer_id", use_threads=False).aggregate(
        [("amount", "sum"), ("order_id", "count"), ("day", "max"), ("born", "max")]
    )
    return by_customer.sort_by("customer_id")


@tag(**{"stage": "score", "team": "risk", "hamtui.hang_after": "60s"})
def risk_score(customer_value: pa.Table, rounds: int = 600, pace: int | float = 1) -> pa.Table:
    """A score between 0 and 1 for each customer, by a loop in Python: the slowest node, and it works."""
    scores = []
    for n, row in enumerate(customer_value.to_pylist()):
        owed, quiet = row["amount_sum"] / row["order_id_count"] / 100_000, (30 - row["day_max"]) / 30
        score = 0.5
        for _ in range(rounds if pace > 0 else 1):
            score = 1 / (1 + math.exp(-(3 * score + owed + quiet - 3)))
        scores.append(round(score, 6))
        if n % 400 == 399:
            print(f"risk_score: {n + 1} of {customer_value.num_rows} customers")
            _wait(0.4, pace)
    return customer_value.append_column("risk", pa.array(scores, pa.float64()))


@tag(stage="score", team="risk")
def risky_customers(risk_score: pa.Table, clean_customers: pa.Table, pace: int | float = 1) -> pa.Table:
    """The twenty customers of highest risk, by name."""
    _wait(0.5, pace)
    worst = risk_score.sort_by([("risk", "descending"), ("customer_id", "ascending")]).slice(0, 20)
    named = worst.join(clean_customers.select(["customer_id", "name"]), "customer_id", use_threads=False)
    return named.sort_by([("risk", "descending"), ("customer_id", "ascending")])


@tag(stage="report", team="sales")
def report(
    daily_sales: pa.Table,
    sales_by_region: pa.Table,
    top_products: pa.Table,
    risky_customers: pa.Table,
    pace: int | float = 1,
) -> str:
    """The page that is sent out."""
    _wait(0.4, pace)
    total = pc.sum(daily_sales["amount_sum"]).as_py()
    best = top_products["title"][0].as_py()
    lines = [f"{total / 100:,.2f} in {daily_sales.num_rows} days, most for {best}"]
    lines += [f"  {row['region']:<8}{row['amount_sum'] / 100:>16,.2f}" for row in sales_by_region.to_pylist()]
    lines += [f"  watch {row['name']} ({row['risk']})" for row in risky_customers.slice(0, 3).to_pylist()]
    text = "\n".join(lines)
    print(text)
    return text
