"""Features of one group of people: a part of a dataflow that features.py takes in twice, as two subdags."""

import time

import pandas as pd


def members(clean_minutes: pd.Series, longest_stay: float, shortest_stay: float) -> pd.Series:
    """Who belongs to the group, by how long they stay."""
    return (clean_minutes >= shortest_stay) & (clean_minutes < longest_stay)


def group_pages(pages: pd.Series, members: pd.Series) -> pd.Series:
    """Their pages."""
    return pages[members]


def group_spend(spend_in_currency: pd.Series, members: pd.Series, pace: int | float = 1) -> pd.Series:
    """Their spend."""
    time.sleep(0.6 * pace)
    return spend_in_currency[members]


def spend_per_page(group_spend: pd.Series, group_pages: pd.Series) -> pd.Series:
    """Spend by page seen."""
    return group_spend / (group_pages + 1)


def profile(spend_per_page: pd.Series, group_spend: pd.Series) -> dict[str, float]:
    """The group in three numbers."""
    return {
        "people": float(len(group_spend)),
        "spend": round(float(group_spend.sum()), 2),
        "per_page": round(float(spend_per_page.mean()), 4),
    }
