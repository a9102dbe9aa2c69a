"""Screens: what is on the terminal at a time."""
