"""Recipes: the steps that led from a recording to a take, as JSON that can be kept, sent and played on another clip.

{"editx_recipe": 1, "steps": [{"task": "emotion", "tag": "happy", "intensity": 1.2, "iterations": 1, "seed": 7}]}
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from app.engine.edits import CATALOGUE, check_intensity, find_tag, find_task, make_edit
from app.engine.errors import EmptyText, InvalidRequest
from app.engine.options import check_speed, drawn_seed
from app.studio.takes import Step, Take

VERSION = 1
MAX_STEPS = 20
MAX_RECIPE_CHARS = 200_000
MAX_NUMBER = 2**53  # beyond, JSON's numbers are not whole any more
_NAMES = {f.name for f in fields(Step)}
_NEUTRAL = asdict(Step(""))


def recipe_of(lineage: Sequence[Take]) -> str:
    """The recipe of the last take of a lineage; what has its standard value is left out."""
    steps = [asdict(take.step) for take in lineage if take.step is not None]
    rows = [
        {key: value for key, value in step.items() if key in ("task", "seed") or value != _NEUTRAL[key]}
        for step in steps
    ]
    return json.dumps({"editx_recipe": VERSION, "steps": rows}, ensure_ascii=False, indent=2)


def parse_recipe(text: str) -> tuple[Step, ...]:
    """The steps of a recipe. Raises InvalidRequest (UnknownTask, UnknownTag, OutOfRange) naming what is wrong."""
    if len(text) > MAX_RECIPE_CHARS:
        raise _fault(f"has more than {MAX_RECIPE_CHARS} characters")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _fault("is not JSON") from None
    steps = document.get("steps") if isinstance(document, dict) else None
    if not isinstance(steps, list) or not 1 <= len(steps) <= MAX_STEPS:
        raise _fault(f"must be an object with 'steps', a list of 1 to {MAX_STEPS}")
    if document.get("editx_recipe", VERSION) != VERSION:
        raise _fault(f"has another version than {VERSION}")
    return tuple(_step(row, n) for n, row in enumerate(steps, 1))


def _step(row: Any, number: int) -> Step:
    if not isinstance(row, dict) or not isinstance(row.get("task"), str):
        raise _fault(f"step {number} needs a 'task'")
    unknown = row.keys() - _NAMES
    if unknown:
        raise _fault(f"step {number} has an unknown field '{min(unknown)}'")
    for name, value in row.items():
        kind = type(_NEUTRAL[name]) if name != "variant" else str
        is_fine = isinstance(value, (int, float) if kind is float else kind) and not isinstance(value, bool)
        if not is_fine and not (name == "variant" and value is None):
            raise _fault(f"step {number}: '{name}' has the wrong type")
        if isinstance(value, (int, float)) and abs(value) > MAX_NUMBER:
            raise _fault(f"step {number}: '{name}' is too large")
    return _checked(Step(**row), number)


def _checked(step: Step, number: int) -> Step:
    """The step in the catalogue's spelling, which the page has words for. Refuses what nothing would come of."""
    place = f"steps[{number}]."
    drawn_seed(step.seed, f"{place}seed")
    check_speed(step.speed, f"{place}speed")
    task = find_task(step.task, f"{place}task").name
    has_text = bool(step.text.strip())
    if task != "clone":
        edit = make_edit(
            task,
            step.tag,
            step.intensity,
            step.iterations,
            tag_param=f"{place}tag",
            iterations_param=f"{place}iterations",
        )
        if has_text and task != "paralinguistic":
            raise _fault(f"step {number}: 'text' belongs to clones and paralinguistic edits")
        return replace(step, task=task, tag=edit.tag)
    find_tag(CATALOGUE[task], step.tag, f"{place}tag")
    check_intensity(step.intensity, f"{place}intensity")
    if not has_text:
        raise EmptyText(f"{place}text")
    if step.iterations != 1:
        raise _fault(f"step {number}: 'iterations' belongs to edits")
    return replace(step, task=task)


def _fault(what: str) -> InvalidRequest:
    return InvalidRequest(f"The recipe {what}.", param="recipe")
