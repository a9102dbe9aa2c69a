"""Where a lock is held, by the source: held for sure, or not at all."""

import sys
import time
import warnings
from textwrap import dedent
from types import CodeType, FunctionType

import pytest

from hamtui.recorder import parsing
from hamtui.recorder.places import NO_COLUMN
from hamtui.recorder.sites import MAX_HELD, Functions, Region, Sites


def sites(source: str, name: str = "f", *, changed: str | None = None) -> tuple[Sites | None, CodeType]:
    """The sites of a function in a file of this source, which it was before it was ``changed``."""
    text = dedent(source).lstrip("\n")
    names: dict[str, object] = {}
    exec(compile(text, "x.py", "exec"), names)
    function = names[name]
    assert isinstance(function, FunctionType)
    shown = text if changed is None else dedent(changed).lstrip("\n")
    functions = Functions(lambda _: shown.splitlines(keepends=True))
    return functions.locking(function.__code__), function.__code__


def held_lines(source: str) -> list[int]:
    """The lines that the source marks by ``# here`` and those on which the lock ``X`` is held must be the same."""
    found, _ = sites(source)
    lines = dedent(source).lstrip("\n").splitlines()
    if found is None:
        return []
    held = [one for one in found.held if one.path.text == "X" and not one.loose]
    return [at for at in range(1, len(lines) + 1) if any(one.at((at, NO_COLUMN)) for one in held)]


def marked(source: str) -> list[int]:
    lines = dedent(source).lstrip("\n").splitlines()
    return [at for at, line in enumerate(lines, 1) if "# here" in line]


@pytest.mark.parametrize(
    "source",
    [
        """
        def f(X):
            before()
            with X:
                inside()  # here
                for i in range(3):  # here
                    more()  # here
            after()
        """,
        """
        def f(X, Y):
            with Y, X:
                with Y:  # here
                    inside()  # here
        """,
        """
        def f(X):
            with X:
                X.release()
                inside()
        """,
        """
        def f(X):
            with X:
                X = other()
                inside()
        """,
        """
        def f(X):
            X.acquire()
            inside()  # here
            try:
                more()  # here
            finally:
                last()  # here
                X.release()
            after()
        """,
        """
        def f(X):
            X.acquire()
            if more():
                X.release()
                return
            after()
        """,
        """
        def f(X):
            X.acquire()
            while True:
                work()
                X.release()
                X.acquire()
        """,
        """
        def f(X):
            while True:
                X.acquire()
                work()  # here
                X.release()
                rest()
        """,
        """
        def f(X):
            if X.acquire(False):
                work()
            X.acquire(timeout=3)
            work()
            X.acquire(blocking=False)
            work()
        """,
        """
        def f(X):
            if sometimes():
                X.acquire()
            work()
        """,
        """
        def f(X):
            X.acquire()
            def finish():
                X.release()
            work(finish)
        """,
        """
        def f(X):
            X.acquire(True)
            try:
                work()  # here
                X.release()
                other()
            except ValueError:
                handle()
            finally:
                last()
            after()
        """,
        """
        def f(self):
            X = self.lock
            X.acquire(blocking=True)
            with open("a") as file:
                work()  # here
                X.release()
                work()
        """,
    ],
)
def test_where_it_is_held(source: str) -> None:
    assert held_lines(source) == marked(source)


def test_on_one_line_columns_tell() -> None:
    found, code = sites("def f(X, Y):\n    X.acquire(); Y.acquire()\n    with X: work()\n")
    assert found is not None
    held = {one.how: one for one in found.held if one.path.text == "X"}
    assert not held["acquire"].at((2, NO_COLUMN))
    assert not held["acquire"].at((2, 4))
    assert held["acquire"].at((2, 17))
    assert not held["with"].at((3, NO_COLUMN))
    assert not held["with"].at((3, 9))
    assert held["with"].at((3, 12))
    assert code.co_name == "f"


def test_a_file_that_was_changed_since_says_nothing() -> None:
    source = "def f(X, Y):\n    a = 1\n    with X:\n        work()\n    return a\n"
    found, _ = sites(source)
    assert found is not None
    assert len(found.held) == 1
    found, _ = sites(source, changed="def f(X, Y):\n    with X:\n        a = 1\n    work()\n    return a\n")
    assert found is not None
    assert found.held == []
    found, _ = sites(source, changed="def f(X, Y):\n    a = 1\n    with Z:\n        work()\n    return a\n")
    assert found is not None
    assert found.held == []


