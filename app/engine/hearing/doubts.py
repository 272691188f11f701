"""Segments that both judges of speech doubt are left out: the voice detector, and Whisper itself.

Short stretches of music and hum pass for speech now and then, and Whisper then writes "You", or "I'm sorry" again and
again. Its own probability that nobody speaks is high there, or that of its words low, and the detector is not sure
either. Neither is enough by itself: Whisper doubts a short 好, the detector takes a flute for a voice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.engine.chinese import to_simplified
from app.engine.hearing.chinese_script import CANTONESE_OPENING, TRADITIONAL_OPENING
from app.engine.hearing.loops import moved
from app.engine.hearing.transcriber import OPENINGS, Transcriber, TranscriberOptions
from app.engine.hearing.whisper_edges import MAX_NO_SPEECH_PROB, MIN_LOGPROB
from app.engine.job import JobControl
from app.engine.requests import Segment
from app.engine.sound.audio import Audio

# The detector is sure when so many of its windows (an eighth of a second, not in a row) are so likely speech. Of 750
# pieces of made music in which Whisper invented 55 texts none is; single words of four voices are.
SURE_PROB, SURE_WINDOWS = 0.98, 4

_OPENINGS = [to_simplified(text).strip("。") for text in (*OPENINGS.values(), TRADITIONAL_OPENING, CANTONESE_OPENING)]


class DoubtingTranscriber:
    """A Transcriber that leaves out what is probably invented. `speech_probs`: the detector's, of a window."""

    def __init__(
        self, transcriber: Transcriber, speech_probs: Callable[[Audio, JobControl], NDArray[np.float32]]
    ) -> None:
        self._transcriber = transcriber
        self._speech_probs = speech_probs

    def transcribe(self, window: Audio, options: TranscriberOptions, control: JobControl) -> Iterator[Segment]:
        """As Transcriber.

        Where Whisper answers with our opening although somebody speaks, it was told the wrong language: it hears the
        rest of the window once more without one.
        """
        return self._believed(window, options, control, hears_again=True)

    def language_probs(self, sound: Audio, control: JobControl) -> Mapping[str, float]:
        """As Transcriber."""
        return self._transcriber.language_probs(sound, control)

    def _believed(
        self, window: Audio, options: TranscriberOptions, control: JobControl, *, hears_again: bool
    ) -> Iterator[Segment]:
        is_sure: bool | None = None  # looked at for a doubtful segment only
        for segment in self._transcriber.transcribe(window, options, control):
            if is_echo(segment.text):
                rest = window.slice_s(segment.start_s, window.duration_s)
                if hears_again and self._is_sure(rest, control):
                    again = self._believed(rest, replace(options, language=None), control, hears_again=False)
                    yield from (moved(one, segment.start_s) for one in again)
                    return
                continue
            if segment.no_speech_prob > MAX_NO_SPEECH_PROB or segment.avg_logprob < MIN_LOGPROB:
                is_sure = self._is_sure(window, control) if is_sure is None else is_sure
                if not is_sure:
                    continue
            yield segment

    def _is_sure(self, window: Audio, control: JobControl) -> bool:
        return int((self._speech_probs(window, control) >= SURE_PROB).sum()) >= SURE_WINDOWS


def is_echo(text: str) -> bool:
    """Whether this is one of our openings, or nothing but repetitions of one."""
    heard = to_simplified(text).strip(" 。")
    return bool(heard) and any(not heard.replace(opening, "").strip(" 。") for opening in _OPENINGS)
