"""What the platform team publishes of commits, authors and repositories, and a report for people.

`author_activity` names people, which its tag `pii` says.
"""

import functools

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from hamtui.semantic import semantic_output

_published = functools.partial(
    semantic_output, version=1, owner="platform-team", source_system="git", materialization="parquet"
)


@_published(
    semantic_id="commit.summary.v1",
    kind="table",
    entity="commit",
    grain="per_commit",
    schema_ref="repo_schemas.commit_summary_v1",
    entity_keys="repo,commit",
    join_keys="repo,commit",
    stability="stable",
    pii="possible",
    unit="functions",
    materialized_name="commit_summary",
    description="Who made each commit, and how many functions there were then.",
)
def commit_summary(raw_commits: pa.Table, raw_functions: pd.DataFrame) -> pa.Table:
    """A row a commit."""
    counted = pa.Table.from_pandas(raw_functions[["repo", "commit", "id"]], preserve_index=False)
    counted = counted.group_by(["repo", "commit"], use_threads=False).aggregate([("id", "count")])
    counted = pa.table(
        {
            "repo": counted["repo"].cast(pa.string()),
            "commit": counted["commit"].cast(pa.string()),
            "functions": counted["id_count"],
        }
    )
    joined = raw_commits.join(counted, keys=["repo", "commit"], join_type="inner")
    return joined.select(["repo", "commit", "author", "functions"]).sort_by("commit")


@_published(
    semantic_id="author.activity.v1",
    kind="table",
    entity="author",
    grain="per_author",
    schema_ref="repo_schemas.author_activity_v1",
    entity_keys="author",
    join_keys="author",
    pii="yes",
    unit="commits",
    materialized_name="author_activity",
    description="How many commits each author made.",
)
def author_activity(raw_commits: pa.Table) -> pd.DataFrame:
    """A row an author."""
    counted = raw_commits.to_pandas().groupby("author").size()
    return counted.rename("commits").reset_index()


@_published(
    semantic_id="repo.health.v1",
    kind="table",
    entity="repo",
    grain="per_repo",
    schema_ref="repo_health_v1.json",
    entity_keys="repo",
    join_keys="repo",
    stability="stable",
    unit="share",
    materialized_name="repo_health",
    description="How many functions each repository holds, and their mean risk.",
)
def repo_health(risk_score: pd.DataFrame) -> pa.Table:
    """A row a repository."""
    grouped = risk_score.groupby("repo").agg(functions=("id", "size"), mean_risk=("risk", "mean"))
    return pa.Table.from_pandas(grouped.reset_index(), preserve_index=False)


@_published(
    semantic_id="repo.count.v1",
    kind="scalar",
    entity="repo",
    grain="whole",
    dtype="int64",
    unit="repositories",
    materialized_name="none",
    description="How many repositories there are.",
)
def repo_count(raw_commits: pa.Table) -> int:
    """At least 0."""
    return int(pc.count_distinct(raw_commits["repo"]).as_py())


@_published(
    semantic_id="repo.health_report.v1",
    kind="artifact",
    entity="repo",
    grain="whole",
    dtype="text/markdown",
    unit="none",
    materialized_name="repo_health.md",
    description="The health of the repositories, for people.",
)
def health_report(repo_health: pa.Table, mean_risk: float) -> str:
    """A page of Markdown."""
    rows = [f"| {one['repo']} | {one['mean_risk']:.2f} |" for one in repo_health.to_pylist()]
    return "\n".join(["| repository | mean risk |", "| --- | --- |", *rows, "", f"All: {mean_risk:.2f}"])
