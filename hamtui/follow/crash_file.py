"""faulthandler's raw text of a flat folder: the only stacks that other people's scripts leave.

In a launch folder the supervisor parses it into structured dumps; a flat one has nobody to do that.
"""

from hamtui.contract.layout import Source
from hamtui.contract.stacks import CRASH, Dump
from hamtui.follow.files import Signature, signature
from hamtui.model.crash_text import parse
from hamtui.model.records import Record

#: The text has no end while a timer goes on writing; only its newest part is looked at.
TEXT_CAP = 4 * 1024 * 1024


class CrashText:
    """The dumps of a growing raw text, as far as they can be told apart.

    The text has no times. The newest dump was written when the file was; of those before it no time is known.
    """

    def __init__(self, path: str, source: Source) -> None:
        self.path = path
        self.source = source
        self.seen: Signature | None = None
        self.bad_lines = self.bad_bytes = self.half = 0
        self._told: list[Dump] = []

    def changed(self) -> bool:
        """Whether the file is not as it was when it was last read."""
        return signature(self.path) != self.seen

    def read(self, most: int) -> tuple[list[Record], bool]:  # noqa: ARG002 - as a LineFile's
        """The dumps that came or grew since the last look; always to the end."""
        found = signature(self.path)
        fresh = found is not None and found != self.seen
        self.seen = found
        if found is None or not fresh:
            return [], True
        try:
            with open(self.path, "rb") as file:
                file.seek(max(0, found[2] - TEXT_CAP))
                text = file.read(TEXT_CAP).decode("utf-8", "replace")
        except OSError:
            return [], True
        blocks = parse(text)
        newest = len(blocks) - 1
        written_at = found[3] / 1e9
        dumps = [
            Dump(
                ts=written_at if place == newest else None,
                pid=self.source.pid,
                seq=place,
                why=CRASH if reason else None,
                taken_by="faulthandler",
                threads=threads,
            )
            for place, (reason, threads) in enumerate(blocks)
        ]
        known = {dump.seq: dump.threads for dump in self._told}
        self._told = dumps
        return [dump for dump in dumps if known.get(dump.seq) != dump.threads], True

    def close(self) -> None:
        """Nothing is kept open."""
