"""Public outputs of a dataflow as a contract: the decorator, the compiler of the registry, the checks of values.

    from hamtui.semantic import semantic_output

Importing this pulls in nothing: each name is loaded when it is first asked for. All of it runs in the user's process.
"""

TYPE_CHECKING = False  # as type checkers know it, without importing typing
if TYPE_CHECKING:
    from hamtui.contract.registry import Registry, SemanticEntry
    from hamtui.contract.semantic_check import Problem
    from hamtui.semantic.compiler import SemanticError, compile_registry, json_schema
    from hamtui.semantic.output import SemanticOutputError, semantic_output

__all__ = [
    "Problem",
    "Registry",
    "SemanticEntry",
    "SemanticError",
    "SemanticOutputError",
    "compile_registry",
    "json_schema",
    "semantic_output",
]

#: Public name -> the module that has it.
_PUBLIC = {
    "Problem": "hamtui.contract.semantic_check",
    "Registry": "hamtui.contract.registry",
    "SemanticEntry": "hamtui.contract.registry",
    "SemanticError": "hamtui.semantic.compiler",
    "SemanticOutputError": "hamtui.semantic.output",
    "compile_registry": "hamtui.semantic.compiler",
    "json_schema": "hamtui.semantic.compiler",
    "semantic_output": "hamtui.semantic.output",
}


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - loaded when it is first asked for

    found = globals()[name] = getattr(import_module(_PUBLIC[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
