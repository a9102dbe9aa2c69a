"""The rows of what is stuck, and of what only looks as if it were."""

from tests.diagnosis.table import PROCESSES, SYNC, THREADS, Row

_EVERYWHERE = (SYNC, THREADS, PROCESSES)
_DEADLOCK, _LOCK, _CONDITION = ("deadlocked",), ("blocked.lock",), ("blocked.condition",)
_SOCKET, _PIPE, _STDIN, _FILE_LOCK = (
    ("blocked.socket",),
    ("blocked.pipe",),
    ("blocked.stdin",),
    ("blocked.file-lock",),
)
_CHILD, _LOOP, _SLEEP, _POLL = ("waiting.child",), ("event-loop-idle",), ("sleeping",), ("polling",)
_ANY: tuple[bool | None, ...] = (True, False, None)
_IDLE: tuple[bool | None, ...] = (False, None)


def _cycle(name: str, *why: str, executors: tuple[str, ...] = (SYNC, THREADS)) -> Row:
    return Row("lock_cycles", name, _DEADLOCK, confirmed="must", why=why, executors=executors)


def _lock(name: str, *why: str, ends: bool = True, progress: tuple[bool | None, ...] = (False,)) -> Row:
    return Row("lock_waits", name, _LOCK, progress, why=why, ends=ends)


def _never(name: str, *why: str) -> Row:
    """Nobody is there to end it: that may be proven."""
    return Row("thread_waits", name, _CONDITION, confirmed="may", why=why)


def _late(name: str, *why: str, progress: tuple[bool | None, ...] = (False,)) -> Row:
    return Row("thread_waits", name, _CONDITION, progress, why=why, ends=True)


def _socket(name: str, verdicts: tuple[str, ...] = _SOCKET, **more: object) -> Row:
    return Row("socket_waits", name, verdicts, **more)  # type: ignore[arg-type]


def _pipe(name: str, verdicts: tuple[str, ...], **more: object) -> Row:
    return Row("pipe_waits", name, verdicts, **more)  # type: ignore[arg-type]


def _child(name: str, *, works: bool = False, **more: object) -> Row:
    return Row("child_waits", name, _CHILD, (works,), **{"ends": works, **more})  # type: ignore[arg-type]


def _loop(name: str, verdicts: tuple[str, ...] = _LOOP, **more: object) -> Row:
    return Row("loop_waits", name, verdicts, **more)  # type: ignore[arg-type]


def _state(name: str, verdicts: tuple[str, ...], **more: object) -> Row:
    return Row("process_states", name, verdicts, interruptible=False, **more)  # type: ignore[arg-type]


