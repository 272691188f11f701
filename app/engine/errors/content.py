"""What is wrong with a change of the words of a recording."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.errors.families import InvalidRequest


@dataclass(eq=False)
class NothingChanges(InvalidRequest):
    """The words are said already."""

    code = "nothing_changes"


@dataclass(eq=False)
class TooMuchNew(InvalidRequest):
    """More new words than half of all: that is speech of its own, not a change."""

    code = "too_much_new"

    n_new: int
    n_words: int


@dataclass(eq=False)
class UnknownWord(InvalidRequest):
    """There is no word of that number; they count from 0."""

    code = "unknown_word"

    word: int
    n_words: int


@dataclass(eq=False)
class EditsOverlap(InvalidRequest):
    """Two edits of one word."""

    code = "edits_overlap"

    word: int


@dataclass(eq=False)
class TextOrEdits(InvalidRequest):
    """Either the text as it is to be, or edits of words: one of them, not both."""

    code = "text_or_edits"


@dataclass(eq=False)
class OtherTranscript(InvalidRequest):
    """A transcript that is not what is said in the recording: no place of it can be found there."""

    code = "transcript_unlike"

    heard: str
