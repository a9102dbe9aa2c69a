"""``--pdb NODE``: a node's function under pdb, from its first line on, at a prompt that a dashboard reaches.

The node waits at the prompt until somebody comes, on whatever thread or in whatever worker process it runs; the
rest of the run goes on. ``hamtui stop`` ends the run from there as from anywhere: a signal gets through.
"""

import inspect
import pdb  # noqa: T100 - it is what this is for
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from threading import get_ident
from types import CodeType, FrameType, TracebackType
from typing import Any

from hamtui.contract import flight
from hamtui.recorder import events
from hamtui.recorder.adapter import Recorder
from hamtui.recorder.aim import Aim, aim
from hamtui.recorder.guard import FAULTS, attempt
from hamtui.recorder.spans import SPANS, SpanKey
from hamtui.recorder.wire import Wire

#: Whose frames nobody wants to step into: those that call the node.
_OURS = ["hamtui", "hamtui.*", "hamilton", "hamilton.*"]


class Debugger:
    """Calls functions of nodes, those that it wants under pdb. It crosses to workers by pickle.

    ``which`` and ``only`` are words for ``aim``: a node is wanted that both mean, ``only`` by no words meaning all.
    """

    def __init__(self, recorder: Recorder, which: Sequence[str], only: Sequence[str] = ()) -> None:
        self._recorder = recorder
        self._which = tuple(which)
        self._only = tuple(only)
        self._aims: tuple[Aim, ...] = (aim(self._which), aim(self._only))

    def __reduce__(self) -> tuple[Any, ...]:
        return Debugger, (self._recorder, self._which, self._only)

    def wants(self, node: Any) -> bool:
        """Whether this node is to be debugged."""
        tags = node.tags or {}
        return bool(self._which) and all(means(node.name, tags) for means in self._aims)

    def call(self, node: Any, function: Callable[..., Any], kwargs: Mapping[str, Any]) -> Any:
        """What ``function(**kwargs)`` gives or raises, debugged where the node is wanted.

        ``function`` is the node's own or one that calls it in the end, on this thread.
        """
        if not self.wants(node):
            return function(**kwargs)
        session, fault = attempt(Session, self._recorder, node)
        if session is None:
            if fault is not None:
                FAULTS.note("debugger", fault)
            return function(**kwargs)
        try:
            return session.call(function, kwargs)
        finally:
            session.close()


