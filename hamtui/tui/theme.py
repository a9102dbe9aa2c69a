"""Colours named by what they mean, and glyphs: one `Look` a theme, shared by every widget.

A state is always a glyph and a word; colour only says it once more. The themes are ``dark``, ``light``,
``ansi`` (the terminal's own sixteen colours on its own background) and ``mono`` (no colour at all, for NO_COLOR).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from rich.style import Style
from textual.theme import Theme

from hamtui.tui.glyphs import UNICODE, Glyphs


@dataclass(frozen=True)
class Look:
    """A theme as Rich styles by meaning. ``bars`` are the waterfall's, by span state or ``suspect``."""

    name: str
    text: Style
    strong: Style
    dim: Style
    faint: Style
    brand: Style
    accent: Style
    path: Style
    key: Style
    running: Style
    succeeded: Style
    cached: Style
    failed: Style
    suspect: Style
    late: Style
    pending: Style
    skipped: Style
    aborted: Style
    #: Laid under a row: where the cursor is, with and without the focus.
    cursor: Style
    cursor_blurred: Style
    #: A line of source that a thread stands on.
    here: Style
    match: Style
    tab: Style
    warning: Style
    error: Style
    bars: Mapping[str, Style] = field(default_factory=dict)
    #: The Pygments style for source text; empty for none.
    code: str = ""
    glyphs: Glyphs = UNICODE

    def of(self, state: str) -> Style:
        """The style of a span's, run's or launch's state."""
        style = getattr(self, _STYLES.get(state, state), self.text)
        return style if isinstance(style, Style) else self.text

    def bar(self, state: str) -> Style:
        """The style of a bar in the waterfall."""
        return self.bars.get(state, self.text)

    def with_glyphs(self, glyphs: Glyphs) -> Look:
        """The same colours with other glyphs."""
        return replace(self, glyphs=glyphs)


_STYLES = {
    "killed": "aborted",
    "crashed": "failed",
    "lost": "aborted",
    "suspected": "suspect",
    "confirmed": "suspect",
    "starting": "running",
    "paused": "warning",
    "debugged": "warning",
}

_DARK = {
    "text": "#d6dce4",
    "strong": "bold #f0f4f9",
    "dim": "#8b949e",
    "faint": "#3d4651",
    "brand": "bold #0d1117 on #d2a8ff",
    "accent": "#d2a8ff",
    "path": "#79c0ff",
    "key": "bold #d2a8ff",
    "running": "#79c0ff",
    "succeeded": "#56d364",
    "cached": "#56d4dd",
    "failed": "#ff7b72",
    "suspect": "bold #ffc53d",
    "late": "#d9b45f",
    "pending": "#8b949e",
    "skipped": "#8b949e",
    "aborted": "#ff9bce",
    "cursor": "on #253040",
    "cursor_blurred": "on #1a222d",
    "here": "bold #f0f4f9 on #3a3113",
    "match": "bold #d2a8ff underline",
    "tab": "bold #0d1117 on #d6dce4",
    "warning": "#ffc53d",
    "error": "#ff7b72",
}
_DARK_BARS = {
    "running": "#5299dd",
    "succeeded": "#2c7f3f",
    "cached": "#2b8a92",
    "failed": "#ff7b72",
    "suspect": "#ffc53d",
    "late": "#a3823a",
    "debugged": "#a3823a",
    "aborted": "#b8618f",
    "skipped": "#3d4651",
}
_LIGHT = {
    "text": "#24292f",
    "strong": "bold #0b0f14",
    "dim": "#5c6570",
    "faint": "#c4ccd4",
    "brand": "bold #ffffff on #8250df",
    "accent": "#8250df",
    "path": "#0550ae",
    "key": "bold #8250df",
    "running": "#0860ca",
    "succeeded": "#1a7f37",
    "cached": "#0c6b75",
    "failed": "#c4202c",
    "suspect": "bold #a84300",
    "late": "#8a5a00",
    "pending": "#5c6570",
    "skipped": "#5c6570",
    "aborted": "#a02c70",
    "cursor": "on #dde7f3",
    "cursor_blurred": "on #eaeff5",
    "here": "bold #3b2300 on #ffe9a8",
    "match": "bold #8250df underline",
    "tab": "bold #ffffff on #24292f",
    "warning": "bold #8a5a00",
    "error": "#c4202c",
}
_LIGHT_BARS = {
    "running": "#4b93e0",
    "succeeded": "#8fcf9f",
    "cached": "#7cc3cb",
    "failed": "#d1242f",
    "suspect": "#e89b00",
    "late": "#ecc868",
    "debugged": "#ecc868",
    "aborted": "#cf7fae",
    "skipped": "#c4ccd4",
}
_ANSI = {
    "text": "default",
    "strong": "bold",
    "dim": "dim",
    "faint": "dim",
    "brand": "bold reverse magenta",
    "accent": "magenta",
    "path": "blue",
    "key": "bold magenta",
    "running": "blue",
    "succeeded": "green",
    "cached": "cyan",
    "failed": "red",
    "suspect": "bold yellow",
    "late": "yellow",
    "pending": "dim",
    "skipped": "dim",
    "aborted": "magenta",
    "cursor": "reverse",
    "cursor_blurred": "underline",
    "here": "bold reverse",
    "match": "bold underline",
    "tab": "bold reverse",
    "warning": "bold yellow",
    "error": "red",
}
_ANSI_BARS = {
    "running": "blue",
    "succeeded": "green",
    "cached": "cyan",
    "failed": "red",
    "suspect": "yellow",
    "late": "yellow",
    "debugged": "yellow",
    "aborted": "magenta",
    "skipped": "dim",
}
_MONO = {
    "text": "none",
    "strong": "bold",
    "dim": "dim",
    "faint": "dim",
    "brand": "bold reverse",
    "accent": "bold",
    "path": "none",
    "key": "bold",
    "running": "none",
    "succeeded": "none",
    "cached": "none",
    "failed": "bold",
    "suspect": "bold",
    "late": "none",
    "pending": "dim",
    "skipped": "dim",
    "aborted": "bold",
    "cursor": "reverse",
    "cursor_blurred": "underline",
    "here": "bold reverse",
    "match": "bold underline",
    "tab": "bold reverse",
    "warning": "bold",
    "error": "bold",
}
_MONO_BARS = {
    "running": "bold",
    "succeeded": "dim",
    "cached": "dim",
    "failed": "bold",
    "suspect": "bold",
    "late": "none",
    "debugged": "none",
    "aborted": "bold",
    "skipped": "dim",
}


