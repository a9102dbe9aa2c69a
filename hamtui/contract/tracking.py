"""What the Hamilton UI's tracker is to be told, where, and which of its own knobs hold.

The run tells nobody: it appends calls to ``tracker.jsonl`` in the launch folder, and a process beside the
supervisor makes them. A line is ``{"kind", …}``: ``template`` (a graph, ``template`` its name in the spool),
``run`` (``run_id``, ``template``), ``tasks`` (``run_id``, ``attributes``, ``task_updates``), ``end`` (``run_id``);
``body`` is what the UI's API takes.
"""

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from hamtui.contract import redact, vocabulary
from hamtui.contract.diagnostics import Diagnostics

TEMPLATE, RUN, TASKS, END = "template", "run", "tasks", "end"
#: The states of a spool: calls are being made; nobody answers; all is told; given up, for ``hamtui track`` to go on.
SENDING, WAITING, DONE, KEPT = "sending", "waiting", "done", "kept"

#: Only from here, never from an option or a file: it stands on no disk and in no command line.
API_KEYS = {"hamilton": ("HAMILTON_API_KEY",), "dagworks": ("DAGWORKS_API_KEY", "HAMILTON_API_KEY")}
_URLS = {
    "hamilton": ("http://localhost:8241", "http://localhost:8241", "HAMILTON"),
    "dagworks": ("https://api.app.dagworks.io", "https://app.dagworks.io", "DAGWORKS"),
}
#: The SDK's own file of settings, and the variable that names another one.
_CONF, _CONF_VARIABLE, _SECTION = "~/.hamilton.conf", "HAMILTON_CONFIG_URI", "SDK_CONSTANTS"


@dataclass(frozen=True)
class Destination:
    """Whose project, and where. No key in it: see ``api_key``."""

    project_id: int
    username: str
    tracker: str
    api_url: str
    ui_url: str
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Captured:
    """A knob of the SDK as it holds, and who says so."""

    name: str
    value: bool | int
    source: str


def tags(wanted: Diagnostics) -> dict[str, str]:
    """``--tag k=v`` as a dict, secrets kept back; the later of two goes."""
    return dict(told.split("=", 1) for told in redact.words(wanted.tag) if "=" in told)


def destination(wanted: Diagnostics, environ: Mapping[str, str]) -> Destination:
    """Where the tracker's calls go: option, then the SDK's own variable, then its default. For ``trouble``-free knobs."""
    api, ui, prefix = _URLS[wanted.tracker]
    return Destination(
        project_id=int(wanted.track or 0),
        username=wanted.username or "",
        tracker=wanted.tracker,
        api_url=(wanted.api_url or environ.get(f"{prefix}_API_URL") or api).rstrip("/"),
        ui_url=(wanted.ui_url or environ.get(f"{prefix}_UI_URL") or ui).rstrip("/"),
        tags=tags(wanted),
    )


def api_key(tracker: str, environ: Mapping[str, str]) -> str:
    """The key, or the empty text, which the UI on one's own machine takes too."""
    return next((environ[name] for name in API_KEYS[tracker] if environ.get(name)), "")


def trouble(wanted: Diagnostics, environ: Mapping[str, str]) -> str | None:
    """What is wrong with the tracker's knobs, one sentence; None where nothing is."""
    if wanted.track is None:
        return None
    if not (wanted.track.isascii() and wanted.track.isdecimal()):
        return f"--track takes the project's number, as its page in the UI shows it, not {wanted.track!r}"
    if not wanted.username:
        return "--track needs --username, the project's user in the Hamilton UI"
    odd = next((told for told in wanted.tag if not told.partition("=")[0] or "=" not in told), None)
    if odd is not None:
        return f"--tag {odd}: write it as KEY=VALUE"
    wrong = vocabulary.trouble(tags(wanted))
    if wrong is not None:
        return f"--tag: {wrong}"
    where = destination(wanted, environ)
    for name, url in (("--api-url", where.api_url), ("--ui-url", where.ui_url)):
        fault = bad_url(url)
        if fault is not None:
            return f"{name} {url}: {fault}"
    if wanted.tracker == "dagworks" and not api_key("dagworks", environ):
        return "--tracker dagworks needs an API key in the variable DAGWORKS_API_KEY"
    return None


def bad_url(url: str) -> str | None:
    """Why nothing can be sent to ``url``; None where it can."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        return "write it as http://HOST:PORT or https://HOST"
    if parts.username is not None or parts.password is not None:
        return "leave the password out of it: it would stand in the launch folder"
    if parts.query or parts.fragment:
        return "leave out what follows the path: it would stand in the launch folder"
    return None


def captured(
    wanted: Diagnostics, environ: Mapping[str, str], conf: str | None = None
) -> tuple[Captured, Captured, Captured]:
    """The SDK's capture knobs as they will hold: option > HAMILTON_* > its file > default.

    Statistics are off unless one of the first three asks for them, though the SDK's own default is on.
    """
    path = conf or os.path.expanduser(environ.get(_CONF_VARIABLE, _CONF))
    told = _conf(path)
    asked = "--track-statistics" if wanted.track_statistics else None

    def knob(name: str, value: Any, option: str | None, default: bool | int) -> Captured:
        variable = f"HAMILTON_{name}"
        if option is not None:
            return Captured(name, value, option)
        for text, source in ((environ.get(variable), variable), (told.get(name.lower()), path)):
            found = None if text is None else _value(text, default)
            if found is not None:
                return Captured(name, found, source)
        return Captured(name, default, "default")

    return (
        knob("CAPTURE_DATA_STATISTICS", True, asked, False),
        knob(
            "MAX_LIST_LENGTH_CAPTURE",
            wanted.track_list,
            None if wanted.track_list is None else "--track-list",
            50,
        ),
        knob(
            "MAX_DICT_LENGTH_CAPTURE",
            wanted.track_dict,
            None if wanted.track_dict is None else "--track-dict",
            100,
        ),
    )


def _conf(path: str) -> Mapping[str, str]:
    parser = configparser.ConfigParser()
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
        return dict(parser[_SECTION])
    except (OSError, configparser.Error, KeyError, ValueError):
        return {}


def _value(text: str, default: bool | int) -> bool | int | None:
    """As the SDK reads it; None for what it can't be."""
    if isinstance(default, bool):
        return text.strip().lower() == "true"
    return int(text) if text.strip().isdecimal() else None
