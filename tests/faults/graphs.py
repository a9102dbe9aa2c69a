"""Random dataflows: chains, fans, diamonds, blocks, odd results, failures. Each node says that it ran."""

from dataclasses import dataclass

from hypothesis import strategies as st

HEAD = '''
import zlib
from hamilton.htypes import Collect, Parallelizable


class Odd:
    """Whatever is asked of it raises."""

    def _no(self, *_):
        raise RuntimeError("leave me alone")

    __repr__ = __str__ = __len__ = __bool__ = __iter__ = __eq__ = __getitem__ = _no
    __hash__ = object.__hash__
    shape = dtype = columns = property(_no)


class OwnError(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def _mix(*given):
    """A number that every argument has its part in."""
    parts = []
    for one in given:
        if isinstance(one, (list, tuple)):
            parts.append(_mix(*one))
        elif isinstance(one, dict):
            parts.append(_mix(*one.values()))
        elif isinstance(one, (int, float, str, bytes, type(None))):
            parts.append(one)
        else:
            parts.append(type(one).__name__)
    return zlib.crc32(repr(parts).encode())
'''

#: What a node gives, of a number ``n``.
RESULTS = (
    "n",
    "float(n)",
    "str(n)",
    "[n, n + 1]",
    '{"key": n}',
    "None",
    "Odd()",
    'b"x" * 2000',
    "iter([n])",
    "(n for _ in range(2))",
    "[[[[[[[[n]]]]]]]]",
)
ERRORS = (
    'ValueError("no good")',
    'KeyError("key")',
    "OwnError()",
    'TimeoutError(5, "late")',
    "StopIteration(1)",
    "MemoryError()",
    "SystemExit(3)",
    "KeyboardInterrupt()",
)


@dataclass(frozen=True)
class Dataflow:
    """A module's source, and what is asked of it. ``fails``: how many of its nodes may raise; ``parallel``: it has blocks."""

    source: str
    targets: tuple[str, ...]
    fails: int
    parallel: bool


def _node(name: str, needs: list[str], body: str, gives: str = "object") -> str:
    wants = ", ".join(f"{need}: object" for need in needs)
    return f'\n\ndef {name}({wants}) -> {gives}:\n    print("ran {name}")\n    n = _mix({", ".join(needs)})\n    {body}\n'


@st.composite
def dataflows(draw: st.DrawFn) -> Dataflow:
    """Up to ten nodes, each of which needs some of those before it; at most one section of blocks."""
    source, made, fails = HEAD, list[str](), 0
    count = draw(st.integers(1, 10))
    section = draw(st.integers(0, count)) if draw(st.booleans()) else None
    for number in range(count):
        needs = draw(st.lists(st.sampled_from(made), unique=True, max_size=3)) if made else []
        if number == section:
            bad = draw(st.sampled_from([None, 0, 2]))
            fails += bad is not None
            source += _blocks(number, needs, draw(st.integers(0, 4)), bad)
            made.append(f"gathered_{number}")
            continue
        name = f"node_{number}"
        if draw(st.integers(0, 9)) == 0:
            fails += 1
            body = f"raise {draw(st.sampled_from(ERRORS))}"
        else:
            body = f"return {draw(st.sampled_from(RESULTS))}"
        source += _node(name, needs, body)
        made.append(name)
    wanted = draw(st.lists(st.sampled_from(made), unique=True, min_size=1, max_size=3))
    parallel = section is not None and section < count
    return Dataflow(source, tuple(wanted), fails, parallel)


def _blocks(number: int, needs: list[str], blocks: int, bad: int | None) -> str:
    """As many blocks of two nodes; the one of number ``bad`` raises."""
    item, piece, more, gathered = (f"{word}_{number}" for word in ("item", "piece", "more", "gathered"))
    raises = "pass" if bad is None else f'if {item} == {bad}: raise LookupError("block {bad}")'
    return (
        _node(item, needs, f"yield from range({blocks})", "Parallelizable[int]")
        + _node(piece, [item], f"{raises}\n    return n")
        + _node(more, [piece, *needs[:1]], "return [n]")
        + _node(gathered, [], "return 0")
        .replace(f"def {gathered}()", f"def {gathered}({more}: Collect[list])")
        .replace("_mix()", f"_mix(*{more})")
        .replace("return 0", "return n")
    )
