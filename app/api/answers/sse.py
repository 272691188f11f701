"""Server-sent events as OpenAI's streams use them: one `data:` line of JSON and a blank line, no event names."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any

import orjson

from app.api.answers.rewritten import stretch_rows
from app.api.answers.scores import scores_row
from app.api.errors import error_content
from app.engine.content.checks import Scores
from app.engine.content.stretches import Stretch
from app.engine.errors import EngineError
from app.engine.job import FinishReason, JobReport

MIME = "text/event-stream"
TOKENS_PER_S = 25  # one output token is 40 ms of sound, the model's frame; one input token is one character


def event(fields: dict[str, Any]) -> bytes:
    """One event."""
    return b"data: " + orjson.dumps(fields) + b"\n\n"


def audio_delta(data: bytes) -> bytes:
    """A piece of the encoded file."""
    return event({"type": "speech.audio.delta", "audio": base64.b64encode(data).decode("ascii")})


def audio_done(
    n_input_chars: int,
    audio_s: float,
    finish_reason: FinishReason,
    *,
    stretches: Sequence[Stretch] | None = None,
    scores: Scores | None = None,
    report: JobReport | None = None,
) -> bytes:
    """The end: what the request cost, how the sound ended, what was made anew where the rest was left alone, what it
    scored where it was checked, and the seconds that it took.
    """
    n_output = math.ceil(audio_s * TOKENS_PER_S)
    usage = {"input_tokens": n_input_chars, "output_tokens": n_output, "total_tokens": n_input_chars + n_output}
    told: dict[str, Any] = {} if stretches is None else {"stretches": stretch_rows(stretches)}
    told |= {"scores": scores_row(scores).model_dump()} if scores else {}
    told |= {"timing": timing(report)} if report else {}
    return event({"type": "speech.audio.done", "usage": usage, "finish_reason": finish_reason, **told})


def timing(report: JobReport) -> dict[str, float | None]:
    """Seconds that a job waited and computed, and how its sound came."""
    return {
        "queue_s": round(report.queued_s, 3),
        "compute_s": round(report.compute_s, 3),
        "audio_s": round(report.audio_s, 3),
        "first_sound_s": None if report.first_s is None else round(report.first_s, 3),
        "underrun_s": round(report.underrun_s, 3),
    }


def failure(kind: str, error: EngineError) -> bytes:
    """The last event of a stream that failed; SDKs raise on its `error` key."""
    return event({"type": f"{kind}.error", **error_content(error)})
