"""The dashboard over a line of 2 KiB/s: keys answer, older frames do not pile up before what a key asked for."""

import fcntl
import functools
import os
import re
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest

from tests.e2e.driving import HAMTUI, detach, hamtui, until

#: Thirty nodes at once, in each second of which four frames are due: more than the line takes.
FLOW = """
import time
from hamilton.htypes import Collect, Parallelizable

def item() -> Parallelizable[int]:
    yield from range(30)

def piece(item: int) -> int:
    time.sleep(600)
    return item

def whole(piece: Collect[int]) -> int:
    return 0
"""
RATE, PIECE = 2048, 256
ASK, YES = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
START, END = b"\x1b[?2026h", b"\x1b[?2026l"


class ThinLine:
    """A terminal that takes so many bytes a second; with ``answers`` it says that it knows synchronized output."""

    def __init__(self, command: list[str], cwd: Path, *, answers: bool, rate: int | None = RATE) -> None:
        self.raw, self.answers, self.rate, self._looked = b"", answers, rate, 0
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        env = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(
            command, cwd=cwd, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True
        )
        os.close(slave)

    def read(self) -> None:
        try:
            self.raw += os.read(self.master, PIECE)
        except OSError as fault:
            raise AssertionError(f"the dashboard ended: {self.raw[-400:]!r}") from fault
        at = self.raw.rfind(ASK)
        if self.answers and at >= self._looked:
            os.write(self.master, YES)
        self._looked = max(self._looked, at + 1)
        if self.rate is not None:
            time.sleep(PIECE / self.rate)

    def until(self, what: Callable[[bytes], object], start: int = 0, most: int = 400_000) -> int:
        """Reads until what came from ``start`` on is as wanted; how many bytes that took."""
        while not what(self.raw[start:]):
            assert len(self.raw) - start < most, self.raw[start:][-2000:]
            self.read()
        return len(self.raw) - start

    def press(self, keys: bytes) -> int:
        os.write(self.master, keys)
        return len(self.raw)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    cwd = tmp_path_factory.mktemp("thin")
    (cwd / "flow.py").write_text(FLOW)
    launched = detach("flow.py", "--target", "whole", "--executor", "threads", "--max-tasks", "30", cwd=cwd)
    try:
        until(
            "thirty at once", lambda: sum(run["counts"]["running"] for run in launched.status()["runs"]) >= 30
        )
        yield cwd
    finally:
        hamtui("stop", cwd=cwd)


@pytest.fixture
def line(running: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., ThinLine]]:
    opened: list[ThinLine] = []

    def opener(*words: str, answers: bool = True, rate: int | None = RATE) -> ThinLine:
        opened.append(ThinLine([*HAMTUI, "attach", *words], running, answers=answers, rate=rate))
        return opened[-1]

    yield opener
    for each in opened:
        each.close()


def plain(raw: bytes) -> str:
    return re.sub(r"\x1b\[[0-9;:?<>=]*[A-Za-z]", "", raw.decode("utf-8", "replace"))


def says(word: str, raw: bytes) -> bool:
    return word in plain(raw)


def test_keys_answer_before_what_would_have_piled_up(line: Callable[..., ThinLine]) -> None:
    thin = line()
    thin.until(lambda raw: "piece" in plain(raw))
    thin.until(lambda raw: len(raw) > 6_000, len(thin.raw))  # three seconds and more of frames
    for key, word in ((b"B", "frames/s"), (b"?", "What the glyphs mean"), (b"\x1b", "Stacks")):
        start = thin.press(key)
        # The frame on its way, the key's own, and one drawn whole; the kernel alone would hold 64 KiB of older ones.
        seen = functools.partial(says, word)
        assert thin.until(seen, start) < 20_000, key


@pytest.mark.slow
def test_it_is_lowered_by_itself_and_raised_again(line: Callable[..., ThinLine]) -> None:
    thin = line()
    thin.until(lambda raw: "piece" in plain(raw))
    start = thin.press(b"B")
    thin.until(lambda raw: "(slow line)" in plain(raw), start)
    thin.rate = None
    start = thin.press(b"?")
    thin.until(lambda raw: "What the glyphs mean" in plain(raw), start)
    for _ in range(12):
        thin.press(b"j")
        start = len(thin.raw)
        thin.until(lambda raw: END in raw, start)
    start = thin.press(b"\x1b")
    thin.until(lambda raw: re.search(r"30 frames/s at most\s+sync", plain(raw)), start)


def test_each_frame_is_one_to_a_terminal_that_can(line: Callable[..., ThinLine]) -> None:
    thin = line(rate=None)
    thin.until(lambda raw: raw.count(END) >= 8 and "piece" in plain(raw))
    sent = thin.raw[thin.raw.index(START) :]
    begun = re.findall(rb"\x1b\[\?2026([hl])", sent)
    assert begun[: len(begun) // 2 * 2] == [b"h", b"l"] * (len(begun) // 2)
    # Behind a frame it is asked whether it has arrived; what belongs to it may come as another one.
    assert sent.count(ASK) >= 5


def test_a_terminal_that_never_answers_gets_none_of_it(line: Callable[..., ThinLine]) -> None:
    thin = line(answers=False, rate=None)
    thin.until(lambda raw: "piece" in plain(raw))
    start = len(thin.raw)
    thin.until(lambda raw: len(raw) > 2_000, start)
    assert thin.raw.count(ASK) == 1 and START not in thin.raw
    start = thin.press(b"B")
    thin.until(lambda raw: "no sync" in plain(raw), start)


def test_only_cells_that_changed_are_sent(line: Callable[..., ThinLine]) -> None:
    thin = line(rate=None)
    thin.until(lambda raw: raw.count(END) >= 8 and "piece" in plain(raw))
    frames = [len(frame) for frame in thin.raw.split(END)]
    whole = max(frames)
    start = len(thin.raw)
    thin.until(lambda raw: raw.count(END) >= 6, start)
    ticks = [len(frame) for frame in thin.raw[start:].split(END)[1:-1]]
    assert sorted(ticks)[len(ticks) // 2] < whole / 4, (ticks, whole)


def test_below_the_prompt(line: Callable[..., ThinLine]) -> None:
    thin = line("--inline", rate=None)
    thin.until(lambda raw: "piece" in plain(raw))
    start = thin.press(b"q")
    thin.until(lambda raw: "come back with: hamtui attach" in plain(raw), start)
    assert b"\x1b[?1049h" not in thin.raw and b"\x1b[?25h" in thin.raw[start:]
    screen = pyte.Screen(80, 24)
    pyte.ByteStream(screen).feed(thin.raw)
    left = "\n".join(screen.display)
    assert left.index("piece") < left.index("come back with")  # the last picture stays
