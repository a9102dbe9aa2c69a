"""Servers that speak the Hamilton UI's API, or take a call and then misbehave."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


class OddUi:
    """What was told it: ``runs`` by number, each with its nodes. ``odd(method, path, nth)`` may answer in its stead.

    ``odd`` gives a status to answer with, ``"silent"`` (the connection stays open, nothing comes),
    ``"drop"`` (it is closed), ``"unheard"`` (done, and then closed), or None.
    """

    def __init__(self) -> None:
        self.odd: Callable[[str, str, int], Any] = lambda method, path, nth: None
        self.calls: list[tuple[str, str]] = []
        self.headers: list[Json] = []
        self.templates: dict[int, Json] = {}
        self.runs: dict[int, Json] = {}
        self.over = threading.Event()
        self.url = ""

    def answer(self, method: str, path: str, body: Json) -> tuple[int, Any]:
        name, _, query = path.removeprefix("/api/v1").partition("?")
        asked = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
        match method, name.strip("/").split("/"):
            case "GET", ["phone_home"]:
                return 200, {"success": True}
            case "GET", ["projects", project]:
                return 200, {"id": int(project)}
            case "GET", ["dag_templates", "exists"]:
                known = [n for n, one in self.templates.items() if one["dag_hash"] == asked["dag_hash"]]
                return 200, {"id": known[0]} if known else None
            case "POST", ["dag_templates"]:
                self.templates[len(self.templates) + 1] = body
                return 200, {"id": len(self.templates)}
            case "POST", ["dag_runs"]:
                number = len(self.runs) + 1
                self.runs[number] = {**body, "id": number, "nodes": {}, "attributes": []}
                return 200, {"id": number}
            case "GET", ["dag_runs", "latest"]:
                return 200, [{"id": n, "tags": run["tags"]} for n, run in self.runs.items()]
            case "PUT", ["dag_runs_bulk"]:
                run = self.runs[int(asked["dag_run_id"])]
                for update in body["task_updates"]:
                    run["nodes"].setdefault(update["node_name"], {}).update(update)
                run["attributes"] += body["attributes"]
                return 200, None
            case "PUT", ["dag_runs", known_as]:
                self.runs[int(known_as)].update(body)
                return 200, {"id": int(known_as)}
        return 404, {"detail": "Not Found"}

    def paths(self) -> list[str]:
        return [f"{method} {path.partition('?')[0]}" for method, path in self.calls]


@contextmanager
def serving(ui: OddUi, port: int = 0) -> Iterator[OddUi]:
    """The server on a port of its own, or on ``port``, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Nothing."""

        def _do(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size) or b"null")
            path = self.path.partition("?")[0]
            nth = sum(1 for one in ui.calls if one[0] == self.command and one[1].partition("?")[0] == path)
            ui.calls.append((self.command, self.path))
            ui.headers.append({name.lower(): value for name, value in self.headers.items()})
            odd = ui.odd(self.command, path, nth)
            if odd == "silent":
                ui.over.wait()
                return
            if odd == "drop":
                self.close_connection = True
                return
            code, told = ui.answer(self.command, self.path, body) if not isinstance(odd, int) else (odd, {})
            if odd == "unheard":
                self.close_connection = True
                return
            data = json.dumps(told).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _do

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    ui.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield ui
    finally:
        ui.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
