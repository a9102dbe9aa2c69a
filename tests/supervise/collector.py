"""A collector that remembers what is posted to it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


class Collector:
    """``spans``: every span that was posted, in order, its attributes as a dict. ``refuse``: so many posts get a 503."""

    def __init__(self) -> None:
        self.spans: list[Json] = []
        self.resources: list[Json] = []
        self.headers: list[Json] = []
        self.refuse = 0
        self.url = ""

    def take(self, body: Json) -> None:
        for told in body["resourceSpans"]:
            self.resources.append(plain(told["resource"]["attributes"]))
            for scope in told["scopeSpans"]:
                for span in scope["spans"]:
                    events = [{**one, "about": plain(one["attributes"])} for one in span["events"]]
                    self.spans.append({**span, "about": plain(span["attributes"]), "events": events})

    def of(self, name: str, state: str | None = None) -> list[Json]:
        found = [span for span in self.spans if span["name"] == name]
        return [span for span in found if state in (None, span["about"]["hamtui.state"])]


def plain(attributes: list[Json]) -> Json:
    return {one["key"]: next(iter(one["value"].values())) for one in attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Nothing."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            collector.headers.append({name.lower(): value for name, value in self.headers.items()})
            code = 503 if collector.refuse else 200
            collector.refuse = max(0, collector.refuse - 1)
            if code == 200:
                assert self.path == "/v1/traces"
                collector.take(body)
            self.send_response(code)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
