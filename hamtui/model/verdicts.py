"""Every verdict that a late span can have: what it means, what it rests on, what to do. The README's page is made of it."""

from dataclasses import dataclass

PYTHON, NATIVE, IO = "running.python", "running.native", "running.io"
GIL_HELD, GIL_STARVED, CPU_STARVED = "gil-held", "gil-starved", "cpu-starved"
SLEEPING, POLLING = "sleeping", "polling"
LOCK, DEADLOCKED, CONDITION = "blocked.lock", "deadlocked", "blocked.condition"
SOCKET, PIPE, STDIN = "blocked.socket", "blocked.pipe", "blocked.stdin"
FILE_LOCK, DISK = "blocked.file-lock", "blocked.disk"
CHILD, LOOP = "waiting.child", "event-loop-idle"
PAUSED, DEAD, UNKNOWN = "paused", "dead", "unknown"


@dataclass(frozen=True)
class Verdict:
    """One row. ``progress`` in words; ``proof`` says when it is ``confirmed``, empty where it never is."""

    name: str
    meaning: str
    evidence: str
    progress: str
    advice: str
    proof: str = ""


TABLE: tuple[Verdict, ...] = (
    Verdict(
        PYTHON,
        "It runs Python code.",
        "Its thread uses half a core or more (10 % while the process' heart beats), and wants the GIL when looked at.",
        "yes",
        "Wait, or profile the line that is named. Mind that a loop without an end looks the same.",
    ),
    Verdict(
        NATIVE,
        "It runs native code that has let the GIL go: numpy, pandas, compression, hashing.",
        "Its thread uses half a core or more, the heart beats, and at most looks it runs without the GIL.",
        "yes",
        "Wait, or give it less data; more threads help here.",
    ),
    Verdict(
        IO,
        "It reads or writes, and data moves.",
        "Its thread wakes again and again and is found in reads and writes, or the bytes that its process moved grow.",
        "yes",
        "Wait. Where it is slow, look at the other end, the disk or the network.",
    ),
    Verdict(
        GIL_HELD,
        "Its native code keeps the GIL: nothing else in its process runs, not even the heartbeat.",
        "No heartbeat for 2 s or more while this thread burns CPU, or a look from outside found the GIL with it.",
        "yes while it burns CPU, else no",
        "A regular expression that backtracks, a huge integer, an extension that keeps the GIL: bound its input.",
    ),
    Verdict(
        GIL_STARVED,
        "It is ready to run and does not get the GIL.",
        "Next to no CPU, some 200 wakes a second or a wish for the GIL at each look, while another thread burns CPU.",
        "no; not known where it gets a little",
        "Look at the thread or node that is named, or run the nodes in processes.",
    ),
    Verdict(
        CPU_STARVED,
        "It is ready to run and the machine has no CPU for it.",
        "Its thread is in state R in each sample, with less than a quarter of a core, queued for most of the time.",
        "yes where it gets some",
        "Fewer workers, or a machine with less to do; in a container, look at its CPU limit.",
    ),
    Verdict(
        SLEEPING,
        "It sleeps for a set time.",
        "Its thread is in a sleep (clock_nanosleep, select without files), and hardly woke.",
        "no",
        "See the line: is the time what you meant (seconds, not milliseconds)? It ends by itself.",
    ),
    Verdict(
        POLLING,
        "It waits by asking again and again: sleeps in a loop, get(timeout=1), retries.",
        "Less than 5 % of a core, two wakes or more in the last 6 s, in sleeps or waits with a time limit.",
        "yes where it ticks, prints or logs meanwhile, else not known",
        "Look at what it asks for. A loop that gives up after so many tries, and says so, is kinder.",
    ),
    Verdict(
        LOCK,
        "It waits for a lock.",
        "Its thread is in a futex without limit, in Python it stands at a lock; the holder is named where it can be found.",
        "no; yes where it wakes meanwhile",
        "Look at the holder: it decides when this goes on.",
        "only where the holder itself is stuck for good",
    ),
    Verdict(
        DEADLOCKED,
        "Threads wait for each other in a circle (or one for itself): it never goes on.",
        "A circle of waits each of which is sure (lock, join, a pool's own pool, a worker that died), the same in two "
        "looks, and no thread of it woke over two samples.",
        "no",
        "Stop the run. Take locks in one order, use RLock, or do not wait for a pool from inside of it.",
        "always, once no thread of the circle woke over two samples",
    ),
    Verdict(
        CONDITION,
        "It waits until another thread does something: a queue, an event, a future, a barrier, a join.",
        "Its thread is in a futex, in Python it stands at such a wait.",
        "no; yes where it wakes meanwhile",
        "Find who should put, set or finish that, and whether it still lives.",
        "only where no other thread could ever do it, or the one that must is stuck for good",
    ),
    Verdict(
        SOCKET,
        "It waits for the other end of a connection.",
        "Its thread is in recv, send, accept, connect or poll on a socket and does not wake; the peer and TCP's state are named.",
        "no",
        "Look at the server that is named. Give the client a timeout.",
    ),
    Verdict(
        PIPE,
        "It waits for a pipe: for data, or for room.",
        "Its thread is in read, write or poll on a pipe and does not wake; the process at the other end is named.",
        "no",
        "Look at the process at the other end.",
    ),
    Verdict(
        STDIN,
        "It waits for somebody to type.",
        "Its thread reads from standard input or a terminal.",
        "no",
        "Nobody can: hamtui runs with an empty stdin. Pass the value as an input.",
    ),
    Verdict(
        FILE_LOCK,
        "It waits for a lock on a file that another process holds.",
        "Its thread is in flock or fcntl; the holder's pid and command are named.",
        "no",
        "Look at the holder; a lock is freed when its process ends.",
        "only where the holder is itself stopped",
    ),
    Verdict(
        DISK,
        "It waits for a disk or a network file system.",
        "Its thread is in state D in each sample and neither wakes nor moves bytes.",
        "no",
        "Look at the mount (NFS, a full or failing disk) with dmesg and df.",
    ),
    Verdict(
        CHILD,
        "It waits for a process that it started.",
        "Its thread is in wait4 or waitid, or stands in subprocess, multiprocessing or a pool of processes; the child has a verdict of its own.",
        "the child's",
        "Read the child's verdict as if it were the node's.",
        "only where the child is stopped or stuck for good",
    ),
    Verdict(
        LOOP,
        "Its event loop has nothing to do: every task waits.",
        "Its thread is in epoll_wait under an event loop's frames; the tasks and what they await are named.",
        "no; not known where it wakes",
        "Look at the innermost task; give what it awaits a timeout.",
    ),
    Verdict(
        PAUSED,
        "Its process is stopped by a signal, or held by a debugger.",
        "The kernel says T or t.",
        "no",
        "kill -CONT, or the key for it, lets it go on.",
        "always",
    ),
    Verdict(
        DEAD,
        "The worker process that ran it is gone, and the run goes on without noticing.",
        "Two samples no longer have the process that they had while the span ran, and it beats no more.",
        "no",
        "Stop the run; look for the worker's end (out of memory?) in output.log and dmesg.",
        "always",
    ),
    Verdict(
        UNKNOWN,
        "What it does can't be told.",
        "The sentence says what is missing: no sample, no look from inside, another machine, no stack.",
        "not known",
        "hamtui dump shows its stack.",
    ),
)

BY_NAME: dict[str, Verdict] = {row.name: row for row in TABLE}


def markdown() -> str:
    """The table as GitHub's Markdown, one row a verdict."""
    head = [
        "| verdict | what it means | what it rests on | progress | confirmed | what to do |",
        "|---|---|---|---|---|---|",
    ]
    rows = [
        f"| `{row.name}` | {row.meaning} | {row.evidence} | {row.progress} | {row.proof or 'never'} | {row.advice} |"
        for row in TABLE
    ]
    return "\n".join(head + rows) + "\n"
