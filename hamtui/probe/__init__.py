"""Evidence read from outside, never touching the target: no attach, no signal, no file's content."""
