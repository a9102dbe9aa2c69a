"""Versions of Arrow data for Hamilton's cache, which by itself gives them a random one: nothing downstream ever hits.

The version covers schema, order and content, and nothing else: chunks, slices, the bytes under null slots, and how
a dictionary numbers its values, make no difference. Each primitive part of a column (null positions, lengths, values) feeds
a hash of its own as a stream, so where one chunk ends and the next begins cannot show, and no chunk is ever joined
to another: memory beyond the data is a few copies of ``ROWS`` rows. Of a column that has nulls a bit a row is fed, and zeros in
place of the numbers that lie under them.

The hash is SHA-256: processors have instructions for it (x86-64 and ARM of the last years), with which OpenSSL, and so
hashlib, does twice the bytes that BLAKE2b does; and nobody has to trust that two different tables never meet, as with
a hash that is only fast. It lets the GIL go for every stretch, so nothing else waits.

pyarrow is never imported here before the user's code has.
"""

import base64
import hashlib
import importlib
import sys
from typing import Any

from hamilton.caching import fingerprinting

#: Rows that are looked at at once.
ROWS = 65_536
#: Bytes of the version: a chance of one in 2^96 that two of all that were ever made are equal.
_LENGTH = 24

_registered = False


def register() -> None:
    """Teach Hamilton's ``hash_value`` Arrow's classes, once, if the user's code has imported pyarrow."""
    global _registered  # noqa: PLW0603 - the registry it guards is global too
    pyarrow = sys.modules.get("pyarrow")
    if _registered or not hasattr(pyarrow, "RecordBatch"):
        return
    importlib.import_module("pyarrow.compute")
    for kind in ("Table", "RecordBatch", "ChunkedArray", "Array"):
        fingerprinting.hash_value.register(getattr(pyarrow, kind), _versioned)
    _registered = True


def _versioned(data: Any, *_: Any, **__: Any) -> str:
    return version(data)


def version(data: Any) -> str:
    """The version of a Table, RecordBatch, ChunkedArray or Array."""
    pa, pc = sys.modules["pyarrow"], importlib.import_module("pyarrow.compute")
    whole = hashlib.sha256(usedforsecurity=False)
    if isinstance(data, (pa.Table, pa.RecordBatch)):
        schema = data.schema
        names, types, columns = schema.names, schema.types, data.columns
        whole.update(b"table%d" % data.num_rows)  # there may be no column to tell
        _text(whole, _metadata(schema.metadata))
        for field in schema:
            _text(whole, f"{field.nullable}{_metadata(field.metadata)}")
    else:
        whole.update(b"array")
        names, types, columns = [""], [data.type], [data]
    for name, kind, column in zip(names, types, columns, strict=True):
        _text(whole, name)
        _text(whole, _type(kind))
        whole.update(b"%d," % len(column))
        streams = _Streams()
        for chunk in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
            for start in range(0, len(chunk), ROWS):
                _feed(pa, pc, streams, "", chunk.slice(start, ROWS))
        streams.close(whole)
    return base64.urlsafe_b64encode(whole.digest()[:_LENGTH]).decode("ascii")


def _text(into: Any, text: str) -> None:
    data = text.encode("utf-8", "backslashreplace")
    into.update(b"%d:" % len(data))
    into.update(data)


def _metadata(metadata: Any) -> str:
    return repr(sorted((metadata or {}).items()))


def _type(kind: Any) -> str:
    """A type in words, with what ``str`` leaves out: fields' nullability and metadata inside nested types."""
    inside = [kind.field(number) for number in range(kind.num_fields)]
    below = [
        f"{field.name!r}{field.nullable}{_metadata(field.metadata)}{_type(field.type)}" for field in inside
    ]
    return f"{kind}{_extension(kind)}{below}"


def _extension(kind: Any) -> str:
    """What an extension type has beyond its name: two of the user's that differ in a parameter are no equals."""
    if not hasattr(kind, "storage_type"):
        return ""
    # Arrow's own have no such method, and tell all in words.
    own = kind.__arrow_ext_serialize__() if hasattr(kind, "__arrow_ext_serialize__") else b""
    return f"{kind.extension_name!r}{own!r}{_type(kind.storage_type)}"


class _Bits:
    """A bit a row, from the first row on, fed in whole bytes: where a stretch begins and ends leaves no trace."""

    def __init__(self, hash_: Any) -> None:
        self._hash = hash_
        self._rows = 0
        self._rest = 0

    def add(self, bits: int, count: int) -> None:
        """The next ``count`` rows, the first the lowest bit."""
        bits = self._rest | bits << self._rows % 8
        whole = (self._rows % 8 + count) // 8
        self._rows += count
        self._rest = bits >> whole * 8
        self._hash.update((bits & (1 << whole * 8) - 1).to_bytes(whole, "little"))

    def clear_to(self, row: int) -> None:
        """Nothing is set in all rows up to this one."""
        while self._rows < row:
            self.add(0, min(ROWS, row - self._rows))

    def close(self, rows: int) -> None:
        """These are all the rows."""
        self.clear_to(rows)
        self._hash.update(bytes([self._rest]))


