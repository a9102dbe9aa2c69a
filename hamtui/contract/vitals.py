"""vitals.jsonl: heartbeats and probes from inside the run, samples of its processes from outside."""

from dataclasses import dataclass, field

from hamtui.contract.stacks import Frame

BEAT = "beat"
SAMPLE = "sample"
PROBE = "probe"
#: A worker process has ended, as its parent or the supervisor saw it; or it is there again after all.
GONE, BACK = "gone", "back"

#: What ``Wait.kind`` says that a thread waits for, in Python's own terms.
LOCK, RLOCK, CONDITION, EVENT, QUEUE, FUTURE, SEMAPHORE, BARRIER, JOIN = (
    "lock",
    "rlock",
    "condition",
    "event",
    "queue",
    "future",
    "semaphore",
    "barrier",
    "join",
)
POOL, CHILD, LOOP, SLEEP = "pool", "child", "event-loop", "sleep"

#: How a holder is known (``Holder.how``): the lock's own owner field, a ``with`` block that it is inside of, an
#: ``acquire()`` that it has passed with no ``release()`` since.
OWNER, WITH, ACQUIRE = "owner", "with", "acquire"

#: What a descriptor leads to (``End.kind``).
TCP, UDP, UNIX, PIPE, FILE, TTY, OTHER = "tcp", "udp", "unix", "pipe", "file", "tty", "other"


@dataclass(frozen=True)
class Party:
    """A process at the other end of something, or that holds it: ``command`` is its command line, shortened."""

    pid: int
    command: str | None = None


@dataclass(frozen=True)
class End:
    """What a descriptor that a thread waits on leads to.

    ``path`` is a file's or a Unix socket's name, ``local`` and ``peer`` are ``address:port``, ``state`` is TCP's
    (``ESTABLISHED``). ``parties``: who has the other end of a pipe or a socket of this machine open, or holds the
    file's lock. ``closed`` says that nobody does. ``detail`` says more in words: ``not accepted yet``. ``fd`` is -1
    of a name that is still being opened.
    """

    fd: int
    kind: str = OTHER
    path: str | None = None
    local: str | None = None
    peer: str | None = None
    state: str | None = None
    parties: list[Party] = field(default_factory=list)
    closed: bool | None = None
    detail: str | None = None


@dataclass(frozen=True)
class ThreadVital:
    """One thread as the kernel sees it: ``state`` is the letter of /proc (R S D T t Z), ``cpu_s`` seconds so far.

    ``switches`` are voluntary ones so far, ``queued_s`` the seconds that it stood ready with no CPU to run on.
    Of threads looked at closely only: ``call`` is the name of the system call it is in (``running`` in none),
    ``wchan`` the kernel function it sleeps in, ``ends`` what the descriptors that it waits on lead to,
    ``read_bytes`` and ``write_bytes`` what this thread moved by read and write so far.
    """

    native_id: int
    state: str | None = None
    cpu_s: float | None = None
    switches: int | None = None
    queued_s: float | None = None
    call: str | None = None
    wchan: str | None = None
    ends: list[End] = field(default_factory=list)
    read_bytes: int | None = None
    write_bytes: int | None = None


@dataclass(frozen=True)
class ProcessVital:
    """One process of the tree: CPU seconds so far, resident bytes, bytes read and written so far."""

    pid: int
    ppid: int | None = None
    name: str | None = None
    state: str | None = None
    cpu_s: float | None = None
    rss: int | None = None
    read_bytes: int | None = None
    write_bytes: int | None = None
    threads: list[ThreadVital] = field(default_factory=list)
    command: str | None = None


@dataclass(frozen=True)
class Holder:
    """A thread that holds a lock, and how that is known; ``sure`` where nothing else could have let it go."""

    thread_id: int
    how: str
    sure: bool = False


@dataclass(frozen=True)
class Wait:
    """What a thread waits for in Python.

    ``name`` is the expression in its source line, ``id`` the object's identity (0: not known), the same in every
    thread that waits for it. ``sure``: the kernel's futex address is that object's, and no time limit is set.
    ``holders`` of a lock; ``threads`` that would have to act (a thread to join, the workers of a pool);
    ``pids`` likewise of processes. ``detail`` says more in words: ``empty``, ``pending``, ``2 of 3 arrived``.
    ``own_pool``: the future waits in the queue of the pool whose workers, this thread among them, all wait on such.
    ``lost``: a worker of the pool was replaced while it waits, and none of those there now has the job.
    ``alone``: no other thread of the process could ever act.
    """

    kind: str
    name: str | None = None
    id: int = 0
    sure: bool = False
    holders: list[Holder] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    pids: list[int] = field(default_factory=list)
    detail: str | None = None
    own_pool: bool = False
    lost: bool = False
    alone: bool = False


@dataclass(frozen=True)
class AsyncTask:
    """A task of an event loop: where its coroutine stands, and the task (by name) that it awaits."""

    name: str
    frame: Frame | None = None
    awaits: str | None = None


@dataclass(frozen=True)
class ThreadLook:
    """One thread as its own process sees it at a probe.

    ``call`` is the name of its system call (``running`` in none), ``timed`` whether that call ends by itself,
    ``fds`` what it waits on. ``gil`` is ``wants`` where it waits for the GIL, ``free`` where it runs without.
    ``frames`` are its innermost ones. ``tasks``: of the event loop that it runs.
    """

    thread_id: int
    native_id: int | None = None
    name: str | None = None
    call: str | None = None
    timed: bool | None = None
    fds: list[int] = field(default_factory=list)
    gil: str | None = None
    wait: Wait | None = None
    frames: list[Frame] = field(default_factory=list)
    tasks: list[AsyncTask] = field(default_factory=list)


@dataclass(frozen=True)
class Tick:
    """What a node said of itself by ``hamtui.tick``: so many ``done`` of ``total``; ``mono`` when it last did."""

    run_id: str
    node: str
    task_id: str | None = None
    done: float = 0.0
    total: float | None = None
    note: str | None = None
    mono: float | None = None


@dataclass(frozen=True)
class Vital:
    """A line of vitals.jsonl.

    A ``beat`` (from inside) has pid, the ``ticks`` that are news, and ``still``: the ``seq`` of the newest probe,
    while what that says still holds. A ``probe`` (from inside) has ``looks``, those of late spans' threads first
    (``late`` of them). A ``sample`` (from outside) has the processes, the run's first,
    and ``output``, the size of output.log in bytes. ``gone`` and ``back`` tell of the worker ``pid`` on ``host``,
    and how it ended where that is known: by ``signal``, or with ``exit_code``; ``told`` is what its cluster said of it.
    """

    kind: str
    ts: float | None = None
    mono: float | None = None
    pid: int | None = None
    seq: int | None = None
    processes: list[ProcessVital] = field(default_factory=list)
    looks: list[ThreadLook] = field(default_factory=list)
    late: int = 0
    still: int | None = None
    ticks: list[Tick] = field(default_factory=list)
    output: int | None = None
    host: str | None = None
    signal: int | None = None
    exit_code: int | None = None
    told: str | None = None
