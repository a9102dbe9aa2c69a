"""A text looked for in a line that is too long to be held: of its states, written one over the other, in the newest."""

import codecs
import re

from hamtui.follow.searching import BEFORE, BEHIND, around
from hamtui.model.printed import COLOURS
from hamtui.model.wanted import Wanted, joined

#: What may go on in the next block: a colour code that is cut in two, or a letter that an accent follows. ``_CODE``: how long one may be.
_OPEN = re.compile(r"(?:\x1b(?:\[[0-9;:]*[mK]?)?|.[\u0300-\u036f]*)\Z", re.DOTALL)
_CODE = 64


class LongLine:
    """Given a line block by block, says at its end what stands around the first match; holds no more than a block."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._decode = codecs.getincrementaldecoder("utf-8")("backslashreplace").decode
        self._held = ""
        self._newest: str | None = None
        self._begin()

    def _begin(self) -> None:
        """A new state of the line."""
        self._found: str | None = None
        self._blank = True
        self._tail = ""

    def feed(self, block: bytes, *, last: bool = False) -> None:
        """The line's next bytes."""
        text = self._held + self._decode(block, last)
        open_end = None if last else _OPEN.search(text, max(0, len(text) - _CODE))
        end = len(text) if open_end is None else open_end.start()
        text, self._held = COLOURS.sub("", text[:end]), text[end:]
        states, written_over, newest = text.rpartition("\r")
        if written_over:
            self._over(states)
        self._more(newest)

    def _over(self, states: str) -> None:
        """States that were written over: of them only the last that is not blank may still be what is shown."""
        more = "\r"
        while more:
            states, more, state = states.rpartition("\r")
            if state.strip() or not more:
                if more:
                    self._begin()
                self._more(state)
                break
        self._end()

    def _more(self, text: str) -> None:
        """The state goes on."""
        if not text:
            return
        text = self._tail + joined(text)
        if self._found is None:
            match = self._wanted.pattern.search(text)
            self._found = None if match is None else around(text, match.start())
        elif len(self._found) < BEHIND:
            self._found = (self._found + text[len(self._tail) :])[:BEHIND]
        self._blank = self._blank and not text.strip()
        self._tail = text[-(BEFORE + len(self._wanted.text)) :]

    def _end(self) -> None:
        if not self._blank:
            self._newest = self._found
        self._begin()

    def end(self) -> str | None:
        """What stands around the first match in what is shown of the line; None where there is none."""
        self.feed(b"", last=True)
        self._end()
        return self._newest
