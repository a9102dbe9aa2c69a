"""``hamtui stop``: INT, then TERM, then KILL, no question asked."""

import time
from pathlib import Path

import click

from hamtui.cli import ending, look, options
from hamtui.cli.look import Look
from hamtui.cli.refuse import Refused
from hamtui.contract import layout
from hamtui.contract.owner import stranger
from hamtui.model import verdict
from hamtui.model.text import duration, exit_words, signal_name
from hamtui.supervise import ladder

_RECORD_WITHIN_S = 4.0
_BEGUN_WITHIN_S = 2.0
UNSTOPPABLE = 1

_HELP = """
End a run: SIGINT, then SIGTERM, then SIGKILL, to all its processes, each with a wait; over within 20
seconds. No question is asked. Says what it sent.

DIR is a diag folder (its newest launch), or a launch folder; ./_hamilton_diag if left out.

End the newest launch; end a certain one:

  hamtui stop
  hamtui stop ./_hamilton_diag --launch 20261122T213511Z-4121

Exit code: 0 when the run is over (also when it was already), 1 when it could not be ended, 2 when there is
no launch there or it runs on another machine.
"""


@click.command(help=options.paragraphs(_HELP))
@options.directory
@options.launch
@options.trust
def stop(directory: Path, launch: str | None, trust: bool) -> int:  # noqa: D103  its help is the text above
    ref = look.found(directory, launch, trust=trust)
    seen = look.at(ref)
    if seen.launch.info is None and seen.launch.exit is None and not ref.flat:
        # It was launched this very moment and has not said who it is.
        look.wait_for(ref.dir, layout.LAUNCH, _BEGUN_WITHIN_S)
        seen = look.at(ref)
    if seen.over:
        return _already_over(seen)
    target = ending.ending_target(seen)
    if target is None:
        raise Refused(ending.why_not(seen))
    return _end(seen, target)


def _end(seen: Look, target: ladder.Target) -> int:
    began = time.monotonic()
    for sentence in ending.end(seen.ref, target, ending.asker("stop")):
        click.echo(sentence)
    if target.main_is_there():
        click.echo(ending.STUCK.format(pid=target.main.pid), err=True)
        return UNSTOPPABLE
    took = duration(time.monotonic() - began)
    look.wait_for_exit(seen, _RECORD_WITHIN_S)
    if seen.fact.supervisor_alive is not True:
        ladder.clear(target)
    click.echo(f"ended after {took or '0s'}: {_how(look.at(seen.ref))}")
    return 0


def _already_over(seen: Look) -> int:
    """Nothing to stop, but a run whose supervisor died too may have left workers that nobody looks after."""
    click.echo(f"already over: {_how(seen)}")
    # Another's launch.json may name any process, and what is gone can't be asked whose it was.
    known = seen.fact.alive is False and stranger(seen.ref.dir) is None
    target = ending.target_of(seen.launch.info) if known else None
    if target is not None and seen.fact.supervisor_alive is False and seen.launch.exit is None:
        left = ladder.clear(target)
        if left:
            click.echo(f"ended what it had left behind: {', '.join(str(known.pid) for known in left)}")
    return 0


def _how(seen: Look) -> str:
    state = verdict.launch_state(seen.launch, seen.fact, seen.now)
    left = seen.launch.exit
    if left is None:
        return f"{state}, no exit record"
    return f"{state}, " + (exit_words(left.exit_code) if left.signal is None else signal_name(left.signal))
