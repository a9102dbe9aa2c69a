"""Nodes by name, glob and tag."""

import pytest

from hamtui.recorder.aim import aim

TAGS = {"layer": "raw", "owner": ["ann", "bob"], "pii": ""}


@pytest.mark.parametrize(
    ("which", "hit"),
    [
        ((), True),
        (("load_orders",), True),
        (("load",), False),
        (("load_*",), True),
        (("tag:layer=raw",), True),
        (("tag:layer=r*",), True),
        (("tag:layer=gold",), False),
        (("tag:owner=bob",), True),
        (("tag:pii",), True),
        (("tag:team",), False),
        (("nothing", "tag:owner=a?n"), True),
    ],
)
def test_what_words_mean(which: tuple[str, ...], hit: bool) -> None:
    assert aim(which)("load_orders", TAGS) is hit


def test_a_name_with_a_globs_letters_means_itself() -> None:
    assert aim(("x[0]",))("x[0]", {})
