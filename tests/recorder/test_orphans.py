"""Which processes leave when the one that started them is gone: a pool's, and no others."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
from hamtui.recorder.orphans import _is_a_worker

def say(said):
    said.put(_is_a_worker())

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        print(pool.submit(_is_a_worker).result())
    with context.Pool(1) as pool:
        print(pool.apply(_is_a_worker))
    said = context.SimpleQueue()
    process = context.Process(target=say, args=(said,))
    process.start()
    print(said.get(), _is_a_worker())
    process.join()
"""


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
def test_a_pool_s_process_is_one_and_a_process_by_itself_is_none(way: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-W", "ignore", "program.py", way]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["True", "True", "False", "False"], done.stderr
