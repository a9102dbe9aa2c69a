# ruff: noqa: ICN001, PYI061, UP007, UP045 - the old ways to write an annotation are what is tested
"""Values against annotations: right code never warned of, wrong values said in words, nothing consumed."""

import collections
import collections.abc
import dataclasses
import datetime
import enum
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Protocol,
    TypedDict,
    TypeVar,
    Union,
)

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa
import pytest
from hamilton.htypes import Collect, Parallelizable

from hamtui.recorder.fits import misfit

T = TypeVar("T")
UserId = NewType("UserId", int)
Ids = NewType("Ids", list[UserId])


class Movie(TypedDict):
    name: str
    year: int


class Half(TypedDict, total=False):
    name: str


class Speaks(Protocol):
    def speak(self) -> str: ...


@typing.runtime_checkable
class Sized(Protocol):
    size: int


OF_T: Any = list.__class_getitem__(T)


class Point(NamedTuple):
    x: int
    y: int


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Box(Generic[T]):
    held: T


class Base: ...


class Derived(Base): ...


def numbers() -> Iterator[int]:
    yield from range(3)


async def later() -> int:
    return 1


FITS: list[tuple[Any, Any]] = [
    (1, Any), (1, object), (None, None), (None, type(None)), (1, int), (True, int), (1, float), (True, float),
    (1, complex), (1.0, complex), (np.int64(1), int), (np.int8(1), float), (np.float32(1), float), (np.bool_(True), bool),
    (np.complex64(1), complex), (np.float64(1), complex), (np.str_("a"), str), (bytearray(b"a"), bytes),
    ([1], list[int]), ([], list[int]), ([1, 2.0], list[float]), ([np.int32(1)], list[int]), ([1], list), ([1], list),
    ((1, "a"), tuple[int, str]), ((1, 2, 3), tuple[int, ...]), ((), tuple[int, ...]), ((1,), tuple), ((1, "a"), tuple),
    ({"a": 1}, dict[str, int]), ({"a": 1}, dict[str, Any]), ({"a": 1}, Mapping[str, float]), ({"a": [1]}, dict[str, list[int]]),
    (collections.Counter("aa"), collections.Counter[str]), (collections.defaultdict(int, a=1), dict[str, int]),
    ({1}, set[int]), (frozenset({1}), frozenset[int]), (collections.deque([1]), collections.deque[int]),
    ([1], Sequence[int]), ((1,), Sequence[int]), ("abc", Sequence[str]), (range(3), Sequence[int]), ({"a": 1}.keys(), Iterable[str]),
    (numbers(), Iterator[int]), (numbers(), Iterable[int]), (numbers(), collections.abc.Generator[int, None, None]),
    (iter([1]), Iterator[int]), (map(str, [1]), Iterable[str]),
    ({"name": "x", "year": 1}, Movie), ({}, Half), ({"name": "x", "year": 1, "more": 2}, Movie), ([{"name": "x", "year": 1}], list[Movie]),
    (len, Callable[[Any], int]), (len, Callable), (Base, Callable[[], Base]), (lambda: 1, Callable[..., Any]),
    (int, type[int]), (bool, type[int]), (Derived, type[Base]), (int, type), (int, type[Any]), (str, type[int | str]), (list[int], type[list]),
    (UserId(1), UserId), ([UserId(1)], list[UserId]), ([1], Ids), (np.int64(3), UserId),
    (1, Annotated[int, "metres"]), ([1], list[Annotated[int, "metres"]]), (pd.Series([1]), Annotated[pd.Series, int]),
    ("a", Literal["a", "b"]), (1, Literal[1, 2]), (np.int64(2), Literal[1, 2]), (True, Literal[True]), (None, Literal[None, 1]), (Colour.RED, Literal[Colour.RED]),
    (1, Union[int, str]), ("a", int | str), (None, Optional[int]), (1, float | None), ([1], list[int] | None), (None, "Forward"),
    (np.zeros(3), npt.NDArray[np.float64]), (np.zeros(3, dtype=int), npt.NDArray[Any]), (np.zeros((2, 2)), np.ndarray),
    (pd.DataFrame(), pd.DataFrame), (pa.table({}), pa.Table), (pd.Timestamp(0), datetime.datetime), (datetime.datetime(2020, 1, 1), datetime.date),
    (Point(1, 2), Point), (Point(1, 2), tuple[int, int]), (Box(1), Box[int]), (Box(1), Box), (Derived(), Base), (Colour.RED, Colour),
    (Base(), Speaks), (1, Sized), (1, T), ([1], OF_T), (1, typing.SupportsFloat), (1, typing.Hashable),
    ([1], Parallelizable[int]), ([1], Collect[int]), (numbers(), Parallelizable[int]), ([[1]], Collect[list[int]]),
    (1, "int"), (1, typing.ForwardRef("str")), (1, typing.Final[int]), ({"a": {"b": [(1, "x")]}}, dict[str, dict[str, list[tuple[int, str]]]]),
]  # fmt: skip


