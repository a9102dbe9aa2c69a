"""The cache: its events in Hamilton's record form, and no result that ends a run."""

import json
import logging
import os
import pickle
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hamilton import driver
from hamilton.caching.adapter import CachingEvent, HamiltonCacheAdapter
from hamilton.plugins.h_threadpool import FutureAdapter

from hamtui.recorder.cache import LaunchCache, make_cache
from tests.recorder.inside import Launch, module

pytestmark = [
    # Hamilton leaves its SQLite connections to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

CHAIN = """
    def a() -> int:
        return 1

    def b(a: int) -> dict:
        return {"a": a}

    def c(b: dict) -> int:
        return b["a"] + 1
"""


class Cached:
    """Runs of one module under one cache folder, each in a launch of its own."""

    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder
        self.dir = folder / "cache"
        self.module = module(folder, source)
        self.launch = Launch(folder)
        self.cache: LaunchCache

    def run(self, *targets: str, adapters: tuple[Any, ...] = (), **options: Any) -> Any:
        self.launch = Launch(self.folder)
        recorder = self.launch.recorder()
        recompute = options.pop("recompute", ())
        self.cache = make_cache(str(self.dir), recorder, recompute)
        built = (
            driver.Builder().with_modules(self.module).with_adapters(recorder, self.cache, *adapters).build()
        )
        return built.execute(list(targets), **options)

    def told(self, *kinds: str) -> list[dict[str, Any]]:
        return [
            line for line in self.launch.lines("cache_logs.jsonl") if not kinds or line["event_type"] in kinds
        ]

    def outcomes(self) -> dict[str, str]:
        return {line["node_name"]: line["event_type"] for line in self.told("get_result", "execute_node")}

    def results(self) -> list[Path]:
        return [path for path in self.dir.iterdir() if path.suffix != ".db"]


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def chain(tmp_path: Path, quiet: None) -> Cached:
    return Cached(tmp_path, CHAIN)


def test_a_second_run_hits(chain: Cached) -> None:
    assert chain.run("c") == {"c": 2}
    assert chain.outcomes() == dict.fromkeys("abc", "execute_node")
    assert chain.run("c") == {"c": 2}
    assert chain.outcomes() == dict.fromkeys("abc", "get_result")


def test_lines_are_what_hamilton_would_have_written(tmp_path: Path, chain: Cached) -> None:
    chain.run("c")
    (run_id,) = chain.cache.run_ids
    kept = [json.loads(json.dumps(event.as_dict())) for event in chain.cache._logs[run_id]]
    told = chain.told()
    times: list[float] = []
    for line in told + kept:
        times.append(line.pop("timestamp"))
    assert told == kept
    assert times[: len(told)] == pytest.approx(times[len(told) :], rel=0, abs=1e-6)
    assert all(isinstance(event, CachingEvent) for event in chain.cache._logs[run_id])
    assert set(chain.cache.logs(run_id)) == {"a", "b", "c"}


def test_the_events_are_the_ones_that_hamilton_s_own_adapter_has(tmp_path: Path, chain: Cached) -> None:
    own = HamiltonCacheAdapter(str(tmp_path / "own"))
    for _ in range(2):
        chain.run("c")
        driver.Builder().with_modules(chain.module).with_adapters(own).build().execute(["c"])
        ours = [(line["node_name"], line["event_type"], line["actor"], line["msg"]) for line in chain.told()]
        theirs = [
            (event.node_name, event.event_type.value, event.actor, event.msg)
            for event in own._logs[own.last_run_id]
        ]
        assert sorted(map(str, ours)) == sorted(map(str, theirs))
        assert [line["value"] for line in chain.told("set_cache_key")] == [
            event.value for event in own._logs[own.last_run_id] if event.event_type.value == "set_cache_key"
        ]


def test_outcomes_stand_before_the_node_s_end(chain: Cached) -> None:
    for _ in range(2):
        chain.run("c")
        at = {line["node_name"]: line["timestamp"] for line in chain.told("get_result", "execute_node")}
        for name, end in chain.launch.ends().items():
            assert at[name] <= end["ts"]


def test_a_hung_node_shows_how_its_key_missed(tmp_path: Path, quiet: None) -> None:
    source = """
        def look(read: object) -> int:
            return len(read())
    """
    cached = Cached(tmp_path, source)
    seen: list[Any] = []

    def read() -> str:
        seen.extend(cached.told())
        return "x"

    cached.run("look", inputs={"read": read})
    assert seen[-1]["node_name"] == "look" and seen[-1]["event_type"] == "get_data_version"
    assert seen[-1]["msg"] == "miss"


def test_recompute_executes_again(chain: Cached) -> None:
    chain.run("c")
    chain.run("c", recompute=["b"])
    assert chain.outcomes() == {"a": "get_result", "b": "execute_node", "c": "get_result"}


UNSTORABLE = """
    import sqlite3
    import threading

    def lock() -> object:
        return threading.Lock()

    def function() -> object:
        return lambda: 1

    def generator() -> object:
        return (number for number in range(3))

    def database() -> object:
        return sqlite3.connect(":memory:")

    def odd() -> object:
        class Odd:
            def __init__(self):
                self.x = 1
            def __reduce__(self):
                raise ValueError("not me")
            def __getattribute__(self, name):
                if name == "__dict__":
                    raise RuntimeError("no dict")
                return object.__getattribute__(self, name)
        return Odd()

    def total(lock: object, function: object, generator: object, database: object, odd: object) -> int:
        database.close()
        return sum(generator) + function()
"""


def test_what_cannot_be_stored_is_not_stored(tmp_path: Path, quiet: None) -> None:
    cached = Cached(tmp_path, UNSTORABLE)
    for _ in range(2):
        assert cached.run("total") == {"total": 4}
        told = {line["node_name"]: line for line in cached.told("set_result") if line["msg"]}
        assert set(told) == {"lock", "function", "generator", "database", "odd"}
        assert {line["actor"] for line in told.values()} == {"result_store"}
        assert told["lock"]["msg"] == "not stored: TypeError: cannot pickle '_thread.lock' object"
        assert told["odd"]["msg"] == "not stored: ValueError: not me"
        assert all(line["success"] for line in cached.launch.flight("node_end", "graph_end"))
    for path in cached.results():
        assert pickle.loads(path.read_bytes()) == 4


def test_a_result_that_a_saver_cannot_save_leaves_nothing(tmp_path: Path, quiet: None) -> None:
    source = """
        from hamilton.function_modifiers import cache

        @cache(format="json")
        def bad() -> dict:
            return {"a": 1, "b": object()}
    """
    cached = Cached(tmp_path, source)
    assert "b" in cached.run("bad")["bad"]
    (told,) = cached.told("set_result")
    assert told["msg"].startswith("not stored: ")
    assert cached.results() == []


@pytest.mark.parametrize(
    "junk", [b"junk", b"", pickle.dumps(1)[:-1], b"cnowhere\nnothing\n.", b"\x80\x06K\x01."]
)
def test_a_corrupt_result_is_a_miss(chain: Cached, junk: bytes) -> None:
    chain.run("c")
    for path in chain.results():
        path.write_bytes(junk)
    assert chain.run("c") == {"c": 2}
    assert chain.outcomes() == dict.fromkeys("abc", "execute_node")
    assert {line["node_name"] for line in chain.told("failed_retrieval")} == set("abc")
    assert chain.run("c") == {"c": 2}
    assert chain.outcomes() == dict.fromkeys("abc", "get_result")


def test_a_changed_byte_that_pickle_takes_for_another_value_is_a_miss(chain: Cached) -> None:
    chain.run("c")
    (number,) = [path for path in chain.results() if pickle.loads(path.read_bytes()) == 2]
    whole = number.read_bytes()
    number.write_bytes(whole.replace(pickle.dumps(2, 5)[-2:], pickle.dumps(3, 5)[-2:], 1))
    assert pickle.loads(number.read_bytes()) == 3
    assert chain.run("c") == {"c": 2}
    assert [line["node_name"] for line in chain.told("failed_retrieval")] == ["c"]


def test_a_result_that_hamilton_s_own_cache_wrote_is_read(tmp_path: Path, chain: Cached) -> None:
    own = HamiltonCacheAdapter(str(chain.dir))
    driver.Builder().with_modules(chain.module).with_adapters(own).build().execute(["c"])
    assert chain.run("c") == {"c": 2}
    assert chain.outcomes() == dict.fromkeys("abc", "get_result")


def test_and_hamilton_s_own_cache_reads_ours(chain: Cached) -> None:
    chain.run("c")
    own = HamiltonCacheAdapter(str(chain.dir))
    assert driver.Builder().with_modules(chain.module).with_adapters(own).build().execute(["c"]) == {"c": 2}
    hits = [event for event in own._logs[own.last_run_id] if event.event_type.value == "get_result"]
    assert {event.node_name for event in hits} == set("abc")


def test_what_can_be_neither_read_nor_removed_is_a_miss_each_time(chain: Cached) -> None:
    chain.run("c")
    for path in chain.results():
        path.unlink()
        path.mkdir()
    for _ in range(2):
        assert chain.run("c") == {"c": 2}
        assert chain.outcomes() == dict.fromkeys("abc", "execute_node")
        assert {line["msg"].partition(":")[0] for line in chain.told("failed_retrieval")} == {
            "IsADirectoryError"
        }


def test_a_deleted_result_is_a_miss(chain: Cached) -> None:
    chain.run("c")
    for path in chain.results():
        path.unlink()
    assert chain.run("c") == {"c": 2}
    assert {line["node_name"] for line in chain.told("missing_result")} == set("abc")


def test_metadata_that_is_no_database_is_a_cache_that_misses(chain: Cached) -> None:
    chain.dir.mkdir()
    (chain.dir / "metadata_store.db").write_bytes(b"no database at all, but long enough to be looked at" * 40)
    for _ in range(2):
        assert chain.run("c") == {"c": 2}
        assert chain.outcomes() == dict.fromkeys("abc", "execute_node")
    assert any("not stored: DatabaseError" in str(line["msg"]) for line in chain.told("set_data_version"))
    told = chain.told("failed_retrieval")
    assert {line["node_name"] for line in told} == set("abc")
    assert {(line["actor"], line["msg"].partition(":")[0]) for line in told} == {
        ("metadata_store", "DatabaseError")
    }


def test_metadata_in_trouble_is_warned_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cached = Cached(tmp_path, CHAIN)
    cached.dir.mkdir()
    (cached.dir / "metadata_store.db").write_bytes(
        b"no database at all, but long enough to be looked at" * 40
    )
    with caplog.at_level(logging.WARNING, logger="hamilton.caching"):
        cached.run("c")
    assert len([record for record in caplog.records if "metadata cannot be used" in record.message]) == 1


def test_metadata_that_another_process_holds_is_a_cache_that_misses(
    chain: Cached, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain.run("a")
    monkeypatch.setattr("hamtui.recorder.stores._PATIENCE_S", 0.01)
    holder = sqlite3.connect(chain.dir / "metadata_store.db")
    holder.execute("BEGIN EXCLUSIVE")
    assert chain.run("c") == {"c": 2}
    holder.rollback()
    holder.close()
    assert chain.run("c") == {"c": 2}


@pytest.mark.parametrize("kind", ["KeyboardInterrupt", "SystemExit"])
def test_ctrl_c_comes_out_as_it_went_in(tmp_path: Path, quiet: None, kind: str) -> None:
    cached = Cached(tmp_path, f"def stop() -> int:\n    raise {kind}()\n")
    with pytest.raises(BaseException) as raised:
        cached.run("stop")
    assert type(raised.value).__name__ == kind
    assert {end["error_type"] for end in cached.launch.flight("node_end", "graph_end")} == {kind}
    assert [line["msg"] for line in cached.told("failed_execution")] == ["interrupted"]


def test_ctrl_c_under_hamilton_s_own_cache_is_told_as_ctrl_c(tmp_path: Path, quiet: None) -> None:
    launch = Launch(tmp_path)
    dr = launch.driver(
        "def stop() -> int:\n    raise KeyboardInterrupt\n", HamiltonCacheAdapter(str(tmp_path / "own"))
    )
    with pytest.raises(AssertionError):
        dr.execute(["stop"])
    assert {end["error_type"] for end in launch.flight("node_end", "graph_end")} == {"KeyboardInterrupt"}


def test_a_failing_node_is_told_as_failed(tmp_path: Path, quiet: None) -> None:
    cached = Cached(tmp_path, "def bad() -> int:\n    raise ValueError('no')\n")
    with pytest.raises(ValueError):
        cached.run("bad")
    assert [line["msg"] for line in cached.told("failed_execution")] == ["no"]


def test_arrow_pipelines_hit_downstream(tmp_path: Path, quiet: None) -> None:
    source = """
        import pyarrow as pa

        def table() -> pa.Table:
            return pa.table({"a": [1, 2, 3]})

        def count(table: pa.Table) -> int:
            return table.num_rows
    """
    cached = Cached(tmp_path, source)
    cached.run("count", recompute=["table"])
    cached.run("count", recompute=["table"])
    assert cached.outcomes() == {"table": "execute_node", "count": "get_result"}
    assert cached.told("unhashable_data_version") == []


def test_it_works_in_a_thread_pool_without_tasks(chain: Cached) -> None:
    for expected in ("execute_node", "get_result"):
        adapter = FutureAdapter()
        assert chain.run("c", adapters=(adapter,)) == {"c": 2}
        adapter.executor.shutdown()
        assert chain.outcomes() == dict.fromkeys("abc", expected)


def test_levels_are_honoured_as_hamilton_does(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cached = Cached(tmp_path, CHAIN)
    with caplog.at_level(logging.INFO, logger="hamilton.caching"):
        cached.run("c")
    said = [record.getMessage() for record in caplog.records if record.name == "hamilton.caching"]
    assert said == [f"{name}::adapter::execute_node" for name in "abc"]


def test_events_already_told_do_not_travel_to_workers(chain: Cached) -> None:
    chain.run("c")
    (run_id,) = chain.cache.run_ids
    again = pickle.loads(pickle.dumps(chain.cache))
    assert again._logs == {run_id: []} and chain.cache._logs[run_id]
    assert os.path.samefile(again.result_store.path, chain.dir)
