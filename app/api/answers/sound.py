"""Sound as an answer: the file of one job, encoded piece by piece, as bytes or in events."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from app.api.answers import sse
from app.api.answers.progress import TICK_S, ProgressEvents
from app.api.answers.rewritten import rewrite_header
from app.api.answers.scores import check_headers, scores_of
from app.api.answers.streams import JobResponse, Lookahead
from app.api.answers.word_events import WordEvents
from app.engine.errors import EngineError, NoSound
from app.engine.executors import BoundedExecutor
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, joined
from app.engine.sound.encoding import SOURCE_TYPE, FileTags, Format, StreamEncoder, encode_recording, encode_whole

LET_IN_LOOK_S = 0.02  # how often it is looked whether a job is let in
WHOLE_WITHIN_S = 0.05  # the first piece waits so long in all for the others: short answers then have a length


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a sound is wanted: in which format and at which rate, in events or as a file, whole or as it is made.

    `n_input_chars` is what events count as input.
    """

    target: Format
    sample_rate: int | None = None
    is_sse: bool = False
    is_whole: bool = False
    n_input_chars: int = 0


class SoundResponse(JobResponse):
    """The sound of one job, encoded piece by piece; with its length where all of it is there at once."""

    def __init__(
        self,
        chunks: AsyncGenerator[Audio, None],
        delivery: Delivery,
        headers: dict[str, str],
        tags: FileTags,
        control: JobControl,
        media: BoundedExecutor,
        word_events: WordEvents | None = None,
        progress: ProgressEvents | None = None,
    ) -> None:
        """Events tell of words, too, with `word_events`, and of the job before its sound is there with `progress`."""
        super().__init__(control)
        self._media = media
        self._word_events = word_events
        self._progress = progress
        self._delivery = delivery
        self._given_headers = headers
        self._tags = tags
        self._ahead = Lookahead(chunks)
        self._encoder: StreamEncoder | None = None
        self._encoding = JobControl()  # of a whole file: the job is over by then, and its control stopped
        self._audio_s = 0.0

    async def first(self) -> tuple[dict[str, str], bytes, bool]:
        """As JobResponse: waits for the first sound, or tells of it once the job is let in."""
        if self._progress is not None and not await self._is_there_when_let_in(self._progress):
            return self._given_headers | self._content_headers(), self._progress.news(), False
        ready, is_all = await self._ready()
        headers = self._given_headers | self._content_headers() | rewrite_header(self._control.stretches)
        self._audio_s = sum(chunk.duration_s for chunk in ready)
        asked_rate = self._delivery.sample_rate
        if is_all:
            headers["x-audio-seconds"] = f"{self._audio_s:.3f}"
            headers["x-finish-reason"] = self._control.finish_reason
            encode = encode_whole if self._control.stretches is None else encode_recording
            headers |= check_headers(self._control)
            data = await self._media.run_admitted(
                encode, self._delivery.target, joined(ready), asked_rate, self._tags, self._encoding
            )
            return headers, self._words_of(ready) + self._wrapped(data) + await self._done(), True
        return headers, await self._encoded(joined(ready), ready), False

    async def rest(self) -> AsyncIterator[bytes]:
        """As JobResponse: the further pieces."""
        is_over = False
        while not is_over:
            while self._progress is not None and not await self._ahead.is_there(TICK_S):
                yield self._progress.news()
            chunk = await self._ahead.next()
            is_over = chunk is None
            if chunk is not None:
                self._audio_s += chunk.duration_s
                yield await self._encoded(chunk, [chunk])
        if self._encoder is None:
            raise NoSound
        yield self._wrapped(await self._media.run_admitted(self._encoder.finish)) + await self._done()

    def last_words(self, error: EngineError) -> bytes | None:
        """As JobResponse: events can tell of the failure, a file cannot."""
        return sse.failure("speech.audio", error) if self._delivery.is_sse else None

    async def close(self) -> None:
        """Stop the job, and what is encoded of it."""
        self._encoding.cancel()
        await self._ahead.close()

    async def _is_there_when_let_in(self, progress: ProgressEvents) -> bool:
        """Wait until the job is let in, so that a refusal still gets its status; whether its sound, or why there is
        none, has come by then.
        """
        while not progress.is_let_in:
            if await self._ahead.is_there(LET_IN_LOOK_S):
                return True
        return await self._ahead.is_there(LET_IN_LOOK_S)

    async def _encoded(self, audio: Audio, pieces: list[Audio]) -> bytes:
        """The next sound as it is sent, with the words of its pieces."""
        if self._encoder is None:
            self._encoder = await self._media.run_admitted(
                StreamEncoder, self._delivery.target, audio.sample_rate, self._delivery.sample_rate, self._tags
            )
        return self._words_of(pieces) + self._wrapped(await self._media.run_admitted(self._encoder.encode, audio))

    async def _ready(self) -> tuple[list[Audio], bool]:
        """The pieces that are there, and whether they are all; all of them where no stream is wanted."""
        ready, is_all = await self._ahead.ready(math.inf if self._delivery.is_whole else WHOLE_WITHIN_S)
        if not ready:
            raise NoSound
        return ready, is_all

    def _content_headers(self) -> dict[str, str]:
        mark = {"x-digital-source-type": SOURCE_TYPE} if self._tags.comment else {}
        if self._delivery.is_sse:
            return {"Content-Type": sse.MIME, **mark}
        target = self._delivery.target
        return {
            "Content-Type": target.mime,
            "Content-Disposition": f"attachment; filename=speech.{target.name}",
            **mark,
        }

    def _wrapped(self, data: bytes) -> bytes:
        return sse.audio_delta(data) if data and self._delivery.is_sse else data

    def _words_of(self, pieces: list[Audio]) -> bytes:
        return self._word_events.of(pieces) if self._word_events else b""

    async def _done(self) -> bytes:
        if not self._delivery.is_sse:
            return b""
        words = await self._word_events.rest() if self._word_events else b""
        control = self._control
        done = sse.audio_done(
            self._delivery.n_input_chars,
            self._audio_s,
            control.finish_reason,
            stretches=control.stretches,
            scores=scores_of(control),
            report=control.reported,
        )
        return words + done
