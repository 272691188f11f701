"""Gradio without the type stubs that it writes: to parse the source of each component takes 2 s of every start."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def no_type_stubs() -> Iterator[None]:
    """While Gradio is imported: its components have no source file to make a stub of, as Gradio allows for."""
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
