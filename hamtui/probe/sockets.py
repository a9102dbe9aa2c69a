"""What a socket's inode leads to, from the tables of its process' network: addresses, TCP's state, the other end."""

import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from hamtui.contract import vitals
from hamtui.contract.vitals import End
from hamtui.probe.budget import Budget

#: What is read of all tables together for one sample, bytes: some thirteen thousand sockets.
MOST_BYTES = 2 * 1024 * 1024
_CHUNK = 65536

#: include/net/tcp_states.h
STATES = {
    0x01: "ESTABLISHED",
    0x02: "SYN_SENT",
    0x03: "SYN_RECV",
    0x04: "FIN_WAIT1",
    0x05: "FIN_WAIT2",
    0x06: "TIME_WAIT",
    0x07: "CLOSE",
    0x08: "CLOSE_WAIT",
    0x09: "LAST_ACK",
    0x0A: "LISTEN",
    0x0B: "CLOSING",
    0x0C: "SYN_RECV",
}
_LISTEN, _ANYWHERE = "LISTEN", ("0.0.0.0", "::")  # noqa: S104  to be recognized, not bound


@dataclass(frozen=True)
class Row:
    """A socket of a table: ``local`` and ``remote`` as (address, port); port 0 for none. ``inode`` 0: nobody's yet."""

    kind: str
    local: tuple[str, int]
    remote: tuple[str, int]
    state: str | None
    inode: int


def address(text: str) -> tuple[str, int]:
    """``0100007F:1F90`` as the kernel prints it: words of four bytes in the machine's own order, then the port.

    Raises:
        ValueError: it is no such thing.
    """
    packed, _, port = text.partition(":")
    if len(packed) not in (8, 32):
        raise ValueError(f"no address: {text!r}")
    words = struct.pack(
        f"={len(packed) // 8}I", *(int(packed[at : at + 8], 16) for at in range(0, len(packed), 8))
    )
    if len(words) == 4:
        return socket.inet_ntop(socket.AF_INET, words), int(port, 16)
    shown = socket.inet_ntop(socket.AF_INET6, words)
    if shown.startswith("::ffff:") and "." in shown:
        shown = shown.removeprefix("::ffff:")
    return shown, int(port, 16)


def joined(where: tuple[str, int]) -> str | None:
    """``10.0.4.7:5432``, ``[::1]:5432``; None where there is no port."""
    host, port = where
    if not port:
        return None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def row(line: str, kind: str) -> Row | None:
    """A line of /proc/net/{tcp,tcp6,udp,udp6}; None for the heading and for junk."""
    fields = line.split()
    if len(fields) < 10:
        return None
    try:
        state = STATES.get(int(fields[3], 16)) if kind == vitals.TCP else None
        return Row(kind, address(fields[1]), address(fields[2]), state, int(fields[9]))
    except (ValueError, struct.error):
        return None


