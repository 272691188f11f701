"""Gradio without what it does when it is imported and no page here needs: 1.2 s of every start, and 34 MiB.

It parses the source of each component to write a type stub, and imports pandas to tell tables from other values.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def lean() -> Iterator[None]:
    """While Gradio is imported: whatever imports it first must be within."""
    with _no_type_stubs(), imported_when_used("pandas"):
        yield


@contextmanager
def _no_type_stubs() -> Iterator[None]:
    """Components have no source file to make a stub of, as Gradio allows for."""
    find = inspect.getfile

    def getfile(object: Any) -> str:
        if type(object).__name__ == "ComponentMeta":
            raise OSError("no file")
        return find(object)

    inspect.getfile = getfile
    try:
        yield
    finally:
        inspect.getfile = find


@contextmanager
def imported_when_used(name: str) -> Iterator[None]:
    """Who imports this module meanwhile holds one that becomes it when something of it is asked for.

    `importlib.util.LazyLoader` would not do: its modules are loaded by the second `import` of them.
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = _WhenUsed(name)
    try:
        yield
    finally:
        if isinstance(sys.modules.get(name), _WhenUsed):
            del sys.modules[name]


class _WhenUsed(ModuleType):
    """Stands for the module of its name."""

    def __getattr__(self, attribute: str) -> Any:
        name = self.__name__
        if sys.modules.get(name) is self:
            del sys.modules[name]
        return getattr(importlib.import_module(name), attribute)
