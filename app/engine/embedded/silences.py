"""Cutting pauses: the same clip without its silences, as speech detection finds them."""

from __future__ import annotations

import numpy as np

from app.engine.content.words import moved
from app.engine.edits import Edit
from app.engine.errors import NoSpeech
from app.engine.hearing.vad import MIN_SILENCE_S, Span, Vad, joined_spans
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, Samples

PAUSE_S = 0.15  # what is left of a pause at intensity 1
PAUSE_FLOOR_S = 0.12  # 60 ms after and before speech hold soft consonants: no intensity takes them
CROSSFADE_S = 0.01


def without_silence(vad: Vad, audio: Audio, edit: Edit, control: JobControl, param: str) -> Audio:
    """The clip with its pauses shortened, at its own rate; words are left alone.

    Pauses from 300 ms on (above intensity 1 shorter ones too) shrink to `pause_left_s`, the silence at both ends
    to half of it. Raises SilentAudio, naming `param`, when nobody speaks in the clip; PartMissing, Cancelled,
    DeadlineExceeded.
    """
    spans = vad.speech_spans(audio, control, min_silence_s=MIN_SILENCE_S / max(1.0, _strength(edit)))
    if not spans:
        raise NoSpeech(param=param)
    margin_s = pause_left_s(edit) / 2
    padded = [(max(0.0, start - margin_s), min(audio.duration_s, end + margin_s)) for start, end in spans]
    return _concatenated(audio, joined_spans(padded, 0.0))


def pause_left_s(edit: Edit) -> float:
    """Seconds left of a long pause: 150 ms at intensity 1, ten times that at 0.1, and toward 120 ms above 1."""
    strength = _strength(edit)
    if strength <= 1:
        return PAUSE_S / strength
    return PAUSE_FLOOR_S + (PAUSE_S - PAUSE_FLOOR_S) / strength


def _strength(edit: Edit) -> float:
    """Iterations count as so much more intensity: doing the same again would change nothing."""
    return edit.intensity * edit.iterations


def _concatenated(audio: Audio, spans: list[Span]) -> Audio:
    """The spans of the clip end to end, overlapping by 10 ms where they are joined. No word is lost with a pause."""
    fade = round(CROSSFADE_S * audio.sample_rate)
    rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / fade)).astype(np.float32)
    pieces: list[Samples] = []
    for start, end in spans:
        piece = audio.slice_s(start, end).samples.copy()
        if pieces:
            piece[:fade] = piece[:fade] * rise + pieces[-1][-fade:] * rise[::-1]
            pieces[-1] = pieces[-1][:-fade]
        pieces.append(piece)
    joints_s = np.cumsum([0.0, *(len(piece) / audio.sample_rate for piece in pieces)])
    begins_s = np.array([start for start, _ in spans])
    old_s = np.stack((begins_s, begins_s + np.diff(joints_s)), axis=1).reshape(-1)
    new_s = np.repeat(joints_s, 2)[1:-1]
    words = None if audio.words is None else moved(audio.words, lambda time_s: float(np.interp(time_s, old_s, new_s)))
    return Audio(np.concatenate(pieces), audio.sample_rate, words)