def test_functions_that_take_no_lock_are_not_parsed() -> None:
    def lines(_: str) -> list[str]:
        raise AssertionError("read")

    code = compile("def f(x):\n    return x\n", "x.py", "exec").co_consts[0]
    assert Functions(lines).locking(code) is None


def test_what_stands_on_a_line() -> None:
    source = """
    class A:
        @decorated
        def f(self, q, table, key):
            value = transform(table["x"], q.get(), self._lock.acquire())
            return (
                value
            )
    """
    text = dedent(source).lstrip("\n")
    code = compile(text, "x.py", "exec")
    for name in ("A", "f"):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name)
    found = Functions(lambda _: text.splitlines(keepends=True)).of(code)
    assert found is not None
    texts = [path.text for path in found.on(4)]
    assert texts[:2] == ["q", "self._lock"]
    assert "table['x']" in texts
    assert found.on(5) == found.on(7) or "value" in [path.text for path in found.on(6)]


def test_no_source_is_no_trouble() -> None:
    code = compile("def f(X):\n    with X:\n        pass\n", "x.py", "exec").co_consts[0]
    for lines in ([], ["what is this {\n"] * 5, ["def f(X):\n"], ["\n"]):
        functions = Functions(lambda _, lines=lines: lines)  # type: ignore[misc]
        found = functions.locking(code)
        assert found is None or found.held == []
    assert sys.version_info >= (3, 10)


def test_the_parser_warns_nobody() -> None:
    source = """
    def f(X):
        pattern = "\\d+\\777", b"\\N \\u1234", f"\\{X}" r"\\'" '\\'' "\\N{EM DASH}" f"\\N{EM DASH}"
        with X:
            inside()
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, code = sites(source)
    text = dedent(source).lstrip("\n")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        again = Functions(lambda _: text.splitlines(keepends=True)).locking(code)
    assert [str(one.message) for one in caught] == []
    for one in (found, again):
        assert one is not None
        assert [(held.path.text, held.regions) for held in one.held] == [
            ("X", (Region((4, 8), (4, 16)),)),
        ]


def test_a_number_run_into_a_word_is_not_parsed() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert parsing.tree("a = 0x1for x in y") is parsing.tree("a = 1if b else 2") is None
    assert caught == []
    assert parsing.tree("a1_in = b.c2for + 1 if d else 2") is not None


def test_a_long_text_is_not_parsed() -> None:
    long = "def f(X):\n    data = [" + "1," * 20_000 + "]\n    with X:\n        pass\n"
    code = compile(long, "x.py", "exec").co_consts[0]
    assert Functions(lambda _: long.splitlines(keepends=True)).locking(code) is None


def test_trees_are_kept_in_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hamtui.recorder.sites.MAX_KEPT_LINES", 100)
    body = "    with X:\n" + "        inside()\n" * 30
    text = "".join(f"def f{at}(X):\n{body}" for at in range(20))
    codes = [one for one in compile(text, "x.py", "exec").co_consts if isinstance(one, CodeType)]
    functions = Functions(lambda _: text.splitlines(keepends=True))
    for code in codes:
        found = functions.locking(code)
        assert found is not None and found.held
        kept = {id(one.tree) for one in functions._known.values() if one is not None}
        assert len(kept) <= 4


def test_a_function_of_locks_alone_takes_no_longer_than_another() -> None:
    text = "def f(l, m):\n" + "    l.acquire()\n    m.release()\n" * 700
    code = compile(text, "x.py", "exec").co_consts[0]
    before = time.thread_time()
    found = Functions(lambda _: text.splitlines(keepends=True)).locking(code)
    assert found is not None and 0 < len(found.held) <= MAX_HELD
    assert time.thread_time() - before < 2.5


@pytest.mark.parametrize("given", ["unlocked(X)", "unlocked(lock=X)"])
def test_a_lock_that_is_given_away_may_be_let_go(given: str) -> None:
    source = f"""
    def f(X, Y):
        with X:
            with {given}:
                Y.acquire()
    """
    found, _ = sites(source)
    assert found is not None
    assert [held.loose for held in found.held if held.path.text == "X"] == [True]
