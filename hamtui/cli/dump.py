"""``hamtui dump``: where is every thread, right now?"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path, PurePath

import click

from hamtui.cli import ending, look, options
from hamtui.cli.look import Look
from hamtui.cli.words import place, span_name
from hamtui.contract import identity, logs, stacks
from hamtui.contract.stacks import Dump, ThreadStack
from hamtui.follow.ask import ask, audit
from hamtui.follow.follower import Follower
from hamtui.model import frames, verdict
from hamtui.model import stacks as model_stacks
from hamtui.model.fold import Launch
from hamtui.model.state import Span
from hamtui.model.text import duration, visible
from hamtui.probe.onlooker import is_unguarded
from hamtui.supervise import outside

#: How long an answer is waited for, seconds: the run's own comes within half a second, the supervisor's within
#: two, unless py-spy takes its time.
ANSWER_WITHIN_S = 5.0
#: What worker processes get to answer too, once the first answer is there.
WORKERS_WITHIN_S = 1.5
_PACE_S = 0.05
#: How a sentence ends that a dump follows, and where there is none to follow.
_NEWEST, _NONE = "; the newest dump there is:", "; there is no dump"
NOTHING_TO_SHOW = 1
INSIDE = "inside"

_HELP = """
Ask the live run for a stack dump now, and print it: each thread under the node that it is running.

Taking a dump never endangers the run. Where the run can't answer (it is stopped, C code holds the
interpreter's lock, it is dead) this says which, and prints the newest dump there is.

DIR is a diag folder (its newest launch), a launch folder, or a folder that somebody's own scripts write;
./_hamilton_diag if left out.

  hamtui dump
  hamtui dump ./_hamilton_diag --launch 20261122T213511Z-4121

With local variables, or with the native functions that a waiting thread is in. Both are read from outside
without pausing anything: native functions by the return addresses on the stack, so that one too many may be
among them. Locals are written to the launch folder as every dump is, and they may be secrets:

  hamtui dump --locals
  hamtui dump --native

Exit code: 0 when a stack was printed, 1 when there is none, 2 when there is no launch there.
"""


@click.command(help=options.paragraphs(_HELP))
@options.directory
@options.launch
@options.trust
@click.option("--locals", "with_locals", is_flag=True, help="Each Python frame's local variables too.")
@click.option("--native", is_flag=True, help="The native functions that a thread waits in too.")
def dump(directory: Path, launch: str | None, trust: bool, with_locals: bool, native: bool) -> int:  # noqa: D103  its help is the text above
    ref = look.found(directory, launch, trust=trust)
    seen, answer = look.at(ref), None
    if not _cannot_ask(seen):
        seen, answer = _ask(seen, native=native, with_locals=with_locals)
    shown = [answer] if answer is not None and answer.threads else _newest(seen)
    for sentence in _remarks(seen, answer):
        click.echo(visible(sentence.replace(_NEWEST, _NONE) if not shown else sentence), err=True)
    for one in shown:
        for line in _told(seen, one):
            click.echo(visible(line))
    return 0 if shown else NOTHING_TO_SHOW


def _cannot_ask(seen: Look) -> bool:
    return seen.over or seen.ref.flat


def _ask(seen: Look, *, native: bool, with_locals: bool) -> tuple[Look, Dump | None]:
    """The launch as it is when dumps have answered our request, and the main process' one; None for silence.

    What only a look from outside can tell is asked of the supervisor; where none lives, we look ourselves.
    """
    outside_only = native or with_locals
    if outside_only and is_unguarded(seen.fact):
        return seen, _own_look(seen, native=native, with_locals=with_locals)
    try:
        request = ask(
            seen.ref, logs.DUMP, ending.asker("dump"), native=native or None, locals=with_locals or None
        )
    except OSError as fault:
        click.echo(f"the run can't be asked: requests.jsonl can't be written ({fault.strerror})", err=True)
        return seen, None
    launch = Launch(seen.ref.id)
    answers: dict[int | None, Dump] = {}
    deadline = time.monotonic() + ANSWER_WITHIN_S
    with contextlib.closing(Follower(seen.ref)) as follower:
        while time.monotonic() < deadline:
            batch = follower.read_once()
            for source, record in batch.records:
                launch.apply(source, record)
                if (
                    isinstance(record, Dump)
                    and record.request == request.id
                    and (not outside_only or record.taken_by != INSIDE)
                ):
                    if not answers:
                        deadline = min(deadline, time.monotonic() + WORKERS_WITHIN_S)
                    answers.setdefault(record.pid, record)
            if batch.caught_up:
                if launch.exit is not None or _wanted(launch) <= set(answers):
                    break
                time.sleep(_PACE_S)
    main = None if launch.info is None else launch.info.pid
    outcome = (
        "taken"
        if any(answer.threads for answer in answers.values())
        else "not taken"
        if answers
        else "no answer"
    )
    audit(seen.ref, logs.DUMP, request.by, pid=main, outcome=outcome)
    return look.of(seen.ref, launch), answers.get(main) or next(iter(answers.values()), None)


def _own_look(seen: Look, *, native: bool, with_locals: bool) -> Dump | None:
    """A dump that is not written down: without a supervisor nobody but us could take it."""
    info = seen.launch.info
    if info is None or info.pid is None:
        return None
    taken = outside.take(info.pid, stacks.ASKED, None, info.cwd or "", native=native, locals_=with_locals)
    audit(
        seen.ref,
        logs.DUMP,
        ending.asker("dump"),
        pid=info.pid,
        outcome="taken" if taken.threads else "not taken",
    )
    return taken


def _wanted(launch: Launch) -> set[int | None]:
    """The processes whose stacks tell something: the main one, and workers that are running a node."""
    workers = {
        span.pid for run in launch.runs.values() for span in run.spans.values() if span.status == "running"
    }
    return workers | {None if launch.info is None else launch.info.pid}


def _remarks(seen: Look, answer: Dump | None) -> Iterator[str]:
    """Why the run itself did not answer, in a sentence."""
    info = seen.launch.info
    pid = None if info is None else info.pid
    if seen.ref.flat and not seen.over:
        yield f"these files do not say which process writes them, so it can't be asked{_NEWEST}"
    elif seen.over:
        state = verdict.launch_state(seen.launch, seen.fact, seen.now)
        yield f"the run is over ({state}), so it can't be asked{_NEWEST}"
    elif answer is None:
        elsewhere = info is not None and info.host not in (None, identity.host())
        where = f" on {info.host}" if elsewhere and info is not None else ""
        yield f"process {pid}{where} gave no answer within {ANSWER_WITHIN_S:.0f} s{_NEWEST}"
    else:
        if answer.why == stacks.STOPPED or seen.fact.paused:
            yield f"process {pid} is stopped, so it can't answer itself (continue it with: kill -CONT {pid})"
        elif answer.why == stacks.GIL_HELD:
            yield f"process {pid} can't answer itself: C code holds the interpreter's lock (the GIL)"
        elif answer.taken_by != INSIDE and not _asked_outside(seen, answer):
            yield f"process {pid} did not answer itself"
        if answer.error:
            yield answer.error + ("" if answer.threads else _NEWEST)


def _asked_outside(seen: Look, answer: Dump) -> bool:
    """Whether it was asked for what the run can't tell of itself."""
    request = seen.launch.requests.get(answer.request or "")
    return answer.request is None or (request is not None and bool(request.native or request.locals))


