"""``python -m tests.diagnosis``: runs the corpus and prints the confusion matrix.

Each behaviour is a real launch, so the whole takes some twenty minutes; nothing else should run meanwhile.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.diagnosis import corpus, report
from tests.diagnosis.driving import WATCH_S
from tests.diagnosis.judging import Judgement
from tests.e2e.pythons import with_hamilton


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.diagnosis", description=__doc__)
    parser.add_argument("--python", help="a version (3.12) or the path of an interpreter that has Hamilton")
    parser.add_argument(
        "--only", action="append", default=[], help="a behaviour, module or verdict; repeatable"
    )
    parser.add_argument("--executor", action="append", default=[], choices=("sync", "threads", "processes"))
    parser.add_argument(
        "--jobs", type=int, default=2, help="behaviours at once, save those that need the CPU"
    )
    parser.add_argument("--json", type=Path, help="where to write everything that was said")
    parser.add_argument("--folder", type=Path, help="where to keep the launches (else they are removed)")
    parser.add_argument("--watch", type=float, default=WATCH_S, help="seconds past the threshold")
    return parser.parse_args()


def _write(path: Path | None, judged: list[Judgement]) -> None:
    """After each behaviour, so that a run that is broken off leaves what it has."""
    if path is not None:
        behaviours = [found.as_json() for found in judged]
        path.write_text(
            json.dumps({"figures": report.figures(judged), "behaviours": behaviours}, indent=1) + "\n"
        )


def main() -> int:
    """Runs what was asked for; 0 where all of it is right."""
    options = _options()
    python = options.python
    if python is not None and "/" not in python:
        python = with_hamilton(python)
    chosen = corpus.cases(options.only, options.executor)
    so_far: list[Judgement] = []

    def hear(found: Judgement) -> None:
        so_far.append(found)
        print(report.one_line(found), flush=True)
        _write(options.json, so_far)

    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        judged = corpus.run(
            chosen, folder, python=python, jobs=options.jobs, watch_s=options.watch, heard=hear
        )
    print()
    print(report.report(judged))
    return 0 if all(found.right for found in judged) else 1


if __name__ == "__main__":
    sys.exit(main())
