"""JSON over HTTP with an end to it: whatever a server does, a request is over after so many seconds."""

import http.client
import json
import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: More is no answer to what is asked here.
_MOST_ANSWER = 16 * 1024 * 1024


class WebError(Exception):
    """A request that brought nothing. The text goes on from the server's address: "does not answer: …"."""


class Unanswered(WebError):  # noqa: N818 - it reads as what it says
    """Nobody there, silence, a broken answer, 5xx: worth another try."""


class Refused(WebError):  # noqa: N818
    """3xx, 4xx: the server does not take it, now or later."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Patience:
    """Seconds: ``slow_s`` until a silent server is called so, ``most_s`` until the request is given up."""

    slow_s: float = 2.0
    most_s: float = 20.0


PATIENCE = Patience()


def ask(
    method: str,
    url: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    patience: Patience = PATIENCE,
    on_slow: Callable[[WebError], object] | None = None,
) -> Any:
    """The answer, parsed; None where it is empty. ``on_slow`` is called once, when it has not come after ``slow_s``.

    Raises:
        Unanswered, Refused: there is none.
    """
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
    data = None if body is None else json.dumps(body, separators=(",", ":")).encode("ascii")
    told = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data=data, headers=told, method=method)  # noqa: S310 - checked before

    def work() -> None:
        answers.put(_outcome(request, patience.most_s))

    # In a thread of its own: a server that sends a byte now and then outlasts every limit of a socket.
    threading.Thread(target=work, name="request", daemon=True).start()
    silent = Unanswered(f"has not answered for {patience.slow_s:g} s")
    for seconds in (patience.slow_s, max(0.0, patience.most_s - patience.slow_s)):
        try:
            found = answers.get(timeout=seconds)
        except queue.Empty:
            if on_slow is not None:
                on_slow(silent)
                on_slow = None
            continue
        if isinstance(found, WebError):
            raise found
        return found
    raise Unanswered(f"has not answered for {patience.most_s:g} s")


class _Staying(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: it would take keys to another host, and turns a POST into a GET without a body."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Nothing to ask instead, so the redirection is an error."""


_OPENER = urllib.request.build_opener(_Staying)


def _outcome(request: urllib.request.Request, seconds: float) -> Any:
    try:
        with _OPENER.open(request, timeout=seconds) as answer:
            data = answer.read(_MOST_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            return _refusal(request, error)
    except urllib.error.URLError as error:
        reason = error.reason
        return Unanswered(f"does not answer: {getattr(reason, 'strerror', None) or reason}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Unanswered(f"broke off: {type(error).__name__}: {error}")
    try:
        return json.loads(data) if data.strip() else None
    except ValueError:
        return Unanswered("answers something that is no JSON")


def _refusal(request: urllib.request.Request, error: urllib.error.HTTPError) -> WebError:
    path = request.full_url.partition("://")[2].partition("/")[2].partition("?")[0]
    if error.code >= 500 or error.code in (408, 429):
        return Unanswered(f"answers {error.code} {error.reason} to {request.method} /{path}")
    if error.code < 400:
        target = urllib.parse.urlsplit(error.headers.get("Location") or "")
        return Refused(
            error.code,
            f"redirects {request.method} /{path} to {target.hostname or 'elsewhere'}: name that address itself",
        )
    return Refused(error.code, f"refuses {request.method} /{path}: {error.code} {error.reason}")
