"""A verdict in one sentence with its evidence, and the chain of waiting behind it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from hamtui.contract import vitals
from hamtui.contract.stacks import Frame
from hamtui.contract.vitals import AsyncTask, End, ThreadLook
from hamtui.model import cycles
from hamtui.model import verdicts as names
from hamtui.model.children import bystander, children_of
from hamtui.model.evidence import Seen
from hamtui.model.history import QUIET_SHARE
from hamtui.model.judging import Kid, Raw, judge
from hamtui.model.phrases import (
    DOES,
    NOUNS,
    beside,
    beyond,
    burns,
    child,
    frame_of,
    holds,
    idle,
    parties,
    place,
    process,
    share,
    spot,
    target,
    thread_name,
    wakes,
)
from hamtui.model.scene import look_in, looks_of
from hamtui.model.state import Link
from hamtui.model.text import duration

_SHOWN_TASKS = 3
_NAMED = re.compile(r"\bwith\s+([\w.]+)\s*:|([\w.]+)\.(?:acquire|wait|wait_for|get|put|result|join)\s*\(")


@dataclass(frozen=True)
class Told:
    """What a thread does: the verdict, the sentence, and the chain that begins with the thread itself."""

    verdict: str
    why: str
    chain: tuple[Link, ...] = ()


def tell(seen: Seen, raw: Raw) -> Told:
    """The sentence and the chain of what was found of a thread."""
    key = f"told {raw.verdict} {raw.why}"
    told: Told | None = seen.memo.get(key)
    if told is None:
        told = seen.memo[key] = _tell(seen, raw)
    own = told.chain[0]
    if seen.span is None or seen.span.key.node == own.node:
        return told
    return replace(told, chain=(replace(own, node=seen.span.key.node), *told.chain[1:]))


def _tell(seen: Seen, raw: Raw) -> Told:
    sentence, links = _SENTENCES.get(raw.verdict, _unknown)(seen, raw)
    who = thread_name(seen, seen.look)
    first = links[0] if links else None
    own = Link(
        who,
        frame_of(seen.frames, seen.own_file),
        first.waits_for if first is not None else None,
        first.relation if first is not None else None,
        raw.verdict,
        seen.span.key.node
        if seen.span is not None
        else seen.scene.node_of(seen.pid, seen.thread_id, seen.native_id),
    )
    return Told(raw.verdict, sentence, (own, *links[1:])[: cycles.MAX_LINKS])


Said = tuple[str, list[Link]]


def _simple(words: str, evidence: Callable[[Seen], str]) -> Callable[[Seen, Raw], Said]:
    def say(seen: Seen, raw: Raw) -> Said:  # noqa: ARG001 - one signature for all
        return f"{words}{place(seen)}{evidence(seen)}", []

    return say


def _unknown(seen: Seen, raw: Raw) -> Said:
    return f"stands{place(seen)}{idle(seen)}, {raw.why or 'and nothing says why'}", []


def _gil_held(seen: Seen, raw: Raw) -> Said:  # noqa: ARG001
    silent = f", no heartbeat for {duration(seen.silence)}" if seen.silence is not None else ""
    return f"holds the GIL{place(seen)} in native code{burns(seen)}{silent}", []


def _gil_starved(seen: Seen, raw: Raw) -> Said:
    said = f"wants the GIL{place(seen)}"
    if raw.other is None:
        return f"{said}, {share(seen)} and {wakes(seen)}", []
    probe = seen.scene.probe(seen.key)
    look = look_in(probe, None, raw.other) if probe is not None else None
    other = bystander(seen.scene, seen.pid, raw.other)
    who = thread_name(other, look)
    node = seen.scene.node_of(seen.pid, look.thread_id if look is not None else None, raw.other)
    frame = frame_of(other.frames, None)
    keeps = f"which {who}{_of_node(node)} keeps{spot(frame)}"
    links = [
        Link("", None, "the GIL", f"kept by {who}"),
        Link(who, frame, None, None, None, node),
    ]
    return f"{said}, {keeps}, {share(seen)} and {wakes(seen)}", links


def _of_node(node: str | None) -> str:
    return f" (node {node})" if node else ""


def _waits_for_thread(seen: Seen, raw: Raw) -> Said:
    """``waits at risk.py:88 for ledger_lock, held by Thread-2, which waits for book_lock, held by MainThread``."""
    look, probe = seen.look, seen.probe
    if look is None or probe is None or look.wait is None:
        other = "a lock" if raw.verdict == names.LOCK else "another thread"
        noun = _named(frame_of(seen.frames, seen.own_file)) or other
        return f"waits{place(seen)} for {noun}{idle(seen)}", [Link("", None, noun)]
    looks = looks_of(probe)
    chain = cycles.chain(looks, look.thread_id)
    said, links = f"waits{place(seen)} for ", []
    for number, one in enumerate(chain):
        what, relation = _object(one), _relation(one, looks)
        node = seen.scene.node_of(seen.pid, one.thread_id, one.native_id)
        if number:
            said += f", which waits for {what}"
        else:
            said += what
        said += f", {relation}" if relation else ""
        links.append(
            Link(
                one.name or f"thread {one.thread_id}", frame_of(one.frames, None), what, relation, None, node
            )
        )
        if number and one.wait is None:
            said, links = _end_of_chain(seen, said, what, links, one)
    after = cycles.next_thread(chain[-1]) if chain else None
    if raw.verdict == names.DEADLOCKED and after in looks:
        return said + _how(raw), links
    return said + _how(raw) + idle(seen), links


def _named(frame: Frame | None) -> str | None:
    """What is waited for as the source line names it."""
    found = _NAMED.search(frame.text) if frame is not None and frame.text else None
    return (found[1] or found[2]) if found else None


def _end_of_chain(seen: Seen, said: str, what: str, links: list[Link], one: ThreadLook) -> Said:
    """The last of the chain waits for nobody: say what it does instead."""
    other = bystander(seen.scene, seen.pid, one.native_id, one.thread_id)
    raw = judge(other, children_of)
    frame = frame_of(one.frames, None)
    does = DOES.get(raw.verdict, "is")
    said = said.removesuffix(f", which waits for {what}") + f", which {does}{spot(frame)}"
    links[-1] = Link(links[-1].who, frame, None, None, raw.verdict, links[-1].node)
    return said, links


def _object(look: ThreadLook) -> str:
    wait = look.wait
    if wait is None:
        return "something"
    noun = wait.name or NOUNS.get(wait.kind, wait.kind)
    if wait.kind == vitals.QUEUE and wait.name:
        noun = f"queue {wait.name}"
    return f"{noun} ({wait.detail})" if wait.detail else noun


def _relation(look: ThreadLook, looks: dict[int, ThreadLook]) -> str | None:
    wait = look.wait
    if wait is None:
        return None
    after = cycles.next_thread(look)
    if after is not None:
        word = "held by" if wait.holders else "which is up to"
        other = looks.get(after)
        itself = " itself" if after == look.thread_id else ""
        return f"{word} {(other.name if other is not None else None) or f'thread {after}'}{itself}"
    if len(wait.threads) > 1:
        return f"which is up to {len(wait.threads)} threads"
    return None


def _how(raw: Raw) -> str:
    """Why it can never end, where a circle does not show it."""
    how = raw.stuck.root if raw.stuck is not None else None
    return {
        cycles.OWN_POOL: ", in the queue of its own pool, whose workers all wait for such",
        cycles.LOST: ", whose worker died with the job",
        cycles.ALONE: ", and no other thread is there to act",
    }.get(how or "", "")


def _waits_for_end(what: str, whose: Callable[[End, str], str | None]) -> Callable[[Seen, Raw], Said]:
    def say(seen: Seen, raw: Raw) -> Said:  # noqa: ARG001
        ends = seen.ends
        if not ends:
            return f"waits{place(seen)} for {what}{_in_call(seen)}{idle(seen)}", [Link("", None, what)]
        end = ends[0]
        told = target(end)
        more = f" and {len(ends) - 1} more" if len(ends) > 1 else ""
        state = f", {end.state}" if end.state else ""
        relation = whose(end, parties(seen, end))
        said = f"waits{place(seen)} for {what} {told}{more}{state}"
        said += f", {relation}" if relation else _in_call(seen)
        links = [Link("", None, told, relation)]
        others = [one for one in end.parties if one.pid != seen.pid]
        links += [Link(process(seen, one.pid, one.command)) for one in others[:1]]
        return said + idle(seen), links

    return say


def _in_call(seen: Seen) -> str:
    return f", in {seen.call}" if seen.call else ""


def _io(seen: Seen, raw: Raw) -> Said:  # noqa: ARG001
    ends = seen.ends
    whom = f" with {target(ends[0])}" if ends else ""
    return f"reads or writes{place(seen)}{whom}{_in_call(seen)}, {share(seen)} and {wakes(seen)}", []


def _child(seen: Seen, raw: Raw) -> Said:
    if not raw.kids:
        return f"waits{place(seen)} for a process{idle(seen)}", [Link("", None, "a process")]
    shown = _telling_kid(raw.kids)
    more = f" and {len(raw.kids) - 1} more" if len(raw.kids) > 1 else ""
    said = f"waits{place(seen)} for {_kid(shown)}{more}, which {_kid_does(shown)}"
    return said, [Link("", None, _kid(shown)), *_kid_links(shown, 3)]


def _telling_kid(kids: tuple[Kid, ...]) -> Kid:
    """The child to speak of: one that works, else one that can't, else the first."""
    working = (kid for kid in kids if kid.raw.progress)
    stuck = (kid for kid in kids if kid.raw.proven)
    return next(working, None) or next(stuck, None) or kids[0]


