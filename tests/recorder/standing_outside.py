"""Threads that wait for processes, descriptors and time, and two that wait for nothing."""

import asyncio
import fcntl
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

from tests.recorder.standing import forever, spin, way


@way
def process_pool() -> None:
    with ProcessPoolExecutor(1) as pool:
        pool.submit(time.sleep, 1000).result()


@way
def mapped() -> None:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(time.sleep, [1000])


@way
def lost() -> None:
    context = multiprocessing.get_context(os.environ.get("METHOD", "fork"))
    with context.Pool(2) as pool:
        pool.map(abs, range(4))
        result = pool.apply_async(time.sleep, (1000,))
        time.sleep(0.5)
        for worker in list(pool._pool):  # type: ignore[attr-defined]
            os.kill(worker.pid, signal.SIGKILL)
        result.get()


@way
def subprocess_run() -> None:
    subprocess.run(["sleep", "1000"], check=False)


@way
def communicating() -> None:
    child = subprocess.Popen(["sleep", "1000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.communicate()


@way
def joined_process() -> None:
    process = multiprocessing.get_context("fork").Process(target=forever)
    process.start()
    process.join()


@way
def waitpid() -> None:
    pid = os.fork()
    if not pid:
        time.sleep(1000)
        os._exit(0)
    os.waitpid(pid, 0)


@way
def event_loop() -> None:
    async def leaf() -> None:
        await asyncio.Event().wait()

    async def middle() -> None:
        await asyncio.create_task(leaf(), name="leaf")

    async def root() -> None:
        await asyncio.gather(asyncio.create_task(middle(), name="middle"))

    asyncio.run(root())


@way
def sleeping() -> None:
    time.sleep(1000)


@way
def on_socket() -> None:
    one, other = socket.socketpair()
    assert other.fileno()
    one.recv(1)


@way
def on_pipe() -> None:
    reader, writer = os.pipe()
    assert writer
    os.read(reader, 1)


@way
def polling() -> None:
    reader, writer = os.pipe()
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    assert writer
    poll.poll()


@way
def selecting() -> None:
    reader, writer = os.pipe()
    assert writer
    select.select([reader], [], [])


@way
def file_lock() -> None:
    with tempfile.NamedTemporaryFile() as file:
        with open(file.name) as again:
            fcntl.flock(file, fcntl.LOCK_EX)
            fcntl.flock(again, fcntl.LOCK_EX)


@way
def numbers() -> None:
    spin()


@way
def hashing() -> None:
    import hashlib

    data = bytes(1 << 30)
    while True:
        hashlib.sha256(data)