class Session(pdb.Pdb):
    """One node in the debugger. pdb's own commands, but for those that make no sense from afar."""

    def __init__(self, recorder: Recorder, node: Any) -> None:
        self._recorder = recorder
        self._key = _span_of(node)
        self._codes = _codes(node)
        self._wire = Wire(recorder.launch_dir, self._attended, _leave_with_the_run)
        self._stage = "start"
        self._halted = False
        self._entered = False
        self._dismissed = False
        super().__init__(stdin=self._wire, stdout=self._wire, skip=_OURS, nosigint=True)  # type: ignore[arg-type]

    # ---- the node

    def call(self, function: Callable[..., Any], kwargs: Mapping[str, Any]) -> Any:
        """Run it; stop at the first line of the node's own code, and at the exception where it raises one."""
        before = sys.gettrace()
        sys.settrace(self._seek)
        try:
            result = function(**kwargs)
            sys.settrace(before)
            if not self._entered:
                self._show(result, kwargs)
        except BaseException as error:
            sys.settrace(before)
            if isinstance(error, Exception):  # not Ctrl-C, which is to end the run
                self._post_mortem(error)
            raise
        finally:
            sys.settrace(before)
        return result

    def close(self) -> None:
        """The node is done with: the terminal is given back."""
        self._go_on()
        self._wire.close()

    def _seek(self, frame: FrameType, event: str, arg: Any) -> Any:  # noqa: ARG002 - a trace function
        """Until the node's own code is entered nothing is traced."""
        if event != "call" or frame.f_code not in self._codes:
            return None
        self._entered = True
        self.reset()
        # The oldest frame that ``up`` and ``where`` show.
        self.botframe = frame
        sys.settrace(self.trace_dispatch)
        return self.trace_dispatch

    def _show(self, result: Any, kwargs: Mapping[str, Any]) -> None:
        """A node that Hamilton made of another's result: none of the user's lines ran, so its result is shown."""
        self._stage = "result"
        self.reset()
        scope = {**kwargs, "result": result, "__name__": "hamtui_result"}
        names = ", ".join(kwargs)
        self.message(
            f"None of this node's own lines ran. Here are `result`{f' and {names}' if names else ''}."
        )
        code = compile("result", "<what the node gave>", "eval")
        sys.settrace(self._seek_code(code))
        eval(code, scope)  # noqa: S307 - a name of our own: the frame to stop in
        sys.settrace(None)

    def _seek_code(self, code: CodeType) -> Callable[..., Any]:
        self._codes = frozenset({code})
        return self._seek

    def _post_mortem(self, error: Exception) -> None:
        """Stop where the exception came up, unless the person sent the debugger away."""
        if self._dismissed:
            return
        trace = _own_part(error.__traceback__, self._codes)
        if trace is None:
            return
        self._stage = "exception"
        self.reset()
        self.message(f"It raised {type(error).__name__}. This is where; to go on lets the exception out.")
        self.interaction(None, trace)

    # ---- stops and goings-on

    def _attended(self, attached: bool) -> None:
        self._tell(flight.DEBUG_ATTACHED if attached else flight.DEBUG_WAIT)

    def interaction(self, *where: Any) -> None:
        """Stop, and take commands."""
        if not self._halted:
            self._halted = True
            SPANS.halt(self._key, time.monotonic_ns())
            self._tell(flight.DEBUG_WAIT)
            if self._wire.attached:
                self._tell(flight.DEBUG_ATTACHED)
        super().interaction(*where)

    def _go_on(self) -> None:
        if self._halted:
            self._halted = False
            SPANS.resume(self._key, time.monotonic_ns())
            self._tell(flight.DEBUG_DONE)
        self._stage = "stop"

    def _tell(self, event: str) -> None:
        run_id, task_id, node = self._key
        if not run_id:
            return
        keys = {"node": node, "task_id": task_id, "socket": self._wire.path, "stage": self._stage}
        attempt(events.write, self._recorder.flight, event, run_id, keys)

    def set_continue(self) -> None:
        """The node runs on; the terminal is given back, unless a breakpoint may stop it again."""
        super().set_continue()
        if self.breaks and self._stage != "exception":
            self.message("It goes on to the next breakpoint. ctrl-d gives the terminal back meanwhile.")
            self._go_on()
            return
        self._go_on()
        self._wire.hang_up()

    def _cmdloop(self) -> None:
        """Without pdb's own care for Ctrl-C: a signal that reaches the run is for the run."""
        self.cmdloop()

    # ---- commands

    def do_quit(self, arg: str) -> bool:  # noqa: ARG002 - pdb's signature
        """q(uit) | exit: let the node go on without the debugger.

        No breakpoint and no exception stops it again. The run goes on too; `hamtui stop`, or x in the dashboard,
        ends it.
        """
        self._dismissed = True
        self.breaks = {}
        self.set_continue()
        return True

    do_q = do_exit = do_EOF = do_quit  # noqa: N815 - cmd's name for no more input

    def do_run(self, arg: str) -> None:  # noqa: ARG002
        """Not here: the node is part of a run, which `hamtui run` launches again."""
        self.error("the node is part of a run; launch that again with hamtui run")

    do_restart = do_run

    def do_interact(self, arg: str) -> None:  # noqa: ARG002
        """Not here: type Python at the prompt, with ! before what pdb takes for a command."""
        self.error("no shell within the prompt; type Python at it, with ! before what pdb takes for its own")


def _leave_with_the_run() -> None:
    """Raise KeyboardInterrupt where the main thread is on its way out by Ctrl-C, and waits for this thread's pool.

    The signal reaches the main thread alone; nobody would come to this prompt any more.
    """
    main = threading.main_thread().ident
    if main == get_ident() or main is None:
        return
    found: Any = sys._current_exceptions().get(main)  # noqa: SLF001 - the documented way to another thread's exception
    error = found[1] if isinstance(found, tuple) else found  # before Python 3.12 as sys.exc_info() gives it
    if isinstance(error, KeyboardInterrupt):
        raise KeyboardInterrupt


def _span_of(node: Any) -> SpanKey:
    """The span that this thread executes; by its name alone where no recorder saw it start."""
    span = SPANS.current(get_ident())
    return span.key if span is not None and span.node == node.name else ("", None, node.name)


def _codes(node: Any) -> frozenset[CodeType]:
    """The code of the functions that the user wrote for the node, within all decorators."""
    functions = node.originating_functions or (node.callable,)
    found = (getattr(inspect.unwrap(function), "__code__", None) for function in functions)
    return frozenset(code for code in found if code is not None)


def _own_part(trace: TracebackType | None, codes: frozenset[CodeType]) -> TracebackType | None:
    """The traceback from the node's own code on; all but our frames where it holds none of that."""
    step = trace
    while step is not None:
        if step.tb_frame.f_code in codes:
            return step
        step = step.tb_next
    while trace is not None and str(trace.tb_frame.f_globals.get("__name__")).startswith("hamtui."):
        trace = trace.tb_next
    return trace
