"""With a tracker on, nodes' tags are of the vocabulary that they share with the run's: said before anything runs."""

from pathlib import Path

import pytest

from hamtui.recorder import validate
from hamtui.recorder.problems import UsageError
from tests.recorder.inside import Launch

FLOW = """
    from hamilton.function_modifiers import tag

    @tag(run_kind="{kind}", colour="blue")
    def first() -> int:
        return 1
"""


@pytest.mark.parametrize(("kind", "fine"), [("incremental", True), ("weekly", False)])
def test_a_nodes_tag_of_the_vocabulary(kind: str, fine: bool, tmp_path: Path) -> None:
    graph = Launch(tmp_path).driver(FLOW.format(kind=kind)).graph
    if fine:
        validate.check_tags(graph)
    else:
        with pytest.raises(UsageError, match="node first: the tag run_kind is 'weekly'; it says full"):
            validate.check_tags(graph)
