"""What the cache did for each node and why, told right by every executor, blocks and worker processes included."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hamtui.contract.diagnostics import Diagnostics
from hamtui.follow.follower import read_launch
from hamtui.model.cache import outcome
from hamtui.recorder.build import build_driver
from tests.follow.watching import ref_of
from tests.recorder.inside import Launch, module

pytestmark = [
    # Hamilton leaves its SQLite connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

#: A result is stored under its own hash: none here is equal to another that is computed beside it.
FLOW = """
    import re
    from hamilton.function_modifiers import cache

    def seed(n: int) -> int:
        return n

    def same(seed: int) -> int:
        return 1

    def below(same: int, seed: int) -> int:
        return same + seed

    @cache(behavior="recompute")
    def fresh(seed: int) -> int:
        return seed

    @cache(behavior="disable")
    def off(seed: int) -> int:
        return seed

    @cache(behavior="ignore")
    def aside(seed: int) -> int:
        return seed

    def handle(seed: int) -> object:
        return lambda: seed

    def pattern(seed: int) -> object:
        return re.compile(str(seed))

    def random(pattern: object) -> int:
        return 100

    def uncached(off: int) -> int:
        return 200

    def last(below: int, fresh: int, off: int, aside: int, handle: object, random: int, uncached: int) -> int:
        return below + fresh + off + aside + handle()
"""
BLOCKS = """
    from hamilton.htypes import Collect, Parallelizable

    def item(seed: int) -> Parallelizable[int]:
        yield from range(2)

    def made(item: int, last: int) -> int:
        return item * 10

    def got(made: Collect[int]) -> list:
        return list(made)
"""
#: Executor, whether there are blocks.
WAYS = {
    "default": ("sync", False),
    "blocks": ("sync", True),
    "threads": ("threads", True),
    "processes": ("processes", True),
}
ALWAYS = {
    "fresh": "recomputed: behaviour says recompute",
    "off": "disabled: behaviour says disable",
    "aside": "ignored: behaviour says ignore",
    "uncached": "executed: input off is never cached",
    "last": "executed: input handle cannot be hashed",
}
NOT_STORED = "not-stored: result cannot be stored: "
HIT, NOTHING = "hit: same code, same inputs", "executed: nothing stored"


class Told:
    """Runs of one launch, each by a Driver of its own, and what the model makes of the cache's part in the newest."""

    def __init__(self, folder: Path, executor: str, blocks: bool) -> None:
        self.source = FLOW + BLOCKS if blocks else FLOW
        self.target = "got" if blocks else "last"
        self.cache = folder / "cache"
        self.launch = Launch(folder)
        self.module = module(folder, self.source)
        self.wanted = Diagnostics(cache=True, executor=executor, max_tasks=2)
        self.recorder = self.launch.recorder(wanted=self.wanted)

    def run(self, n: int = 1, **knobs: Any) -> dict[str, set[str]]:
        """Node -> what is said of it, of its blocks each."""
        wanted = replace(self.wanted, **knobs)
        made = build_driver([self.module], {}, wanted, self.recorder, str(self.cache), False)
        assert made.execute([self.target], inputs={"n": n})
        read = read_launch(ref_of(self.launch.dir))
        run = list(read.runs.values())[-1]
        assert run.state == "succeeded"
        found: dict[str, set[str]] = {}
        for span in run.spans.values():
            said = outcome(read, span)
            assert said is not None, span.key
            found.setdefault(span.key.node, set()).add(": ".join(filter(None, (said.outcome, said.why))))
        return found

    def edit(self, old: str, new: str) -> None:
        """The module, changed."""
        name = self.module.__name__
        assert old in self.source
        self.source = self.source.replace(old, new)
        self.module = module(self.launch.folder, self.source)
        path = Path(str(self.module.__file__))
        assert path.exists() and name != self.module.__name__


def results(folder: Path) -> list[Path]:
    """The files of stored results."""
    return [path for path in folder.iterdir() if path.suffix != ".db" and path.is_file()]


@pytest.mark.parametrize("way", WAYS)
def test_every_outcome_and_every_reason(way: str, tmp_path: Path) -> None:
    told = Told(tmp_path, *WAYS[way])
    plain = {"seed", "same", "below", *({"made", "got"} if WAYS[way][1] else ())}
    first = told.run()
    assert {name for name, said in first.items() if said == {NOTHING}} == plain
    check_always(first)
    assert first["pattern"] == {"unhashable: result cannot be hashed: re.Pattern"}
    assert first["random"] == {"executed: input pattern cannot be hashed"}

    second = told.run()
    # A result that cannot be hashed is stored under a version of its own, and found by that.
    assert {name for name, said in second.items() if said == {HIT}} == {*plain, "pattern", "random"}
    check_always(second)

    changed = told.run(n=2)
    assert changed["seed"] == {"executed: input n changed"} and changed["same"] == {
        "executed: input seed changed"
    }
    assert changed["below"] == {"executed: input seed changed"}

    told.edit("return same + seed", "return seed + same")
    edited = told.run(n=2)
    assert edited["below"] == {"executed: code changed"} and edited["same"] == {HIT}

    assert told.run(n=2, recompute=("same",))["same"] == {"recomputed: behaviour says recompute"}

    damage(told.cache, lambda path: path.write_bytes(b"junk"))
    corrupt = told.run(n=2)
    assert corrupt["same"] == {"executed: result file corrupt: UnpicklingError: pickle data was truncated"}
    damage(told.cache, Path.unlink)
    assert told.run(n=2)["same"] == {"executed: result file missing"}
    assert told.launch.flight("recorder_fault") == []


def check_always(said: dict[str, set[str]]) -> None:
    """What is the same in every run. Of a Parallelizable Hamilton never looks for a result."""
    assert said.get("item", {"recomputed: behaviour says recompute"}) == {
        "recomputed: behaviour says recompute"
    }
    assert {name: said[name] for name in ALWAYS} == {name: {words} for name, words in ALWAYS.items()}
    (handle,) = said["handle"]
    assert handle.startswith(NOT_STORED)


def damage(folder: Path, how: Callable[[Path], Any]) -> None:
    """Do this to every result that is stored."""
    for path in results(folder):
        how(path)
