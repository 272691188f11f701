"""Why a job gives no sound, or not now."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.engine.errors.families import EngineError, Unavailable
from app.engine.facts.fact import Fact
from app.engine.facts.reasons import NoMemory, SilentAnswer


@dataclass(eq=False)
class NoSound(EngineError):
    """The job ended without a sound."""


@dataclass(eq=False)
class NoAnswer(EngineError):
    """The language model's answer was empty, with the next seeds too."""

    code = "no_answer"


@dataclass(eq=False)
class SilentResult(Unavailable):
    """The model answered with silence; another seed may do better."""

    code = "silent_result"

    reason: Fact = field(default_factory=SilentAnswer)


@dataclass(eq=False)
class NotReady(Unavailable):
    """The engine is still loading or is shutting down; try again in `retry_after_s`."""

    code = "not_ready"

    retry_after_s: float = 2.0


@dataclass(eq=False)
class OutOfMemory(Unavailable):
    """There is no memory for what was asked, whatever that is."""

    code = "out_of_memory"

    reason: Fact = field(default_factory=NoMemory)


@dataclass(eq=False)
class QueueFull(EngineError):
    """Too many jobs wait already; try again in `retry_after_s`."""

    code = "queue_full"

    limit: int
    retry_after_s: float


@dataclass(eq=False)
class ShareTaken(QueueFull):
    """One caller has as many jobs as there are places for one."""


@dataclass(eq=False)
class TooMuchQueued(QueueFull):
    """The jobs that run and wait are to make as much sound as may; `limit` in seconds."""


@dataclass(eq=False)
class AllowanceSpent(QueueFull):
    """The caller has had its seconds of sound for the hour; `limit` in seconds."""

    code = "allowance_spent"


@dataclass(eq=False)
class TooManyUnfinished(QueueFull):
    """As many takes of the session wait or are being made as may."""


@dataclass(eq=False)
class TooManyGuesses(QueueFull):
    """So many wrong keys came from one address that none is looked at for a while."""

    code = "too_many_guesses"


@dataclass(eq=False)
class DecodingBusy(QueueFull):
    """The recordings that are being decoded take all the room there is for them; `limit` in bytes."""

    retry_after_s: float = 2.0


@dataclass(eq=False)
class TooManyBodies(QueueFull):
    """The bodies that are being read have as many bytes in sum as the service keeps; `limit` in bytes."""

    code = "too_many_uploads"

    retry_after_s: float = 2.0


@dataclass(eq=False)
class DeadlineExceeded(EngineError):
    """The job did not end within its time limit."""

    code = "deadline_exceeded"

    limit_s: float


@dataclass(eq=False)
class Cancelled(EngineError):
    """The caller gave the job up."""

    code = "cancelled"
