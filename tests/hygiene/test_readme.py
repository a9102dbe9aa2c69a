"""What the README says of verdicts is what the model says."""

from pathlib import Path

from hamtui.model.verdicts import markdown

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- verdicts: made from hamtui/model/verdicts.py -->\n", "<!-- end of verdicts -->"


def test_the_page_on_diagnosis_is_the_models_table() -> None:
    """Where this fails, put the new table between the two comments: ``print(hamtui.model.verdicts.markdown())``."""
    page = README.read_text("utf-8")
    assert page.partition(BEGIN)[2].partition(END)[0] == markdown()
