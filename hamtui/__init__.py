"""hamtui: the terminal dashboard for live Apache Hamilton runs.

This package is imported inside the user's process too, so importing it costs nothing and pulls in
nothing: every public name is loaded when it is first asked for.
"""

TYPE_CHECKING = False  # as type checkers know it, without importing typing
if TYPE_CHECKING:
    from hamtui.contract.diagnostics import Diagnostics
    from hamtui.recorder.own import build_driver, instrument
    from hamtui.recorder.own import recorder as Recorder  # noqa: N812 - people add it where adapters are added
    from hamtui.recorder.patches import record
    from hamtui.recorder.ticks import tick

__version__ = "0.1.0"
__all__ = ["Diagnostics", "Recorder", "__version__", "build_driver", "instrument", "record", "tick"]

#: Public name -> the module that has it, and its name there.
_PUBLIC = {
    "Diagnostics": ("hamtui.contract.diagnostics", "Diagnostics"),
    "Recorder": ("hamtui.recorder.own", "recorder"),
    "build_driver": ("hamtui.recorder.own", "build_driver"),
    "instrument": ("hamtui.recorder.own", "instrument"),
    "record": ("hamtui.recorder.patches", "record"),
    "tick": ("hamtui.recorder.ticks", "tick"),
}


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - loaded when it is first asked for

    module, own = _PUBLIC[name]
    found = globals()[name] = getattr(import_module(module), own)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
