"""Recorded launches, written by ``generate.py``: the same bytes every time."""
