"""Makes the calls of a launch's tracker spool: to the Hamilton UI's API, in order, each once."""

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from hamtui.contract import tracking
from hamtui.contract.tracking import Destination
from hamtui.supervise import progress as spooled
from hamtui.supervise import web
from hamtui.supervise.progress import Progress
from hamtui.supervise.web import PATIENCE, Patience, Refused, Unanswered, WebError

#: Calls about nodes that go in one request.
_BATCH = 100
_MOST_RUNS = 1_000
_NO_REPOSITORY = "Error: No repository to link to."

Slow = Callable[[WebError], object]


class Upload:
    """One launch's calls. ``turn`` makes those that are there; what it raises is to be tried again later."""

    def __init__(
        self,
        folder: Path,
        where: Destination,
        key: str,
        progress: Progress,
        *,
        patience: Patience = PATIENCE,
        on_slow: Slow | None = None,
    ) -> None:
        self.progress = progress
        self._folder, self._where = folder, where
        self._headers = {"x-api-user": where.username, "x-api-key": key}
        self._patience, self._on_slow = patience, on_slow
        #: Runs whose creation was asked for and not answered: they may be there.
        self._unsure: set[str] = set()

    def check(self) -> None:
        """Whether the server is there, knows the user, and has the project. Raises WebError."""
        self._ask("GET", "/phone_home")
        self._ask("GET", f"/projects/{self._where.project_id}")

    def turn(self) -> None:
        """Make the calls that are written by now. Raises Unanswered, or Refused for a graph or a run."""
        for path in spooled.spools(self._folder):
            self._file(path)

    def finish(self, ended_at: float) -> None:
        """The launch is over: what is open of it failed with it. Raises WebError."""
        when = datetime.fromtimestamp(ended_at, timezone.utc).isoformat()
        for run_id in list(self.progress.open):
            self._fail_open(run_id, when)
            self._end(run_id, {"run_status": "FAILURE", "run_end_time": when})

    def _file(self, path: Path) -> None:
        batch: list[dict[str, Any]] = []
        batch_end = self.progress.files.get(path.name, 0)
        for call, offset in spooled.lines(path, batch_end):
            kind = call.get("kind") if call is not None else None
            if call is None:
                self.progress.refused += 1
            elif kind == tracking.TASKS:
                if call["run_id"] not in self.progress.runs:
                    break  # a worker is ahead of the main process' file
                if batch and (len(batch) >= _BATCH or batch[0]["run_id"] != call["run_id"]):
                    self._tasks(batch)
                    self._done(path, batch_end)
                    batch = []
                batch.append(call)
                batch_end = offset
                continue
            if batch:
                self._tasks(batch)
                batch = []
                self._done(path, batch_end)
            if call is not None:
                self._single(call)
            batch_end = offset
            self._done(path, offset)
        if batch:
            self._tasks(batch)
            self._done(path, batch_end)

    def _done(self, path: Path, offset: int) -> None:
        self.progress.files[path.name] = offset
        spooled.write(self._folder, self.progress)

    def _single(self, call: dict[str, Any]) -> None:
        if call["kind"] == tracking.TEMPLATE:
            self._template(call["template"], call["body"])
        elif call["kind"] == tracking.RUN:
            self._run(call["run_id"], call["template"], call["body"])
        elif call["kind"] == tracking.END:
            if call["body"]["run_status"] != "SUCCESS":
                self._fail_open(call["run_id"], call["body"]["run_end_time"])
            self._end(call["run_id"], call["body"])
        self.progress.told += 1

    def _template(self, name: str, body: dict[str, Any]) -> None:
        where = {"project_id": self._where.project_id, "dag_hash": body["dag_hash"]}
        query = urlencode({**where, "code_hash": body["code_hash"], "dag_name": body["name"]})
        found = self._ask("GET", f"/dag_templates/exists/?{query}")
        if found is None:
            body = self._versioned({**body, "tags": self._where.tags})
            found = self._ask("POST", f"/dag_templates?project_id={self._where.project_id}", body)
        self.progress.templates[name] = found["id"]

    def _versioned(self, body: dict[str, Any]) -> dict[str, Any]:
        """With what git says: the run did not ask it."""
        version = self.progress.version
        if version is None:
            return body
        repository = version.get("repository") or _NO_REPOSITORY
        info = {"git_hash": version["commit"], "git_repo": repository, "git_branch": version["branch"]}
        artifacts = body["code_artifacts"]
        if repository.startswith("http"):
            tree = f"{repository.removesuffix('.git')}/blob/{version['commit']}"
            artifacts = [{**one, "url": f"{tree}/{one['path']}#L{one['start'] + 1}"} for one in artifacts]
        return {**body, "code_version_info": info, "code_artifacts": artifacts}

    def _run(self, run_id: str, template: str, body: dict[str, Any]) -> None:
        number = self.progress.templates[template]
        found = self._known_run(run_id, number) if run_id in self._unsure else None
        if found is None:
            self._unsure.add(run_id)
            tags = {**self.progress.tags, **self._where.tags, "hamtui_run": run_id}
            found = self._ask("POST", f"/dag_runs?dag_template_id={number}", {**body, "tags": tags})["id"]
        self._unsure.discard(run_id)
        self.progress.runs[run_id] = found
        self.progress.open[run_id] = {}
        while len(self.progress.runs) > _MOST_RUNS:
            del self.progress.runs[next(iter(self.progress.runs))]
        where = self._where
        self.progress.url = f"{where.ui_url}/dashboard/project/{where.project_id}/runs/{found}"

    def _known_run(self, run_id: str, template: int) -> int | None:
        """The server's number of a run that it may have made without being heard."""
        latest = self._ask("GET", f"/dag_runs/latest/?dag_template_id={template}&limit=100")
        return next(
            (run["id"] for run in latest if (run.get("tags") or {}).get("hamtui_run") == run_id), None
        )

    def _tasks(self, batch: list[dict[str, Any]]) -> None:
        """Several calls about one run's nodes in one request; of a node the later word goes."""
        run_id = batch[0]["run_id"]
        merged: dict[str, dict[str, Any]] = {}
        for update in (one for call in batch for one in call["task_updates"]):
            merged.setdefault(update["node_name"], {}).update(update)
        attributes = [one for call in batch for one in call["attributes"]]
        self._put_tasks(run_id, attributes, list(merged.values()), len(batch))
        running = self.progress.open.get(run_id)
        if running is None:
            return  # its end is told already: a worker's file is read after the main one
        for name, update in merged.items():
            if update["status"] == "RUNNING":
                running[name] = update["node_template_name"]
            else:
                running.pop(name, None)

    def _put_tasks(self, run_id: str, attributes: list[Any], updates: list[Any], calls: int) -> None:
        body = {"attributes": attributes, "task_updates": updates}
        try:
            self._ask("PUT", f"/dag_runs_bulk?dag_run_id={self.progress.runs[run_id]}", body)
        except Refused as error:
            if error.code in (401, 403):
                raise
            self.progress.refused += calls  # what it does not take must not hold up the rest
            self.progress.warning = self.progress.warning or str(error)
        else:
            self.progress.told += calls

    def _fail_open(self, run_id: str, when: str) -> None:
        """Nodes that nobody will end: their run did. One that still does is told again."""
        running = self.progress.open.get(run_id, {})
        updates = [
            {"node_template_name": template, "node_name": name, "status": "FAILURE", "end_time": when}
            for name, template in running.items()
        ]
        if updates:
            self._put_tasks(run_id, [], updates, 0)

    def _end(self, run_id: str, body: dict[str, Any]) -> None:
        number = self.progress.runs.get(run_id)
        if number is not None:
            self._ask("PUT", f"/dag_runs/{number}/", body)
        self.progress.open.pop(run_id, None)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        url = f"{self._where.api_url}/api/v1{path}"
        found = web.ask(method, url, body, self._headers, self._patience, self._on_slow)
        if method == "POST" and not (isinstance(found, dict) and isinstance(found.get("id"), int)):
            raise Unanswered(f"answers {method} {path.partition('?')[0]} with something else than a number")
        return found


def pause(tries: int, most_s: float) -> float:
    """Seconds until the next try: longer each time."""
    return float(min(most_s, 0.5 * 2 ** min(tries, 10)))
