"""All files of one launch: which there are, which have something new, in which order to read them."""

import os
from collections import deque

from hamtui.contract import layout
from hamtui.contract.flight import FlightEvent, NodeEvent
from hamtui.contract.layout import Kind, Source
from hamtui.contract.logs import CacheEvent
from hamtui.follow import earlier, parts
from hamtui.follow.crash_file import CrashText
from hamtui.follow.earlier import Earlier
from hamtui.follow.files import Document, LineFile, total
from hamtui.follow.launches import LaunchRef
from hamtui.model.old_runs import OldRun
from hamtui.model.records import Record
from hamtui.model.state import Unread

#: What must be known before the rest makes sense comes first, the end last.
_ORDER = {kind: place for place, kind in enumerate((Kind.LAUNCH, Kind.GRAPH, Kind.FLIGHT, Kind.CACHE_LOG))}
_LAST = 99
_DOCUMENTS = frozenset({Kind.LAUNCH, Kind.EXIT, Kind.GRAPH})
#: Files whose records the fold takes in; the rest is text.
_READ = layout.LINE_KINDS | _DOCUMENTS
Reader = LineFile | Document | CrashText | Earlier
#: Cache events of runs that no flight event has named yet, kept because files are read in turn.
MOST_WAITING = 20_000
#: Descriptors that are kept open; the files of further workers are opened for each read.
MOST_HELD = 100
#: Names that are none of ours, remembered so as not to be judged again: cache results can be many.
MOST_FOREIGN = 100_000


