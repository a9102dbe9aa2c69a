"""Expressions and locals are read without a line of the user's being run, and without a trace."""

import _signal  # type: ignore[import-not-found]
import gc
import signal
import sys
import threading
import weakref
from types import FrameType
from typing import Any

import pytest

from hamtui.recorder.dumps import Stacks
from hamtui.recorder.locals import MISSING, Locals
from hamtui.recorder.probes import Prober, _is_handled
from hamtui.recorder.resolve import Resolver, attribute, entry, is_a
from hamtui.recorder.sites import Path


class Touchy:
    """Nothing of it may be called."""

    shared = threading.Lock()
    __hash__ = None  # type: ignore[assignment]

    def __init__(self) -> None:
        self.__dict__["held"] = threading.Lock()
        self.__dict__["hidden"] = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"__getattr__ {name}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AssertionError("__setattr__")

    def __eq__(self, other: object) -> bool:
        raise AssertionError("__eq__")

    def __getitem__(self, key: object) -> Any:
        raise AssertionError("__getitem__")

    @property
    def lock(self) -> Any:
        raise AssertionError("property")

    @property
    def hidden(self) -> Any:
        raise AssertionError("property")

    @classmethod
    def method(cls) -> None: ...


class Touchiest(Touchy):
    def __getattribute__(self, name: str) -> Any:
        raise AssertionError("__getattribute__")


class Handler:
    """A signal's handler of which nothing may be asked."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise AssertionError("__eq__")

    def __call__(self, *_: object) -> None: ...


def test_a_signals_handler_is_asked_nothing() -> None:
    before = _signal.signal(signal.SIGUSR2, Handler())
    try:
        assert _is_handled(signal.SIGUSR2)
        _signal.signal(signal.SIGUSR2, _signal.SIG_IGN)
        assert not _is_handled(signal.SIGUSR2)
    finally:
        _signal.signal(signal.SIGUSR2, before)
    assert not _is_handled(signal.SIGUSR2)


def test_another_build_keeps_its_frames_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "abiflags", "t")
    assert not Locals().works


def _never(_: object) -> Any:
    raise AssertionError("a property")


Lying: Any = type("Lying", (), {"__class__": property(_never), "__dict__": property(_never)})


class Key(str):
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise AssertionError("a key's __eq__")

    def __hash__(self) -> int:
        return str.__hash__(self)


def test_attributes_are_data_or_nothing() -> None:
    touchy = Touchy()
    names = object.__getattribute__(touchy, "__dict__")
    assert attribute(touchy, "held") is names["held"]
    assert attribute(touchy, "shared") is Touchy.shared
    assert attribute(Touchy, "shared") is Touchy.shared
    for name in ("lock", "hidden", "method", "nothing", "__init__"):
        assert attribute(touchy, name) is MISSING, name
    assert attribute(object.__new__(Touchiest), "shared") is MISSING
    assert attribute(Lying(), "x") is MISSING
    assert not is_a(Lying(), threading.Thread)
    assert attribute(threading, "main_thread") is threading.main_thread
    assert attribute(sys.modules[__name__], "Touchy") is Touchy
    assert entry({Key("a"): 1, 2: 3}, "a") is MISSING
    assert entry({1: 2, "b": 3, "a": 4}, "a") == 4


def _frame_of(function: Any, *args: Any) -> tuple[FrameType, Any]:
    generator = function(*args)
    given = next(generator)
    frame: FrameType = generator.gi_frame
    return frame, (generator, given)


def _variables(given: int, *, word: str = "w") -> Any:
    plain = [given]
    closed = {"k": plain}
    lock = threading.Lock()
    locks = [lock, (lock,)]
    index = 1

    def inner() -> Any:
        return closed, word

    unset = 1
    del unset
    yield locals(), lock, locks
    assert inner() and index


def test_paths_are_followed() -> None:
    frame, (kept, (_, lock, locks)) = _frame_of(_variables, 5)
    follow = Resolver(Locals()).follow
    assert follow(frame, Path("", "given")) == 5
    assert follow(frame, Path("", "word")) == "w"
    assert follow(frame, Path("", "closed", (("item", "k"), ("item", 0)))) == 5
    assert follow(frame, Path("", "locks", (("item", 0),))) is lock
    assert follow(frame, Path("", "locks", (("item", -2),))) is lock
    assert follow(frame, Path("", "locks", (("name", "index"), ("item", 0)))) is lock
    assert follow(frame, Path("", "threading", (("attribute", "Lock"),))) is threading.Lock
    assert follow(frame, Path("", "len")) is len
    for path in (
        Path("", "unset"),
        Path("", "nobody"),
        Path("", "locks", (("item", 9),)),
        Path("", "locks", (("item", True),)),
        Path("", "lock", (("item", 0),)),
    ):
        assert follow(frame, path) is MISSING
    assert kept


def test_locals_of_modules_classes_and_what_runs_by_exec() -> None:
    reader, seen = Locals(), []

    def look(frame: FrameType) -> None:
        seen.append((reader.get(frame, "mine"), reader.get(frame, "len")))

    exec("mine = 3\nlook(sys._getframe())", {"look": look, "sys": sys})
    exec("class A:\n    mine = 4\n    look(sys._getframe())", {"look": look, "sys": sys})
    assert seen == [(3, len), (4, len)]


def test_it_works_here() -> None:
    assert Locals().works


def test_it_is_off_where_slots_are_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    from hamtui.recorder import locals as module

    read = module._read
    monkeypatch.setattr(module, "_read", lambda frame, index: read(frame, max(index - 1, 0)))
    reader = Locals()
    assert not reader.works
    frame, kept = _frame_of(_variables, 5)
    assert reader.get(frame, "given") is MISSING
    assert list(reader.all(frame)) == []
    assert kept


class Held:
    """Something that a weak reference can watch."""


def _stuck(told: dict[str, Any], inside: threading.Event, go: threading.Lock) -> None:
    data = Held()
    told["weak"] = weakref.ref(data)
    before = locals()
    later = "x"
    told["before"] = before
    inside.set()
    with go:
        told["after"] = "later" in before
    del data
    told["freed"] = told["weak"]() is None
    assert later


def test_the_users_locals_are_as_they_were_and_nothing_is_kept() -> None:
    told: dict[str, Any] = {}
    inside, go = threading.Event(), threading.Lock()
    go.acquire()
    thread = threading.Thread(target=_stuck, args=(told, inside, go), daemon=True)
    thread.start()
    assert inside.wait(30)
    prober = Prober(Stacks("/"))
    lines = [
        prober.take(seq, {thread.ident or 0: thread.native_id or 0}, threading.get_ident())
        for seq in range(5)
    ]
    assert b'"name":"go"' in lines[-1].replace(b": ", b":")
    assert prober.still([thread.ident or 0])
    go.release()
    thread.join()
    assert told["after"] is False
    told["before"].clear()
    gc.collect()
    assert told["weak"]() is None
