"""hamtui: the terminal dashboard for live Apache Hamilton runs.

This package is imported inside the user's process too, so importing it costs nothing and pulls in
nothing: every public name is loaded when it is first asked for.
"""

TYPE_CHECKING = False  # as type checkers know it, without importing typing
if TYPE_CHECKING:
    from hamtui.recorder.ticks import tick

__version__ = "0.1.0"
__all__ = ["__version__", "tick"]


def __getattr__(name: str) -> object:
    if name != "tick":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from hamtui.recorder.ticks import tick  # noqa: PLC0415 - loaded when it is first asked for

    globals()["tick"] = tick
    return tick


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
