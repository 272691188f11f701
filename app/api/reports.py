"""GET /v1/audio/speech/{request_id}: how speech that was asked for goes, and for ten minutes how it ended."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from app.api.errors import documented
from app.api.refusals import UnknownRequest
from app.api.service import ServiceDep
from app.api.wording import worded
from app.engine.job import FinishReason, JobControl

router = APIRouter(tags=["speech"])


class SpeechReport(BaseModel):
    """How speech goes or went, in seconds."""

    id: str = Field(description="The request, as `x-request-id` of its answer names it.")
    object: Literal["speech.report"] = "speech.report"
    state: Literal["queued", "running", "done", "failed", "cancelled"] = Field(description="How far it is.")
    position: int = Field(
        description="Its place in the queue, 1 for the next; 0 while its clip is read, and once it has begun."
    )
    share: float = Field(description="How much of it is done, 0 to 1, as far as it is known.")
    finish_reason: FinishReason | None = Field(description="How the sound ended; null before that.")
    error: str | None = Field(description="The code of what it failed by.")
    queue_s: float = Field(description="What it waited for a worker.")
    compute_s: float = Field(description="What it computed.")
    audio_s: float | None = Field(description="The length of the sound; null before its end.")
    first_sound_s: float | None = Field(description="From the job to its first sound.")
    underrun_s: float | None = Field(description="What a listener waited who played it from its first sound on.")
    warnings: list[str] = Field(description="What should be known about it.")


@router.get("/audio/speech/{request_id}", responses=documented(404))
async def retrieve_speech_report(
    request_id: Annotated[str, Path(description="The `x-request-id` of the request.", max_length=128)],
    request: Request,
    service: ServiceDep,
) -> SpeechReport:
    """How speech that this caller asked for goes, and how it ended."""
    control = service.kept_jobs.of(request_id, service.caller(request))
    if control is None or (control.reported is None and control.is_stopped):  # a refused one was told why
        raise UnknownRequest
    report = control.reported
    return SpeechReport(
        id=request_id,
        state=_state(control, has_begun=service.engine.has_begun(control)),
        position=service.engine.queue_position(control),
        share=1.0 if report and report.outcome == "done" else round(control.latest.share, 2),
        finish_reason=control.finish_reason if report and report.outcome == "done" else None,
        error=report.outcome if report and report.outcome not in ("done", "abandoned") else None,
        queue_s=round(control.times.queued_s, 3),
        compute_s=round(control.times.compute_s, 3),
        audio_s=round(report.audio_s, 3) if report else None,
        first_sound_s=round(report.first_s, 3) if report and report.first_s is not None else None,
        underrun_s=round(report.underrun_s, 3) if report else None,
        warnings=[worded(note) for note in control.warnings],
    )


def _state(control: JobControl, *, has_begun: bool) -> Literal["queued", "running", "done", "failed", "cancelled"]:
    if control.reported is None:
        return "running" if has_begun else "queued"
    outcome = control.reported.outcome
    return "done" if outcome == "done" else "cancelled" if outcome in ("abandoned", "cancelled") else "failed"
