"""The table of verdicts, and the page that is made of it."""

from hamtui.model import telling, verdicts


def test_every_name_has_a_row_and_every_row_is_whole() -> None:
    named = {value for key, value in vars(verdicts).items() if key.isupper() and isinstance(value, str)}
    assert named == set(verdicts.BY_NAME)
    for row in verdicts.TABLE:
        for text in (row.meaning, row.evidence, row.advice):
            assert text.endswith("."), row.name
            assert "|" not in text
        assert row.progress


def test_every_verdict_has_its_own_sentence() -> None:
    elsewhere = {verdicts.UNKNOWN, verdicts.DEAD}
    assert set(telling._SENTENCES) == set(verdicts.BY_NAME) - elsewhere


def test_the_page_has_a_row_a_verdict() -> None:
    lines = verdicts.markdown().splitlines()
    assert len(lines) == len(verdicts.TABLE) + 2
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2].startswith("| `running.python` |")
