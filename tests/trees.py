"""The program's own files as syntax trees, each parsed once for all tests that read the code."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from app.settings import PROJECT

APP = PROJECT / "app"


def code_of(*rooms: str) -> list[Path]:
    """The Python files of these rooms of `app`; of all without any."""
    return [file for folder in (map(APP.joinpath, rooms) if rooms else [APP]) for file in sorted(folder.rglob("*.py"))]


@cache
def tree_of(file: Path) -> ast.Module:
    """What a file holds."""
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def nodes_of(file: Path) -> list[ast.AST]:
    """All nodes of it."""
    return list(ast.walk(tree_of(file)))
