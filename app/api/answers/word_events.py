"""`speech.audio.words`: events beside the sound of a stream, with when what is said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from app.api.answers import sse
from app.api.answers.words import word_rows
from app.engine.content.words import Words
from app.engine.sound.audio import Audio, joined

Align = Callable[[Audio], Awaitable[Words]]  # when what is said in a sound that does not know it


class WordEvents:
    """The words of one stream: of each piece with it, where it knows them; else of all the rest at the end."""

    def __init__(self, align: Align) -> None:
        self._align = align
        self._n_words = 0
        self._begin_s = 0.0
        self._unknown: list[Audio] = []

    def of(self, pieces: list[Audio]) -> bytes:
        """The event of the next pieces; nothing where their words are not known yet, or nothing is said."""
        events = b""
        for piece in pieces:
            if piece.words is None or self._unknown:
                self._unknown.append(piece)
            else:
                events += self._event(piece.words)
                self._begin_s += piece.duration_s
        return events

    async def rest(self) -> bytes:
        """The event of all pieces that did not know their words. Raises as a job."""
        if not self._unknown:
            return b""
        return self._event(await self._align(joined(self._unknown)))

    def _event(self, words: Words) -> bytes:
        if not words:
            return b""
        rows = word_rows(words, self._begin_s, self._n_words)
        self._n_words += len(rows)
        return sse.event({"type": "speech.audio.words", "words": [row.model_dump() for row in rows]})
