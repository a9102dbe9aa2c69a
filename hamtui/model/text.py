"""Text from the run made safe to show, and figures made short to read.

Names, errors and log lines come from somebody else's program. Shown raw, an escape sequence would be
obeyed by the terminal, a right-to-left mark would turn the line round and a newline would break the
columns; so whatever is no plain character is spelled out.
"""

import re
import signal
import unicodedata

#: Everything that could need a second look: not printable ASCII and not an ordinary letter above it.
_PLAIN = re.compile(r"[ -~]*\Z")
_SPELLED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
#: Ask for another drawing of the character before; they show nothing and terminals disagree on widths.
_SELECTORS = frozenset(chr(point) for point in range(0xFE00, 0xFE10))


def _spell(char: str, ascii_only: bool) -> str:
    point = ord(char)
    if point < 0x20 or point == 0x7F:
        if ascii_only:
            return "^" + chr(point ^ 0x40)
        return "␡" if point == 0x7F else chr(0x2400 + point)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def visible(text: object, *, ascii_only: bool = False) -> str:
    """The text on one line, with control characters, bidi marks and lone surrogates spelled out.

    Accents written apart are joined to their letters. With ``ascii_only`` everything above ASCII is
    spelled out too.
    """
    raw = text if isinstance(text, str) else str(text)
    if _PLAIN.match(raw):
        return raw
    if not raw.isascii():
        raw = unicodedata.normalize("NFC", raw)
    shown: list[str] = []
    for char in raw:
        if " " <= char <= "~":
            shown.append(char)
        elif char in _SELECTORS:
            continue
        elif ascii_only or unicodedata.category(char) in _SPELLED:
            shown.append(_spell(char, ascii_only))
        elif not shown and unicodedata.category(char) in _MARKS:
            shown.append("\u25cc" + char)  # a mark needs something of its own to stand on
        else:
            shown.append(char)
    return "".join(shown)


def duration(seconds: float | None) -> str:
    """``0.3s``, ``4.8s``, ``12s``, ``2m41s``, ``1h02m``, ``3d04h``; never rounded up; empty for None."""
    if seconds is None:
        return ""
    if seconds < 0.1:
        return f"{max(0, int(seconds * 1000 + 1e-9))}ms" if seconds >= 0.001 else "0s"
    if seconds < 10:
        return f"{int(seconds * 10 + 1e-6) / 10:.1f}s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours}h{minutes:02d}m"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02d}h"


def plural(number: int, word: str, words: str | None = None) -> str:
    """``1 run``, ``2 runs``; ``words`` where an s is not enough."""
    return f"{number:,} {word if number == 1 else words or word + 's'}"


def size(count: float) -> str:
    """Bytes as people read them, by 1,000: ``812 B``, ``4.1 kB``, ``2.0 GB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def numbered_signal(number: int) -> str:
    """``SIGKILL (9)``."""
    name = signal_name(number)
    return name if name.endswith(f" {number}") else f"{name} ({number})"


def signal_name(number: int) -> str:
    """``SIGKILL``; of a signal that this machine does not know, ``signal 99``."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def exit_words(code: int | None) -> str:
    """``exit code 3``; a program that records itself can't always see its own."""
    return "exit code not known" if code is None else f"exit code {code}"