def _kid(kid: Kid) -> str:
    return child(kid.pid, kid.command)


def _kid_does(kid: Kid) -> str:
    if kid.raw.verdict == names.CHILD and kid.raw.kids:
        inner = _telling_kid(kid.raw.kids)
        return f"waits for {_kid(inner)}, which {_kid_does(inner)}"
    does = DOES.get(kid.raw.verdict)
    if does is None:
        return "says nothing of itself" if kid.seen is not None else "no sample has"
    if kid.seen is None:
        return does
    moved = kid.seen.scene.moved(kid.pid)
    if kid.raw.progress and moved is not None and moved.cpu >= QUIET_SHARE:
        return f"{does}, {moved.cpu * 100:.0f} % of a core"
    return f"{does}{place(kid.seen)}{idle(kid.seen)}"


def _kid_links(kid: Kid, depth: int) -> list[Link]:
    frame = frame_of(kid.seen.frames, None) if kid.seen is not None else None
    node = kid.seen.scene.node_of(kid.pid, None, kid.seen.native_id) if kid.seen is not None else None
    waits_for = None
    if kid.seen is not None and kid.seen.ends:
        waits_for = target(kid.seen.ends[0])
    further = _telling_kid(kid.raw.kids) if kid.raw.kids else None
    if further is not None:
        waits_for = _kid(further)
    links = [Link(_kid(kid), frame, waits_for, None, kid.raw.verdict, node)]
    return links + (_kid_links(further, depth - 1) if further is not None and depth > 1 else [])


