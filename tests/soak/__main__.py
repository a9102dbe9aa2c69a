"""``python -m tests.soak``: a busy service watched by two dashboards, for an hour unless told otherwise.

What must hold: memory of the run, the supervisor and the dashboards stays flat, no event is lost, no row is wrong.
Exit code 0 when it did, else 1.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.soak.soaking import Soak


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long the service runs (60)")
    parser.add_argument("--per-second", type=float, default=10.0, help="executes a second at most (10)")
    parser.add_argument("--folder", type=Path, help="where to keep the launch (else it is removed)")
    return parser.parse_args()


def main() -> int:
    """One soak and its table."""
    asked = _options()
    with tempfile.TemporaryDirectory(prefix="soak-") as made:
        folder = asked.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        found = Soak(folder, asked.minutes * 60, asked.per_second, lambda line: print(line, flush=True)).run()
    print("\n".join(found.lines()), flush=True)
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
