"""What a program that records itself is called: launch.json's ``modules``, and with it the dashboard's header."""

import os
import sys
from typing import Any

#: Jupyter tells a kernel of its notebook's path by this.
_NOTEBOOK = "JPY_SESSION_NAME"


def name() -> str:
    """The file or the module that Python was told to run, a notebook, or ``python`` where somebody types it in."""
    if "ipykernel" in sys.modules:
        return os.environ.get(_NOTEBOOK) or "notebook"
    first = sys.argv[0] if getattr(sys, "argv", None) else ""
    if hasattr(sys, "ps1") or first in {"", "-", "-c"}:
        return "python"
    spec: Any = getattr(sys.modules.get("__main__"), "__spec__", None)
    module = getattr(spec, "name", None) or "__main__"
    return first if module == "__main__" else str(module).removesuffix(".__main__")
