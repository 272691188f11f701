"""The records that both Whisper packages write of a segment, as ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.engine.content.words import TimedWord
from app.engine.requests import Segment


def segment_of(record: Mapping[str, Any], language: str, duration_s: float) -> Segment:
    """A segment of a window of that length, from a record as both Whisper packages write it."""

    def bounded(time_s: float) -> float:
        return min(float(time_s), duration_s)

    return Segment(
        id=0,
        seek=record["seek"],
        start_s=bounded(record["start"]),
        end_s=bounded(record["end"]),
        text=record["text"],
        tokens=tuple(record["tokens"]),
        temperature=record["temperature"],
        avg_logprob=record["avg_logprob"],
        compression_ratio=record["compression_ratio"],
        no_speech_prob=record["no_speech_prob"],
        words=tuple(
            TimedWord(w["word"].strip(), bounded(w["start"]), bounded(w["end"]), float(w["probability"]))
            for w in record["words"]
        ),
        language=language,
    )
