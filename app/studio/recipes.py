"""Recipes: the steps that led from a recording to a take, as JSON that can be kept, sent and played on another clip.

{"editx_recipe": 1, "steps": [{"task": "emotion", "tag": "happy", "intensity": 1.2, "iterations": 1, "seed": 7}]}
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Annotated, Any, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from app.engine.content.checks import Check
from app.engine.content.word_edits import MAX_EDITS, check_form
from app.engine.edits import CATALOGUE, WORD_TASKS, check_intensity, find_tag, find_task, make_edit
from app.engine.errors import BadRecipe, EmptyText, NoSoundTag
from app.engine.facts.recipes import (
    RecipeNoJson,
    RecipeOfOtherVersion,
    RecipeTooLong,
    RecipeWithoutSteps,
    StepEditsWrong,
    StepFieldUnknown,
    StepIterationsUnused,
    StepPronunciationsUnused,
    StepRemoveWrong,
    StepTagOverruled,
    StepTextUnused,
    StepValueTooLarge,
    StepValueUnused,
    StepValueWrong,
    StepWithoutTask,
)
from app.engine.options import check_speed, drawn_seed
from app.engine.pronunciations import typed_lexicon
from app.engine.requests import Removable, WordEdit
from app.engine.script import parse_script
from app.studio.takes import Step, Take

VERSION = 1
MAX_STEPS = 20
MAX_RECIPE_CHARS = 200_000
MAX_NUMBER = 2**53  # beyond, JSON's numbers are not whole any more
_NAMES = {f.name for f in fields(Step)}
_NEUTRAL = asdict(Step(""))
_EDITS: TypeAdapter[Any] = TypeAdapter(
    Annotated[tuple[WordEdit, ...], Field(max_length=MAX_EDITS)], config=ConfigDict(extra="forbid", strict=False)
)
_REMOVE: TypeAdapter[Any] = TypeAdapter(
    Annotated[tuple[Removable, ...], Field(min_length=1, max_length=len(get_args(Removable)))]
)
_LISTS = {"edits": (_EDITS, StepEditsWrong), "remove": (_REMOVE, StepRemoveWrong)}


def recipe_of(lineage: Sequence[Take]) -> str:
    """The recipe of the last take of a lineage; what has its standard value is left out."""
    steps = [asdict(step) for take in lineage for step in take.steps]
    rows = [
        {key: value for key, value in step.items() if key in ("task", "seed") or value != _NEUTRAL[key]}
        for step in steps
    ]
    return json.dumps({"editx_recipe": VERSION, "steps": rows}, ensure_ascii=False, indent=2)


def parse_recipe(text: str) -> tuple[Step, ...]:
    """The steps of a recipe. Raises InvalidRequest (UnknownTask, UnknownTag, OutOfRange) naming what is wrong."""
    if len(text) > MAX_RECIPE_CHARS:
        raise BadRecipe(RecipeTooLong(MAX_RECIPE_CHARS))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRecipe(RecipeNoJson()) from None
    steps = document.get("steps") if isinstance(document, dict) else None
    if isinstance(document, dict) and document.get("editx_recipe", VERSION) != VERSION:
        raise BadRecipe(RecipeOfOtherVersion(VERSION))
    return parse_steps(steps)


def parse_steps(rows: Any, param: str = "recipe") -> tuple[Step, ...]:
    """The steps of a list of rows, which stands in the field `param`. Raises as `parse_recipe`."""
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_STEPS:
        raise BadRecipe(RecipeWithoutSteps(MAX_STEPS), param=param)
    try:
        return tuple(_step(row, n) for n, row in enumerate(rows, 1))
    except BadRecipe as fault:
        fault.param = param
        raise


def _step(row: Any, number: int) -> Step:
    if not isinstance(row, dict) or not isinstance(row.get("task"), str):
        raise BadRecipe(StepWithoutTask(number))
    unknown = row.keys() - _NAMES
    if unknown:
        raise BadRecipe(StepFieldUnknown(number, min(unknown)))
    for name, value in row.items():
        if name in (*_LISTS, "check"):
            continue
        kind = type(_NEUTRAL[name]) if name != "variant" else str
        is_fine = isinstance(value, (int, float) if kind is float else kind) and not isinstance(value, bool)
        if not is_fine and not (name == "variant" and value is None):
            raise BadRecipe(StepValueWrong(number, name))
        if isinstance(value, (int, float)) and abs(value) > MAX_NUMBER:
            raise BadRecipe(StepValueTooLarge(number, name))
    lists = {}
    for name, (items, fault) in _LISTS.items():
        try:
            lists[name] = items.validate_python(row[name]) if name in row else ()
        except ValidationError:
            raise BadRecipe(fault(number)) from None
    check = None if row.get("check") is None else Check.of(row["check"], f"steps[{number}].check")
    return _checked(Step(**row | lists | {"check": check}), number)


def _checked(step: Step, number: int) -> Step:
    """The step in the catalogue's spelling, which the page has words for. Refuses what nothing would come of."""
    place = f"steps[{number}]."
    drawn_seed(step.seed, f"{place}seed")
    check_speed(step.speed, f"{place}speed")
    task = find_task(step.task, f"{place}task").name
    has_text = bool(step.text.strip())
    for name, owner in (("edits", "rewrite"), ("remove", "fillers")):
        if getattr(step, name) and task != owner:
            raise BadRecipe(StepValueUnused(number, name))
    if task in WORD_TASKS:
        return _checked_words(replace(step, task=task), number, place)
    if task != "clone":
        edit = make_edit(
            task,
            step.tag,
            step.intensity,
            step.iterations,
            tag_param=f"{place}tag",
            intensity_param=f"{place}intensity",
            iterations_param=f"{place}iterations",
        )
        if has_text and task != "paralinguistic":
            raise BadRecipe(StepTextUnused(number))
        if step.pronunciations.strip():
            raise BadRecipe(StepPronunciationsUnused(number))
        script = parse_script(step.text)
        if script.overrules(edit):
            raise BadRecipe(StepTagOverruled(number, edit.tag))
        if task == "paralinguistic" and not edit.tag and not script.sounds:
            raise NoSoundTag(tuple(CATALOGUE[task].tags), param=f"{place}text")
        return replace(step, task=task, tag=edit.tag)
    find_tag(CATALOGUE[task], step.tag, f"{place}tag")
    check_intensity(step.intensity, f"{place}intensity")
    if not has_text:
        raise EmptyText(param=f"{place}text")
    typed_lexicon(step.pronunciations, f"{place}pronunciations")
    if step.iterations != 1:
        raise BadRecipe(StepIterationsUnused(number))
    return replace(step, task=task)


def _checked_words(step: Step, number: int, place: str) -> Step:
    """A step that changes words has no strength, and leaves the sound as long as it is."""
    find_tag(CATALOGUE[step.task], step.tag, f"{place}tag")
    for name in ("intensity", "iterations", "speed", "pronunciations"):
        if getattr(step, name) != _NEUTRAL[name]:
            raise BadRecipe(StepValueUnused(number, name))
    if step.task == "rewrite":
        check_form(step.text, step.edits, f"{place}text", f"{place}edits")
    elif step.text.strip():
        raise BadRecipe(StepTextUnused(number))
    return step
