"""The event loop only serves: what blocks goes through the bounded executors of `app/engine/executors.py`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import PROJECT
from tests.trees import code_of, nodes_of

ROOMS = ("api", "ui", "studio", "engine", "doctor")
EXECUTORS = PROJECT / "app" / "engine" / "executors.py"
UNBOUNDED = {"to_thread", "run_in_executor", "run_in_threadpool", "getaddrinfo"}  # as methods of asyncio or its loop
BLOCKING_NAMES = {"open", "decode", "encode_whole"}
BLOCKING_METHODS = {"read_bytes", "read_text", "write_bytes", "write_text", "unlink", "rename", "mkdir", "glob", "stat"}


def calls_on_the_loop(file: Path) -> Iterator[ast.Call]:
    """Calls in the bodies of coroutines; not in functions within them, which are handed on."""
    for coroutine in (node for node in nodes_of(file) if isinstance(node, ast.AsyncFunctionDef)):
        left: list[ast.AST] = list(coroutine.body)
        while left:
            node = left.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
                continue
            if isinstance(node, ast.Call):
                yield node
            left.extend(ast.iter_child_nodes(node))


def name_of(call: ast.Call) -> tuple[str, str]:
    """What is called, and of what: ("to_thread", "asyncio"); the latter is empty for a plain name."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr, ast.unparse(call.func.value)
    return ast.unparse(call.func), ""


def test_no_file_but_one_uses_the_pool_of_threads_whose_queue_has_no_end():
    files = [file for file in code_of(*ROOMS) if file != EXECUTORS]
    assert len(files) > 100
    found = [
        f"{file.relative_to(PROJECT)}:{call.lineno}: {ast.unparse(call)[:60]}"
        for file in files
        for call in nodes_of(file)
        if isinstance(call, ast.Call) and name_of(call)[0] in UNBOUNDED and name_of(call)[1] != "socket"
    ]
    assert found == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_coroutine_reads_writes_decodes_or_encodes(room: str):
    found = []
    for file in code_of(room):
        for call in calls_on_the_loop(file):
            name, owner = name_of(call)
            if (not owner and name in BLOCKING_NAMES) or (owner and name in BLOCKING_METHODS):
                found.append(f"{file.relative_to(PROJECT)}:{call.lineno}: {ast.unparse(call)[:60]}")
    assert found == []
