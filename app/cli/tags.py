"""`tags`: the catalogue of edits."""

from __future__ import annotations

import sys

from app.cli.asked import Asked
from app.cli.client import json_of, opened
from app.cli.files import print_json
from app.cli.statuses import DONE
from app.cli.tables import table


def tags(asked: Asked) -> int:
    """List every task with its tags, as `edit` takes them. Without --server no engine is needed."""
    rows = _asked(asked) if asked.options.server else _own()
    if asked.options.json:
        for step, meaning in rows:
            print_json({"step": step, "description": meaning})
    else:
        sys.stdout.write(table(("step", "description"), rows))
    return DONE


def _own() -> list[tuple[str, str]]:
    from app.engine.edits import CATALOGUE

    tasks = (
        (task.name, task.description, [(tag.name, tag.description) for tag in task.tags.values()])
        for task in CATALOGUE.values()
    )
    return [row for name, meaning, found in tasks for row in _rows(name, meaning, found)]


def _asked(asked: Asked) -> list[tuple[str, str]]:
    with opened(asked) as client:
        tasks = json_of(client.get("tags"), "tasks")["tasks"]
    named = (
        (task["name"], task["description"], [(tag["name"], tag["description"]) for tag in task["tags"]])
        for task in tasks
    )
    return [row for name, meaning, found in named for row in _rows(name, meaning, found)]


def _rows(task: str, meaning: str, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(task, meaning), *((f"{task}:{tag}", what) for tag, what in found)]
