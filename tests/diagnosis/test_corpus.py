"""The whole corpus, one test a behaviour and executor: ``pytest -m slow tests/diagnosis``."""

from pathlib import Path

import pytest

from tests.diagnosis.corpus import cases, possible
from tests.diagnosis.driving import drive
from tests.diagnosis.judging import judge
from tests.diagnosis.report import one_line
from tests.diagnosis.table import row
from tests.e2e.pythons import with_hamilton

CASES = [(row.name, executor) for row, executor in cases(everywhere=True)]


@pytest.mark.slow
@pytest.mark.timeout(300)  # the first of a version may have to make its environment
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize(("name", "executor"), CASES)
def test_what_is_said_of_it_is_right(name: str, executor: str, version: str, tmp_path: Path) -> None:
    asked = row(name)
    if not possible(asked):
        pytest.skip(f"{name} needs {asked.needs}")
    found = judge(asked, drive(asked, executor, tmp_path, python=with_hamilton(version)))
    assert found.right, f"{one_line(found)}\n{found.told.last()}"
