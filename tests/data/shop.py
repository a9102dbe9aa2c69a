"""The shop: the dataflow that most recorded launches are of, and what a scene is."""

from dataclasses import dataclass
from pathlib import Path

from hamtui.model.state import Now, ProcessFact
from tests.data.scribe import MONO0, T0, Scribe, node

ALIVE = ProcessFact(alive=True, supervisor_alive=True)
GONE = ProcessFact(alive=False, supervisor_alive=False)
NOT_KNOWN = ProcessFact()


@dataclass(frozen=True)
class Scene:
    """A recorded launch: the folder to open, the instant to look at it, what its processes do."""

    dir: Path
    now: Now
    fact: ProcessFact


ORDERS = [
    node("raw_orders", module="ingest", line=12, tags={"module": "ingest", "stage": "ingest"}),
    node("raw_customers", module="ingest", line=20),
    node("raw_prices", module="ingest", line=28),
    node("clean_orders", "raw_orders", module="features", line=14),
    node("prices.scaled", "raw_prices", module="features", line=22),
    node("prices.filled", "prices.scaled", module="features", line=26),
    node("joined", "clean_orders", "raw_customers", module="features", line=34),
    node(
        "risk_score", "joined", module="risk", line=80, type="float", tags={"module": "risk", "owner": "ana"}
    ),
    node("basket", "joined", "prices.filled", module="features", line=51),
    node("by_region", "joined", module="report", line=8),
    node("totals", "basket", "risk_score", module="report", line=17),
    node("daily_report", "totals", "by_region", module="report", line=30, type="str"),
]
INPUTS = [node("day", role="input", file=None, line=None, source=None, version=None, type="str")]


def scene(scribe: Scribe, at: float, fact: ProcessFact) -> Scene:
    scribe.dated(at)
    scribe.latest()
    unix, mono = T0 + scribe.start + at, MONO0 + scribe.start + at
    return Scene(scribe.dir.parent, Now(unix, mono if fact.alive is not None else None), fact)


def orders(diag: Path, **more: object) -> Scribe:
    scribe = Scribe(diag)
    scribe.launch("daily_report", **more)
    scribe.graph(ORDERS, INPUTS)
    scribe.begin(0.5, "daily_report")
    scribe.say("loading orders of 2026-11-22\n")
    return scribe


def ingest(scribe: Scribe) -> float:
    """The first six nodes; when they are done."""
    at = scribe.span("raw_orders", 0.6, 1.2, output_offset=29)
    scribe.log(1.5, "read 1200 orders", name="raw_orders")
    at = scribe.span("raw_customers", at, 0.8)
    at = scribe.span("raw_prices", at, 0.3)
    at = scribe.span("clean_orders", at, 2.1)
    at = scribe.span("prices.scaled", at, 0.05)
    at = scribe.span("prices.filled", at, 0.2)
    return scribe.span("joined", at, 4.8)
