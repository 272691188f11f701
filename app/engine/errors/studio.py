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


@dataclass(eq=False)
class UnknownSession(NotFound):
    """No such session, or somebody else's."""

    code = "session_not_found"

    param: str | None = field(default="session", kw_only=True)


@dataclass(eq=False)
class TooManySessions(InvalidRequest):
    """As many sessions are kept for this caller as the service keeps."""

    code = "too_many_sessions"

    limit: int


@dataclass(eq=False)
class RevisionPassed(Conflict):
    """The session has changed since the caller looked at it."""

    code = "revision_conflict"

    revision: int
    param: str | None = field(default="if-match", kw_only=True)


class NothingToUndo(Conflict):
    """No change is left that could be taken back."""

    code = "nothing_to_undo"


class NothingToRedo(Conflict):
    """No change was taken back."""

    code = "nothing_to_redo"


@dataclass(eq=False)
class TakeNotReady(Conflict):
    """The sound of the take is not made yet, or never was; `state` says which."""

    code = "take_not_ready"

    state: str
    param: str | None = field(default="take", kw_only=True)


@dataclass(eq=False)
class TakeMadeElsewhere(Conflict):
    """Another service on the same folder makes the take, and it alone can stop it."""

    code = "take_made_elsewhere"

    param: str | None = field(default="take", kw_only=True)


@dataclass(eq=False)
class TakeNotUnderWay(Conflict):
    """A take that is to be cancelled, and is not being made."""

    code = "take_not_under_way"

    state: str
    param: str | None = field(default="take", kw_only=True)


@dataclass(eq=False)
class ParentFailed(Conflict):
    """A take was to be made from one that was not made itself."""

    code = "parent_failed"
