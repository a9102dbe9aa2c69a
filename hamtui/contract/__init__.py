"""What is on disk: file names, one frozen dataclass a record, encode.

Standard library only: both the recorder, inside the user's process, and the watch side import this.
Nothing here opens a launch folder; it only says what stands in one.
"""
