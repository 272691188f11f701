"""The families of failures. Each has one HTTP status; a door that has no row for a kind says that of its family."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.facts.fact import Fact


@dataclass(eq=False)
class EngineError(Fact, Exception):
    """A job failed for a reason that users are told."""

    code = "engine_error"

    param: str | None = field(default=None, kw_only=True)


class InvalidRequest(EngineError):
    """The request can never succeed as it stands."""

    code = "invalid_value"


class BadAudio(InvalidRequest):
    """The clip cannot be decoded or cannot be used."""

    code = "invalid_audio"


class NotFound(EngineError):
    """Something the request names does not exist."""

    code = "not_found"


class Conflict(EngineError):
    """The request collides with something that exists."""

    code = "conflict"


@dataclass(eq=False)
class Unavailable(EngineError):
    """The service cannot do this job now, or not in this installation."""

    code = "unavailable"

    reason: Fact
