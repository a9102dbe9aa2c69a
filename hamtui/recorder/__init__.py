"""Inside the user's process: hooks to events. Standard library and Hamilton only; never raises into the run."""
