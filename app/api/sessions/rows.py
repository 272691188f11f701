"""What answers tell of sessions and takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.api.answers.rewritten import stretch_rows
from app.api.answers.scores import ScoresRow, scores_row
from app.api.answers.words import WordRow, word_rows
from app.api.errors import ErrorDetail, error_content
from app.api.sessions.steps import STEP_SCHEMA, step_row
from app.api.wording import worded
from app.engine.job import FinishReason
from app.studio.session import Said, Session
from app.studio.studio import Studio
from app.studio.takes import Take, TakeTree


class SessionRow(BaseModel):
    """A session. `revision` grows with every change: send it as `If-Match` to change only what you have seen."""

    id: str = Field(description="Opens the session; without keys, whoever knows it can use it.")
    object: Literal["session"] = "session"
    created_at: int = Field(description="Unix seconds.")
    revision: int = Field(description="Grows with every change.")
    takes: int = Field(description="How many takes there are.")
    current: str | None = Field(description="The take one stands on: the parent of the next step.")
    voice: str | None = Field(description="The take that the page's clones speak like.")
    can_undo: bool = Field(description="Whether there is a change to take back.")
    can_redo: bool = Field(description="Whether a change was taken back.")


class SessionList(BaseModel):
    """The caller's sessions, the newest first."""

    object: Literal["list"] = "list"
    data: list[SessionRow] = Field(description="The sessions.")
    has_more: bool = Field(description="Whether older ones follow.")
    last_id: str | None = Field(description="The `after` of the next page.")


class DeletedRow(BaseModel):
    """What deleting answers."""

    id: str = Field(description="What was deleted.")
    object: Literal["session.deleted", "take.deleted"] = Field(description="What it was.")
    deleted: Literal[True] = Field(default=True, description="It is gone.")


class SpanRow(BaseModel):
    """From one time to another."""

    start: float = Field(description="Seconds from the beginning.")
    end: float = Field(description="Seconds from the beginning.")


class StretchRow(BaseModel):
    """A part of a recording that was made anew."""

    old: SpanRow = Field(description="Where it was in the parent.")
    new: SpanRow = Field(description="Where it is in the take.")


class TakeRow(BaseModel):
    """A take: a recording (no steps), or what its steps made of its parent."""

    id: str = Field(description="The id of the take.")
    object: Literal["take"] = "take"
    session: str = Field(description="The id of its session.")
    number: int = Field(description="Counts from 1 in the order of making.")
    parent: str | None = Field(description="The take it was made from; null for a recording.")
    steps: list[dict[str, Any]] = Field(description="How.", json_schema_extra={"items": STEP_SCHEMA})
    state: Literal["queued", "running", "done", "failed", "cancelled"] = Field(description="Where its making is.")
    name: str = Field(description="What somebody called it.")
    starred: bool = Field(description="Whether somebody marked it.")
    transcript: str = Field(description="What is said in it, as far as that is known.")
    language: str = Field(description="ISO-639-1 code of the language, or empty.")
    seconds: float = Field(description="The length of its sound; 0 before it is made.")
    sample_rate: int | None = Field(description="Of its sound, in Hz; null where it is not known.")
    words: list[WordRow] | None = Field(description="When what is said; null where nobody has asked for it yet.")
    stretches: list[StretchRow] = Field(
        description="What is new in a take of `rewrite`; every sample outside of them is that of its parent."
    )
    scores: ScoresRow | None = Field(description="What it scored; null where it was not to be checked.")
    warnings: list[str] = Field(description="What should be known about it.")
    finish_reason: FinishReason | None = Field(description="How its sound ended; null where there is none.")
    error: ErrorDetail | None = Field(description="Why it was not made.")
    created_at: int = Field(description="Unix seconds.")


class TakeList(BaseModel):
    """Takes in the order of making."""

    object: Literal["list"] = "list"
    data: list[TakeRow] = Field(description="The takes.")
    has_more: bool = Field(description="Whether later ones follow.")
    last_id: str | None = Field(description="The `after` of the next page.")


def session_row(session: Session, tree: TakeTree) -> SessionRow:
    """A session as answers tell it."""
    return SessionRow(
        id=session.id,
        created_at=int(tree.created_at),
        revision=tree.revision,
        takes=sum(1 for _ in tree.rows()),
        current=tree.current.id if tree.current else None,
        voice=tree.voice.id if tree.voice else None,
        can_undo=tree.can_undo,
        can_redo=tree.can_redo,
    )


async def take_rows(session: Session, takes: Sequence[Take], studio: Studio) -> list[TakeRow]:
    """Takes as answers tell them."""
    known = await studio.said_before(session, [take.id for take in takes])
    return [
        take_row(session, take, said, is_running=studio.is_running(take.id))
        for take, said in zip(takes, known, strict=True)
    ]


def take_row(session: Session, take: Take, said: Said | None, *, is_running: bool) -> TakeRow:
    """A take as answers tell it; `said` where it is known what is said when."""
    failure = take.failure
    return TakeRow(
        id=take.id,
        session=session.id,
        number=take.number,
        parent=take.parent_id,
        steps=[step_row(step) for step in take.steps],
        state="running" if is_running else take.state,
        name=take.name,
        starred=take.is_starred,
        transcript=take.transcript,
        language=take.language,
        seconds=round(take.duration_s, 3),
        sample_rate=take.sample_rate or None,
        words=None if said is None else word_rows(said.words),
        stretches=[StretchRow.model_validate(row) for row in stretch_rows(take.stretches or ())],
        scores=scores_row(take.scores) if take.scores else None,
        warnings=[worded(note) for note in take.warnings],
        finish_reason=take.finish_reason if take.has_sound else None,
        error=ErrorDetail.model_validate(error_content(failure.error)["error"]) if failure else None,
        created_at=int(take.created_at),
    )
