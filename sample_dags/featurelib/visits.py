"""Visits to the shop's pages: loaded, split into columns, cleaned by a pipe of steps."""

import time

import pandas as pd
from hamilton.function_modifiers import config, extract_fields, pipe_input, source, step, tag, value


@tag(stage="load")
def visits(people: int = 300, pace: int | float = 1) -> pd.DataFrame:
    """One row a person: pages seen, minutes stayed, money spent."""
    time.sleep(0.8 * pace)
    n = pd.Series(range(people))
    return pd.DataFrame({"pages": n * 7 % 40, "minutes": n * 13 % 90 - 3, "spend": n * 37 % 211 / 10})


@extract_fields({"pages": pd.Series, "minutes": pd.Series, "spend": pd.Series})
def columns(visits: pd.DataFrame) -> dict[str, pd.Series]:
    """The columns, each a node of its own."""
    return {str(name): visits[name] for name in visits.columns}


def _at_least(series: pd.Series, lowest: float) -> pd.Series:
    return series.clip(lower=lowest)


def _at_most(series: pd.Series, highest: float) -> pd.Series:
    return series.clip(upper=highest)


def _smooth(series: pd.Series, window: int) -> pd.Series:
    return series.rolling(window, min_periods=1).mean()


@pipe_input(
    step(_at_least, lowest=value(0.0)).named("at_least", namespace="minutes_steps"),
    step(_at_most, highest=source("longest_visit")).named("at_most", namespace="minutes_steps"),
    step(_smooth, window=value(3)).named("smooth", namespace="minutes_steps"),
    on_input="minutes",
)
def clean_minutes(minutes: pd.Series) -> pd.Series:
    """Minutes without what cannot be, smoothed."""
    return minutes.round(3)


def longest_visit() -> float:
    """Nobody stays longer than this, in minutes."""
    return 60.0


@config.when(currency="usd")
def rate__usd() -> float:
    """Spend stays as it is."""
    return 1.0


@config.when_not(currency="usd")
def rate__other(pace: int | float = 1) -> float:
    """Spend is turned into euros, by the rate of the day."""
    time.sleep(0.4 * pace)
    return 0.92


def spend_in_currency(spend: pd.Series, rate: float) -> pd.Series:
    """What each spent, in the currency that the config names."""
    return spend * rate
