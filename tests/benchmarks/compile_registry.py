"""How long 2,000 public outputs take to compile, once Hamilton and the modules are imported.

``python -m tests.benchmarks compile_registry``. An interpreter a round; building the Driver, which is Hamilton's own, is told apart.
"""

import tempfile
from pathlib import Path

from tests.benchmarks.measuring import Measured, child

OUTPUTS, MODULES, ROUNDS = 2_000, 20, 5
_FLOW = """
@semantic_output(semantic_id="repo.out{n}.v1", kind="table", entity="repo", grain="per_repo", version=1, schema_ref="s.out{n}",
    entity_keys=["repo", "id"], join_keys="repo", owner="us", description="d", unit="none", source_system="git",
    materialization="parquet", materialized_name="out{n}")
def out{n}(repos: int) -> dict[str, int]:
    return {{"repo": repos}}
"""
_CHILD = """
import importlib, sys, time
sys.path.insert(0, sys.argv[1])
from hamilton import driver
from hamtui.semantic import compile_registry
modules = [importlib.import_module(f"flow{n}") for n in range(int(sys.argv[2]))]
began = time.perf_counter()
dr = driver.Builder().with_modules(*modules).build()
built = time.perf_counter()
registry = compile_registry(dr, strict=True)
text = registry.text()
told = {"build_s": built - began, "compile_s": time.perf_counter() - built, "outputs": len(registry)}
"""


def measure() -> Measured:
    found = Measured("compile_registry", f"{OUTPUTS:,} public outputs of {MODULES} modules")
    with tempfile.TemporaryDirectory() as folder:
        for module in range(MODULES):
            functions = [_FLOW.format(n=n) for n in range(module, OUTPUTS, MODULES)]
            text = "from hamtui.semantic import semantic_output\n" + "".join(functions)
            Path(folder, f"flow{module}.py").write_text(text)
        rounds = [child(_CHILD, folder, str(MODULES)) for _ in range(ROUNDS)]
    assert all(one["outputs"] == OUTPUTS for one in rounds)
    found.add("Hamilton's graph", [one["build_s"] for one in rounds], "s")
    found.add("compile", [one["compile_s"] for one in rounds], "s")
    both = sorted(one["build_s"] + one["compile_s"] for one in rounds)
    found.aim("both, after import", both[len(both) // 2], 2.0, "s")
    return found
