"""A sound as JSON, with when what is said in it: for subtitles, karaoke, and lips in games."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator

import orjson
from pydantic import BaseModel, Field

from app.api.answers.scores import ScoresRow, check_headers, scores_of, scores_row
from app.api.answers.sound import Delivery
from app.api.answers.streams import JobResponse, Lookahead
from app.api.answers.word_events import Align
from app.api.answers.words import PhonemeRow, SegmentRow, WordRow, phoneme_rows, segment_rows, word_rows
from app.api.wording import worded
from app.engine.content.words import Words
from app.engine.errors import NoSound
from app.engine.executors import BoundedExecutor
from app.engine.job import FinishReason, JobControl
from app.engine.sound.audio import Audio, joined
from app.engine.sound.encoding import FileTags, encode_whole


class TimedSpeech(BaseModel):
    """A sound, and when what is said in it."""

    audio: str = Field(description="The file, as base64.", json_schema_extra={"contentEncoding": "base64"})
    response_format: str = Field(description="Its format.")
    sample_rate: int = Field(description="Its rate in Hz.")
    duration: float = Field(description="Its length in seconds.")
    finish_reason: FinishReason = Field(description="How the sound ended.")
    words: list[WordRow] = Field(description="The words.")
    segments: list[SegmentRow] = Field(description="The sentences.")
    phonemes: list[PhonemeRow] | None = Field(description="The sounds; null where the engine does not know them.")
    scores: ScoresRow | None = Field(description="What it scored; null where it was not to be checked.")
    warnings: list[str] = Field(description="What should be known about it.")


class TimedSound(JobResponse):
    """The sound of one job, whole, with its words."""

    def __init__(
        self,
        chunks: AsyncGenerator[Audio, None],
        delivery: Delivery,
        headers: dict[str, str],
        tags: FileTags,
        control: JobControl,
        media: BoundedExecutor,
        align: Align,
    ) -> None:
        super().__init__(control)
        self._ahead = Lookahead(chunks)
        self._delivery, self._given_headers, self._tags = delivery, headers, tags
        self._media, self._align = media, align
        self._encoding = JobControl()

    async def first(self) -> tuple[dict[str, str], bytes, bool]:
        """As JobResponse: all of it."""
        pieces = []
        while (piece := await self._ahead.next()) is not None:
            pieces.append(piece)
        if not pieces:
            raise NoSound
        audio = joined(pieces)
        words = audio.words if audio.words is not None else await self._align(audio)
        body = await self._media.run_admitted(self._body, audio, words)
        headers = self._given_headers | check_headers(self._control) | {"Content-Type": "application/json"}
        return headers, body, True

    async def close(self) -> None:
        """Stop the job, and what is encoded of it."""
        self._encoding.cancel()
        await self._ahead.close()

    def _body(self, audio: Audio, words: Words) -> bytes:
        target, rate = self._delivery.target, self._delivery.sample_rate
        data = encode_whole(target, audio, rate, self._tags, self._encoding)
        answer = TimedSpeech(
            audio=base64.b64encode(data).decode("ascii"),
            response_format=target.name,
            sample_rate=target.rate_for(audio.sample_rate, rate),
            duration=round(audio.duration_s, 3),
            finish_reason=self._control.finish_reason,
            words=word_rows(words),
            segments=segment_rows(words),
            phonemes=phoneme_rows(words),
            scores=scores_row(scores) if (scores := scores_of(self._control)) else None,
            warnings=[worded(note) for note in self._control.warnings],
        )
        return orjson.dumps(answer.model_dump())