def _newest(seen: Look) -> list[Dump]:
    """The newest dump with threads of each process that was running a node, else of the main one."""
    newest: dict[int | None, Dump] = {}
    for _, one in seen.launch.dumps:
        if one.threads and (one.pid not in newest or (one.ts or 0) >= (newest[one.pid].ts or 0)):
            newest[one.pid] = one
    wanted = {span.pid for span in _shown_spans(seen)} & set(newest)
    if not wanted and newest:
        wanted = {max(newest.values(), key=lambda one: one.ts or 0.0).pid}
    return [newest[pid] for pid in newest if pid in wanted]


def _shown_spans(seen: Look) -> list[Span]:
    """The spans in flight, or in flight when the process died; the last run's first."""
    runs = reversed(list(seen.launch.runs.values()))
    return [span for run in runs for span in run.spans.values() if span.status in {"running", "aborted"}]


def _told(seen: Look, one: Dump) -> Iterator[str]:
    taken = "" if one.ts is None else time.strftime(" at %H:%M:%S", time.localtime(one.ts))
    by = {"inside": "by the run itself", "py-spy": "from outside, by py-spy"}.get(
        one.taken_by or "", f"by {one.taken_by}"
    )
    yield f"dump of process {one.pid}{taken}, taken {by} ({one.why})"
    of_thread = {span.thread_id: span for span in reversed(_shown_spans(seen)) if span.pid == one.pid}
    with_node = [thread for thread in one.threads if thread.thread_id in of_thread]
    for thread in with_node:
        yield ""
        yield from _thread(seen, thread, of_thread[thread.thread_id])
    yield from _elsewhere(seen, one)
    for thread in one.threads:
        if thread.thread_id not in of_thread:
            yield ""
            yield from _thread(seen, thread, None)


def _elsewhere(seen: Look, one: Dump) -> Iterator[str]:
    """Nodes that run in worker processes: their newest stacks, from dumps of their own."""
    for span in _shown_spans(seen):
        if span.pid == one.pid or span.status != "running":
            continue
        found = model_stacks.stack_of(seen.launch, span)
        yield ""
        if found is None:
            yield f"{span_name(span.key)}  process {span.pid}: no dump yet"
        else:
            yield from _thread(seen, found[1], span, f"process {span.pid}, ")


def _thread(seen: Look, thread: ThreadStack, span: Span | None, where: str = "") -> Iterator[str]:
    name = thread.name or (f"thread {thread.thread_id:#x}" if thread.thread_id else "thread")
    if span is None:
        yield f"{where}{name}  (no node)"
    else:
        took = duration(span.elapsed(seen.now))
        yield f"{span_name(span.key)}  {span.status} {took}  ({where}{name})"
    for called in thread.native:
        yield f"    {called.function} in {PurePath(called.file).name}  (native)"
    for frame in thread.frames:
        library = frames.library(frame)
        if library == "hamtui":
            continue
        yield f"    {place(frame)}" + (f"  ({library})" if library else "")
        if frame.text:
            yield f"        {frame.text.strip()}"
        for variable in (frame.locals or "").splitlines():
            yield f"          {variable}"
    if not thread.frames:
        yield "    no Python frame"