class Folder:
    """The readers of a launch's files, by path.

    ``hold=False`` opens files for each read (network file systems). A flat folder has Hamilton's own cache
    log beside it, which all runs share: of that only the events of this folder's runs are passed on.
    ``newest_first``: of a long flight file of one process the newest run is read first, those before it for the list.
    """

    def __init__(self, ref: LaunchRef, *, hold: bool = True, newest_first: bool = False) -> None:
        self.root = os.path.realpath(ref.dir)
        beside = os.path.join(os.path.dirname(self.root), layout.DEFAULT_CACHE_DIR, layout.CACHE_LOG)
        self.beside = beside if ref.flat else None
        self._flat = ref.flat
        self._hold = hold
        self._newest_first = newest_first
        self._earlier: Earlier | None = None
        self._files: dict[str, Reader] = {}
        self._dirty: dict[str, Reader] = {}
        self._foreign: set[str] = set()
        self._all_read_before_exit = False
        self._ended = False
        self._runs: set[str] = set()
        self._waiting: deque[tuple[Source, CacheEvent]] = deque(maxlen=MOST_WAITING)

    @property
    def dirty(self) -> bool:
        """Whether a file may have something that was not read."""
        return bool(self._dirty)

    def roots(self) -> list[str]:
        """The folders to watch: they exist at the moment."""
        beside = os.path.dirname(self.beside) if self.beside is not None else None
        return [path for path in (self.root, beside) if path is not None and os.path.isdir(path)]

    def scan(self) -> bool:
        """Look at every file there is. True where one is new or not as it was when it was read."""
        try:
            names = os.listdir(self.root)
        except OSError:
            names = []
        for name in names:
            if name not in self._foreign:
                self._know(*self._growing(name))
        if self.beside is not None and os.path.exists(self.beside):
            self._know(self.beside, layout.CACHE_LOG)
        found = False
        for path, file in self._files.items():
            if path not in self._dirty and file.changed():
                self._dirty[path] = file
                found = True
        return found

    def _growing(self, name: str) -> tuple[str, str]:
        """Path and name of the file that is read under this name: a part is read by its file's reader."""
        base = layout.split_part(name)[0]
        return os.path.join(self.root, base), base

    def touch(self, path: str) -> None:
        """Something told that this file changed."""
        name = os.path.basename(path)
        if name not in self._foreign and path in (self.beside, os.path.join(self.root, name)):
            path, name = (path, name) if path == self.beside else self._growing(name)
            file = self._know(path, name)
            if file is not None:
                self._dirty[path] = file

    def _know(self, path: str, name: str) -> Reader | None:
        file = self._files.get(path)
        if file is None:
            source = layout.classify(name)
            if source is None or not self._wanted(source.kind):
                if len(self._foreign) < MOST_FOREIGN:
                    self._foreign.add(name)
                return None
            if source.kind is Kind.CRASH:
                file = CrashText(path, source)
            elif source.kind in _DOCUMENTS:
                file = Document(path, source)
            else:
                hold = self._hold and len(self._files) < MOST_HELD
                file = LineFile(path, source, hold=hold, stay=self._newest_first)
                if name == layout.FLIGHT and self._newest_first:
                    self._begin_late(file)
            self._files[path] = file
            if self._earlier is not None and name == layout.FLIGHT:
                before = f"{path}\0"  # no path: the file's beginning
                self._files[before] = self._dirty[before] = self._earlier
        return file

    def _begin_late(self, file: LineFile) -> None:
        """The file's newest run first; workers' files tell of all runs, and are read with the whole of this one."""
        path = file.path
        if parts.numbers(path) or self._has_workers():
            return
        begin = earlier.newest_run(path)
        if begin:
            file.begin_at(begin)
            self._earlier = Earlier(path, file.source, begin)

    def _has_workers(self) -> bool:
        try:
            found = [layout.classify(name) for name in os.listdir(self.root)]
        except OSError:
            return False
        return any(one is not None and one.kind is Kind.FLIGHT and one.pid is not None for one in found)

    def _wanted(self, kind: Kind) -> bool:
        """A launch's raw crash text is its supervisor's to parse."""
        return kind in _READ or (self._flat and kind is Kind.CRASH)

    def read(self, most: int) -> list[tuple[Source, Record]]:
        """At most ``most`` records of files that changed. What waits for a run's name does not count."""
        records: list[tuple[Source, Record]] = []
        while self._dirty and len(records) < most:
            for path in sorted(self._dirty, key=self._place):
                if len(records) >= most:
                    break
                if self._files[path].source.kind is Kind.EXIT and self._look_again_before_exit():
                    break
                self._read_file(path, most, records)
                if self._files.get(path) is self._earlier:
                    return records  # a chunk brings few records: say how far it is
        return records

    def _read_file(self, path: str, most: int, records: list[tuple[Source, Record]]) -> None:
        file = self._files[path]
        source = file.source
        found, at_end = file.read(most - len(records))
        if path == self.beside:
            self._sift(source, found, records)
        else:
            records += [(source, record) for record in found]
            if self._earlier is not None and source.kind is Kind.FLIGHT and file is not self._earlier:
                self._earlier.met.update(filter(None, (getattr(record, "run_id", None) for record in found)))
            if self._flat and source.kind is Kind.FLIGHT:
                self._meet_runs(found, records)
        self._ended = self._ended or (source.kind is Kind.EXIT and bool(found))
        if at_end:
            del self._dirty[path]

    def _place(self, path: str) -> float:
        kind = self._files[path].source.kind
        if self._files[path] is self._earlier:
            return _ORDER[Kind.FLIGHT] + 0.5
        return _LAST if kind is Kind.EXIT else _ORDER.get(kind, len(_ORDER))

    def _look_again_before_exit(self) -> bool:
        """What was written before the exit record must be read before it, or finished nodes seem aborted."""
        if self._all_read_before_exit:
            self._all_read_before_exit = False
            return False
        self._all_read_before_exit = self.scan()
        return self._all_read_before_exit

    def _meet_runs(self, found: list[Record], records: list[tuple[Source, Record]]) -> None:
        new = {
            event.run_id
            for event in found
            if isinstance(event, (FlightEvent, NodeEvent, OldRun)) and event.run_id is not None
        } - self._runs
        if new:
            self._runs |= new
            records += [pair for pair in self._waiting if pair[1].run_id in new]
            rest = [pair for pair in self._waiting if pair[1].run_id not in new]
            self._waiting = deque(rest, maxlen=MOST_WAITING)

    def _sift(self, source: Source, found: list[Record], records: list[tuple[Source, Record]]) -> None:
        for event in found:
            if isinstance(event, CacheEvent):
                if event.run_id in self._runs:
                    records.append((source, event))
                else:
                    self._waiting.append((source, event))

    def unread(self, *, over: bool) -> Unread:
        """What could not be read so far."""
        return total(self._files.values(), over=over or self._ended)

    def share(self) -> float:
        """How much of the growing files' bytes was read: 0 to 1."""
        done = left = 0
        for path, file in self._files.items():
            if isinstance(file, (LineFile, Earlier)):
                done += file.done
                left += file.left() if path in self._dirty else 0
        return done / (done + left) if left else 1.0

    def close(self) -> None:
        """Let go of open files; offsets are kept."""
        for file in self._files.values():
            file.close()
