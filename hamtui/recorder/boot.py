"""The program that the user's interpreter runs: ``python .../hamtui/recorder/boot.py --spec-fd N``.

That interpreter may have no hamtui, so this file makes ``hamtui`` importable from where it stands and adds
nothing to ``sys.path``: what else is installed beside it stays out of the user's reach. ``multiprocessing``
runs the top of this file again, as ``__mp_main__``, in each child that it spawns.

It is the one file here that old interpreters must be able to read, to be told that they are too old.
"""

import importlib.util
import json
import os
import pickle
import sys
import time

OLDEST = (3, 10)


def leave_sys_path() -> None:
    """Take the folder that Python put first for this file out again: its modules are none of the user's."""
    here = os.path.dirname(os.path.abspath(__file__))
    if sys.path and os.path.abspath(sys.path[0]) == here:
        del sys.path[0]


def make_importable() -> None:
    """Put the package ``hamtui`` that this file belongs to into ``sys.modules``."""
    if "hamtui" in sys.modules:
        return
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    spec = importlib.util.spec_from_file_location(
        "hamtui", os.path.join(root, "__init__.py"), submodule_search_locations=[root]
    )
    if spec is None or spec.loader is None:
        raise ImportError("no hamtui in " + root)
    package = importlib.util.module_from_spec(spec)
    sys.modules["hamtui"] = package
    spec.loader.exec_module(package)


def set_up_streams() -> None:
    """Write stdout a line at a time: a print before ``kill -9`` must be in output.log, and offsets must be true."""
    from hamtui.recorder import streams  # noqa: PLC0415

    streams.endure()


#: What names the descriptor of the spec, and with it what is to be done. Behind that of ``TOOL`` stands the
#: module of hamtui whose ``main`` does it.
RUN, SKETCH, TOOL = "--spec-fd", "--sketch-fd", "--tool-fd"


def read_spec(argv: "list[str]") -> bytes:
    """The packed spec from the descriptor named in ``argv``, which is closed: nothing of it stays with the run."""
    word = next(word for word in (TOOL, SKETCH, RUN) if word in argv)
    with os.fdopen(int(argv[argv.index(word) + 1]), "rb") as spec:
        spec.seek(0)
        return spec.read()


def refuse(packed: bytes, sentence: str) -> int:
    """End a launch before anything of hamtui can be imported. Gives the exit code."""
    spec = pickle.loads(packed)
    if not spec["launch_dir"]:
        sys.stderr.write("hamtui: " + sentence + "\n")
        return 1
    event = {
        "event": "launch_error",
        "ts": time.time(),
        "pid": os.getpid(),
        "error": sentence,
        "error_type": "UnsupportedPython",
        "stage": "import",
    }
    name = os.path.join(spec["launch_dir"], "hamilton_flight.jsonl")
    flight = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    os.write(flight, (json.dumps(event) + "\n").encode("ascii"))
    os.close(flight)
    sys.stderr.write("hamtui: " + sentence + "\n")
    return 1


def main(argv: "list[str]") -> int:
    """Run the launch that ``argv`` names and give its exit code; what the user's code raises goes through."""
    packed = read_spec(argv)
    if sys.version_info < OLDEST:
        wanted, found = ".".join(map(str, OLDEST)), ".".join(map(str, sys.version_info[:3]))
        return refuse(packed, "Python " + wanted + " or newer is needed; " + sys.executable + " is " + found)
    leave_sys_path()
    make_importable()
    # Importable from here on.
    if SKETCH in argv:
        from hamtui.recorder.sketch import sketch  # noqa: PLC0415

        return sketch(packed)
    if TOOL in argv:
        tool = importlib.import_module(argv[argv.index(TOOL) + 2])
        code: int = tool.main(packed)
        return code
    set_up_streams()
    from hamtui.recorder.run import run  # noqa: PLC0415

    return run(packed)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
elif __name__ == "__mp_main__":
    make_importable()
    set_up_streams()
