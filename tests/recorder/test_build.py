"""What is built: modules by file and by name, context files, executors, the cache."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.recorder.conftest import Launcher
from tests.recorder.test_run import refused

ONE = "def a() -> int:\n    return 1\n"


def told(launcher: Launcher, modules: str | list[str], target: str, **spec: Any) -> Any:
    """What the target printed, as JSON."""
    launched = launcher.run(modules, target, **spec)
    assert launched.process.returncode == 0, launched.output()
    return json.loads(launched.output())


def test_several_modules_and_their_folders(launcher: Launcher) -> None:
    launcher.module("VALUE = 40\n", "one/beside.py")
    one = launcher.module("import beside\ndef a() -> int:\n    return beside.VALUE\n", "one/first.py")
    launcher.module("", "pkg/__init__.py")
    launcher.module("def b(a: int) -> int:\n    return a + 1\n", "pkg/second.py")
    launcher.module(
        "import json\ndef c(b: int) -> int:\n    print(json.dumps(b + 1))\n    return b\n", "two/third.py"
    )
    assert told(launcher, [one, "pkg.second", "two/third.py"], "c") == 42


def test_a_file_is_loaded_though_a_package_has_its_name(launcher: Launcher) -> None:
    launcher.module("raise RuntimeError('the package')\n", "orders/__init__.py")
    module = launcher.module(f"print(1)\n{ONE}", "orders.py")
    assert told(launcher, module, "a") == 1


def test_modules_that_import_each_other_are_one(launcher: Launcher) -> None:
    one = launcher.module("import second\nprint(1)\ndef a() -> int:\n    return 1\n", "first.py")
    two = launcher.module("def b() -> int:\n    return 2\n", "second.py")
    assert told(launcher, [one, two], "b") == 1


@pytest.mark.parametrize("name", ["json.py", "hamilton.py", "sys.py"])
def test_a_name_that_is_taken(launcher: Launcher, name: str) -> None:
    sentence = refused(launcher.run(launcher.module(ONE, name), "a"))
    assert "rename the file" in sentence
    assert str(launcher.tmp_path / name) in sentence


def test_a_name_that_nobody_took(launcher: Launcher) -> None:
    """Of the standard library, but not in use; and one that no ``import`` statement could say."""
    for name in ("this.py", "2024-orders.py"):
        assert launcher.run(launcher.module(ONE, name), "a").process.returncode == 0


def test_duplicate_functions(launcher: Launcher) -> None:
    files = [
        launcher.module(ONE, "x.py"),
        launcher.module("def a() -> int:\n    print(2)\n    return 2\n", "y.py"),
    ]
    launched = launcher.run(files, "a")
    assert launched.process.returncode == 1
    assert launched.error()["stage"] == "build"
    assert told(launcher, files, "a", allow_module_overrides=True) == 2


CONTEXT_FLOW = """
    import json
    from hamilton.function_modifiers import config

    @config.when(mode="fast")
    def how__fast() -> str:
        return "fast"

    @config.when(mode="slow")
    def how__slow() -> str:
        return "slow"

    def told(how: str, x: int, y: int, z: int) -> str:
        print(json.dumps([how, x, y, z]))
        return how

    def z() -> int:
        return 0

    def more() -> int:
        print("more")
        return 1
"""
CONTEXT: dict[str, Any] = {
    "HAMILTON_CONFIG": {"mode": "slow"},
    "HAMILTON_FINAL_VARS": ["told"],
    "HAMILTON_INPUTS": {"x": 1, "y": 2},
    "HAMILTON_OVERRIDES": {"z": 3},
}


def test_context_files(launcher: Launcher) -> None:
    module = launcher.module(CONTEXT_FLOW)
    as_json = launcher.module(json.dumps(CONTEXT), "context.json")
    as_python = launcher.module(
        "\n".join(f"{key} = {value!r}" for key, value in CONTEXT.items()), "context.py"
    )
    for context in (as_json, as_python):
        launched = launcher.run(module, context=context)
        assert launched.output() == '["slow", 1, 2, 3]\n'
        assert launched.info()["targets"] == ["told"]
        launched = launcher.run(
            module, "more", context=context, config={"mode": "fast"}, inputs={"y": 5}, overrides={"z": 6}
        )
        assert launched.output() == '["fast", 1, 5, 6]\nmore\n'
        assert launched.info()["targets"] == ["told", "more"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("c.json", "{", "is no JSON"),
        ("c.json", "[]", "holds no JSON object"),
        ("c.toml", "", "neither .json nor .py"),
        ("c.json", '{"HAMILTON_INPUTS": []}', "HAMILTON_INPUTS in the context file must be a dict"),
    ],
)
def test_bad_context_files(launcher: Launcher, name: str, text: str, words: str) -> None:
    launched = launcher.run(launcher.module(CONTEXT_FLOW), context=launcher.module(text, name))
    assert words in refused(launched)


def test_a_context_file_that_raises(launcher: Launcher) -> None:
    launched = launcher.run(launcher.module(ONE), context=launcher.module("1 / 0\n", "c.py"))
    assert launched.process.returncode == 1
    assert launched.error()["stage"] == "import"


WHERE = """
    import os, threading, time
    from hamilton.htypes import Collect, Parallelizable

    BARRIER = threading.Barrier(2, timeout=30)

    def _here() -> str:
        return f"{os.getpid()}/{threading.get_ident()}"

    def plain() -> str:
        return _here()

    def item(plain: str) -> Parallelizable[int]:
        yield from range(4)

    def where(item: int) -> str:
        time.sleep(0.2)
        return _here()

    def all_of(where: Collect[str], plain: str) -> list:
        import json
        print(json.dumps({"main": _here(), "plain": plain, "blocks": list(where)}))
        return []

    def left() -> int:
        return BARRIER.wait()

    def right() -> int:
        return BARRIER.wait()

    def both(left: int, right: int) -> int:
        print(left + right)
        return 1
