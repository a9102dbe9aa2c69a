"""The types of columns in words, of Arrow, numpy, pandas and polars: short, whatever is nested in them.

Only what those libraries define themselves is asked for its text: a class of the user's may do anything there,
and the text of an enumeration of polars is its values.
"""

from typing import Any

from hamtui.recorder.text import clip

_LONGEST = 100
#: So many levels, and so many fields of one, are written out.
_DEPTH, _FIELDS = 2, 4
#: Texts of numpy's and pandas' types, by id; the entry keeps the type alive. Few types stand for most columns.
_texts: dict[int, tuple[Any, str]] = {}
_MOST_TEXTS = 500


def arrow(kind: Any, depth: int = _DEPTH) -> str:
    """``int64``, ``list<string>``, ``struct<37 fields>``."""
    name = type(kind).__name__
    if not type(kind).__module__.startswith("pyarrow"):
        return "extension"
    if name == "DictionaryType":
        return f"dictionary<{arrow(kind.value_type, depth)}>" if depth else "dictionary"
    if "ExtensionType" in name:
        return clip(f"extension<{kind.extension_name}>", _LONGEST)
    count = kind.num_fields
    if not count:
        return clip(str(kind), _LONGEST)
    word = name.removesuffix("Type").lower()
    if not depth or count > _FIELDS:
        return f"{word}<{count} fields>" if count > 1 else word
    inside = [kind.field(number) for number in range(count)]
    texts = [arrow(field.type, depth - 1) for field in inside]
    if count > 1:
        texts = [f"{clip(field.name, 40)}: {text}" for field, text in zip(inside, texts, strict=True)]
    return clip(f"{word}<{', '.join(texts)}>", _LONGEST)


def array(kind: Any) -> str:
    """A dtype of numpy or pandas: ``float64``, ``datetime64[ns, UTC]``, ``category``."""
    known = _texts.get(id(kind))
    if known is not None:
        return known[1]
    text = _array(kind)
    if len(_texts) >= _MOST_TEXTS:
        _texts.clear()
    _texts[id(kind)] = (kind, text)
    return text


def _array(kind: Any) -> str:
    name, module = type(kind).__name__, type(kind).__module__
    if module.partition(".")[0] not in ("numpy", "pandas"):
        return name
    if name == "ArrowDtype":
        return f"{arrow(kind.pyarrow_dtype)}[pyarrow]"
    if name in ("SparseDtype", "CategoricalDtype"):
        # The whole text of these has values in it.
        return f"Sparse[{array(kind.subtype)}]" if name == "SparseDtype" else "category"
    names = getattr(kind, "names", None)
    if names is not None:
        return f"struct<{len(names)} fields>"
    return clip(str(kind), _LONGEST)


def polars(kind: Any, depth: int = _DEPTH) -> str:
    """``Int64``, ``List(String)``, ``Datetime(us, UTC)``, ``Struct(37 fields)``."""
    own = kind if isinstance(kind, type) else type(kind)
    name = own.__name__
    if not own.__module__.startswith("polars") or isinstance(kind, type):
        return name
    if name in ("List", "Array"):
        return f"{name}({polars(kind.inner, depth - 1)})" if depth else name
    if name == "Struct":
        fields = kind.fields
        if not depth or len(fields) > _FIELDS:
            return f"Struct({len(fields)} fields)"
        inside = ", ".join(f"{clip(field.name, 40)}: {polars(field.dtype, depth - 1)}" for field in fields)
        return clip(f"Struct({inside})", _LONGEST)
    if name in ("Datetime", "Duration", "Decimal"):
        told = (getattr(kind, key, None) for key in ("time_unit", "time_zone", "precision", "scale"))
        return f"{name}({', '.join(str(one) for one in told if one is not None)})"
    return name
