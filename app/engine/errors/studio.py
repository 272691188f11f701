"""What is wrong with a session, a take or a recipe."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.errors.families import Conflict, InvalidRequest, NotFound
from app.engine.facts.fact import Fact


@dataclass(eq=False)
class NoSession(InvalidRequest):
    """No id of a session."""

    param: str | None = field(default="session", kw_only=True)


@dataclass(eq=False)
class SessionTooNew(Conflict):
    """A newer program wrote the session; this one would lose what it does not know."""

    code = "session_too_new"


@dataclass(eq=False)
class UnknownTake(NotFound):
    """No such take in this session: never made, deleted, or expired."""

    code = "take_not_found"

    param: str | None = field(default="take", kw_only=True)


@dataclass(eq=False)
class BadRecipe(InvalidRequest):
    """A recipe that cannot be played; `reason` says why."""

    reason: Fact
    param: str | None = field(default="recipe", kw_only=True)