def _look(name: str, styles: Mapping[str, str], bars: Mapping[str, str], code: str) -> Look:
    parsed: dict[str, Any] = {meaning: Style.parse(text) for meaning, text in styles.items()}
    meanings = {each.name for each in fields(Look)} - {"name", "bars", "code", "glyphs"}
    assert set(parsed) == meanings
    return Look(
        name=name, bars={state: Style.parse(text) for state, text in bars.items()}, code=code, **parsed
    )


LOOKS: dict[str, Look] = {
    "dark": _look("dark", _DARK, _DARK_BARS, "github-dark"),
    "light": _look("light", _LIGHT, _LIGHT_BARS, "xcode"),
    "ansi": _look("ansi", _ANSI, _ANSI_BARS, ""),
    "mono": _look("mono", _MONO, _MONO_BARS, ""),
}
DEFAULT_LOOK = LOOKS["dark"]


def _plain_theme(name: str, colours: Mapping[str, str], bright: str) -> Theme:
    """A Textual theme of the terminal's own colours."""
    return Theme(
        name=name,
        ansi=True,
        primary=colours["primary"],
        secondary=colours["secondary"],
        warning=colours["warning"],
        error=colours["error"],
        success=colours["success"],
        accent=colours["accent"],
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables={
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "border": bright,
            "border-blurred": bright,
            "block-cursor-foreground": "ansi_default",
            "block-cursor-background": "ansi_default",
            "block-cursor-text-style": "reverse bold",
            "block-cursor-blurred-foreground": "ansi_default",
            "block-cursor-blurred-background": "ansi_default",
            "block-cursor-blurred-text-style": "underline",
            "input-cursor-foreground": "ansi_default",
            "input-cursor-background": "ansi_default",
            "input-cursor-text-style": "reverse",
            "input-selection-background": "ansi_default",
            "input-selection-foreground": "ansi_default",
            "screen-selection-background": "ansi_default",
            "screen-selection-foreground": "ansi_default",
            "hamtui-bar": "ansi_default",
        },
    )


_SIXTEEN = {
    "primary": "ansi_blue",
    "secondary": "ansi_cyan",
    "warning": "ansi_yellow",
    "error": "ansi_red",
    "success": "ansi_green",
    "accent": "ansi_magenta",
}

#: The Textual side of the looks: what its own widgets (palette, toasts, dialogs) are drawn with.
THEMES: tuple[Theme, ...] = (
    Theme(
        name="dark",
        primary="#79c0ff",
        secondary="#56d4dd",
        warning="#ffc53d",
        error="#ff7b72",
        success="#56d364",
        accent="#d2a8ff",
        foreground="#d6dce4",
        background="#0d1117",
        surface="#11161d",
        panel="#161c25",
        variables={"hamtui-bar": "#11161d"},
    ),
    Theme(
        name="light",
        dark=False,
        primary="#0860ca",
        secondary="#0c6b75",
        warning="#8a5a00",
        error="#c4202c",
        success="#1a7f37",
        accent="#8250df",
        foreground="#24292f",
        background="#ffffff",
        surface="#f6f8fa",
        panel="#eaeff5",
        variables={"hamtui-bar": "#f0f3f6"},
    ),
    _plain_theme("ansi", _SIXTEEN, "ansi_blue"),
    _plain_theme("mono", dict.fromkeys(_SIXTEEN, "ansi_default"), "ansi_default"),
)
