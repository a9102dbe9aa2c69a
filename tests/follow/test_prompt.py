"""What stands between a person's terminal and a node's pdb."""

import socket
from pathlib import Path

import pytest

from hamtui.follow import prompt
from hamtui.follow.prompt import Unreachable, shown
from hamtui.model.state import Halt, Rare, Span, SpanKey, Who


def test_what_pdb_says_is_text_and_no_order() -> None:
    assert shown("-> x = 1\n\t'a'\n(Pdb) ") == "-> x = 1\n\t'a'\n(Pdb) "
    assert shown("\x1b]0;title\x07 \x1b[2J \r\n") == "␛]0;title␇ ␛[2J ␍\n"
    assert shown("\u202efdp") == "\\u202efdp"


def span(path: Path | None, host: str | None = None) -> Span:
    halt = None if path is None else Halt(1.0, 1.0, "start", str(path))
    return Span(SpanKey("r", None, "left"), "running", who=Who(host=host), rare=Rare(halt=halt))


def test_where_a_prompt_is_and_where_none_is(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="left is not in the debugger any more"):
        prompt.socket_of(span(None))
    with pytest.raises(Unreachable, match="left waits in the debugger where it runs, on box9: attach there"):
        prompt.socket_of(span(tmp_path / "gone.sock", "box9"))
    (tmp_path / "here.sock").touch()
    assert prompt.socket_of(span(tmp_path / "here.sock", "box9")) == str(tmp_path / "here.sock")


def test_nobody_at_the_other_end_is_one_sentence(tmp_path: Path) -> None:
    left_over = socket.socket(socket.AF_UNIX)
    left_over.bind(str(tmp_path / "debug.sock"))
    left_over.close()
    with pytest.raises(Unreachable, match="the debugger can't be reached: Connection refused"):
        prompt.talk(str(tmp_path / "debug.sock"), "")
