"""Features for a model: some forty nodes from several modules and namespaces. About 7 s.

    hamtui run sample_dags/features.py --target feature_table
    hamtui run sample_dags/features.py --target feature_table --config currency=usd
    hamtui run sample_dags/features.py sample_dags/featurelib/scores.py --target feature_table --target leaderboard

Watch the groups of the tree: a module each, and in them a namespace for each subdag (`newcomers`, `regulars`)
and for the steps of the pipe (`minutes_steps`). Press the key that regroups: by lineage the target comes first.
`--config currency=usd` plans another `rate`, without its wait.

The nodes of `featurelib/visits.py` and `featurelib/baskets.py` come in as subdags, because this module imports
them. `featurelib/scores.py` is no part of it: a module that stands by itself is given as one more MODULE, and
its nodes join the same graph. One node bears Hamilton's `@cache`, so here the cache is on unless `--no-cache`.
"""

import time

import pandas as pd
from featurelib import baskets, visits
from hamilton.function_modifiers import (
    cache,
    check_output,
    extract_columns,
    parameterize,
    source,
    subdag,
    tag,
    value,
)


@extract_columns("pages", "clean_minutes", "spend_in_currency")
@subdag(visits)
def cleaned(pages: pd.Series, clean_minutes: pd.Series, spend_in_currency: pd.Series) -> pd.DataFrame:
    """The three columns that all features are made of."""
    return pd.DataFrame(
        {"pages": pages, "clean_minutes": clean_minutes, "spend_in_currency": spend_in_currency}
    )


@subdag(baskets, inputs={"shortest_stay": value(0.0), "longest_stay": value(20.0)})
def newcomers(profile: dict[str, float]) -> dict[str, float]:
    """The profile of those who leave within twenty minutes."""
    return profile


@subdag(baskets, inputs={"shortest_stay": value(20.0), "longest_stay": value(1_000.0)})
def regulars(profile: dict[str, float]) -> dict[str, float]:
    """The profile of those who stay."""
    return profile


@parameterize(
    pages_scaled={"column": source("pages")},
    minutes_scaled={"column": source("clean_minutes")},
    spend_scaled={"column": source("spend_in_currency")},
)
def scaled(column: pd.Series, pace: int | float = 1) -> pd.Series:
    """A column between 0 and 1."""
    time.sleep(0.5 * pace)
    return (column - column.min()) / (column.max() - column.min())


@parameterize(
    **{f"mean_over_{days}": {"days": value(days)} for days in (7, 14, 28)},
)
def mean_over(spend_scaled: pd.Series, days: int, pace: int | float = 1) -> pd.Series:
    """The spend's mean over so many days."""
    time.sleep(0.4 * pace)
    return spend_scaled.rolling(days, min_periods=1).mean()


@check_output(range=(0.0, 1_000.0), importance="warn")
def spend_ratio(newcomers: dict[str, float], regulars: dict[str, float]) -> float:
    """How many times more the regulars spend by page."""
    return regulars["per_page"] / newcomers["per_page"]


@check_output(data_type=float, range=(0.0, 1.0), importance="fail")
@cache(behavior="default")
def activity(pages_scaled: pd.Series, minutes_scaled: pd.Series, pace: int | float = 1) -> pd.Series:
    """Pages and minutes in one."""
    time.sleep(0.9 * pace)
    return (pages_scaled + minutes_scaled) / 2


@tag(stage="report", **{"hamtui.hang_after": "45s"})
def feature_table(
    activity: pd.Series,
    spend_scaled: pd.Series,
    mean_over_7: pd.Series,
    mean_over_14: pd.Series,
    mean_over_28: pd.Series,
    spend_ratio: float,
    pace: int | float = 1,
) -> pd.DataFrame:
    """What the model is trained on."""
    time.sleep(0.6 * pace)
    return pd.DataFrame(
        {
            "activity": activity,
            "spend": spend_scaled,
            "week": mean_over_7,
            "fortnight": mean_over_14,
            "month": mean_over_28,
            "above_ratio": spend_scaled * spend_ratio,
        }
    )