"""


def test_executors(launcher: Launcher) -> None:
    module = launcher.module(WHERE)
    by_sync = told(launcher, module, "all_of")
    assert {by_sync["main"], by_sync["plain"]} == set(by_sync["blocks"])

    by_threads = told(launcher, module, "all_of", executor="threads", max_tasks=4)
    pids = {place.split("/")[0] for place in [by_threads["plain"], *by_threads["blocks"]]}
    assert len(pids) == 1
    assert len(set(by_threads["blocks"])) > 1

    by_processes = told(launcher, module, "all_of", executor="processes", max_tasks=2)
    assert by_processes["plain"] == by_processes["main"]
    pids = {place.split("/")[0] for place in by_processes["blocks"]}
    assert len(pids) == 2
    assert by_processes["main"].split("/")[0] not in pids


def test_independent_nodes_run_side_by_side_in_threads(launcher: Launcher) -> None:
    """Each of the two waits for the other."""
    assert (
        told(
            launcher,
            launcher.module(WHERE),
            "both",
            executor="threads",
            max_tasks=2,
        )
        == 1
    )


def test_a_worker_that_dies_is_a_failure(launcher: Launcher) -> None:
    module = launcher.module(
        """
        import os
        from hamilton.htypes import Collect, Parallelizable
        def item() -> Parallelizable[int]:
            yield from range(2)
        def dead(item: int) -> int:
            os._exit(1)
        def all_of(dead: Collect[int]) -> int:
            return 1
        """
    )
    launched = launcher.run(module, "all_of", executor="processes")
    assert launched.process.returncode == 1
    assert launched.error()["error_type"] == "BrokenProcessPool"


CACHED = """
    from hamilton.function_modifiers import cache
    @cache(behavior="default")
    def kept() -> int:
        print("made")
        return 1
    def plain() -> int:
        print("made")
        return 1
"""


BARE = CACHED.replace('@cache(behavior="default")', "@cache()")
UNMARKED = CACHED.replace('@cache(behavior="default")', "")


@pytest.mark.parametrize(
    ("source", "cache", "on"),
    [
        (CACHED, None, True),
        (BARE, None, True),
        (UNMARKED, None, False),
        (UNMARKED, True, True),
        (CACHED, False, False),
    ],
    ids=["by the modules", "bare", "not marked", "asked", "refused"],
)
def test_the_cache(launcher: Launcher, source: str, cache: bool | None, on: bool) -> None:
    module = launcher.module(source)
    launches = [launcher.run(module, "kept", cache=cache, cache_dir="kept_here") for _ in range(2)]
    assert [launched.process.returncode for launched in launches] == [0, 0], launches[0].output()
    assert [launched.output() for launched in launches] == (["made\n", ""] if on else ["made\n", "made\n"])
    folder = launcher.tmp_path / "kept_here"
    assert launches[0].info()["cache_dir"] == (str(folder) if on else None)
    assert folder.exists() == on


def test_no_cache_where_nothing_asks_for_it(launcher: Launcher) -> None:
    launched = launcher.run(launcher.module("def plain() -> int:\n    return 1\n"), "plain")
    assert launched.info()["cache_dir"] is None
    assert not Path(launcher.tmp_path, ".hamilton_cache").exists()


def test_recompute(launcher: Launcher) -> None:
    module = launcher.module(CACHED)
    launches = [launcher.run(module, "plain", cache=True, recompute=["plain"]) for _ in range(2)]
    assert [launched.output() for launched in launches] == ["made\n", "made\n"]
    assert Path(launches[0].info()["cache_dir"]) == launcher.tmp_path / ".hamilton_cache"
