"""Versions of Arrow data: content, order and schema, whatever the chunks, slices and bytes under nulls."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hamilton.caching import fingerprinting
from hypothesis import given, settings
from hypothesis import strategies as st

from hamtui.recorder import arrow
from hamtui.recorder.arrow import version

TYPES = {
    "int64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "uint8": (pa.uint8(), st.integers(0, 255)),
    "float": (pa.float64(), st.floats(allow_nan=False)),
    "bool": (pa.bool_(), st.booleans()),
    "string": (pa.string(), st.text(max_size=5)),
    "large_string": (pa.large_string(), st.text(max_size=5)),
    "binary": (pa.binary(), st.binary(max_size=5)),
    "fixed": (pa.binary(3), st.binary(min_size=3, max_size=3)),
    "date": (pa.date32(), st.dates()),
    "timestamp": (pa.timestamp("us", "UTC"), st.integers(0, 2**50)),
    "decimal": (pa.decimal128(20, 2), st.decimals(-1000, 1000, places=2)),
    "null": (pa.null(), st.none()),
    "list": (pa.list_(pa.int32()), st.lists(st.none() | st.integers(0, 9), max_size=4)),
    "large_list": (pa.large_list(pa.string()), st.lists(st.none() | st.text(max_size=3), max_size=4)),
    "fixed_list": (pa.list_(pa.int8(), 2), st.lists(st.integers(0, 9), min_size=2, max_size=2)),
    "struct": (
        pa.struct([("x", pa.int8()), ("y", pa.list_(pa.string()))]),
        st.fixed_dictionaries(
            {"x": st.none() | st.integers(0, 9), "y": st.none() | st.lists(st.text(max_size=2), max_size=3)}
        ),
    ),
    "map": (
        pa.map_(pa.string(), pa.int32()),
        st.lists(st.tuples(st.text(max_size=2), st.none() | st.integers(0, 9)), max_size=3),
    ),
    "dictionary": (pa.dictionary(pa.int16(), pa.string()), st.sampled_from(["a", "bb", ""])),
}


def _array(kind: pa.DataType, values: list[object]) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode().cast(kind)
    return pa.array(values, kind)


@settings(max_examples=25)
@given(data=st.data())
@pytest.mark.parametrize("name", TYPES)
def test_any_cut_has_one_version(name: str, data: st.DataObject) -> None:
    kind, one = TYPES[name]
    values = data.draw(st.lists(st.none() | one, max_size=20))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(values)), max_size=4)))
    whole = _array(kind, values)
    edges = [0, *cuts, len(values)]
    parts = [_array(kind, values[a:b]) for a, b in zip(edges, edges[1:], strict=False)]
    around = _array(kind, values[:3] + values + values[-3:])
    sliced = around.slice(len(values[:3]), len(values))
    expected = version(pa.chunked_array([whole]))
    assert version(whole) == expected
    assert version(pa.chunked_array(parts, kind)) == expected
    assert version(sliced) == expected
    assert (
        version(
            pa.chunked_array([whole.slice(a, b - a) for a, b in zip(edges, edges[1:], strict=False)], kind)
        )
        == expected
    )


@settings(max_examples=25)
@given(data=st.data())
@pytest.mark.parametrize("name", TYPES)
def test_other_content_has_another_version(name: str, data: st.DataObject) -> None:
    kind, one = TYPES[name]
    values = data.draw(st.lists(st.none() | one, max_size=8))
    others = data.draw(st.lists(st.none() | one, max_size=8))
    first, second = _array(kind, values), _array(kind, others)
    # repr, because 0.0 == -0.0.
    assert (version(first) == version(second)) == (repr(first.to_pylist()) == repr(second.to_pylist()))


def test_long_columns_are_looked_at_in_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"a": list(range(1000)), "b": [None, [1, None, 3], []] * 333 + [[4]]})
    whole = version(table)
    monkeypatch.setattr(arrow, "ROWS", 7)
    assert version(table) == whole


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.float64(), pa.timestamp("ns"), pa.decimal128(30), pa.string()], ids=str
)
def test_nulls_far_apart_are_told_by_their_places_alone(
    kind: pa.DataType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow, "ROWS", 16)
    places = [(3,), (3, 77), (3, 78), (77,), (3, 99), ()]
    found = []
    for nulls in places:
        whole = pa.array([None if at in nulls else at for at in range(100)], pa.int64()).cast(kind)
        cut = pa.chunked_array([whole.slice(at, 13) for at in range(0, 100, 13)])
        assert version(cut) == version(whole)
        found.append(version(whole))
    assert len(set(found)) == len(places)


def test_bytes_under_nulls_make_no_difference() -> None:
    valid = pa.array([1, None, 3]).buffers()[0]
    first = pa.Array.from_buffers(pa.int64(), 3, [valid, pa.py_buffer(np.array([1, 2, 3]))])
    second = pa.Array.from_buffers(pa.int64(), 3, [valid, pa.py_buffer(np.array([1, 99, 3]))])
    assert first.equals(second)
    assert version(first) == version(second)


def test_how_a_dictionary_numbers_its_values_makes_no_difference() -> None:
    first = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0]), pa.array(["a", "b"]))
    second = pa.DictionaryArray.from_arrays(pa.array([1, 0, 1]), pa.array(["b", "a", "unused"]))
    assert version(first) == version(second)
    chunks = pa.chunked_array([first.slice(0, 1), second.slice(1, 2)])
    assert version(chunks) == version(first)


def test_order_names_types_and_metadata_are_part_of_it() -> None:
    tables = [
        pa.table({"a": [1, 2], "b": [3, 4]}),
        pa.table({"a": [2, 1], "b": [3, 4]}),
        pa.table({"b": [3, 4], "a": [1, 2]}),
        pa.table({"a": [1, 2], "c": [3, 4]}),
        pa.table({"a": pa.array([1, 2], pa.int32()), "b": [3, 4]}),
        pa.table({"a": [1, 2], "b": [3, 4]}).replace_schema_metadata({"k": "v"}),
        pa.table({"a": [1, 2]}),
        pa.table({}),
    ]
    assert len({version(table) for table in tables}) == len(tables)


def test_a_batch_is_a_table_and_many_types_are_known() -> None:
    table = pa.table({"a": [1, 2], "d": pa.array(["x", None]).dictionary_encode()})
    assert version(table) == version(table.combine_chunks().to_batches()[0])
    union = pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])])
    ordered = pa.DictionaryArray.from_arrays(pa.array([0]), pa.array(["a", "b"]), ordered=True)
    other = pa.DictionaryArray.from_arrays(pa.array([0]), pa.array(["a", "c"]), ordered=True)
    views = pa.array(["a", None, "long enough not to be inlined"], pa.string_view())
    extension = (
        pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0123456789abcdef"], pa.binary(16)))
        if hasattr(pa, "uuid")
        else union
    )
    lists = pa.array([[1, None], None, []], pa.list_view(pa.int32()))
    assert version(lists.slice(1)) == version(pa.array([None, []], pa.list_view(pa.int32())))
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["a", None]))
    made = [version(array) for array in (union, ordered, other, views, extension, runs)]
    assert len(set(made)) >= 5
    assert version(views.slice(1)) == version(
        pa.array([None, "long enough not to be inlined"], pa.string_view())
    )


def union_of(codes: list[int], *, kinds: tuple[str, str] = ("a", "b")) -> pa.Array:
    values = [pa.array(list(range(len(codes))))] * 2
    return pa.UnionArray.from_sparse(pa.array(codes, pa.int8()), values, list(kinds))


def test_which_kind_a_unions_value_is_of_is_part_of_it() -> None:
    found = [union_of([0, 1, 1, 0]), union_of([1, 1, 1, 0]), union_of([0, 1, 0, 0]), union_of([0, 1, 1])]
    assert len({version(array) for array in found}) == len(found)
    assert version(found[0].slice(1, 2)) == version(found[1].slice(1, 2)) != version(found[2].slice(1, 2))
    cut = pa.chunked_array([found[0].slice(0, 1), found[0].slice(1)])
    assert version(cut) == version(found[0])


def test_rows_without_columns_are_part_of_it() -> None:
    tables = [pa.table({"a": list(range(rows))}).select([]) for rows in (2, 5)]
    assert version(tables[0]) != version(tables[1])


class Money(pa.ExtensionType):  # type: ignore[misc] # pyarrow has no types
    """Amounts of one currency."""

    def __init__(self, currency: str, storage: pa.DataType = pa.int64()) -> None:
        self.currency = currency
        super().__init__(storage, "shop.money")

    def __arrow_ext_serialize__(self) -> bytes:
        return self.currency.encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, storage: pa.DataType, serialized: bytes) -> "Money":
        return cls(serialized.decode(), storage)


def test_an_extension_types_parameters_are_part_of_it() -> None:
    amounts = pa.array([1, 2])
    kinds = [Money("EUR"), Money("USD"), Money("EUR", pa.int32())]
    made = [pa.ExtensionArray.from_storage(kind, amounts.cast(kind.storage_type)) for kind in kinds]
    lists = [pa.ListArray.from_arrays(pa.array([0, 2], pa.int32()), one) for one in made]
    assert len({version(array) for array in made + lists}) == 6
    again = pa.ExtensionArray.from_storage(Money("EUR"), amounts)
    assert version(again) == version(made[0])


def test_hamilton_hashes_arrow_once_it_is_registered() -> None:
    arrow.register()
    table = pa.table({"a": [1]})
    assert fingerprinting.hash_value(table) == version(table)
    assert fingerprinting.hash_value({"t": table}) == fingerprinting.hash_value({"t": pa.table({"a": [1]})})


def test_nothing_is_imported_for_it() -> None:
    code = (
        "import sys\n"
        "class No:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'pyarrow': raise ImportError(name)\n"
        "sys.meta_path.insert(0, No())\n"
        "from hamtui.recorder import arrow\n"
        "arrow.register()\n"
        "assert 'pyarrow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
