"""Widgets: they draw and post messages; they never read a file or decide what a state means."""
