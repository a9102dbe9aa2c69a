"""The run's parent: starts it, waits for it, samples it, writes how it ended."""
