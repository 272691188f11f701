"""What is wrong with a number, a name or a choice in a request."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.errors.families import InvalidRequest
from app.engine.facts.fact import Fact


@dataclass(eq=False)
class OutOfRange(InvalidRequest):
    """A number outside its limits."""

    code = "out_of_range"

    low: float
    high: float
    value: float


@dataclass(eq=False)
class InvalidName(InvalidRequest):
    """A name of no character, of too many, or of some that cannot be seen."""

    min_chars: int
    max_chars: int
    param: str | None = field(default="name", kw_only=True)


@dataclass(eq=False)
class CheckFieldUnknown(InvalidRequest):
    """A field that no check has."""

    code = "unknown_check"

    known: tuple[str, ...]


@dataclass(eq=False)
class CheckValueWrong(InvalidRequest):
    """A value of another type than the field of a check takes."""


@dataclass(eq=False)
class VoiceOrClip(InvalidRequest):
    """A voice and a clip."""

    param: str | None = field(default="voice", kw_only=True)


@dataclass(eq=False)
class VariantMissing(InvalidRequest):
    """A variant of the model that this installation does not have."""

    name: str
    reason: Fact
    known: tuple[str, ...]
