"""What the risk team publishes of functions: size, risk, churn, and what sums the risk up.

    hamtui registry compile sample_dags/semantic/*.py -o sample_dags/semantic/semantic_registry.json
    hamtui run sample_dags/semantic/*.py --target risk_score --target mean_risk

Each public output is one node at the top level with `semantic_output` above it. How the risk is made up stands in
a subdag, so its steps have a namespace and no one takes them for public.
"""

import functools

import pandas as pd
import pyarrow as pa
from hamilton.function_modifiers import parameterize, source, subdag, value
from repo_steps import scoring

from hamtui.semantic import semantic_output

_table = functools.partial(
    semantic_output,
    kind="table",
    entity="function",
    grain="per_function_and_commit",
    version=1,
    entity_keys=["repo", "commit", "id"],
    join_keys=["repo", "commit", "id"],
    owner="risk-team",
    source_system="git",
    materialization="parquet",
)
_scalar = functools.partial(
    semantic_output,
    kind="scalar",
    entity="repo",
    grain="whole",
    version=1,
    unit="share",
    owner="risk-team",
    source_system="git",
    materialization="none",
    materialized_name="none",
)


@_table(
    semantic_id="function.size.v1",
    schema_ref="repo_schemas.function_size_v1",
    stability="stable",
    unit="lines",
    materialized_name="function_size",
    description="How long each function is, at each commit.",
)
def function_sizes(raw_functions: pd.DataFrame) -> pd.DataFrame:
    """A row a function and commit."""
    return raw_functions[["repo", "commit", "id", "path", "lines"]]


@subdag(scoring, inputs={"functions": source("raw_functions")})
def scoring_of_functions(score: pd.Series) -> pd.Series:
    """The score of each row of the functions."""
    return score


@_table(
    semantic_id="function.risk_score.v1",
    schema_ref="repo_schemas.function_risk_v1",
    stability="stable",
    unit="share",
    materialized_name="function_risk",
    description="How likely each function is to break, between 0 and 1.",
)
def risk_score(raw_functions: pd.DataFrame, scoring_of_functions: pd.Series) -> pd.DataFrame:
    """A row a function and commit."""
    return raw_functions[["repo", "commit", "id"]].assign(risk=scoring_of_functions)


@_table(
    semantic_id="function.churn.v1",
    schema_ref="repo_schemas.function_churn_v1",
    unit="lines",
    materialized_name="function_churn",
    description="How much each commit changed each function that it touched.",
)
def function_churn(raw_changes: pa.Table) -> pa.Table:
    """A row a function and commit, however many edits there were."""
    summed = raw_changes.group_by(["repo", "commit", "id"], use_threads=False).aggregate(
        [("added", "count"), ("added", "sum"), ("removed", "sum")]
    )
    return summed.rename_columns(
        {"added_count": "edits", "added_sum": "added", "removed_sum": "removed"}
    ).select(["repo", "commit", "id", "edits", "added", "removed"])


@_scalar(
    semantic_id="repo.mean_risk.v1",
    dtype="float64",
    stability="stable",
    description="The mean risk of all functions.",
)
def mean_risk(risk_score: pd.DataFrame) -> float:
    """Between 0 and 1."""
    return float(risk_score["risk"].mean())


@_scalar(
    target_="middle_risk",
    semantic_id="repo.middle_risk.v1",
    dtype="float64",
    description="Half of the functions have less risk than this.",
)
@_scalar(
    target_="high_risk",
    semantic_id="repo.high_risk.v1",
    dtype="float64",
    description="One function in twenty has more risk than this.",
)
@parameterize(middle_risk={"share": value(0.5)}, high_risk={"share": value(0.95)})
def risk_quantile(risk_score: pd.DataFrame, share: float) -> float:
    """The risk that this share of the functions stays below."""
    return float(risk_score["risk"].quantile(share))
