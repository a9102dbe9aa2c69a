"""What a line that a program printed looks like on a terminal: no colour codes, and of what was written over the newest."""

import re

#: Colours, and "erase to the end of the line" as progress bars send it: nothing is lost with them.
COLOURS = re.compile(r"\x1b\[[0-9;:]*[mK]")
#: The same in bytes.
COLOUR_BYTES = re.compile(COLOURS.pattern.encode())


def printed(raw: bytes) -> str:
    """A line's bytes as text, its carriage returns left in."""
    return COLOURS.sub("", raw.decode("utf-8", "backslashreplace")).expandtabs(8)


def newest(raw: bytes) -> tuple[str, int]:
    """What stands on the line after its carriage returns, and how often it was written over."""
    states = [state for state in printed(raw.rstrip(b"\r")).split("\r") if state.strip()]
    return (states[-1] if states else "", max(0, len(states) - 1))
