"""The native functions that a waiting thread is in, read from its memory without pausing it.

A debugger pauses its target to read registers. A thread that waits in the kernel has its program counter and its
stack pointer told by /proc/PID/task/TID/syscall, and nothing of its stack moves. Return addresses on that stack are
taken for callers where a call instruction stands before them (as crash reporters "scan"), down to the interpreter's
own code; one that an earlier call left behind may be among them. Of a thread that runs nothing can be told.
"""

import os
import platform
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from hamtui.contract.stacks import Frame
from hamtui.probe import procs
from hamtui.probe.budget import Budget

MOST_FRAMES = 16
_STACK_BYTES = 16 * 1024
_MOST_MAPS = 4 * 1024 * 1024
_MOST_SYMBOL_BYTES = 4 * 1024 * 1024
_NAME_BYTES = 200
_WORD = struct.Struct("=Q")
_SYMBOL = struct.Struct("=IBBHQQ")
_DYNAMIC, _STRTAB, _SYMTAB = 2, 5, 6
_FUNCTIONS = frozenset({2, 10})  # STT_FUNC, STT_GNU_IFUNC


@dataclass
class Library:
    """A file that is mapped to run; ``base`` is where its first byte is mapped."""

    path: str
    base: int = 0
    code: list[tuple[int, int]] = field(default_factory=list)
    symbols: list[tuple[int, int, int]] | None = None
    names: int = 0

    @property
    def is_interpreter(self) -> bool:
        """Whether it is Python itself: what lies above is told by Python's own frames."""
        return os.path.basename(self.path).startswith(("python", "libpython"))


class Process:
    """The memory of one process, open for one look."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._fd = -1
        self._libraries: list[Library] = []

    def open(self) -> None:
        """Begin to read; where that is not allowed, nothing will be told."""
        try:
            self._fd = os.open(f"/proc/{self._pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return
        maps = procs.read_all(f"/proc/{self._pid}/maps", _MOST_MAPS)
        self._libraries = libraries(maps.decode("utf-8", "replace"))

    def close(self) -> None:
        """Read no more."""
        if self._fd >= 0:
            os.close(self._fd)

    def frames(self, native_id: int, budget: Budget) -> list[Frame]:
        """The native functions of a thread, innermost first; none where it runs, or may not be read."""
        words = procs.read(f"/proc/{self._pid}/task/{native_id}/syscall", 4096).split()
        if len(words) < 3 or self._fd < 0:
            return []
        try:
            stack, counter = int(words[-2], 16), int(words[-1], 16)
        except ValueError:
            return []
        found: list[Frame] = []
        for address, library in self._callers(counter, self._bytes(stack, _STACK_BYTES), budget):
            if library.is_interpreter or len(found) >= MOST_FRAMES:
                break
            frame = Frame(library.path, 0, self._function(library, address))
            if not found or found[-1] != frame:
                found.append(frame)
        return found

    def _callers(self, counter: int, stack: bytes, budget: Budget) -> Iterator[tuple[int, Library]]:
        first = self._library(counter)
        if first is not None:
            yield counter, first
        for (address,) in _WORD.iter_unpack(stack[: len(stack) - len(stack) % _WORD.size]):
            if budget.spent():
                return
            library = self._library(address)
            if library is not None and follows_a_call(self._bytes(address - 8, 8)):
                # The call itself, not what comes after it, which may be another function.
                yield address - 1, library

    def _library(self, address: int) -> Library | None:
        for library in self._libraries:
            if any(start <= address < end for start, end in library.code):
                return library
        return None

    def _bytes(self, address: int, size: int) -> bytes:
        try:
            return os.pread(self._fd, size, address) if 0 < address < 1 << 63 else b""
        except (OSError, OverflowError):
            return b""

    def _function(self, library: Library, address: int) -> str:
        """The exported function that holds the address; ``?`` for one that is not exported."""
        if library.symbols is None:
            library.symbols = list(self._exported(library))
        for start, end, name in library.symbols:
            if start <= address < end:
                text = self._bytes(library.names + name, _NAME_BYTES).partition(b"\0")[0]
                return text.decode("utf-8", "replace") or "?"
        return "?"

    def _exported(self, library: Library) -> Iterator[tuple[int, int, int]]:
        """Start, end and name of the functions in the table that the loader itself uses, as it is in memory."""
        head = self._bytes(library.base, 64)
        if head[:5] != b"\x7fELF\x02":
            return
        table, size, count = struct.unpack_from("=Q", head, 32)[0], *struct.unpack_from("=HH", head, 54)
        parts = self._bytes(library.base + table, size * min(count, 64))
        tags: dict[int, int] = {}
        for at in range(0, len(parts) - 55, max(size, 56)):
            kind, _, _, where = struct.unpack_from("=IIQQ", parts, at)
            if kind == _DYNAMIC:
                entries = self._bytes(library.base + where, 16 * 128)
                tags = dict(struct.iter_unpack("=QQ", entries[: len(entries) - len(entries) % 16]))
        # The loader made these addresses; some leave them as they stand in the file.
        symbols, names = (
            value if value >= library.base else value + library.base
            for value in (tags.get(_SYMTAB, 0), tags.get(_STRTAB, 0))
        )
        library.names = names
        data = self._bytes(symbols, min(max(0, names - symbols), _MOST_SYMBOL_BYTES))
        for name, info, _, section, value, length in _SYMBOL.iter_unpack(data[: len(data) - len(data) % 24]):
            if info & 0xF in _FUNCTIONS and section and length:
                yield library.base + value, library.base + value + length, name


def libraries(maps: str) -> list[Library]:
    """The files that are mapped to run, from /proc/PID/maps."""
    found: dict[str, Library] = {}
    for line in maps.splitlines():
        fields = line.split(None, 5)
        if len(fields) < 6 or not fields[5].startswith("/"):
            continue
        start, _, end = fields[0].partition("-")
        try:
            begin, until, offset = int(start, 16), int(end, 16), int(fields[2], 16)
        except ValueError:
            continue
        library = found.setdefault(fields[5], Library(fields[5]))
        if offset == 0 and not library.base:
            library.base = begin
        if "x" in fields[1]:
            library.code.append((begin, until))
    return [library for library in found.values() if library.code]


def follows_a_call(before: bytes, machine: str | None = None) -> bool:
    """Whether the eight bytes before an address end with a call, so that a callee would return to it."""
    if len(before) < 8:
        return False
    if (machine or platform.machine()) in {"aarch64", "arm64"}:
        word = int.from_bytes(before[4:], "little")
        return word & 0xFC000000 == 0x94000000 or word & 0xFFFFFC1F == 0xD63F0000  # BL, BLR
    if before[3] == 0xE8:
        return True
    # CALL through a register or memory: FF /2, two to seven bytes long.
    return any(before[-size] == 0xFF and before[1 - size] >> 3 & 7 == 2 for size in (2, 3, 4, 6, 7))


def frames_of(pid: int, native_ids: list[int]) -> dict[int, list[Frame]]:
    """The native functions of these threads, for those of which they can be told."""
    # Memory can't be read while a thread holds it for a disk: whoever asks would hang with it.
    states = [procs.thread(pid, native_id) for native_id in native_ids]
    if not procs.LINUX or any(state is not None and state.state == "D" for state in states):
        return {}
    budget = Budget(cpu_s=0.5, wall_s=2.0)
    with closing(Process(pid)) as process:
        process.open()
        found = {native_id: process.frames(native_id, budget) for native_id in native_ids}
    return {native_id: frames for native_id, frames in found.items() if frames}
