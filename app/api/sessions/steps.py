"""Steps as they come in: as a recipe writes them, or in the words of `step_audio`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

from app.api.schemas import CHECK_SCHEMA, MAX_WORD_CHARS, limited_by
from app.engine.content.word_edits import MAX_EDITS
from app.engine.options import MAX_SEED, drawn_seed
from app.engine.requests import Removable
from app.studio.recipes import parse_steps
from app.studio.takes import Step

# What `/v1/audio/speech` calls the options of a recipe's step.
NAMES = {
    "mode": "task",
    "info": "tag",
    "edit_info": "tag",
    "n_edit_iter": "iterations",
    "input": "text",
    "model_variant": "variant",
}
_WORD = {"type": "string", "maxLength": MAX_WORD_CHARS}
STEP_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["task"],
    "properties": {
        "task": _WORD | {"description": "`clone`, or an edit of GET /v1/tags; `mode` is the same."},
        "info": _WORD | {"description": "The tag of the edit; `edit_info` and `tag` are the same."},
        "intensity": {"type": "number", "description": "How strong; 1.0 is standard."},
        "iterations": {"type": "integer", "description": "How often; `n_edit_iter` is the same."},
        "text": {
            "type": "string",
            "description": "What `clone` speaks, the words with sounds, or those of `rewrite`; `input` is the same.",
            **limited_by("max_transcript_chars"),
        },
        "speed": {"type": "number", "description": "Speed at the same pitch."},
        "seed": {"type": "integer", "description": "Left out: that of the request, or one is drawn."},
        "edits": {
            "type": "array",
            "maxItems": MAX_EDITS,
            "description": "Of `rewrite`, instead of `text`: words by their ids.",
            "items": {
                "type": "object",
                "required": ["op", "word"],
                "properties": {
                    "op": {"enum": ["replace", "insert", "delete"], "description": "`insert` goes before `word`."},
                    "word": {"type": "integer", "minimum": 0, "description": "The id of a word."},
                    "to": {
                        "type": "integer",
                        "minimum": 0,
                        "description": "The id of the last word, if there are more.",
                    },
                    "text": {"type": "string", "description": "The new words.", **limited_by("max_input_chars")},
                },
            },
        },
        "check": CHECK_SCHEMA | {"description": "What the result must keep to; what misses is made again."},
        "remove": {
            "type": "array",
            "minItems": 1,
            "maxItems": len(get_args(Removable)),
            "description": "Of `fillers`: what it takes out; left out, all of it.",
            "items": {"enum": ["fillers", "repeats", "pauses"]},
        },
        "variant": _WORD | {"description": "The variant of the model; `model_variant` is the same."},
    },
}


def steps_of(rows: list[Any], seed: int | None, variant_n: int = 0) -> tuple[Step, ...]:
    """The steps, checked; where one names no seed it takes the request's, or one is drawn. The n-th variant counts on
    from there. Raises InvalidRequest (UnknownTask, UnknownTag, OutOfRange) naming what is wrong.
    """
    return parse_steps([_row(row, seed, variant_n) for row in rows], "steps")


def step_row(step: Step) -> dict[str, Any]:
    """A step as answers tell it."""
    row = {"task": step.task, "info": step.tag, "intensity": step.intensity, "iterations": step.iterations}
    row |= {"text": step.text, "speed": step.speed, "seed": step.seed, "variant": step.variant}
    row |= {"edits": [asdict(edit) for edit in step.edits]} if step.edits else {}
    row |= {"remove": list(step.remove)} if step.remove else {}
    return row | ({"check": asdict(step.check)} if step.check else {})


def _row(row: Any, seed: int | None, variant_n: int) -> Any:
    if not isinstance(row, Mapping):
        return row
    named = {NAMES.get(name, name): value for name, value in row.items() if value is not None}
    given = named.get("seed", seed)
    if given is None:
        return named | {"seed": drawn_seed()}
    return named | {"seed": (given + variant_n) % (MAX_SEED + 1) if variant_n and isinstance(given, int) else given}
