"""``hamtui.tick``: what a node says of itself in the middle of a long loop.

Nothing else is imported here: a user's module imports it whether anything records or not. What listens, if
anything does, is ``heard``.
"""

TYPE_CHECKING = False  # as type checkers know it, without importing typing
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_listener: "Callable[[Any, Any, Any], object] | None" = None


def tick(done: float, total: "float | None" = None, note: "str | None" = None) -> None:
    """Say from inside a node how far it is: ``done`` of ``total``, any unit, with a ``note`` in a few words.

    Under ``hamtui run`` it counts as progress, and gives the node's row a bar and a rate; the newest call in
    each half second is what is shown. Where nothing records it does nothing and costs less than a function call of
    your own. It never raises, whatever it is given; what is no number is ignored. It may be called from any thread
    that runs a node, from what runs in a copy of its context (``asyncio.to_thread``), and from any other helper
    thread while no other thread of the process runs a node.
    """
    if _listener is not None:
        _listener(done, total, note)


def listen(listener: "Callable[[Any, Any, Any], object]") -> None:
    """Hand every tick of this process to ``listener``, which must not raise."""
    global _listener  # noqa: PLW0603 - one test of a global is the cheapest that a call can cost
    _listener = listener
