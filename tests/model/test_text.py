"""Whatever comes from the run is shown, and nothing of it is sent."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamtui.model.text import duration, plural, size, visible


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain [red]", "plain [red]"),
        ("a\x1b[31mb", "a␛[31mb"),
        ("two\nlines\t.", "two␊lines␉."),
        ("\x7f\x9b", "␡\\x9b"),
        ("\u202ecba\u2066", "\\u202ecba\\u2066"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("e\u0301", "é"),
        ("\u0301x", "\u25cc\u0301x"),
        ("\udc80", "\\udc80"),
        ("⚠\ufe0f", "⚠"),
        ("日本", "日本"),
        ("\u2028", "\\u2028"),
    ],
)
def test_visible(raw: str, shown: str) -> None:
    assert visible(raw) == shown


def test_ascii_only_spells_everything_else() -> None:
    assert visible("é\x1b日\U0001f600", ascii_only=True) == "\\xe9^[\\u65e5\\U0001f600"


@given(st.text(st.characters(), max_size=60), st.booleans())
def test_nothing_that_a_terminal_obeys_is_left(raw: str, ascii_only: bool) -> None:
    shown = visible(raw, ascii_only=ascii_only)
    assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown)
    if ascii_only:
        assert shown.isascii()
    assert visible(shown, ascii_only=ascii_only) == shown
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "0s"),
        (0.0004, "0s"),
        (0.05, "50ms"),
        (0.3, "0.3s"),
        (4.8, "4.8s"),
        (9.99, "9.9s"),
        (12.7, "12s"),
        (59.99, "59s"),
        (161.2, "2m41s"),
        (3720, "1h02m"),
        (3 * 86400 + 4 * 3600, "3d04h"),
        (-3, "0s"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@given(st.floats(0, 1e7))
def test_duration_is_short(seconds: float) -> None:
    assert 2 <= len(duration(seconds)) <= 7


def test_figures() -> None:
    assert plural(1, "run") == "1 run"
    assert plural(1200, "run") == "1,200 runs"
    assert plural(2, "entry", "entries") == "2 entries"
    assert size(812) == "812 B"
    assert size(4100) == "4.1 kB"
    assert size(2e9) == "2.0 GB"
