"""Requests over HTTP: what a server may not make of one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hamtui.supervise import web


@contextmanager
def serving(location: str | None) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A server that sends everybody to ``location``; its URL, and method and key of each request."""
    seen: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

        def do_POST(self) -> None:
            seen.append((self.command, self.headers.get("X-Api-Key")))
            self.send_response(200 if location is None else 302)
            if location is not None:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_key_follows_no_redirection() -> None:
    with serving(None) as (there, heard), serving(f"{there}/elsewhere") as (here, asked):
        with pytest.raises(
            web.Refused, match=r"redirects POST /v1 to 127\.0\.0\.1: name that address itself"
        ):
            web.ask("POST", f"{here}/v1", {"a": 1}, {"X-Api-Key": "s3cret"})
        assert (asked, heard) == ([("POST", "s3cret")], [])