class Tables:
    """The socket tables of one process' network, read once a sample, as far as they are needed."""

    def __init__(self, pid: int, budget: Budget) -> None:
        self._pid = pid
        self._budget = budget
        self._left = MOST_BYTES
        self._read: dict[str, bytes] = {}

    def find(self, inode: int) -> Row | None:
        """The TCP or UDP socket of this inode."""
        for name in ("tcp", "tcp6", "udp", "udp6"):
            found = self._row(name, b" %d " % inode, lambda each: each.inode == inode)
            if found is not None:
                return found
        return None

    def opposite(self, mine: Row) -> Row | None:
        """The other end of a TCP connection within this machine."""
        needle = b":%04X " % mine.remote[1]
        for name in ("tcp", "tcp6"):
            found = self._row(
                name, needle, lambda each: each.local == mine.remote and each.remote == mine.local
            )
            if found is not None:
                return found
        return None

    def listener(self, where: tuple[str, int]) -> Row | None:
        """Who listens on this address, or on this port of every address."""
        for name in ("tcp", "tcp6"):
            found = self._row(
                name,
                b":%04X " % where[1],
                lambda each: (
                    each.state == _LISTEN
                    and each.local[1] == where[1]
                    and each.local[0] in (where[0], *_ANYWHERE)
                ),
            )
            if found is not None:
                return found
        return None

    def _row(self, name: str, needle: bytes, wanted: Callable[[Row], bool]) -> Row | None:
        kind = vitals.TCP if name.startswith("tcp") else vitals.UDP
        data = self._table(name)
        at = data.find(needle)
        while at >= 0:
            start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            if end < 0:
                break
            found = row(data[start:end].decode("ascii", "replace"), kind)
            if found is not None and wanted(found):
                return found
            at = data.find(needle, end)
        return None

    def _table(self, name: str) -> bytes:
        if name in self._read:
            return self._read[name]
        parts: list[bytes] = []
        try:
            fd = os.open(f"/proc/{self._pid}/net/{name}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return self._read.setdefault(name, b"")
        try:
            while self._left > 0 and not self._budget.spent():
                part = os.read(fd, min(_CHUNK, self._left))
                if not part:
                    break
                parts.append(part)
                self._left -= len(part)
        except OSError:
            pass
        finally:
            os.close(fd)
        return self._read.setdefault(name, b"".join(parts))

    def unix_path(self, inode: int) -> str | None:
        """The name that the Unix socket of this inode is bound to; None where it has none."""
        for line in self._unix_lines(inode):
            fields = line.split(None, 7)
            if len(fields) == 8 and fields[6] == b"%d" % inode:
                return fields[7].decode("utf-8", "replace")
        return None

    def is_unix(self, inode: int) -> bool:
        """Whether the socket of this inode is a Unix one."""
        return any(line.split(None, 7)[6:7] == [b"%d" % inode] for line in self._unix_lines(inode))

    def _unix_lines(self, inode: int) -> list[bytes]:
        data = self._table("unix")
        found, needle, at = [], b" %d" % inode, 0
        while (at := data.find(needle, at)) >= 0:
            start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            found.append(data[start : end if end >= 0 else len(data)])
            at += len(needle)
        return found


_DIAG, _BY_FAMILY, _REQUEST = 4, 20, 1  # NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST
_SHOW_PEER, _PEER = 4, 2  # UDIAG_SHOW_PEER, UNIX_DIAG_PEER
_HEAD, _MESSAGE = 16, 16  # nlmsghdr, unix_diag_msg
_DIAG_WITHIN_S = 0.05


def unix_peer(pid: int, inode: int) -> int | None:
    """The inode at the other end of a connected Unix socket, asked of the kernel (sock_diag(7)); None if it can't tell.

    The tables do not say it. The answer is of our own network alone, so of a process in another one nothing is known.
    """
    try:
        if os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net"):
            return None
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _DIAG) as kernel:
            kernel.settimeout(_DIAG_WITHIN_S)
            ask = struct.pack(
                "=BBHIII2I", socket.AF_UNIX, 0, 0, 0xFFFFFFFF, inode, _SHOW_PEER, *(0xFFFFFFFF,) * 2
            )
            kernel.send(struct.pack("=IHHII", _HEAD + len(ask), _BY_FAMILY, _REQUEST, 1, 0) + ask)
            return _peer_in(kernel.recv(8192))
    except (OSError, struct.error):
        return None


def _peer_in(answer: bytes) -> int | None:
    if len(answer) < _HEAD + _MESSAGE or struct.unpack_from("=H", answer, 4)[0] != _BY_FAMILY:
        return None
    at = _HEAD + _MESSAGE
    while at + 4 <= len(answer):
        length, kind = struct.unpack_from("=HH", answer, at)
        if kind == _PEER and length >= 8 and at + 8 <= len(answer):
            return int(struct.unpack_from("=I", answer, at + 4)[0]) or None
        at += max(4, (length + 3) & ~3)
    return None


def is_local(where: Row) -> bool:
    """Whether the other end of a connection is on this machine: it has a loopback address, or our own."""
    host = where.remote[0]
    return bool(where.remote[1]) and (host == where.local[0] or host == "::1" or host.startswith("127."))


def end_of(fd: int, found: Row) -> End:
    """A TCP or UDP socket as an ``End``."""
    return End(fd, found.kind, local=joined(found.local), peer=joined(found.remote), state=found.state)
