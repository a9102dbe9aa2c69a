"""Asking the user's interpreter something about his modules: the one way in which a command looks at a dataflow."""

import subprocess
import tempfile

import click

from hamtui.cli.refuse import Refused
from hamtui.contract import spec as contract_spec
from hamtui.contract.spec import RunSpec
from hamtui.model.text import visible
from hamtui.supervise.session import BOOT


def asked(spec: RunSpec, word: str, *rest: str) -> tuple[int, bytes]:
    """The exit code and the answer, from ``spec.python``; what it says on stderr goes to ours, as text.

    ``word`` names the spec's descriptor to ``recorder/boot.py``, and with it what is asked.

    Raises:
        Refused: the interpreter can't be started.
    """
    with tempfile.TemporaryFile() as handed:
        handed.write(contract_spec.pack(spec))
        handed.seek(0)
        try:
            done = subprocess.run(
                [spec.python, str(BOOT), word, str(handed.fileno()), *rest],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=spec.cwd,
                pass_fds=(handed.fileno(),),
                check=False,
            )
        except OSError as fault:
            raise Refused(f"{spec.python} can't be started: {fault.strerror or fault}") from None
    for line in done.stderr.decode("utf-8", "replace").splitlines():
        click.echo(visible(line), err=True)
    return (done.returncode if done.returncode >= 0 else 1), done.stdout
