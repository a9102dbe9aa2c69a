"""The command palette: ``group: verb``, and only what is possible now."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rich.markup import escape
from textual.command import DiscoveryHit, Hit, Hits, Provider


class Command(NamedTuple):
    """``name`` is "group: verb"; ``help`` one sentence; ``run`` what it does."""

    name: str
    help: str
    run: Callable[[], object]


class Commands(Provider):
    """Asks the app, every time the palette is opened, what is possible."""

    def _possible(self) -> list[Command]:
        possible = getattr(self.app, "possible", None)
        return possible() if callable(possible) else []

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self._possible():
            yield DiscoveryHit(command.name, command.run, help=escape(command.help))

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for command in self._possible():
            score = matcher.match(command.name)
            if score > 0:
                yield Hit(score, matcher.highlight(command.name), command.run, help=escape(command.help))
