"""From sizes and branches to one number a function."""

import pandas as pd
from hamilton.function_modifiers import tag


@tag(layer="intermediate")
def length_part(functions: pd.DataFrame) -> pd.Series:
    """How long a function is, beside the longest."""
    return functions["lines"] / functions["lines"].max()


@tag(layer="intermediate")
def branch_part(functions: pd.DataFrame) -> pd.Series:
    """How many ways lead through it, beside the most."""
    return functions["branches"] / max(1, functions["branches"].max())


@tag(layer="intermediate")
def score(length_part: pd.Series, branch_part: pd.Series) -> pd.Series:
    """Between 0 and 1."""
    return (0.4 * length_part + 0.6 * branch_part).astype("float64")
