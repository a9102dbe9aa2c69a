"""Values under the glass: tables, a model, a catalogue, and a secret that stays one. About 3 s.

    hamtui run sample_dags/payloads.py --target letter --profile debug_payloads --node-filter 'tag:show=*'
    hamtui run sample_dags/payloads.py --target letter --profile debug_payloads --input api_key=hunter2-abc

Open the Node pane (`3`) on `readings`: its columns with nulls, least and greatest value, and its first rows; on
`station`: a model field by field; on `request`: the key that went in is kept back, in the URL that was made of it too.
With the filter only the nodes with the tag `show` tell values; without it all of them do. Under the default
profile no value is recorded at all, only types, sizes and columns.
"""

import dataclasses
import datetime as dt
import time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from hamilton.function_modifiers import tag

_FIRST = dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)


@dataclasses.dataclass(frozen=True)
class Station:
    """Where the readings come from. The password is no business of a log's."""

    name: str
    height_m: int
    sensors: tuple[str, ...]
    password: str


@tag(show="yes")
def station(name: str = "Ridge 4") -> Station:
    """The station as the registry has it."""
    return Station(name, 1_840, ("wind", "rain", "light"), f"{name[::-1]}-{len(name)}x")


@tag(show="yes")
def request(station: Station, api_key: str = "none") -> dict[str, Any]:
    """What is asked of the service: the key stands in the header and in the URL."""
    return {
        "url": f"https://readings.example/{station.name.replace(' ', '-')}?key={api_key}",
        "headers": {"Authorization": f"Bearer {api_key}", "Accept": "text/csv"},
        "proxy": f"http://{station.name.split()[0]}:{station.password}@proxy.example:8080",
    }


@tag(show="yes")
def readings(request: dict[str, Any], rows: int = 5_000, pace: int | float = 1) -> pa.Table:
    """What the service answers, made up here: every eleventh wind reading is missing."""
    print("asking", request["url"].partition("?")[0])
    time.sleep(1.5 * pace)
    return pa.table(
        {
            "at": [_FIRST + dt.timedelta(minutes=10 * n) for n in range(rows)],
            "wind": [None if n % 11 == 10 else (n * 37 % 290) / 10 for n in range(rows)],
            "rain": [(n * 13) % 7 for n in range(rows)],
            "sensor": [("north", "south")[n % 2] for n in range(rows)],
            "session_token": [f"ticket-{n:05d}" for n in range(rows)],
        }
    )


def storms(readings: pa.Table, pace: int | float = 1) -> pa.Table:
    """The readings with strong wind."""
    time.sleep(0.8 * pace)
    return readings.filter(pc.greater(pc.fill_null(readings["wind"], 0), 25.0))


def by_sensor(storms: pa.Table) -> dict[str, int]:
    """How many storms each sensor saw."""
    return {row["values"]: row["counts"] for row in pc.value_counts(storms["sensor"]).to_pylist()}


@tag(show="yes")
def letter(by_sensor: dict[str, int], station: Station, pace: int | float = 1) -> str:
    """The sentence that is sent out."""
    time.sleep(0.4 * pace)
    seen = ", ".join(f"{count} from the {sensor}" for sensor, count in sorted(by_sensor.items()))
    return f"{station.name}: {sum(by_sensor.values())} storms, {seen}"
