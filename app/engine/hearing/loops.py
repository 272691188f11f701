"""Text that repeats itself: Whisper in a loop, or somebody who says the same thing again.

The sound decides. What loops is read again in short pieces, each by itself, and what still loops in shorter ones: who
repeats himself is heard to say the same words in each, while a loop has other words for every piece of noise, or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.engine.facts.warnings import SpeechRepeats
from app.engine.hearing.alignment import tokens_of
from app.engine.hearing.transcriber import (
    MAX_COMPRESSION,
    Transcriber,
    TranscriberOptions,
    compression_ratio,
)
from app.engine.job import JobControl
from app.engine.requests import Segment
from app.engine.sound.audio import Audio, split_at_silences

PIECE_S = 4.0  # a sentence or so: long enough to be understood, mostly too short for a loop to begin
SHORTEST_PIECE_S = 1.0  # "No, no, no, no" loops in longer ones, too
MIN_PIECE_S = 0.3
MIN_SHARED = 0.35  # of the words of a piece that stand in the looping text, too: numbers are spelled now so, now so
MAX_TOO_MANY = 1.2  # words of the looping text to one of its pieces: a loop goes on longer than the speech
MIN_LOGPROB = -0.8  # what is read out of noise is less sure


def believed(
    transcriber: Transcriber, window: Audio, options: TranscriberOptions, control: JobControl
) -> Iterator[Segment]:
    """The segments of a window; from where it loops on, those of its short pieces that say the same words.

    Raises as Transcriber.
    """
    previous = ""
    segments = transcriber.transcribe(window, options, control)
    for segment in segments:
        text = segment.text.strip()
        if _loops(segment, previous):
            options = replace(options, language=segment.language)
            yield from _read_again(transcriber, window, [segment, *segments], options, control)
            return
        if text:
            yield segment
        previous = text


def _loops(segment: Segment, previous: str) -> bool:
    """Repeating itself, or the one before in a window that loops."""
    text = segment.text.strip()
    goes_on = segment.compression_ratio > MAX_COMPRESSION and text == previous
    return bool(text) and (goes_on or compression_ratio(text) > MAX_COMPRESSION)


def _read_again(
    transcriber: Transcriber,
    window: Audio,
    looping: Sequence[Segment],
    options: TranscriberOptions,
    control: JobControl,
) -> Iterator[Segment]:
    """What is written from where it loops, if its pieces bear it out; else what is heard in those that share words."""
    known = [token for segment in looping for token in _tokens(segment)]

    def read(sound: Audio, start_s: float, piece_s: float) -> Iterator[Segment]:
        for piece in split_at_silences(sound, piece_s):
            segments = list(transcriber.transcribe(piece, options, control)) if piece.duration_s >= MIN_PIECE_S else []
            if piece_s > SHORTEST_PIECE_S and any(_loops(segment, "") for segment in segments):
                yield from read(piece, start_s, piece_s / 2)
            else:
                yield from (moved(segment, start_s) for segment in segments if _says(segment, known))
            start_s += piece.duration_s

    start_s = looping[0].start_s
    heard = list(read(window.slice_s(start_s, window.duration_s), start_s, PIECE_S))
    if heard:
        control.warn(SpeechRepeats())
    n_heard = sum(len(_tokens(segment)) for segment in heard)
    is_borne_out = heard and len(known) <= MAX_TOO_MANY * n_heard
    yield from (segment for segment in (looping if is_borne_out else heard) if segment.text.strip())


def _says(segment: Segment, known: Sequence[str]) -> bool:
    """Whether a short piece holds words of the looping text, and is sure of them."""
    tokens = _tokens(segment)
    if not tokens or segment.avg_logprob < MIN_LOGPROB or _loops(segment, ""):
        return False
    return sum(token in known for token in tokens) >= MIN_SHARED * len(tokens)


def _tokens(segment: Segment) -> list[str]:
    return [token.text for token in tokens_of(segment.text)]


def moved(segment: Segment, by_s: float) -> Segment:
    """The segment so much later."""
    words = tuple(replace(w, start_s=w.start_s + by_s, end_s=w.end_s + by_s) for w in segment.words)
    return replace(
        segment,
        seek=segment.seek + round(by_s * 100),
        start_s=segment.start_s + by_s,
        end_s=segment.end_s + by_s,
        words=words,
    )
