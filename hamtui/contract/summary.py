"""What a summary and a payload of a value are made of: the keys, and how many of each there are at most.

A summary says what a value looks like, never what it is; it stands in ``kwargs_summary``, ``result_summary``,
``inputs_summary`` and ``results_summary``. A payload is a bounded look at the value itself; it stands in
``kwargs_payload``, ``result_payload`` and ``inputs_payload``, where ``--profile debug_payloads`` asks for it.
Other people's scripts write summaries too, with any of these keys missing and others there.
"""

from typing import Any, TypedDict

#: Columns or fields that one summary lists; those of all the arguments of one call together are no more.
MOST_COLUMNS = 64
#: Columns that the summary of one argument lists.
MOST_COLUMNS_OF_ONE = 32
#: Bytes of JSON that the payload of one value takes, and those of all the arguments of one call together.
MOST_PAYLOAD = 4_096
MOST_PAYLOADS = 12_288
#: Stands for what is kept back.
REDACTED = "[redacted]"


class Statistics(TypedDict, total=False):
    """Of a table's columns of numbers and dates, ``[name, nulls, least, greatest]`` each; an array's name is empty.

    ``nulls`` counts missing values, NaN among them. ``left_out`` columns were not looked at: too many, or kept
    back because their name looks like a secret's. ``stopped_s``: it stopped after so many seconds, and the
    columns after those listed were left out too.
    """

    columns: list[list[Any]]
    left_out: int
    stopped_s: float


class Summary(TypedDict, total=False):
    """One value. Every key but ``type`` is there only where it is known at once, without computing or reading.

    ``type`` is ``int``, ``pandas.DataFrame``, ``orders.Customer``; ``shape`` an array's or table's; ``rows`` and
    ``columns`` a table's; ``bytes`` what its buffers hold (not what Python objects in them point to); ``dtype`` what
    an array or a column holds. ``schema`` lists ``[name, type]`` of the first columns, ``fields`` of the first fields
    of a model (a field not set has no type, null), and ``left_out`` counts those beyond. ``keys`` and ``items`` are
    the types of a collection's first few keys and items: ``int``, ``str | None``, ``dict[str, float]``. ``files``
    counts a dataset's files, ``"200+"`` where there are more; ``suffix`` is a path's.
    """

    type: str
    length: int
    shape: list[int]
    rows: int
    columns: int
    bytes: int
    dtype: str
    schema: list[list[str]]
    fields: list[list[Any]]
    left_out: int
    keys: str
    items: str
    files: Any
    suffix: str
    statistics: Statistics


class Payload(TypedDict, total=False):
    """A value that is no JSON scalar; None, true, numbers and text stand for themselves, long text cut.

    ``text`` is a date, a number beyond JSON, a path, the start of some bytes; ``items`` a collection's or array's first
    items, ``pairs`` a dict's first keys and values, ``fields`` a model's first fields and values, ``names`` a table's
    first columns and ``head`` their first rows: each item again a payload. ``length`` and ``rows`` say how many there are.
    One with ``type`` and ``length`` alone lies too deep, or the payload was full. ``size`` is a file's, in bytes.
    """

    type: str
    text: str
    length: int
    rows: int
    columns: int
    shape: list[int]
    items: list[Any]
    pairs: list[list[Any]]
    fields: list[list[Any]]
    names: list[str]
    head: list[list[Any]]
    size: int
