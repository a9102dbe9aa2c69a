"""Sockets: peers that say nothing, that don't listen, and one that trickles."""

import contextlib
import select
import socket
import ssl
import time
import urllib.request

from staging import counterpart, thread, until_end  # type: ignore[import-not-found]


def _silent_server() -> socket.socket:
    """Listens, and never accepts: the kernel completes connections for it."""
    return socket.create_server(("127.0.0.1", 0))


def recv_silent() -> int:
    with _silent_server() as server, socket.create_connection(server.getsockname()) as connection:
        counterpart(f"127.0.0.1:{server.getsockname()[1]}")
        connection.sendall(b"how many?\n")
        return len(connection.recv(64))  # stuck here


def recv_with_a_limit() -> int:
    """A limit on the socket makes Python poll first: one wait, which ends by itself."""
    with _silent_server() as server, socket.create_connection(server.getsockname()) as connection:
        counterpart(f"127.0.0.1:{server.getsockname()[1]}")
        connection.settimeout(9)
        with contextlib.suppress(TimeoutError):
            connection.recv(64)  # stuck here
    return 1


def recv_timeout_loop() -> int:
    with _silent_server() as server, socket.create_connection(server.getsockname()) as connection:
        connection.settimeout(1)
        while True:
            try:
                return len(connection.recv(64))  # stuck here
            except TimeoutError:
                continue


def recv_trickle() -> int:
    """A byte every 0.3 s."""
    server, on = socket.create_server(("127.0.0.1", 0)), until_end()

    def drip() -> None:
        peer, _ = server.accept()
        with peer:
            while on():
                peer.sendall(b".")
                time.sleep(0.3)

    thread(drip, name="tap")
    total = 0
    with socket.create_connection(server.getsockname()) as connection:
        while got := connection.recv(64):  # stuck here
            total += len(got)
    return total


def connect_backlog() -> int:
    """A server with a full backlog: the connection is never completed."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    counterpart(f"127.0.0.1:{server.getsockname()[1]}")
    before = []
    for _ in range(3):
        early = socket.socket()
        early.setblocking(False)
        early.connect_ex(server.getsockname())
        before.append(early)
    time.sleep(0.2)
    with socket.socket() as late:
        late.connect(server.getsockname())  # stuck here
    return len(before)


def accept_never() -> int:
    with _silent_server() as server:
        counterpart(f"{server.getsockname()[1]}")
        server.accept()  # stuck here
    return 1


def send_full() -> int:
    """The other end never reads."""
    with _silent_server() as server, socket.create_connection(server.getsockname()) as connection:
        counterpart(f"127.0.0.1:{server.getsockname()[1]}")
        connection.sendall(b"." * 50_000_000)  # stuck here
    return 1


def tls_silent() -> int:
    """A server that never answers the greeting."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with _silent_server() as server, socket.create_connection(server.getsockname()) as plain:
        counterpart(f"127.0.0.1:{server.getsockname()[1]}")
        with context.wrap_socket(plain) as secure:  # stuck here
            return len(secure.recv(64))


def urllib_silent() -> int:
    with _silent_server() as server:
        counterpart(f"127.0.0.1:{server.getsockname()[1]}")
        with urllib.request.urlopen(f"http://127.0.0.1:{server.getsockname()[1]}/") as answer:  # stuck here
            return len(answer.read())


def unix_pair() -> int:
    """Both ends are its own."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        return len(ours.recv(64))  # stuck here


def udp_silent() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waiting:
        waiting.bind(("127.0.0.1", 0))
        return len(waiting.recv(64))  # stuck here


def select_silent() -> int:
    with _silent_server() as server, socket.create_connection(server.getsockname()) as connection:
        counterpart(f"127.0.0.1:{server.getsockname()[1]}")
        select.select([connection], [], [])  # stuck here
    return 1


def accept_late() -> int:
    """Somebody connects in the end."""
    server, on = _silent_server(), until_end()

    def call() -> None:
        while on():
            time.sleep(0.2)
        socket.create_connection(server.getsockname()).close()

    thread(call, name="caller")
    with server:
        server.accept()[0].close()  # stuck here
    return 1