class _Streams:
    """A hash for each primitive part, by its path in the type, and how many rows went before."""

    def __init__(self) -> None:
        self.hashes: dict[str, Any] = {}
        self.rows: dict[str, int] = {}
        self._nulls: dict[str, _Bits] = {}

    def feed_nulls(self, path: str, before: int, nulls: Any) -> None:
        """Which rows of a stretch are null, as an array of booleans. Of a column without any nothing is fed."""
        bits = self._nulls.get(path)
        if bits is None:
            hash_ = self.hashes[path + "/nulls"] = hashlib.sha256(usedforsecurity=False)
            bits = self._nulls[path] = _Bits(hash_)
        bits.clear_to(before)
        first, count = nulls.offset, len(nulls)
        data = memoryview(nulls.buffers()[1])[first // 8 : (first + count + 7) // 8]
        bits.add(int.from_bytes(data, "little") >> first % 8 & (1 << count) - 1, count)

    def feed(self, path: str, data: Any) -> None:
        hash_ = self.hashes.get(path)
        if hash_ is None:
            hash_ = self.hashes[path] = hashlib.sha256(usedforsecurity=False)
        hash_.update(data)

    def close(self, into: Any) -> None:
        for path, bits in self._nulls.items():
            bits.close(self.rows[path])
        for path in sorted(self.hashes.keys() | self.rows.keys()):
            _text(into, f"{path}={self.rows.get(path)}")
            if path in self.hashes:
                into.update(self.hashes[path].digest())


def _feed(pa: Any, pc: Any, streams: _Streams, path: str, array: Any) -> None:
    """Feed one stretch of an array, at most ``ROWS`` rows of the column, and all that is nested in it."""
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        array, kind = array.storage, array.storage.type
    if pa.types.is_dictionary(kind):
        if kind.ordered:
            # The order of an ordered dictionary is content, beyond the values that occur.
            _feed_plain(pa, pc, streams, path + "/order", array.dictionary)
        array = array.dictionary_decode()
    elif str(kind).startswith("run_end_encoded"):
        array = pc.run_end_decode(array)
    elif str(kind) in ("string_view", "binary_view"):
        array = array.cast(pa.large_string() if str(kind) == "string_view" else pa.large_binary())
    elif str(kind).startswith(("list_view", "large_list_view")):
        # Slow, but the type is rare, and pyarrow's cast of a slice gives arrays that crash.
        array = pa.array(array.to_pylist(), pa.large_list(kind.value_type))
    _feed_plain(pa, pc, streams, path, array)


def _feed_plain(pa: Any, pc: Any, streams: _Streams, path: str, array: Any) -> None:
    types, kind = pa.types, array.type
    before = streams.rows.get(path, 0)
    streams.rows[path] = before + len(array)
    if types.is_null(kind):
        return
    if types.is_union(kind):
        # Value by value: the codes of a slice are those of the whole, and a value's class alone does not tell its code.
        told = "".join([f"{value.type_code}:{value.as_py()!r};" for value in array])
        streams.feed(path, told.encode("utf-8", "backslashreplace"))
        return
    if array.null_count:
        streams.feed_nulls(path, before, array.is_null())
        array = _without_nulls(pa, array)
    name = str(kind)
    if types.is_struct(kind):
        for number, child in enumerate(array.flatten()):
            _feed(pa, pc, streams, f"{path}/{number}", child)
    elif types.is_list(kind) or types.is_large_list(kind) or types.is_map(kind):
        if types.is_map(kind):
            lengths = pc.subtract(array.offsets.slice(1), array.offsets.slice(0, len(array)))
        else:
            lengths = pc.list_value_length(array)
        streams.feed(path + "/lengths", _bytes(lengths.cast(pa.int64()), 8))
        _feed_long(pa, pc, streams, path + "/items", _items(pa, array))
    elif types.is_fixed_size_list(kind):
        _feed_long(pa, pc, streams, path + "/items", array.flatten())
    elif name in ("string", "binary", "large_string", "large_binary"):
        _feed_text(pa, pc, streams, path, array)
    elif types.is_boolean(kind):
        streams.feed(path, _bytes(array.cast(pa.uint8()), 1))
    else:
        streams.feed(path, _bytes(array, array.type.bit_width // 8))


def _without_nulls(pa: Any, array: Any) -> Any:
    """What is to be hashed beside the null positions: zeros in the null slots of numbers and times, else what is no null.

    To fill takes a third of the time that it takes to drop.
    """
    kind = array.type
    if not pa.types.is_primitive(kind) or pa.types.is_boolean(kind):
        return array.drop_null()
    plain = {8: pa.uint8(), 16: pa.uint16(), 32: pa.uint32(), 64: pa.uint64()}.get(kind.bit_width)
    return array.drop_null() if plain is None else array.view(plain).fill_null(0)


def _feed_long(pa: Any, pc: Any, streams: _Streams, path: str, items: Any) -> None:
    """What is nested may be far longer than the stretch that holds it."""
    for start in range(0, len(items), ROWS):
        _feed(pa, pc, streams, path, items.slice(start, ROWS))


def _items(pa: Any, array: Any) -> Any:
    """The items of lists and maps, of this stretch alone and in order."""
    if not pa.types.is_map(array.type):
        return array.flatten()
    first, last = array.offsets[0].as_py(), array.offsets[len(array)].as_py()
    pairs = pa.StructArray.from_arrays([array.keys, array.items], names=["key", "value"])
    return pairs.slice(first, last - first)


def _feed_text(pa: Any, pc: Any, streams: _Streams, path: str, array: Any) -> None:
    if not len(array):
        return
    streams.feed(path + "/lengths", _bytes(pc.binary_length(array).cast(pa.int64()), 8))
    _, offsets, data = array.buffers()
    if data is None:
        return
    wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    at = memoryview(offsets).cast("q" if wide else "i")
    streams.feed(path, memoryview(data)[at[array.offset] : at[array.offset + len(array)]])


def _bytes(array: Any, width: int) -> memoryview:
    """The values of an array without nulls, as they lie in memory."""
    data = array.buffers()[1]
    if data is None:
        return memoryview(b"")
    return memoryview(data)[array.offset * width : (array.offset + len(array)) * width]
