"""Engine, studio and API raise, warn of and report facts: sentences for users stand in the tables of the doors."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator

import pytest

from app.engine import facts
from app.engine.facts.fact import Fact
from tests.trees import APP, code_of, nodes_of

CARRIERS = {"HubFailed", "SourceFailed", "BrokenHeader"}  # exceptions of the inside, which carry a fact to others
SAYERS = {"warn", "report"}  # what hands a note to a door


def subclasses(base: type) -> Iterator[type]:
    for kind in base.__subclasses__():
        yield kind
        yield from subclasses(kind)


for _room in pkgutil.iter_modules(facts.__path__, f"{facts.__name__}."):
    importlib.import_module(_room.name)
importlib.import_module("app.api.refusals")
KINDS = {*(kind.__name__ for kind in subclasses(Fact)), *CARRIERS, *SAYERS}


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def is_sentence(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()


def sentences_given(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    for call in nodes:
        if isinstance(call, ast.Call) and name_of(call.func) in KINDS:
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            yield from (
                (call.lineno, ast.unparse(node)) for arg in given for node in ast.walk(arg) if is_sentence(node)
            )


def sentences_compared(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    for compared in nodes:
        if isinstance(compared, ast.Compare):
            sides = [compared.left, *compared.comparators]
            yield from ((compared.lineno, ast.unparse(side)) for side in sides if is_sentence(side))


def test_no_sentence_is_handed_to_an_error_a_warning_or_a_report():
    files = code_of("engine", "studio", "api")
    assert {str(path.relative_to(APP)): given for path in files if (given := [*sentences_given(nodes_of(path))])} == {}


def test_no_code_compares_sentences():
    said = {str(path.relative_to(APP)): [*sentences_compared(nodes_of(path))] for path in code_of()}
    assert {path: sentences for path, sentences in said.items() if sentences} == {}


def test_every_fact_is_made_of_fields_alone():
    """A class that took a message would open a way for sentences."""
    for kind in _classes():
        assert not {"message", "sentence"} & inspect.signature(kind).parameters.keys(), kind


def _classes() -> Iterator[type]:
    return (kind for kind in subclasses(Fact) if kind.__module__.startswith("app.engine."))


@pytest.mark.parametrize(
    "code", ['raise InvalidRequest("It is wrong.")', 'control.warn(f"{n} are left.")', 'PartMissing(reason="No file.")']
)
def test_what_is_looked_for_is_found(code: str):
    assert list(sentences_given(ast.walk(ast.parse(code)))) != []
