"""The whole corpus, or a part of it, some behaviours at once and the delicate ones alone."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.diagnosis.driving import WATCH_S, drive
from tests.diagnosis.judging import Judgement, judge
from tests.diagnosis.table import Row, rows

Case = tuple[Row, str]


def possible(row: Row) -> bool:
    """Whether this machine has what the behaviour needs."""
    return row.needs is None or shutil.which(row.needs) is not None


def cases(
    names: Iterable[str] = (), executors: Iterable[str] = (), *, everywhere: bool = False
) -> Iterator[Case]:
    """Each behaviour with each executor that it runs in; those asked for, or all that are possible here."""
    wanted, ways = set(names), set(executors)
    for row in rows():
        if (not wanted or wanted & {row.name, row.module, *row.verdicts[:1]}) and (
            everywhere or possible(row)
        ):
            yield from ((row, executor) for executor in row.executors if not ways or executor in ways)


def run(
    chosen: Iterable[Case],
    folder: Path,
    *,
    python: str | None = None,
    jobs: int = 2,
    watch_s: float = WATCH_S,
    heard: Callable[[Judgement], None] = lambda _: None,
) -> list[Judgement]:
    """Runs them all; ``heard`` gets each as it comes."""
    judged = []
    chosen = list(chosen)
    together = [case for case in chosen if not case[0].alone]
    alone = [case for case in chosen if case[0].alone]
    for part, at_once in ((together, jobs), (alone, 1)):
        with ThreadPoolExecutor(at_once) as pool:
            started = [
                pool.submit(
                    drive, row, executor, folder / f"{row.name}-{executor}", python=python, watch_s=watch_s
                )
                for row, executor in part
            ]
            places = dict(zip(started, part, strict=True))
            for one in as_completed(started):
                found = judge(places[one][0], one.result())
                heard(found)
                judged.append(found)
    return judged
