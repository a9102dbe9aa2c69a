"""Slow, but working: on files, databases, sockets, children."""

import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from staging import ENDS_S, thread, until_end  # type: ignore[import-not-found]

_ZIP = """
import sys, time, zlib
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    print(len(zlib.compress(bytes(range(256)) * 20_000, 9)))
"""


def copy_with_fsync() -> int:
    """A file is copied block by block, each made durable."""
    on, total = until_end(), 0
    with tempfile.TemporaryFile() as target:
        while on():
            if total > 200_000_000:
                target.seek(0)
                total = 0
            total += target.write(bytes(1_000_000))
            target.flush()
            os.fsync(target.fileno())
            time.sleep(0.01)
    return total


def append_slowly() -> int:
    """A durable line every 0.1 s, with hardly any CPU."""
    on, lines = until_end(), 0
    with tempfile.TemporaryFile() as target:
        while on():
            target.write(bytes(50_000))
            target.flush()
            os.fsync(target.fileno())
            lines += 1
            time.sleep(0.1)
    return lines


def many_small_files() -> int:
    on, count = until_end(), 0
    with tempfile.TemporaryDirectory() as name:
        while on():
            path = Path(name) / f"{count % 500}.txt"
            path.write_text(f"order {count}\n" * 20)
            count += len(path.read_text()) > 0
    return count


def copy_trees() -> int:
    on, count = until_end(), 0
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "source"
        source.mkdir()
        for number in range(20):
            (source / f"{number}.bin").write_bytes(bytes(1_000_000))
        while on():
            shutil.copytree(source, Path(name) / "copy")
            shutil.rmtree(Path(name) / "copy")
            count += 1
    return count


def database() -> int:
    """Orders are inserted and added up, a transaction at a time."""
    on, total = until_end(), 0
    with tempfile.TemporaryDirectory() as name:
        base = sqlite3.connect(Path(name) / "orders.db")
        base.execute("create table orders (shop integer, paid real)")
        while on():
            with base:
                base.executemany("insert into orders values (?, ?)", [(n % 7, n / 3) for n in range(2_000)])
            total += len(base.execute("select shop, sum(paid) from orders group by shop").fetchall())
        base.close()
    return total


def database_query() -> int:
    """One query that takes as long as it takes, then is stopped."""
    base, on = sqlite3.connect(":memory:"), until_end()
    base.set_progress_handler(lambda: not on(), 10_000_000)
    query = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
    try:
        base.execute(query).fetchone()  # stuck here
    except sqlite3.OperationalError:
        return 1
    return 0


def read_and_hash() -> int:
    on, total = until_end(), 0
    with tempfile.NamedTemporaryFile() as file:
        file.write(os.urandom(1_000_000) * 50)
        file.flush()
        while on():
            with Path(file.name).open("rb") as again:
                digest = hashlib.sha256()
                while block := again.read(65_536):
                    digest.update(block)
                    total += len(block)
    return total


def download() -> int:
    """A steady stream from a server: 100 kB every 0.05 s."""
    server, on = socket.create_server(("127.0.0.1", 0)), until_end()

    def send() -> None:
        peer, _ = server.accept()
        with peer:
            while on():
                peer.sendall(bytes(100_000))
                time.sleep(0.05)

    thread(send, name="server")
    total = 0
    with socket.create_connection(server.getsockname()) as connection:
        while got := connection.recv(65_536):  # stuck here
            total += len(got)
    return total


def child_compresses() -> int:
    """A child works and its output is read at its end."""
    command = [sys.executable, "-S", "-c", _ZIP, str(ENDS_S)]
    return len(subprocess.run(command, capture_output=True, check=True).stdout)  # stuck here


def child_tells() -> int:
    """The lines of a child that works are read one by one."""
    command = [sys.executable, "-S", "-u", "-c", _ZIP, str(ENDS_S)]
    total = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:  # stuck here
            total += len(line)
    return total
