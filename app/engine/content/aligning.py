"""Words of a sound that does not know them: what somebody wrote, or Whisper heard, at the times that it heard them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from app.engine.content.words import TimedWord, Words, text_of
from app.engine.content.written_words import spaced, word_spans
from app.engine.hearing.alignment import is_like, token_times, tokens_of
from app.engine.requests import Segment


def aligned(heard: Sequence[Segment], transcript: str = "") -> Words:
    """The words of the transcript where it is what was heard, else those that were heard. Takes CPU time.

    A word that was not heard has its share of the time between its neighbours, and no probability.
    """
    text, recognised = transcript.strip(), [word for segment in heard for word in segment.words]
    if not text or not is_like(text, "".join(segment.text for segment in heard)):
        return heard_words(heard)
    return _timed(text, recognised, recognised[0].start_s, recognised[-1].end_s) if recognised else ()


def realigned(words: Words, transcript: str) -> Words:
    """The words of another transcript of a sound, by the times of these; these where it says something else."""
    if not words or not is_like(transcript, text_of(words)):
        return words
    return _timed(transcript.strip(), words, words[0].start_s, words[-1].end_s)


def in_proportion(text: str, start_s: float, end_s: float) -> Words:
    """The words of a text that nobody recognised, in proportion to how long they are said."""
    return _timed(text.strip(), (), start_s, end_s)


def heard_words(heard: Sequence[Segment]) -> Words:
    """The words that were heard, with the spaces and marks of their segments."""
    words: Words = ()
    for segment in heard:
        text = segment.text.rstrip() if words else segment.text.strip()
        first, last = (segment.words[0], segment.words[-1]) if segment.words else (segment, segment)
        words += spaced(_timed(text, segment.words, first.start_s, last.end_s), text_of(words[-1:]))
    return _in_order(words)


def _timed(text: str, recognised: Sequence[TimedWord], start_s: float, end_s: float) -> Words:
    """The words of a text by the times of recognised ones, in proportion where there are none."""
    times = token_times(text, recognised, start_s, end_s)
    tokens = list(zip(tokens_of(text), times, strict=True))
    words, n = [], 0
    for begin, end in word_spans(text):
        first = n
        while n < len(tokens) and tokens[n][0].start < end:
            n += 1
        own = [time for _, time in tokens[first:n]]
        if own:
            sure = sum(probability for *_, probability in own) / len(own)
            words.append(TimedWord(text[begin:end], own[0][0], own[-1][1], sure))
    return _in_order(words)


def _in_order(words: Sequence[TimedWord]) -> Words:
    """The words, none ending after the next begins."""
    ends = [min(word.end_s, after.start_s) for word, after in pairwise(words)]
    ends += [word.end_s for word in words[-1:]]
    return tuple(replace(word, end_s=max(word.start_s, end_s)) for word, end_s in zip(words, ends, strict=True))
