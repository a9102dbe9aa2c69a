"""What is captured of a run, and by which instruments: one frozen dataclass with every knob."""

from dataclasses import dataclass, field, fields
from typing import Any

DEFAULT_PROFILE = "debug_hangs"
EXECUTORS = ("sync", "threads", "processes", "ray", "dask")


def _knob(default: Any, group: str, told: str, **more: Any) -> Any:
    """A field of ``Diagnostics``: ``told`` is its help; ``choices``, ``metavar`` and ``secret`` as options have them."""
    return field(default=default, metadata={"group": group, "help": told, **more})


@dataclass(frozen=True)
class Diagnostics:
    """How a Driver is instrumented. Durations are seconds, sizes bytes; an empty tuple and None are "not asked for".

    A field is an option of ``hamtui run`` (``node_filter``: ``--node-filter``), a variable (``HAMTUI_NODE_FILTER``)
    and a key of ``[tool.hamtui]`` and of ``[tool.hamtui.profiles.NAME]`` in pyproject.toml.
    """

    profile: str = _knob(DEFAULT_PROFILE, "record", "What the recorder is set up for.", metavar="NAME")
    summaries: bool = _knob(True, "record", "Type, length and shape of inputs and results.")
    payloads: bool = _knob(
        False,
        "record",
        "Values of inputs and results, of the nodes of --node-filter alone where it is given.",
    )
    statistics: bool = _knob(False, "record", "Nulls, least and greatest value of columns, in summaries.")
    node_filter: tuple[str, ...] = _knob(
        (),
        "record",
        "Aim payloads, statistics, --println and --pdb at these nodes: a name, a glob, tag:key=value.",
        metavar="WHICH",
    )
    stacks: bool = _knob(True, "record", "Dumps of all stacks while a node is late.")
    probes: bool = _knob(True, "record", "Looks from inside at what late nodes wait for.")
    app_log: bool = _knob(True, "record", "Logging records, each with its node.")
    hang_after: float | None = _knob(
        None,
        "record",
        "Mark a node that takes longer (90, 90s, 30m). Left out: by its own past, else 120. Its tag hamtui.hang_after goes first.",
        metavar="SECONDS",
    )
    dump_every: float = _knob(
        30.0, "record", "Between dumps of all stacks while anything is marked.", metavar="SECONDS"
    )
    draw: str = _knob(
        "svg",
        "record",
        "The plan's picture: dot alone, or svg or png too.",
        choices=("none", "dot", "svg", "png"),
    )

    println: int = _knob(
        0, "instruments", "Hamilton's PrintLn into the log, with this verbosity.", choices=(0, 1, 2)
    )
    progress: str | None = _knob(
        None, "instruments", "Hamilton's progress bar, in plain mode on a terminal.", choices=("rich", "tqdm")
    )
    cache_log: str | None = _knob(
        None, "instruments", "What hamilton.caching logs.", choices=("info", "debug")
    )
    type_check: str | None = _knob(
        None,
        "instruments",
        "Check inputs and results against annotations: strict ends the run, warn notes it on the node.",
        choices=("strict", "warn"),
    )
    keep_going: bool = _knob(
        False, "instruments", "A node that fails costs only what is downstream of it: that is skipped."
    )
    pdb: tuple[str, ...] = _knob(
        (),
        "instruments",
        "Stop at this node in pdb: p in the dashboard goes to its prompt, --plain has it on the terminal.",
        metavar="NODE",
    )

    cache: bool | None = _knob(
        None, "cache", "Hamilton's cache. Without either: on where the modules use Hamilton's @cache."
    )
    cache_dir: str | None = _knob(
        None, "cache", "Where the cache stands; ./.hamilton_cache if left out.", metavar="DIR"
    )
    recompute: tuple[str, ...] = _knob(
        (), "cache", "Compute this node, whatever the cache holds.", metavar="NODE"
    )

    executor: str = _knob("sync", "execution", "Where blocks of a Parallelizable run.", choices=EXECUTORS)
    max_tasks: int | None = _knob(None, "execution", "How many blocks at once.", metavar="N", least=1)
    address: str | None = _knob(
        None, "execution", "An existing Ray or Dask cluster, instead of a local one.", metavar="ADDRESS"
    )
    listen: str | None = _knob(
        None,
        "execution",
        "Where workers that can't write the folder reach the supervisor; loopback if left out.",
        metavar="HOST[:PORT]",
    )

    track: str | None = _knob(
        None, "tracker", "Tell the Hamilton UI, as a run of this project.", metavar="PROJECT_ID"
    )
    tracker: str = _knob("hamilton", "tracker", "Which tracker.", choices=("hamilton", "dagworks"))
    username: str | None = _knob(None, "tracker", "The project's user in the Hamilton UI.", metavar="NAME")
    dag_name: str | None = _knob(
        None, "tracker", "The dataflow's name there; by default the modules' own, stable one.", metavar="NAME"
    )
    tag: tuple[str, ...] = _knob((), "tracker", "A tag of the run there.", metavar="KEY=VALUE")
    api_url: str | None = _knob(None, "tracker", "The Hamilton UI's API.", metavar="URL")
    ui_url: str | None = _knob(None, "tracker", "The Hamilton UI's pages.", metavar="URL")
    track_statistics: bool = _knob(False, "tracker", "Statistics of data go to the tracker.")
    track_list: int | None = _knob(
        None, "tracker", "At most so many items of a list go there.", metavar="N", least=0
    )
    track_dict: int | None = _knob(
        None, "tracker", "At most so many keys of a dict go there.", metavar="N", least=0
    )

    trace: tuple[str, ...] = _knob(
        (),
        "tracing",
        "Spans to Datadog, to OpenTelemetry (Hamilton's tracer), or hamtui's own over OTLP.",
        choices=("datadog", "otel", "otlp"),
    )
    otlp_endpoint: str | None = _knob(None, "tracing", "Where OTLP spans go.", metavar="URL")

    keep: int | None = _knob(
        None, "service", "Keep the newest N launches of the diag folder.", metavar="N", least=1
    )
    max_size: int | None = _knob(
        None,
        "service",
        "Rotate a launch's files beyond this size (200M, 2G).",
        metavar="BYTES",
        least=1,
        kind="bytes",
    )

    @property
    def logs(self) -> bool:
        """Whether logging records are written: asked for, or by an instrument that has nowhere else to speak."""
        return self.app_log or bool(self.println) or self.cache_log is not None


#: What each profile sets beyond the defaults.
PROFILES: dict[str, dict[str, Any]] = {
    "dev_fast": {"summaries": False, "stacks": False, "probes": False, "app_log": False, "draw": "dot"},
    DEFAULT_PROFILE: {},
    "debug_payloads": {"payloads": True, "statistics": True},
}


def names() -> tuple[str, ...]:
    """Every knob's name, in the order in which they are shown."""
    return tuple(knob.name for knob in fields(Diagnostics))
