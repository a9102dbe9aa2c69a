"""The pure core: no clock, no files, no screen."""
