"""The outcome of many behaviours: the confusion matrix, and the figures that count."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.diagnosis.judging import Judgement


def figures(judged: Sequence[Judgement]) -> dict[str, Any]:
    """The figures of a run of the corpus. ``strict``: the first verdict of the row alone counts."""
    total = len(judged) or 1
    latencies = sorted(found.latency_s for found in judged if found.exact and found.latency_s is not None)
    return {
        "behaviours": len(judged),
        "exact": round(sum(found.exact for found in judged) / total, 4),
        "strict": round(sum(found.said == found.row.verdicts[0] for found in judged) / total, 4),
        "wholly_right": round(sum(found.right for found in judged) / total, 4),
        "confirmed_wrongly": sum(found.confirmed_wrongly for found in judged),
        "confirmed_on_what_ends": sum(found.confirmed_wrongly and found.row.ends for found in judged),
        "latency_median_s": latencies[len(latencies) // 2] if latencies else None,
        "latency_worst_s": latencies[-1] if latencies else None,
        "flaps": sum(found.flaps for found in judged),
    }


def matrix(judged: Sequence[Judgement]) -> str:
    """Expected verdicts as rows, what was said as columns; only what occurs."""
    cells: Counter[tuple[str, str]] = Counter()
    for found in judged:
        expected = found.said if found.exact else found.row.verdicts[0]
        cells[expected, found.said] += 1
    expected_ones = sorted({expected for expected, _ in cells})
    said_ones = sorted({said for _, said in cells})
    width = max((len(name) for name in expected_ones), default=0)
    heads = [f"{number:>3}" for number in range(1, len(said_ones) + 1)]
    lines = [f"{'expected':<{width}} said: {''.join(heads)}"]
    for expected in expected_ones:
        counts = [cells[expected, said] for said in said_ones]
        lines.append(f"{expected:<{width}}       " + "".join(f"{count or '·':>3}" for count in counts))
    lines += [f"{number:>3} = {said}" for number, said in enumerate(said_ones, 1)]
    return "\n".join(lines)


def one_line(found: Judgement) -> str:
    """A behaviour, in a line: whether it is right, and if not, what is wrong."""
    word = "ok   " if found.right else "wrong" if found.exact and not found.confirmed_wrongly else "WRONG"
    late = "" if found.latency_s is None else f" {found.latency_s:.1f} s"
    expected = "" if found.exact else f", expected {'/'.join(found.row.verdicts)}"
    confirmed = "; CONFIRMED" if found.confirmed_wrongly else ""
    wrong = "; ".join(found.wrong)
    said = f"{found.said}{late}{expected}{confirmed}"
    return f"{word} {found.told.executor:<9} {found.row.behaviour:<40} {said}{'; ' + wrong if wrong else ''}"


def report(judged: Sequence[Judgement]) -> str:
    """Everything for a person."""
    told = [f"{name}: {value}" for name, value in figures(judged).items()]
    return "\n".join([matrix(judged), "", *told])
