"""What is looked for in a log: a plain text, of which capitals matter once it has one."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Wanted:
    """A text to find. Without a capital in it, it is found in whatever case."""

    text: str

    @cached_property
    def sensitive(self) -> bool:
        """Whether capitals matter."""
        return any(char.isupper() for char in self.text)

    @cached_property
    def plain(self) -> bool:
        """Whether the text's bytes stand in a file just as they do on the screen.

        Not so where accents may be written in two ways, and a backslash may be how a byte that is no UTF-8 is shown.
        """
        return self.text.isascii() and "\\" not in self.text

    @cached_property
    def needle(self) -> bytes:
        """The bytes to find, in the lower case of ASCII unless capitals matter."""
        return self.text.encode("utf-8", "surrogatepass")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What finds it in a text whose accents are joined to their letters."""
        flags = re.RegexFlag(0)
        if not self.sensitive:
            flags = re.IGNORECASE | re.ASCII if self.text.isascii() else re.IGNORECASE
        return re.compile(re.escape(joined(self.text)), flags)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it stands in a text, as (first, behind the last)."""
        return [found.span() for found in self.pattern.finditer(text)] if self.text else []

    def holds(self, text: str) -> bool:
        """Whether it stands in a text, however accents are written there."""
        return bool(self.text) and self.pattern.search(joined(text)) is not None


def joined(text: str) -> str:
    """The text with its accents joined to their letters, as it is shown."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
