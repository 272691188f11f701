"""The shape of the house: arrows that point one way, no rings, small rooms, short functions."""

from __future__ import annotations

import ast
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import grimp
import pytest

from app.settings import PROJECT
from tests.trees import APP, code_of, nodes_of

LONGEST_FUNCTION_LINES = 60
MOST_FILES_IN_A_FOLDER = 24
CODE = {".py", ".js", ".css"}


@pytest.fixture(scope="module")
def imports() -> grimp.ImportGraph:
    """Who imports whom in `app`, imports inside functions included."""
    return grimp.build_graph("app", cache_dir=None)


@cache
def layers() -> list[set[str]]:
    """From the top down, as import-linter holds them."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    ordered = next(contract["layers"] for contract in contracts["contracts"] if contract["type"] == "layers")
    return [set(layer.split(" | ")) for layer in ordered]


@cache
def layer_of(module: str) -> int | None:
    """Its place from the top; None for what belongs to no layer, such as `app.settings`."""
    for place, names in enumerate(layers()):
        if any(module == name or module.startswith(f"{name}.") for name in names):
            return place
    return None


def rings(graph: dict[str, set[str]]) -> list[set[str]]:
    """Sets of modules that reach one another by imports (Tarjan's strongly connected components, above one module)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    found: list[set[str]] = []

    def visit(module: str) -> None:
        index[module] = lowest[module] = len(index)
        path.append(module)
        for imported in sorted(graph[module]):
            if imported not in index:
                visit(imported)
            if imported in path:
                lowest[module] = min(lowest[module], lowest[imported])
        if lowest[module] == index[module]:
            ring = set(path[path.index(module) :])
            del path[path.index(module) :]
            if len(ring) > 1:
                found.append(ring)

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return found


def test_a_ring_is_found_where_one_is() -> None:
    assert rings({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == [{"b", "c"}]


def test_no_modules_import_each_other_in_a_ring(imports: grimp.ImportGraph) -> None:
    assert len(imports.modules) > 100
    assert rings({module: imports.find_modules_directly_imported_by(module) for module in imports.modules}) == []


def test_no_import_points_up(imports: grimp.ImportGraph) -> None:
    up = []
    for module in imports.modules:
        for imported in imports.find_modules_directly_imported_by(module):
            above, below = layer_of(imported), layer_of(module)
            if above is not None and below is not None and above < below:
                up.append(f"{module} -> {imported}")
    assert up == []


def test_no_folder_holds_more_files_of_code_than_one_can_look_over() -> None:
    counts = Counter(path.parent for path in APP.rglob("*") if path.suffix in CODE)
    assert {str(folder.relative_to(PROJECT)): n for folder, n in counts.items() if n > MOST_FILES_IN_A_FOLDER} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = [f"{path.relative_to(PROJECT)}:{f.name}" for path in code_of() for f in long_functions(path)]
    assert long == []


def long_functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    functions = (node for node in nodes_of(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [f for f in functions if (f.end_lineno or 0) - f.lineno + 1 > LONGEST_FUNCTION_LINES]
