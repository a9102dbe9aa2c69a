"""hamtui: the terminal dashboard for live Apache Hamilton runs.

This package is imported inside the user's process too, so importing it costs nothing and pulls in
nothing: every public name is loaded when it is first asked for.
"""

__version__ = "0.1.0"