def _loop(seen: Seen, raw: Raw) -> Said:
    tasks = seen.look.tasks if seen.look is not None else []
    said = f"waits{place(seen)} in an idle event loop"
    names_of = {task.name for task in tasks}
    # Those first that wait for no other task: they are what the others wait for.
    inner = sorted(
        (task for task in tasks if task.frame is not None), key=lambda task: task.awaits in names_of
    )
    for number, task in enumerate(inner[:_SHOWN_TASKS]):
        does = f"awaits {task.awaits}" if task.awaits else "stands"
        said += f"{', where' if number == 0 else ','} task {_task(task)} {does}{spot(task.frame)}"
    links = [Link("", None, "its tasks")] if tasks else []
    links += [Link(f"task {_task(task)}", task.frame, task.awaits) for task in tasks[: cycles.MAX_LINKS]]
    if raw.kids:
        kid = _telling_kid(raw.kids)
        said += f", beside {_kid(kid)}, which {_kid_does(kid)}"
        links += _kid_links(kid, 3)
    return said + idle(seen), links


def _task(task: AsyncTask) -> str:
    function = task.frame.function if task.frame is not None else ""
    return task.name if function in {"", task.name} else f"{task.name} ({function})"


def _paused(seen: Seen, raw: Raw) -> Said:  # noqa: ARG001
    return f"its process {seen.pid} is stopped{place(seen)}, by a signal or a debugger", []


def _polling(seen: Seen, raw: Raw) -> Said:
    wait = seen.look.wait if seen.look is not None else None
    what = f" for {_object(seen.look)}" if wait is not None and seen.look is not None and raw.why else ""
    return f"polls{place(seen)}{what}, {wakes(seen)} with {share(seen)}", []


_SENTENCES: dict[str, Callable[[Seen, Raw], Said]] = {
    names.PYTHON: _simple("runs Python", burns),
    names.NATIVE: _simple("runs native code without the GIL", burns),
    names.IO: _io,
    names.GIL_HELD: _gil_held,
    names.GIL_STARVED: _gil_starved,
    names.CPU_STARVED: _simple("stands ready with no CPU to run on", burns),
    names.SLEEPING: _simple("sleeps", idle),
    names.POLLING: _polling,
    names.LOCK: _waits_for_thread,
    names.DEADLOCKED: _waits_for_thread,
    names.CONDITION: _waits_for_thread,
    names.SOCKET: _waits_for_end("socket", beyond),
    names.PIPE: _waits_for_end("pipe", beyond),
    names.STDIN: _waits_for_end("standard input", beside),
    names.FILE_LOCK: _waits_for_end("the lock on", holds),
    names.DISK: _simple("waits for a disk", idle),
    names.CHILD: _child,
    names.LOOP: _loop,
    names.PAUSED: _paused,
}
