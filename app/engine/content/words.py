"""Words and when they are said: what a sound may know of itself, and carries along when it is changed.

The texts of a sound's words, one behind the other, are its transcript: a word keeps the white space before it and the
marks around it. Its place among them is its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class TimedPhoneme:
    """A symbol of the speech model's alphabet and its times in seconds."""

    symbol: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class TimedWord:
    """One word and its times in seconds from the beginning of its sound.

    `probability` says how sure it is that this word is said, 0 to 1; `phonemes` are there where the engine knows them.
    """

    text: str
    start_s: float
    end_s: float
    probability: float = 1.0
    phonemes: tuple[TimedPhoneme, ...] = ()

    @property
    def middle_s(self) -> float:
        """Half way through the word."""
        return (self.start_s + self.end_s) / 2


Words = tuple[TimedWord, ...]


def text_of(words: Iterable[TimedWord]) -> str:
    """What the words say, one behind the other."""
    return "".join(word.text for word in words).strip()


def is_said_by(transcript: str, words: Iterable[TimedWord]) -> bool:
    """Whether a transcript, if there is one, is made of just these words."""
    return not transcript or "".join(transcript.split()) == "".join(text_of(words).split())


def moved(words: Iterable[TimedWord], to: Callable[[float], float]) -> Words:
    """The words at other times: `to` gives for a time in seconds, in rising order, the new one."""
    return tuple(
        replace(
            word,
            start_s=to(word.start_s),
            end_s=to(word.end_s),
            phonemes=tuple(
                TimedPhoneme(phoneme.symbol, to(phoneme.start_s), to(phoneme.end_s)) for phoneme in word.phonemes
            ),
        )
        for word in words
    )


def within(words: Iterable[TimedWord], start_s: float, end_s: float) -> Words:
    """The words whose middle lies in a stretch, on its own clock and not beyond its ends."""
    inside = (word for word in words if start_s <= word.middle_s < end_s)
    return moved(inside, lambda time_s: min(max(0.0, time_s - start_s), end_s - start_s))


def begun_within(words: Iterable[TimedWord], start_s: float, end_s: float) -> Words:
    """The words that begin in a stretch, on its own clock; the last may end behind it."""
    begun = (word for word in words if start_s <= word.start_s < end_s)
    return moved(begun, lambda time_s: time_s - start_s)
