"""``registry check --execute`` in the run's own process: the fixture before the run, the results after it."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hamtui.contract import files, layout, semantic
from hamtui.contract.registry import Registry, SemanticEntry
from hamtui.contract.semantic_check import FAILED, Checked, SemanticCheck
from hamtui.contract.spec import Check, RunSpec
from hamtui.recorder import modules
from hamtui.recorder.context import Work
from hamtui.recorder.guard import attempt, error_text
from hamtui.semantic import fixture, schemas, values
from hamtui.semantic.fixture import Fixture


class Checking:
    """A check of one run. The results are looked at here, so that nobody else has to open them."""

    def __init__(self, check: Check, spec: RunSpec, graph: Any) -> None:
        """Read the fixture. Raises UsageError where that can't be, and what a module of one raises."""
        self._check = check
        self._spec = spec
        own = [os.path.dirname(os.path.join(spec.cwd, one)) for one in spec.modules if modules.is_file(one)]
        self._folders = [spec.cwd, *dict.fromkeys(own)]
        self._fixture: Fixture = fixture.load(check.fixture, spec.cwd, graph.nodes)

    def work(self, work: Work) -> Work:
        """The work with the fixture's values; those of a context file go first, and its targets are none of ours."""
        given = self._fixture
        # A value for a config's name is config already.
        inputs = {name: value for name, value in given.inputs.items() if name not in work.config}
        return replace(
            work,
            targets=list(self._spec.targets),
            inputs={**inputs, **work.inputs},
            overrides={**given.overrides, **work.overrides},
        )

    def judge(self, results: Mapping[str, Any], failed_nodes: str | None) -> int:
        """Write semantic_check.json; the exit code: 1 where an output is not what it promises."""
        registry = Registry.parse(self._check.registry)
        found = [self._checked(entry, results, failed_nodes) for entry in registry]
        told = SemanticCheck(found, checked_at=time.time(), fixture=self._check.fixture)
        files.put(os.path.join(self._spec.launch_dir, layout.SEMANTIC_CHECK), told.document())
        wrong = [one.semantic_id for one in found if one.state == FAILED]
        if wrong:
            sys.stderr.write(
                f"hamtui: not what {'they promise' if len(wrong) > 1 else 'it promises'}: {', '.join(wrong)}\n"
            )
        return 1 if wrong else 0

    def _checked(self, entry: SemanticEntry, results: Mapping[str, Any], failed_nodes: str | None) -> Checked:
        if entry.kind == semantic.ARTIFACT:
            return values.unchecked(entry, "artifacts are not computed")
        value = results.get(entry.node_name)
        if value is None and failed_nodes is not None:
            return values.failed(entry, f"it has no result: {failed_nodes}")
        schema, error = None, None
        if entry.schema_ref is not None:
            schema, error = attempt(schemas.find, entry.schema_ref, self._fixture.schemas, self._folders)
        done = values.checked(entry, value, schema, strict=self._check.strict and error is None)
        if error is not None:
            told = str(error) if isinstance(error, schemas.SchemaError) else error_text(error, 300)
            done = replace(done, state=FAILED, problems=[*done.problems, told], notes=[])
        return done


def begin(spec: RunSpec, graph: Any) -> Checking:
    """The check that the spec asks for. Raises as ``Checking``."""
    if spec.check is None:
        raise ValueError("there is nothing to check")
    return Checking(spec.check, spec, graph)
