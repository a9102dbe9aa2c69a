"""Where hamtui's own spans go, and what is wrong with the knobs of tracing."""

from collections.abc import Mapping
from urllib.parse import unquote

from hamtui.contract.diagnostics import Diagnostics
from hamtui.contract.tracking import bad_url

_DEFAULT, _PATH = "http://localhost:4318", "/v1/traces"


def endpoint(wanted: Diagnostics, environ: Mapping[str, str]) -> str:
    """The URL that spans are posted to: option, then OpenTelemetry's variables, then a collector on this machine.

    As OpenTelemetry has it, the variable for traces alone is the whole URL; the others are a base.
    """
    whole = environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if wanted.otlp_endpoint is None and whole:
        return whole
    base = (wanted.otlp_endpoint or environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or _DEFAULT).rstrip("/")
    return base if base.endswith(_PATH) else base + _PATH


def headers(environ: Mapping[str, str]) -> dict[str, str]:
    """What a collector wants to see, from OpenTelemetry's own variables alone: they may be keys."""
    told = environ.get("OTEL_EXPORTER_OTLP_TRACES_HEADERS") or environ.get("OTEL_EXPORTER_OTLP_HEADERS") or ""
    pairs = (pair.partition("=") for pair in told.split(",") if "=" in pair)
    return {name.strip(): unquote(value.strip()) for name, _, value in pairs}


def trouble(wanted: Diagnostics, environ: Mapping[str, str]) -> str | None:
    """What is wrong with the knobs, one sentence; None where nothing is."""
    if "otlp" not in wanted.trace and "otel" not in wanted.trace:
        return None
    url = endpoint(wanted, environ)
    fault = bad_url(url)
    return None if fault is None else f"--otlp-endpoint {url}: {fault}"
