"""Why a recipe cannot be played."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.facts.fact import Note


@dataclass(frozen=True)
class RecipeTooLong(Note):
    """More characters than a recipe may have."""

    max_chars: int


@dataclass(frozen=True)
class RecipeNoJson(Note):
    """Something else than JSON."""


@dataclass(frozen=True)
class RecipeWithoutSteps(Note):
    """No list of steps, or one that is empty or too long."""

    max_steps: int


@dataclass(frozen=True)
class RecipeOfOtherVersion(Note):
    """A version that this program does not play."""

    version: int


@dataclass(frozen=True)
class StepWithoutTask(Note):
    """A step that names no task."""

    step: int


@dataclass(frozen=True)
class StepFieldUnknown(Note):
    """A field that no step has."""

    step: int
    name: str


@dataclass(frozen=True)
class StepValueWrong(Note):
    """A value of the wrong type."""

    step: int
    name: str


@dataclass(frozen=True)
class StepValueTooLarge(Note):
    """A value that is larger than any."""

    step: int
    name: str


@dataclass(frozen=True)
class StepTagOverruled(Note):
    """A tag that the sounds in the text of the step leave without effect."""

    step: int
    tag: str


@dataclass(frozen=True)
class StepPronunciationsUnused(Note):
    """Pronunciations in a step that is no clone."""

    step: int


@dataclass(frozen=True)
class StepTextUnused(Note):
    """A text in a step that speaks none."""

    step: int


@dataclass(frozen=True)
class StepIterationsUnused(Note):
    """Iterations in a step that is no edit."""

    step: int


@dataclass(frozen=True)
class StepValueUnused(Note):
    """A value that means nothing to the task of the step."""

    step: int
    name: str


@dataclass(frozen=True)
class StepEditsWrong(Note):
    """Something else than a list of edits of words."""

    step: int


@dataclass(frozen=True)
class StepRemoveWrong(Note):
    """Something else than a list of what `fillers` takes out."""

    step: int
