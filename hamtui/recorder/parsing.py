"""Python's parser, where it neither takes long nor says anything: it holds the GIL, and warns of what it reads."""

import ast
import re

#: A longer text is not parsed: the parser holds the GIL from its beginning to its end, up to 3 s a million characters.
MOST_TEXT = 40_000

#: What a backslash does in a string is of no matter here, but where it decides on the string's end, or a name's braces.
_ESCAPE = re.compile(r"\\(?!N\{)([^\n\r'\"\\])|\\.", re.DOTALL)
#: A number with a keyword right behind it, which is warned of too.
_RUN_TOGETHER = re.compile(r"(?<![\w.])\d[\w.]*(?:and|else|for|if|in|is|not|or)\b")


def _quietly(found: "re.Match[str]") -> str:
    return found[0] if found[1] is None else f"_{found[1]}"


def tree(text: str) -> ast.Module | None:
    """The syntax tree of a text, every place in it where it was; strings with escapes have others instead.

    Never a warning: that would be shown to the user, run what he has put in the place of ``warnings.showwarning``,
    or be an error. And there is no way to keep one from him that other threads would not see.
    """
    if len(text) > MOST_TEXT or _RUN_TOGETHER.search(text):
        return None
    try:
        return ast.parse(_ESCAPE.sub(_quietly, text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