def test_right_code_is_not_warned_of() -> None:
    warned = [(value, annotation, said) for value, annotation in FITS if (said := misfit(value, annotation))]
    assert not warned


def test_what_is_not_computed_yet_is_not_judged() -> None:
    coroutine = later()
    assert misfit(coroutine, int) is None
    coroutine.close()


@pytest.mark.parametrize(
    ("value", "annotation", "said"),
    [
        ("a", int, "is str, expected int"),
        (None, int, "is NoneType, expected int"),
        (1, None, "is int, expected None"),
        (1.5, int, "is float, expected int"),
        (np.float64(1.5), int, "is numpy.float64, expected int"),
        (1, bool, "is int, expected bool"),
        ([1, "a"], list[int], "item 1 is str, expected list[int]"),
        ([[1], ["a"]], list[list[int]], "item 0 of item 1 is str, expected list[list[int]]"),
        ((1, 2), tuple[int, str], "item 1 is int, expected tuple[int, str]"),
        ((1, 2), tuple[Any, str], "item 1 is int, expected tuple[typing.Any, str]"),
        ((1, 2, 3), tuple[int, int], "is tuple, expected tuple[int, int]"),
        ({"a": "b"}, dict[str, int], "a value is str, expected dict[str, int]"),
        ({1: 1}, dict[str, int], "a key is int, expected dict[str, int]"),
        ([1], dict[str, int], "is list, expected dict[str, int]"),
        ([1], Iterator[int], "is list, expected collections.abc.Iterator[int]"),
        ({"name": "x"}, Movie, f"is dict, expected {__name__}.Movie"),
        ("x", Movie, f"is str, expected {__name__}.Movie"),
        (1, Callable[[], int], "is int, expected collections.abc.Callable[[], int]"),
        (1, type[int], "is int, expected type[int]"),
        (str, type[int], "is type, expected type[int]"),
        ("a", UserId, "is str, expected "),
        ("c", Literal["a", "b"], "is str, expected Literal['a', 'b']"),
        (True, Literal[1], "is bool, expected Literal[1]"),
        (1.0, Union[int, str], "is float, expected "),
        (1, Optional[str], "is int, expected "),
        ([1], npt.NDArray[np.float64], "is list, expected "),
        (pd.DataFrame(), pd.Series, "is pandas.DataFrame, expected pandas.Series"),
        (Base(), Derived, f"is {__name__}.Base, expected {__name__}.Derived"),
        (["a"], Parallelizable[int], "item 0 is str, expected hamilton.htypes.Parallelizable[int]"),
        ("a", Annotated[int, "metres"], "is str, expected "),
    ],
    ids=lambda one: one[:40] if isinstance(one, str) else type(one).__name__,
)
def test_wrong_values_are_said_in_words(value: Any, annotation: Any, said: str) -> None:
    found = misfit(value, annotation)
    assert found is not None and found.startswith(said), found


def test_nothing_is_consumed() -> None:
    given = numbers()
    assert misfit(given, Iterator[str]) is None
    assert misfit(given, list[int]) is not None
    assert list(given) == [0, 1, 2]

    class Draining(list[int]):
        def __iter__(self) -> Any:
            self.clear()
            return super().__iter__()

    held = Draining([1, 2])
    assert misfit(held, list[int]) is None and len(held) == 2


class Counted:
    """Counts how often its class is asked for."""

    asked = 0

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        Counted.asked += 1
        return int


def test_a_big_list_costs_what_a_small_one_does() -> None:
    def asked(value: Any, annotation: Any) -> int:
        Counted.asked = 0
        assert misfit(value, annotation) is None
        return Counted.asked

    one = Counted()
    few = asked([one] * 100, list[int])
    assert 0 < few == asked([one] * 100_000, list[int])
    assert asked([[[[one] * 50] * 50] * 50] * 50, list[list[list[list[int]]]]) <= 1_000


def test_it_never_raises() -> None:
    class Meta(type):
        def __instancecheck__(cls, instance: Any) -> bool:
            raise RuntimeError("do not ask")

        def __repr__(cls) -> str:
            raise RuntimeError("nor this")

    class Odd(metaclass=Meta): ...

    class Lying:
        @property  # type: ignore[misc]
        def __class__(self) -> Any:
            raise RuntimeError("no class")

    class Uneven:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("no equality")

        __hash__ = None  # type: ignore[assignment]

    for value, annotation in [
        (1, Odd),
        (Lying(), int),
        (Uneven(), Literal[1]),
        (np.zeros(2), Literal[1]),
        (1, object()),
    ]:
        misfit(value, annotation)
    endless: list[Any] = []
    endless.append(endless)
    nested: Any = list[int]
    for _ in range(50):
        nested = list[nested]
    misfit(endless, nested)
