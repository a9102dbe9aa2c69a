"""Where hamtui's own spans go."""

import pytest

from hamtui.contract import tracing
from hamtui.contract.diagnostics import Diagnostics


@pytest.mark.parametrize(
    ("option", "environ", "expected"),
    [
        (None, {}, "http://localhost:4318/v1/traces"),
        ("http://c:1", {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, "http://c:1/v1/traces"),
        ("http://c:1/v1/traces", {}, "http://c:1/v1/traces"),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://base/"}, "http://base/v1/traces"),
        (
            None,
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://b", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t/own"},
            "http://t/own",
        ),
    ],
)
def test_where_spans_go(option: str | None, environ: dict[str, str], expected: str) -> None:
    assert tracing.endpoint(Diagnostics(otlp_endpoint=option), environ) == expected


def test_what_is_refused() -> None:
    assert tracing.trouble(Diagnostics(otlp_endpoint="nowhere"), {}) is None  # no spans are wanted
    found = tracing.trouble(Diagnostics(trace=("otlp",), otlp_endpoint="nowhere"), {})
    assert found == "--otlp-endpoint nowhere/v1/traces: write it as http://HOST:PORT or https://HOST"


def test_the_collectors_keys_come_from_the_environment() -> None:
    environ = {"OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%3Db, x = y"}
    assert tracing.headers(environ) == {"api-key": "a=b", "x": "y"}
