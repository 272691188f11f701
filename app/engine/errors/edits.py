"""What is wrong with a task or a tag."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.errors.families import InvalidRequest
from app.engine.facts.fact import Fact


@dataclass(eq=False)
class UnknownTask(InvalidRequest):
    """No such task in the catalogue."""

    code = "unknown_task"

    name: str
    hint: Fact


@dataclass(eq=False)
class CloneIsNoEdit(InvalidRequest):
    """`clone` where an edit of a recording is wanted."""


class UnknownTag(InvalidRequest):
    """No such tag for the task, or none where one is needed."""

    code = "unknown_tag"


@dataclass(eq=False)
class TagMisspelt(UnknownTag):
    """A name that no tag of the task has; the hint names the closest ones."""

    task: str
    name: str
    hint: Fact


@dataclass(eq=False)
class TagNotTaken(UnknownTag):
    """A tag for a task that has none."""

    task: str
    name: str


@dataclass(eq=False)
class TagNeeded(UnknownTag):
    """No tag for a task that needs one."""

    task: str
    known: tuple[str, ...]


@dataclass(eq=False)
class NoSoundTag(InvalidRequest):
    """An edit for sounds that names none."""

    known: tuple[str, ...]
    param: str | None = field(default="input", kw_only=True)
