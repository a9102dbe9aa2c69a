"""The tracker's calls, written down instead of made: the run never waits for a server."""

import json
from datetime import datetime, timezone
from typing import Any

from hamtui.contract import layout, tracking
from hamtui.contract.redact import redacted
from hamtui.recorder.flight import Journal
from hamtui.recorder.guard import attempt
from hamtui.recorder.hide import hidden
from hamtui.recorder.text import clip

#: A process writes no more of its nodes than this, bytes; runs and their ends still are.
MOST_BYTES = 256 * 1024 * 1024
#: A longer value of one attribute is left out, characters of JSON.
MOST_VALUE = 64 * 1024
_MOST_TEXT = 32 * 1024


def now() -> str:
    """This moment as the UI takes it: ISO 8601, UTC."""
    return datetime.now(timezone.utc).isoformat()


class Spool:
    """``tracker.jsonl`` as this process writes it: one write a call. ``full``: calls that were left out."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._written = 0
        self.full = 0

    def write(self, kind: str, **keys: Any) -> None:
        """Append one call; of tasks none beyond ``MOST_BYTES``."""
        if kind == tracking.TASKS and self._written >= MOST_BYTES:
            self.full += 1
            return
        data = json.dumps({"kind": kind, **keys}, default=str, separators=(",", ":")).encode("ascii") + b"\n"
        self._written += len(data)
        self._journal.here().write(data)

    def template(self, name: str, body: dict[str, Any]) -> None:
        """A graph: its nodes and their code."""
        self.write(tracking.TEMPLATE, template=name, body=body)

    def run(self, run_id: str, template: str, inputs: dict[str, Any], outputs: list[str]) -> None:
        """A run begins."""
        body = {"run_start_time": now(), "run_status": "RUNNING", "inputs": inputs, "outputs": outputs}
        self.write(tracking.RUN, run_id=run_id, template=template, body=body)

    def end(self, run_id: str, success: bool) -> None:
        """A run is over."""
        body = {"run_status": "SUCCESS" if success else "FAILURE", "run_end_time": now()}
        self.write(tracking.END, run_id=run_id, body=body)


class SpoolClient:
    """The client that the SDK's tracker is given (its ``client_factory``): of a node's calls, each a line.

    One for each execution of a node. ``told`` stands for the result where no statistics are wanted: type and size.
    """

    def __init__(self, spool: Spool, json_safe: Any, told: Any = None) -> None:
        self._spool = spool
        self._json_safe = json_safe
        self.told = told

    def validate_auth(self) -> None:
        """Nothing is known here of the server."""

    def project_exists(self, project_id: int) -> bool:
        """Whoever makes the calls will see."""
        del project_id
        return True

    def update_tasks(
        self,
        dag_run_id: str,
        attributes: list[Any],
        task_updates: list[Any],
        in_samples: list[bool] | None = None,
    ) -> None:
        """What became of a node; ``dag_run_id`` is Hamilton's run id."""
        del in_samples
        kept = [self._bounded(one) for one in attributes if one is not None]
        self._spool.write(
            tracking.TASKS,
            run_id=dag_run_id,
            attributes=self._json_safe(kept),
            # The SDK says it once an attribute.
            task_updates=self._json_safe(task_updates[:1]),
        )

    def _bounded(self, attribute: dict[str, Any]) -> dict[str, Any]:
        if attribute["type"] == "error":
            lines = [redacted(clip(str(line), _MOST_TEXT)) for line in attribute["value"]["stack_trace"]][
                -200:
            ]
            return {**attribute, "value": {"stack_trace": lines}}
        if self.told is not None and attribute["name"] == "result_summary":
            value = {"type": self.told.get("type", "?"), "value": self.told}
            return {**attribute, "type": "dict", "schema_version": 2, "value": value}
        value = hidden(self._json_safe(attribute["value"]))
        text, _ = attempt(json.dumps, value)
        if text is None or len(text) > MOST_VALUE:
            value = {"unsupported_type": "too large", "action": f"more than {MOST_VALUE // 1024} kB"}
            return {**attribute, "type": "unsupported", "schema_version": 1, "value": value}
        return {**attribute, "value": value}


class AsyncSpoolClient(SpoolClient):
    """The same for the SDK's asynchronous tracker, which awaits its client."""

    async def update_tasks(  # type: ignore[override]
        self,
        dag_run_id: str,
        attributes: list[Any],
        task_updates: list[Any],
        in_samples: list[bool] | None = None,
    ) -> None:
        """What became of a node. A line is written at once: nothing is waited for."""
        super().update_tasks(dag_run_id, attributes, task_updates, in_samples)


def spool_of(recorder: Any) -> Spool:
    """The spool of this launch in this process."""
    return Spool(recorder.journal(layout.TRACKER_SPOOL))