ROWS = (
    # Cycles: proven.
    _cycle("two_locks", "ledger_lock", "refresh", "book_lock", executors=_EVERYWHERE),
    _cycle("two_rlocks", "ledger_lock", "refresh", "book_lock"),
    _cycle("explicit_acquire", "ledger_lock", "refresh", "book_lock"),
    _cycle("across_methods", "self.lock", "refresh", "self.ledger.lock"),
    _cycle("global_locks", "_LEDGER_LOCK", "refresh", "_BOOK_LOCK"),
    _cycle("dict_of_locks", "locks[target]", "usd-to-eur"),
    _cycle("three_cycle", "next_lock", "second", "third"),
    _cycle("lock_and_join", "refresher", "book_lock"),
    _cycle("own_lock", "lock", executors=_EVERYWHERE),
    _cycle("own_lock_in_a_method", "self._lock"),
    Row(
        "lock_cycles",
        "holds_and_waits_for_a_cycle",
        ("deadlocked", "blocked.lock"),
        confirmed="may",
        why=("rates_lock", "refresh"),
    ),
    _cycle("two_locks_beside_others", "ledger_lock", "refresh", "book_lock"),
    _cycle("own_pool", "pool"),
    _cycle("lost_worker"),
    # Locks that somebody lets go, or could.
    _lock("sleeping_holder", "book_lock", "keeper", ends=False),
    _lock("slow_holder", "book_lock", "keeper"),
    _lock("working_holder", "book_lock", "keeper", progress=_ANY),
    _lock("handshake", "done"),
    _lock("handshake_with", "done"),
    _lock("handshake_in_an_object", "self.done"),
    _lock("released_by_a_timer", "gate"),
    _lock("cycle_with_a_limit", "ledger_lock", "refresh"),
    _lock("cycle_with_own_limit", "ledger_lock", "refresh"),
    _lock("cycle_that_polls", "ledger_lock", "refresh"),
    _lock("cycle_broken_by_a_third", "ledger_lock", "refresh"),
    Row("lock_waits", "own_lock_with_an_alarm", _LOCK, why=("lock",), ends=True, executors=(SYNC,)),
    Row(
        "lock_waits",
        "lock_convoy",
        ("blocked.lock", "polling", "sleeping"),
        (True, None),
        ends=True,
        line=False,
    ),
    # What another thread would have to do.
    _never("event_never", "ready"),
    _late("event_late", "ready"),
    _late("event_with_a_limit", "ready"),
    _never("condition_never", "changed"),
    _late("condition_late", "changed"),
    _never("semaphore_never", "slots"),
    _late("semaphore_late", "slots"),
    _never("barrier_short", "all_three"),
    _never("queue_never", "results"),
    _late("queue_late", "results"),
    _never("simple_queue_never", "results"),
    _never("queue_full", "jobs"),
    _never("queue_join", "jobs"),
    _never("future_never", "answer"),
    _late("future_working", "answer", progress=_ANY),
    _late("future_sleeping", "answer"),
    _late("future_queued", "second"),
    _late("pool_in_pool", "job"),
    _late("own_pool_cancelled", "job"),
    _late("thread_pool_map"),
    Row("thread_waits", "join_sleeping", _CONDITION, why=("sleeper",)),
    _late("join_working", "worker", progress=_ANY),
    _never("join_waiting", "waiter"),
    Row("thread_waits", "process_event_never", _CONDITION, confirmed="may", why=("ready",)),
    Row("thread_waits", "process_lock_taken", ("blocked.lock", "blocked.condition"), why=("lock",)),
    # Sockets.
    _socket("recv_silent", executors=_EVERYWHERE, why=("ESTABLISHED",)),
    _socket("recv_with_a_limit", ends=True),
    _socket("recv_timeout_loop", ("polling", "blocked.socket"), progress=_IDLE),
    _socket("recv_trickle", ("running.io",), progress=(True,), ends=True),
    _socket("connect_backlog", why=("SYN_SENT",)),
    _socket("accept_never"),
    _socket("accept_late", ends=True),
    _socket("send_full"),
    _socket("tls_silent"),
    _socket("urllib_silent"),
    _socket("unix_pair"),
    _socket("udp_silent"),
    _socket("select_silent"),
    # Pipes, terminals, locks on files.
    _pipe("pipe_silent", _PIPE),
    _pipe("pipe_own_end", _PIPE, confirmed="may"),
    _pipe("pipe_trickle", ("running.io",), progress=(True,), ends=True),
    _pipe("pipe_full", _PIPE),
    _pipe("child_output_silent", ("blocked.pipe", "waiting.child")),
    _pipe("fifo_no_writer", _PIPE, confirmed="may"),
    _pipe("fifo_silent", _PIPE, why=("orders.fifo",)),
    _pipe("stdin_terminal", _STDIN),
    _pipe("stdin_input", _STDIN),
    _pipe("flock_held", _FILE_LOCK, why=("python",), executors=_EVERYWHERE),
    _pipe("fcntl_held", _FILE_LOCK, why=("python",)),
    _pipe("flock_let_go", _FILE_LOCK, ends=True),
    _pipe("flock_own", _FILE_LOCK, confirmed="may"),
    # Children.
    _child("run_sleeping", why=("sleep",), executors=_EVERYWHERE),
    _child("popen_wait_sleeping"),
    _child("wait_with_a_limit"),
    _child("child_works", works=True, executors=_EVERYWHERE),
    _child("child_ends_late", ends=True),
    _child("child_writes", works=True),
    _child("child_stopped", confirmed="must", why=("stopped|paused",)),
    _child("child_on_a_socket"),
    _child("child_of_child_sleeps", why=("sleep",)),
    _child("child_of_child_works", works=True),
    _child("communicate_silent"),
    _child("run_captured_works", works=True),
    _child("child_waits_for_us", confirmed="may", why=("cat",)),
    _child("child_output_full", confirmed="may"),
    _child("os_system_sleeping", why=("sleep",), interruptible=False),
    _child("process_join_sleeping", executors=_EVERYWHERE),
    _child("process_join_works", works=True),
    _child("executor_sleeping", executors=_EVERYWHERE),
    _child("executor_works", works=True),
    _child("pool_map_sleeping"),
    _child("pool_map_works", works=True),
    Row("child_waits", "pool_that_renews_workers", _CHILD, _ANY, ends=True),
    Row("child_waits", "pool_lost_another", _CHILD, _IDLE, ends=True),
    Row(
        "child_waits",
        "process_queue_never",
        ("blocked.pipe", "waiting.child", "blocked.condition"),
    ),
    # Event loops.
    _loop("gather_sleeps", why=("fetch",)),
    _loop("future_unset", confirmed="may"),
    _loop("loop_lock", confirmed="may"),
    _loop("loop_sleeps_to_the_end", ends=True),
    _loop("loop_ticks", progress=(None, True, False), ends=True),
    _loop("loop_child", ("event-loop-idle", "waiting.child")),
    _loop("loop_executor_works", progress=_ANY, ends=True),
    _loop("loop_elsewhere", ("blocked.condition", "event-loop-idle"), confirmed="may"),
    _loop("loop_blocked", _SLEEP),
    # Sleeps and polls.
    Row("naps", "long_sleep", _SLEEP, executors=_EVERYWHERE),
    Row("naps", "sleep_to_the_end", _SLEEP, ends=True),
    Row("naps", "sleep_loop", _POLL, _IDLE),
    Row("naps", "sleep_loop_fast", _POLL, _IDLE),
    Row("naps", "sleep_loop_ends", _POLL, _IDLE, ends=True),
    Row("naps", "poll_queue", _POLL, _IDLE),
    Row("naps", "poll_event", _POLL, _IDLE),
    Row("naps", "poll_future", _POLL, _IDLE),
    Row("naps", "poll_lock", _POLL, _IDLE),
    # Stopped, killed, without CPU, without the GIL.
    _state("paused_at_once", ("paused",), confirmed="must", executors=_EVERYWHERE, line=False),
    _state("paused_asleep", ("paused",), confirmed="must"),
    _state("paused_at_work", ("paused",), confirmed="must", line=False),
    # Told once it is over: its run ends with it, often before anybody saw that it had gone.
    _state("worker_killed", ("dead", "sleeping"), executors=(PROCESSES,), confirmed="may", dies=True),
    _state("uninterruptible", ("blocked.disk",), ends=True, needs="gcc"),
    _state("without_cpu", ("cpu-starved",), progress=_ANY, ends=True, alone=True, line=False),
    _state("regex", ("gil-held",), progress=(True,), executors=_EVERYWHERE, alone=True),
    _state("big_int", ("gil-held",), progress=(True,), alone=True),
    _state("starved_by_a_regex", ("gil-starved",), progress=_IDLE, why=("cruncher",), alone=True),
    _state("starved_asleep", ("gil-starved",), progress=_IDLE, why=("cruncher",), alone=True),
    _state("starved_by_many", ("gil-starved",), progress=_ANY, ends=True, alone=True, line=False),
)
