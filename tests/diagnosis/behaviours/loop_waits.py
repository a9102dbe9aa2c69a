"""Event loops with nothing to do, and with something."""

import asyncio
import sys
import time

from staging import ENDS_S, GONE_S, burn, counterpart, thread, until_end  # type: ignore[import-not-found]


def gather_sleeps() -> int:
    async def fetch(shop: str) -> int:
        await asyncio.sleep(3600)
        return len(shop)

    async def main() -> int:
        return sum(await asyncio.gather(fetch("north"), fetch("south")))

    return asyncio.run(main())  # stuck here


def future_unset() -> int:
    async def main() -> int:
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        return await answer

    return asyncio.run(main())  # stuck here


def loop_lock() -> int:
    """A lock of asyncio that another task keeps."""

    async def main() -> int:
        lock = asyncio.Lock()
        await lock.acquire()
        async with lock:
            return 1

    return asyncio.run(main())  # stuck here


def loop_sleeps_to_the_end() -> int:
    async def main() -> int:
        await asyncio.sleep(ENDS_S)
        return 1

    return asyncio.run(main())  # stuck here


def loop_ticks() -> int:
    """Wakes twice a second, for next to nothing."""

    async def main() -> int:
        on, times = until_end(), 0
        while on():
            await asyncio.sleep(0.5)
            times += 1
        return times

    return asyncio.run(main())  # stuck here


def loop_child() -> int:
    """Awaits a child that sleeps."""

    async def main() -> int:
        child = await asyncio.create_subprocess_exec("sleep", str(GONE_S))
        counterpart(child.pid)
        return await child.wait()

    return asyncio.run(main())  # stuck here


def loop_executor_works() -> int:
    """Awaits a thread that works."""

    async def main() -> int:
        return int(await asyncio.get_running_loop().run_in_executor(None, burn))

    return asyncio.run(main())  # stuck here


def loop_elsewhere() -> int:
    """The coroutine runs in another thread's loop, and never ends."""
    loop = asyncio.new_event_loop()
    thread(loop.run_forever, name="loop")

    async def never() -> int:
        await asyncio.Event().wait()
        return 1

    answer = asyncio.run_coroutine_threadsafe(never(), loop)
    return answer.result()  # stuck here


def loop_blocked() -> int:
    """A coroutine that blocks its loop."""

    async def main() -> int:
        time.sleep(600)  # noqa: ASYNC251  # stuck here
        return 1

    return asyncio.run(main())


def loop_traffic() -> int:
    """A client and a server talk."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line.upper())
            await writer.drain()
        writer.close()

    async def main() -> int:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        on, total = until_end(), 0
        while on():
            writer.write(b"how many?\n")
            total += len(await reader.readline())
            await asyncio.sleep(0.02)
        writer.close()
        server.close()
        return total

    return asyncio.run(main())


def loop_computes() -> int:
    """Coroutines that compute, and let each other in."""

    async def work(seed: int) -> int:
        on, n = until_end(), seed
        while on():
            n = sum(number * number for number in range(2_000)) + n
            await asyncio.sleep(0)
        return n

    async def main() -> int:
        return sum(await asyncio.gather(work(1), work(2)))

    return asyncio.run(main()) % sys.maxsize
