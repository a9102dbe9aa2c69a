"""Dumps in the process itself: the right frames, bounded, and nothing kept or read that should not be."""

import gc
import json
import linecache
import os
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hamtui.recorder import dumps
from hamtui.recorder.asks import Asks
from hamtui.recorder.dumps import Stacks


@contextmanager
def waiting(work: Any, *args: Any, name: str = "waiter") -> Iterator[threading.Thread]:
    """A thread that is inside ``work(event, …)``, which waits for the event."""
    go, inside = threading.Event(), threading.Event()
    thread = threading.Thread(target=work, args=(inside, go, *args), name=name)
    thread.start()
    assert inside.wait(30)
    try:
        yield thread
    finally:
        go.set()
        thread.join()


def stuck(inside: threading.Event, go: threading.Event) -> None:
    inside.set()
    go.wait()  # the line to find


def taken(stacks: Stacks, **rest: Any) -> dict[str, Any]:
    line = stacks.take("asked", 7, **rest)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    whole: dict[str, Any] = json.loads(line)
    return whole


def test_a_dump_names_threads_lines_and_sources() -> None:
    with waiting(stuck, name='na"me') as thread:
        dump = taken(Stacks(os.getcwd()), request="r1", first=[thread.ident])
    assert (dump["why"], dump["taken_by"], dump["request"]) == ("asked", "inside", "r1")
    assert (dump["pid"], dump["seq"]) == (os.getpid(), 7)
    first = dump["threads"][0]
    assert (first["name"], first["thread_id"], first["native_id"]) == (
        'na"me',
        thread.ident,
        thread.native_id,
    )
    (frame,) = [frame for frame in first["frames"] if frame["function"] == "stuck"]
    assert frame["file"] == __file__
    assert frame["text"] == "go.wait()  # the line to find"
    assert frame["line"] == stuck.__code__.co_firstlineno + 2
    assert first["frames"][0]["function"] == "wait"
    assert "MainThread" in [other.get("name") for other in dump["threads"]]


def test_a_thread_can_be_left_out() -> None:
    dump = taken(Stacks(os.getcwd()), leave_out=threading.get_ident())
    assert threading.get_ident() not in [thread["thread_id"] for thread in dump["threads"]]


def dive(inside: threading.Event, go: threading.Event, depth: int) -> None:
    if depth:
        dive(inside, go, depth - 1)
    else:
        stuck(inside, go)


def test_dumps_are_bounded() -> None:
    with waiting(dive, 500) as thread:
        dump = taken(Stacks(os.getcwd()), first=[thread.ident])
    frames = dump["threads"][0]["frames"]
    assert len(frames) == dumps.MAX_FRAMES
    assert "stuck" in [frame["function"] for frame in frames[:4]]
    events = threading.Event()
    threads = [threading.Thread(target=events.wait) for _ in range(dumps.MAX_THREADS + 10)]
    for each in threads:
        each.start()
    try:
        dump = taken(Stacks(os.getcwd()), first=[threads[-1].ident])
    finally:
        events.set()
        for each in threads:
            each.join()
    assert len(dump["threads"]) == dumps.MAX_THREADS
    assert dump["threads"][0]["thread_id"] == threads[-1].ident


def test_a_line_stays_under_its_size(monkeypatch: Any) -> None:
    with waiting(dive, 10) as one, waiting(dive, 10) as two, waiting(dive, 10) as three:
        first = [one.ident, two.ident, three.ident]
        whole = taken(Stacks(os.getcwd()), first=first)
        size = len(json.dumps(whole["threads"][0]))
        monkeypatch.setattr(dumps, "MAX_LINE_BYTES", 2 * size + 100)
        cut = taken(Stacks(os.getcwd()), first=first)
        monkeypatch.setattr(dumps, "MAX_LINE_BYTES", 0)
        least = taken(Stacks(os.getcwd()), first=first)
    assert len(whole["threads"]) >= 4
    assert cut["threads"][:2] == whole["threads"][:2]
    assert len(json.dumps(cut["threads"])) <= 2 * size + 100
    assert least["threads"] == whole["threads"][:1]


def test_nothing_of_the_users_is_kept_alive() -> None:
    class Big:
        pass

    gone = []

    def hold(inside: threading.Event, go: threading.Event) -> None:
        big = Big()
        gone.append(weakref.ref(big))
        stuck(inside, go)

    stacks = Stacks(os.getcwd())
    gc.disable()
    try:
        with waiting(hold):
            taken(stacks)
        assert gone[0]() is None
    finally:
        gc.enable()


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    stacks = Stacks(str(tmp_path))
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n")
    (tmp_path / "broken.py").write_bytes(b"x = '\xff'\n")
    (tmp_path / "big.py").write_bytes(b"x = 1\n" * 500_000)
    linecache.cache["<cell>"] = (5, None, ["in a cell\n"], "<cell>")
    try:
        for file, line, text in [
            ("pipe.py", 1, ""),
            ("latin.py", 2, "x = 'é'"),
            ("latin.py", 3, ""),
            ("latin.py", 0, ""),
            ("broken.py", 1, ""),
            ("big.py", 1, ""),
            ("nowhere.py", 1, ""),
            ("<string>", 1, ""),
            ("<cell>", 1, "in a cell"),
            (str(tmp_path), 1, ""),
        ]:
            piece = json.loads(stacks.piece((file, line, "f")))
            assert piece.get("text", "") == text, file
            assert os.path.isabs(piece["file"]) or file.startswith("<")
    finally:
        del linecache.cache["<cell>"]


def test_a_thread_that_lies_about_itself() -> None:
    class Odd(threading.Thread):
        @property
        def name(self) -> str:  # type: ignore[override]
            raise RuntimeError("asked for my name")

        def __getattribute__(self, name: str) -> Any:
            if sys._getframe(1).f_globals["__name__"].startswith("hamtui"):
                raise RuntimeError(f"asked for my {name}")
            return super().__getattribute__(name)

    go = threading.Event()
    odd = Odd(target=go.wait)
    odd.start()
    try:
        dump = taken(Stacks(os.getcwd()))
    finally:
        go.set()
        odd.join()
    assert odd.ident in [thread["thread_id"] for thread in dump["threads"]]


def test_asks(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    asks = Asks(str(path), from_start=True)
    assert asks.new() == []
    path.write_text(
        '{"ask":"dump","id":"1"}\n{"ask":"stop"}\nno json\n[]\n{"ask":"dump"}\n{"ask":"dump","id"'
    )
    assert asks.new() == ["1", ""]
    assert asks.new() == []
    with path.open("a") as file:
        file.write(':"2"}\n')
    assert asks.new() == ["2"]
    path.write_text('{"ask":"dump","id":"3"}\n')  # truncated
    assert asks.new() == ["3"]
    (tmp_path / "new").write_text("".join(f'{{"ask":"dump","id":"{n}"}}\n' for n in range(3)))
    os.replace(tmp_path / "new", path)
    assert asks.new() == ["0", "1", "2"]
    with path.open("a") as file:
        file.writelines(f'{{"ask":"dump","id":"{n}"}}\n' for n in range(9))
    assert asks.new() == ["4", "5", "6", "7", "8"]
    path.unlink()
    assert asks.new() == []


def test_a_worker_answers_only_what_is_asked_from_now_on(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_text('{"ask":"dump","id":"1"}\n')
    asks = Asks(str(path), from_start=False)
    assert asks.new() == []
    with path.open("a") as file:
        file.write('{"ask":"dump","id":"2"}\n')
    assert asks.new() == ["2"]
