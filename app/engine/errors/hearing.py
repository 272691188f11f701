"""What is wrong with a request for a transcript."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.errors.families import InvalidRequest, NotFound
from app.engine.facts.fact import Fact


@dataclass(eq=False)
class UnknownLanguage(InvalidRequest):
    """No language of that code or name."""

    language: str


@dataclass(eq=False)
class LanguageNotHeard(InvalidRequest):
    """A language that the model, which knows English alone, does not write."""

    language: str
    model: str
    param: str | None = field(default="language", kw_only=True)


@dataclass(eq=False)
class UnknownModel(NotFound):
    """No model of that name."""

    code = "model_not_found"

    name: str
    hint: Fact | None = None
    param: str | None = field(default="model", kw_only=True)
