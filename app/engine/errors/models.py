"""What the neural models are given and cannot take: arrays, ids and prompts."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.errors.families import InvalidRequest
from app.engine.facts.fact import Fact


@dataclass(eq=False)
class WrongShape(InvalidRequest):
    """An array of another shape than the models take; names stand for any length."""

    wanted: tuple[str | int, ...]
    got: tuple[int, ...]


@dataclass(eq=False)
class WrongTokens(InvalidRequest):
    """Tokens that the decoder cannot take; `reason` says which."""

    reason: Fact


@dataclass(eq=False)
class StreamEnded(InvalidRequest):
    """More tokens for a stream that has ended."""


@dataclass(eq=False)
class BelowLeast(InvalidRequest):
    """A number below its least value."""

    code = "out_of_range"

    least: int
    value: int


@dataclass(eq=False)
class EmptyPrompt(InvalidRequest):
    """No prompt for the model or the decoder."""


@dataclass(eq=False)
class UnknownIds(InvalidRequest):
    """Ids that the model does not have."""

    n_known: int


@dataclass(eq=False)
class PromptTooLong(InvalidRequest):
    """More tokens, together with those to come, than the model takes."""

    n_tokens: int
    n_new_tokens: int
    limit: int


@dataclass(eq=False)
class NoAudioIds(InvalidRequest):
    """A model without audio codes."""

    n_ids: int
