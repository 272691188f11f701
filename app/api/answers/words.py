"""Words and their times, as answers tell them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from app.engine.content.subtitles import sentences
from app.engine.content.words import TimedWord, text_of


class WordRow(BaseModel):
    """A word that is said, and when."""

    id: int = Field(description="Its place among the words.")
    word: str = Field(description="The word, with its marks.")
    start: float = Field(description="Seconds from the beginning.")
    end: float = Field(description="Seconds from the beginning.")
    confidence: float = Field(description="How sure it is that this is said, 0 to 1; 1 where the engine put it there.")


class SegmentRow(BaseModel):
    """A sentence, and when it is said."""

    id: int = Field(description="Its place among the sentences.")
    start: float = Field(description="Seconds from the beginning.")
    end: float = Field(description="Seconds from the beginning.")
    text: str = Field(description="The sentence.")


class PhonemeRow(BaseModel):
    """A sound of speech, and when it is made."""

    phoneme: str = Field(description="The symbol, as POST /v1/audio/speech/reading writes them.")
    start: float = Field(description="Seconds from the beginning.")
    end: float = Field(description="Seconds from the beginning.")
    word: int = Field(description="The id of the word it belongs to.")


def word_rows(words: Sequence[TimedWord], begin_s: float = 0.0, first_id: int = 0) -> list[WordRow]:
    """The words, whose times count from `begin_s`."""
    return [
        WordRow(
            id=n,
            word=word.text.strip(),
            start=_ms(begin_s + word.start_s),
            end=_ms(begin_s + word.end_s),
            confidence=round(word.probability, 3),
        )
        for n, word in enumerate(words, first_id)
    ]


def segment_rows(words: Sequence[TimedWord]) -> list[SegmentRow]:
    """The sentences of the words."""
    return [
        SegmentRow(id=n, start=_ms(said[0].start_s), end=_ms(said[-1].end_s), text=text_of(said))
        for n, said in enumerate(sentences(words))
    ]


def phoneme_rows(words: Sequence[TimedWord]) -> list[PhonemeRow] | None:
    """The sounds of the words; None where they are not known."""
    if not any(word.phonemes for word in words):
        return None
    return [
        PhonemeRow(phoneme=sound.symbol, start=_ms(sound.start_s), end=_ms(sound.end_s), word=n)
        for n, word in enumerate(words)
        for sound in word.phonemes
    ]


def _ms(time_s: float) -> float:
    return round(time_s, 3)
