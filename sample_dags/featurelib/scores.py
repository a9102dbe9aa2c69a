"""Scores on top of the features, given as a module of its own beside features.py."""

import time

import pandas as pd


def engagement(pages_scaled: pd.Series, minutes_scaled: pd.Series) -> pd.Series:
    """How much a person is there, 0 to 1."""
    return (pages_scaled + minutes_scaled) / 2


def loyalty(engagement: pd.Series, spend_scaled: pd.Series, pace: int | float = 1) -> pd.Series:
    """How likely they come back, 0 to 1."""
    time.sleep(0.7 * pace)
    return (engagement * 0.4 + spend_scaled * 0.6).clip(0, 1)


def leaderboard(loyalty: pd.Series, top: int = 5) -> pd.Series:
    """The most loyal."""
    return loyalty.sort_values(ascending=False, kind="stable").head(top)
