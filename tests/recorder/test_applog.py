"""Logging records: all of them, under their span, and nothing of the user's own logging changed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

START = """
import logging, os, sys, threading
from hamtui.recorder import applog
from hamtui.recorder.flight import journal
from hamtui.recorder.spans import SPANS
log = applog.install(journal(sys.argv[1], "app.log.jsonl", os.getpid()))
"""


def run(folder: Path, code: str, env: dict[str, str] | None = None) -> tuple[list[dict[str, Any]], str]:
    """The records of a process that installs the log first, and its stderr."""
    done = subprocess.run(
        [sys.executable, "-c", START + dedent(code), str(folder)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
    )
    path = folder / "app.log.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else [], done.stderr


def test_a_record_has_its_span_place_and_thread(tmp_path: Path) -> None:
    code = """
        me = threading.get_ident()
        SPANS.start(("r", None, "n"), me, 1, 1, None, None)
        logging.getLogger("mine").info("in %s", "span")
        SPANS.end(("r", None, "n"))
        logging.getLogger("mine").info("after")
        threading.Thread(target=lambda: logging.error("other"), name="T").start()
    """
    (inside, after, other), _ = run(tmp_path, code)
    assert (inside["message"], inside["level"], inside["logger"]) == ("in span", "INFO", "mine")
    assert (inside["run_id"], inside["task_id"], inside["node"]) == ("r", None, "n")
    assert inside["file"] == "<string>" and inside["line"] > 0 and inside["pid"] > 0 and inside["ts"] > 1e9
    assert after["node"] is None and other["thread"] == "T" and other["logger"] == "root"


def test_without_the_user_s_logging_warnings_still_reach_stderr_alone(tmp_path: Path) -> None:
    told, stderr = run(
        tmp_path, "logging.getLogger('x').info('quiet'); logging.getLogger('x').warning('loud')"
    )
    assert [line["message"] for line in told] == ["quiet", "loud"]
    assert stderr.splitlines() == ["loud"]


def test_what_is_only_ours_changes_nothing_for_the_user(tmp_path: Path) -> None:
    code = """
        logging.info("sets logging up itself")
        logging.basicConfig(force=True, format="%(levelname)s %(lineno)d %(message)s")
        log = logging.getLogger("x")
        log.info("not shown")
        assert not log.isEnabledFor(logging.INFO) and log.getEffectiveLevel() == logging.WARNING
        logging.getLogger("set").setLevel(logging.ERROR)
        logging.getLogger("set.below").info("somebody wanted none of it")
        log.setLevel(logging.INFO)
        log.info("shown")
        logging.getLogger().setLevel(logging.ERROR)
        logging.getLogger("y").info("nor of this")
    """
    told, stderr = run(tmp_path, code)
    assert [line["message"] for line in told] == ["sets logging up itself", "not shown", "shown"]
    at = START.count("\n")
    assert [line["line"] - at for line in told] == [2, 5, 10]
    assert stderr == f"INFO {at + 10} shown\n"


def test_what_nobody_was_to_hear_runs_none_of_the_user_s_code(tmp_path: Path) -> None:
    code = """
        class Mine:
            def __str__(self):
                raise SystemExit(9)
        logging.getLogger("x").info("%s of %s", Mine(), 3)
        logging.getLogger("x").info(Mine())
        logging.getLogger("x").info("%d of %s", 2, "3")
        assert logging.Logger.info.__module__ == "logging"
    """
    told, _ = run(tmp_path, code)
    assert [line["message"] for line in told] == ["%s of %s  (Mine, int)", "Mine", "2 of 3"]


def test_a_loop_that_nobody_hears_is_bounded(tmp_path: Path) -> None:
    told, _ = run(tmp_path, "for n in range(20_000): logging.getLogger('x').info('%s', n)")
    assert 500 < len(told) < 15_000


def test_nothing_is_added_to_the_root_logger(tmp_path: Path) -> None:
    code = """
        assert logging.getLogger().handlers == [] and logging.getLogger().level == logging.WARNING
        logging.getLogger("x").warning("before")
        logging.basicConfig(format="MINE %(message)s", level=logging.WARNING)
        logging.getLogger("x").warning("after")
    """
    told, stderr = run(tmp_path, code)
    assert stderr.splitlines() == ["before", "MINE after"]
    assert [line["message"] for line in told] == ["before", "after"]


def test_hamilton_s_cache_outcomes_arrive(tmp_path: Path) -> None:
    code = """
        from hamilton.caching.adapter import CachingEvent, CachingEventType
        event = CachingEvent("r", "adapter", CachingEventType.EXECUTE_NODE, "a", timestamp=0.0)
        logging.getLogger("hamilton.caching").info("%s", event)
    """
    told, stderr = run(tmp_path, code)
    heard = [line["message"] for line in told if line["logger"] == "hamilton.caching"]
    assert heard == ["a::adapter::execute_node"] and stderr == ""


def test_a_level_that_was_set_before_stays(tmp_path: Path) -> None:
    code = """
        import logging, os, sys
        logging.getLogger().setLevel(logging.ERROR)
        from hamtui.recorder import applog
        from hamtui.recorder.flight import journal
        applog.install(journal(sys.argv[1], "app.log.jsonl", os.getpid()))
        assert logging.getLogger().level == logging.ERROR
    """
    subprocess.run([sys.executable, "-c", dedent(code), str(tmp_path)], check=True)


def test_tracebacks_and_long_messages_are_bounded(tmp_path: Path) -> None:
    code = """
        try:
            1 / 0
        except ZeroDivisionError:
            logging.getLogger("x").exception("y" * 1_000_000)
    """
    (one,), _ = run(tmp_path, code)
    assert len(one["message"]) < 40_000 and one["message"].startswith("yyy")
    assert "ZeroDivisionError" in one["traceback"]


def test_what_cannot_be_formatted_is_told_as_it_stands(tmp_path: Path) -> None:
    code = r"""
        logging.raiseExceptions = False
        class Odd:
            def __str__(self): raise RuntimeError
        logging.getLogger("x").info("%d too few")
        logging.getLogger("x").info("%d of %d", 1)
        logging.getLogger("x").info(Odd())
        logging.getLogger("x").info("\ud800 \x1b[31m \0 [red]")
    """
    told, _ = run(tmp_path, code)
    assert [line["message"] for line in told] == [
        "%d too few",
        "%d of %d",
        "Odd",
        "\\ud800 \x1b[31m \0 [red]",
    ]


def test_a_message_that_logs_while_it_is_formatted(tmp_path: Path) -> None:
    code = """
        class Chatty:
            def __str__(self):
                logging.getLogger("inner").warning("again")
                return "chatty"
        logging.getLogger("x").warning("%s", Chatty())
    """
    told, _ = run(tmp_path, code)
    assert "chatty" in [line["message"] for line in told] and len(told) <= 2


def test_the_user_s_record_factories_work(tmp_path: Path) -> None:
    code = """
        class Mine(logging.LogRecord):
            pass

        old = logging.getLogRecordFactory()
        def wrapping(*args, **kwargs):
            record = old(*args, **kwargs)
            record.tag = "w"
            return record
        logging.setLogRecordFactory(wrapping)
        seen = []
        class Keep(logging.Handler):
            def emit(self, record): seen.append(record)
        logging.getLogger("x").addHandler(Keep())
        logging.getLogger("x").setLevel(logging.INFO)
        logging.getLogger("x").info("one")
        assert seen[-1].tag == "w"
        logging.setLogRecordFactory(Mine)
        logging.getLogger("x").info("two")
        assert type(seen[-1]) is Mine
        logging.setLogRecordFactory(lambda *a, **k: (_ for _ in ()).throw(ValueError("theirs")))
        try:
            logging.getLogger("x").info("three")
        except ValueError as error:
            assert str(error) == "theirs"
        else:
            raise AssertionError
    """
    told, _ = run(tmp_path, code)
    assert [line["message"] for line in told] == ["one", "two"]


def test_a_forked_child_has_a_file_of_its_own(tmp_path: Path) -> None:
    code = """
        logging.getLogger("x").warning("parent")
        pid = os.fork()
        if pid == 0:
            logging.getLogger("x").warning("child")
            os._exit(0)
        os.waitpid(pid, 0)
    """
    told, _ = run(tmp_path, code)
    assert [line["message"] for line in told] == ["parent"]
    (own,) = [path for path in tmp_path.iterdir() if path.name != "app.log.jsonl"]
    assert [json.loads(line)["message"] for line in own.read_bytes().splitlines()] == ["child"]


def test_what_cannot_be_written_is_counted(tmp_path: Path) -> None:
    (tmp_path / "app.log.jsonl").symlink_to("/dev/full")
    subprocess.run(
        [sys.executable, "-c", START + "logging.info('x'); assert log.dropped == 1", str(tmp_path)],
        check=True,
        stderr=subprocess.DEVNULL,
    )
