"""Hamilton's stores, made so that a cache in trouble is a cache that misses, never a run that fails."""

import logging
import os
import pickle
import sqlite3
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hamilton.caching.stores.base import ResultRetrievalError, StoredResult
from hamilton.caching.stores.file import FileResultStore
from hamilton.caching.stores.sqlite import SQLiteMetadataStore

from hamtui.recorder.guard import attempt, error_text

logger = logging.getLogger("hamilton.caching")

#: Seconds that a process waits for another's write to the metadata; sqlite3's own default is 5.
_PATIENCE_S = 10.0

#: What a result file ends with, and the CRC-32 of what stands before. Hamilton's own reading stops where the pickle does.
_SEAL = b"\nhamtui crc32 "
_SEAL_LENGTH = len(_SEAL) + 8
#: A result is checked in stretches of so many bytes.
_STRETCH = 1 << 20


class _OfThread:
    """A thread's connection, closed when its thread ends: a service may have a thread a request."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        attempt(self.connection.close)


class Metadata(SQLiteMetadataStore):
    """SQLite metadata. Where it cannot be read nothing is stored; ``set`` alone raises, for its caller to tell.

    ``unreadable(error)`` hears of each ``get`` that failed; the log hears of each trouble once.
    """

    unreadable: Callable[[Exception], None] | None = None

    def __init__(self, path: str, connection_kwargs: dict[str, Any] | None = None) -> None:
        self._said: set[str] = set()
        super().__init__(path=path, connection_kwargs={"timeout": _PATIENCE_S, **(connection_kwargs or {})})

    def _get_connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection = super()._get_connection()
        if not hasattr(self._thread_local, "closes"):
            self._thread_local.closes = _OfThread(found)
        return found

    def __del__(self) -> None:
        """Each thread's connection closes with the thread, or with this store, whichever ends first."""

    def _create_tables_if_not_exists(self) -> None:
        self._or_none(super()._create_tables_if_not_exists)

    def initialize(self, run_id: str) -> None:
        """Note that a run starts."""
        self._or_none(super().initialize, run_id)

    def get(self, cache_key: str, **_: Any) -> str | None:
        """The data version for this key; None where there is none or it cannot be read."""
        try:
            found: str | None = super().get(cache_key)
        except sqlite3.Error as error:
            self._trouble(error)
            if self.unreadable is not None:
                self.unreadable(error)
            return None
        return found

    def set(self, **about: Any) -> None:
        """Store a data version. Raises sqlite3.Error, having let go of the database."""
        try:
            super().set(**about)
        except sqlite3.Error:
            self._let_go()
            raise

    def delete(self, cache_key: str) -> None:
        """Forget a key."""
        self._or_none(super().delete, cache_key)

    def _or_none(self, function: Callable[..., Any], *args: Any) -> Any:
        try:
            return function(*args)
        except sqlite3.Error as error:
            self._trouble(error)
            return None

    def _trouble(self, error: sqlite3.Error) -> None:
        self._let_go()
        told = error_text(error)
        if told not in self._said:
            self._said.add(told)
            logger.warning("the cache's metadata cannot be used (%s): %s", self._path, told)

    def _let_go(self) -> None:
        """An unfinished write would keep every other process out."""
        connection = getattr(self._thread_local, "connection", None)
        if connection is not None:
            attempt(connection.rollback)


class Results(FileResultStore):
    """Result files, written whole or not at all. ``unreadable(data_version, error)`` hears of one that can't be read."""

    unreadable: Callable[[str, Exception], None] | None = None

    @staticmethod
    def _write_result(file_path: Path, stored_result: Any) -> None:
        data = stored_result.save()
        temporary = file_path.with_name(f".{file_path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.write(_SEAL + b"%08x" % _checksum(data))
            os.replace(temporary, file_path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def set(self, data_version: str, result: Any, saver_cls: Any = None, loader_cls: Any = None) -> None:
        """Store a result. Raises whatever pickling or saving raises, leaving no part of it behind."""
        beside = None if saver_cls is None else self._materialized_path(data_version, saver_cls)
        was_there = beside is not None and beside.exists()
        done = False
        try:
            super().set(data_version, result, saver_cls=saver_cls, loader_cls=loader_cls)
            done = True
        finally:
            if not done and beside is not None and not was_there and beside.is_file():
                beside.unlink()

    def exists(self, data_version: str) -> bool:
        """Whether there is a result file; one that may not even be looked for is, and ``get`` says what is wrong."""
        found, error = attempt(super().exists, data_version)
        return found is True or error is not None

    def delete(self, data_version: str) -> None:
        """Forget a result; what cannot be removed stays."""
        attempt(super().delete, data_version)

    def get(self, data_version: str, **_: Any) -> Any:
        """The stored result. Raises ResultRetrievalError, which Hamilton takes for a miss, where it cannot be read."""
        found, error = attempt(self._load, self._path_from_data_version(data_version))
        if error is not None or found is None:
            error = error or pickle.UnpicklingError("nothing stored")
            if self.unreadable is not None:
                self.unreadable(data_version, error)
            raise ResultRetrievalError(error_text(error)) from error
        return found.value

    def _load(self, path: Path) -> StoredResult:
        """The result in a file, or whatever reading it raises; a changed byte that pickle would not see is told by the seal."""
        data = path.read_bytes()
        body = memoryview(data)[:-_SEAL_LENGTH]
        if data[-_SEAL_LENGTH:-8] == _SEAL and data[-8:] != b"%08x" % _checksum(body):
            raise pickle.UnpicklingError("its bytes are not those that were written")
        return StoredResult.load(data)


def _checksum(data: bytes | memoryview) -> int:
    """CRC-32, in stretches between which other threads may run."""
    found = 0
    view = memoryview(data)
    for start in range(0, len(view), _STRETCH):
        found = zlib.crc32(view[start : start + _STRETCH], found)
    return found
