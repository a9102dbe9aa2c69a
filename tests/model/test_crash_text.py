from pathlib import Path

import pytest

from hamtui.model import crash_text

DATA = Path(__file__).with_name("data")


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
@pytest.mark.parametrize(("kind", "reason"), [("abort", "Aborted"), ("segv", "Segmentation fault")])
def test_a_real_crash_names_the_thread_that_crashed_first(version: str, kind: str, reason: str) -> None:
    [(said, threads)] = crash_text.parse((DATA / f"crash-{version}-{kind}.txt").read_text("ascii"))
    assert said == reason
    crashed, other = threads
    boom = crashed.frames[-3]
    assert (boom.file, boom.function) == ("/home/me/sègv.py", "boom")
    assert boom.line == (8 if kind == "abort" else 9)
    assert [frame.function for frame in crashed.frames[-2:]] == ["outer", "<module>"]
    assert (other.frames[0].function, other.frames[0].line) == ("wörk", 5)
    assert crashed.thread_id and other.thread_id and crashed.thread_id != other.thread_id


def test_an_ident_is_the_hex_number() -> None:
    text = 'Fatal Python error: Aborted\n\nCurrent thread 0x00007fe6cd7bab80 (most recent call first):\n  File "a", line 1 in f\n'
    [(_, [thread])] = crash_text.parse(text)
    assert thread.thread_id == 0x7FE6CD7BAB80


def test_two_dumps_without_a_blank_line_between() -> None:
    one = 'Timeout (0:00:00.400000)!\nThread 0x01 (most recent call first):\n  File "a", line 1 in f\n'
    two = 'Fatal Python error: Bus error\n\nCurrent thread 0x02 (most recent call first):\n  File "b", line 2 in g\n'
    first, second = crash_text.parse(one + two)
    assert (first[0], first[1][0].thread_id) == (None, 1)
    assert (second[0], second[1][0].thread_id) == ("Bus error", 2)


def test_names_and_trailers_of_later_versions() -> None:
    text = (
        "Fatal Python error: Segmentation fault\n\n"
        'Current thread 0x00007f01 [my thread] (most recent call first):\n  File "a.py", line 3 in f\n  ...\n\n'
        'Current thread\'s C stack trace (most recent call first):\n  Binary file "x", at f+0x1\n\n'
        "Extension modules: numpy, pandas (total: 2)\n"
    )
    [(_, threads)] = crash_text.parse(text)
    assert threads[0].name == "my thread"
    assert [frame.function for frame in threads[0].frames] == ["f"]


def test_a_text_cut_anywhere_keeps_what_stood_before() -> None:
    whole = (DATA / "crash-3.11-segv.txt").read_text("ascii")
    for cut in range(len(whole)):
        crash_text.parse(whole[:cut])
    [(_, threads)] = crash_text.parse(whole[: whole.rindex('  File "')])
    assert [frame.function for frame in threads[0].frames] == ["string_at", "boom", "outer"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"s\xe8gv", "sègv"),
        (r"\u4e2d\U0001f600", "中😀"),
        (r"\udc80", r"\udc80"),
        (r"C:\new", r"C:\new"),
        (r"\U99999999", r"\U99999999"),
    ],
)
def test_escapes(written: str, meant: str) -> None:
    assert crash_text.unescape(written) == meant


def test_nothing_is_no_dump() -> None:
    assert crash_text.parse("") == []
    assert crash_text.parse('hello\n  File "x", line 1 in f\n') == []
