"""Raw tables of a few source repositories: commits, the functions in them, and what each commit changed.

Nothing here is public: other teams ask for the outputs of `repo_functions.py` and `repo_history.py` by their
`semantic_id`. The data are made up, the same every time.
"""

import pandas as pd
import pyarrow as pa
from hamilton.function_modifiers import tag

_AUTHORS = ("ada", "grace", "edsger", "barbara")


def _number(*parts: int) -> int:
    """A pseudo-random whole number, the same on every machine."""
    state = 17
    for part in parts:
        state = (state * 1_103_515_245 + 12_345 + part * 7_919) % 2_147_483_648
    return state >> 8


@tag(layer="raw", source_system="git")
def raw_commits(repos: int = 3, commits_each: int = 8) -> pa.Table:
    """Each commit of each repository, with its author and day."""
    rows = [(repo, commit) for repo in range(repos) for commit in range(commits_each)]
    return pa.table(
        {
            "repo": [f"repo-{repo}" for repo, _ in rows],
            "commit": [f"c{repo}{commit:03d}" for repo, commit in rows],
            "author": [_AUTHORS[_number(repo, commit) % len(_AUTHORS)] for repo, commit in rows],
            "day": [_number(commit, repo) % 365 for repo, commit in rows],
        }
    )


@tag(layer="raw", source_system="git")
def raw_functions(raw_commits: pa.Table, functions_each: int = 12) -> pd.DataFrame:
    """Each function as it stands at each commit: where it is, how long, how many ways lead through it."""
    frame = raw_commits.select(["repo", "commit"]).to_pandas()
    frame = frame.loc[frame.index.repeat(functions_each)].reset_index(drop=True)
    number = frame.groupby(["repo", "commit"]).cumcount()
    frame["id"] = number
    frame["path"] = "src/part_" + (number % 4).astype(str) + ".py"
    frame["lines"] = [3 + _number(at, 1) % 120 for at in range(len(frame))]
    frame["branches"] = [_number(at, 2) % 15 for at in range(len(frame))]
    return frame


@tag(layer="raw", source_system="git")
def raw_changes(raw_functions: pd.DataFrame) -> pa.Table:
    """How many lines each commit added to and took from each function that it touched, a row an edit."""
    touched = raw_functions.iloc[::3]
    return pa.table(
        {
            "repo": pa.array(touched["repo"], pa.string()),
            "commit": pa.array(touched["commit"], pa.string()),
            "id": pa.array(touched["id"], pa.int64()),
            "added": [_number(at, 3) % 40 for at in range(len(touched))],
            "removed": [_number(at, 4) % 25 for at in range(len(touched))],
        }
    )
