"""Where workers that can't write the launch folder reach the supervisor: the socket, and what they are told of it."""

import contextlib
import ipaddress
import secrets
import socket

from hamtui.contract.relay import Door

LOOPBACK = "127.0.0.1"
#: An address of nobody (RFC 5737): asked for no more than by which of our own it would be reached.
_NOWHERE = ("192.0.2.1", 9)


class ListenError(Exception):
    """There is no listening where it was asked; the text is one sentence for the user."""


def split(given: str | None) -> tuple[str, int]:
    """``HOST``, ``HOST:PORT``, ``[HOST]:PORT``; port 0 is any that is free.

    Raises:
        ListenError: it is none of these.
    """
    if not given:
        return LOOPBACK, 0
    host, colon, port = given.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = given, "0"
    if not port.isdecimal() or int(port) > 65535:
        raise ListenError(f"--listen {given}: the port must be a number up to 65535, as in 0.0.0.0:7411")
    return host.strip("[]") or "0.0.0.0", int(port)  # noqa: S104 - asked for


def listen(given: str | None) -> tuple[socket.socket, Door]:
    """The listening socket, and what workers need to come in.

    Raises:
        ListenError: the address is none of this machine's, or taken.
    """
    host, port = split(given)
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        sock = socket.create_server((host, port), family=family, backlog=256)
    except OSError as fault:
        raise ListenError(f"--listen {given}: {fault.strerror or fault}") from None
    sock.setblocking(False)
    return sock, Door(_reached_by(host), sock.getsockname()[1], secrets.token_bytes(32))


def _reached_by(host: str) -> str:
    """The address that others are told: of one that stands for all of this machine's, the one on the way out."""
    try:
        if not ipaddress.ip_address(host).is_unspecified:
            return host
    except ValueError:
        return host
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
        way_out.connect(_NOWHERE)
        return str(way_out.getsockname()[0])
    return socket.gethostname()
