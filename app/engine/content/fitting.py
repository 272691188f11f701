"""Fitting: speech made anew takes the pace, the pitch line, the level and the room of the recording around it.

The words around a changed place are spoken in both. What differs between the two there is what is taken away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.engine.content.stretches import Span
from app.engine.job import JobControl
from app.engine.sound.audio import FLOOR_DB, Audio, frame_levels_db
from app.engine.sound.noise import room_tone
from app.engine.sound.pitch import Pitch, track
from app.engine.sound.psola import resynthesised

RATE_LIMITS = (0.8, 1.3)  # outside, speech sounds stretched or hurried
LEAST_RATE_CHANGE = 0.04
MOST_SEMITONES = 5.0
PITCH_S = 1.2  # of the words beside the place whose pitch counts
LEAST_VOICED_FRAMES = 12  # of 5 ms
SPEECH_RANGE_DB = 25.0  # frames this far below the loud ones still count as speech
QUIET_PERCENT = 8.0  # of the frames of a recording that hold the room alone


@dataclass(frozen=True, slots=True)
class Shared:
    """Words that are spoken in both: where they are in the new speech, and in the recording (s)."""

    spoken: Span
    recorded: Span


def fitted(speech: Audio, before: Shared | None, after: Shared | None, around: Audio, control: JobControl) -> Audio:
    """The speech, with its words, at the pace and on the pitch line of the recording around it.

    `before` and `after` are the words that both share on the two sides of the changed place.
    """
    shared = [one for one in (before, after) if one is not None]
    rate = _rate(shared)
    pitch = track(speech, control=control)
    if not pitch.voiced_s or not shared:
        return speech
    recorded = track(around, control=control)
    shifts = [(one, _shift_octaves(one, pitch, recorded, is_before=one is before)) for one in shared]
    known = [
        (one.spoken.end if one is before else one.spoken.start, shift) for one, shift in shifts if shift is not None
    ]
    frames_s = np.arange(len(pitch.f0_hz)) * pitch.hop_s
    line = np.interp(frames_s, [at for at, _ in known], [by for _, by in known]) if known else np.zeros(len(frames_s))
    if rate == 1.0 and not np.any(np.abs(line) > 0.25 / 12):
        return speech
    return resynthesised(speech, pitch, np.exp2(line), rate, control=control).with_time_of(speech)


def speech_level_db(samples: Sequence[Audio]) -> float:
    """RMS level of the frames that hold speech, in several parts of one recording."""
    levels = np.concatenate([frame_levels_db(part) for part in samples if len(part.samples)] or [np.array([FLOOR_DB])])
    spoken = levels[levels > np.percentile(levels, 95.0) - SPEECH_RANGE_DB]
    return float(10 * np.log10(np.mean(10 ** (spoken / 10))))


def room_level_db(audio: Audio) -> float:
    """The level of the room behind the speech: that of the quietest frames."""
    levels = frame_levels_db(audio)
    return float(
        10 * np.log10(np.mean(10 ** (np.sort(levels)[: max(1, round(len(levels) * QUIET_PERCENT / 100))] / 10)))
    )


def in_the_room(speech: Audio, around: Audio, seed: int) -> Audio:
    """The speech with as much of the recording's room behind it as it lacks."""
    own_db, wanted_db = room_level_db(speech), room_level_db(around)
    if wanted_db <= max(own_db, FLOOR_DB + 20):
        return speech
    lacking = 10 ** (wanted_db / 10) - 10 ** (own_db / 10)
    tone = room_tone(around, speech.duration_s, np.random.default_rng(seed))
    tone = tone.scaled(10 * np.log10(lacking) - wanted_db)
    n = min(len(tone.samples), len(speech.samples))
    return speech.with_samples(speech.samples[:n] + tone.samples[:n])


def _rate(shared: Sequence[Shared]) -> float:
    spoken_s = sum(one.spoken.end - one.spoken.start for one in shared)
    recorded_s = sum(one.recorded.end - one.recorded.start for one in shared)
    if recorded_s < 0.2 or spoken_s < 0.2:
        return 1.0
    rate = float(np.clip(spoken_s / recorded_s, *RATE_LIMITS))
    return rate if abs(rate - 1) > LEAST_RATE_CHANGE else 1.0


def _shift_octaves(shared: Shared, spoken: Pitch, recorded: Pitch, *, is_before: bool) -> float | None:
    """How far the recording's pitch is above that of the same words in the new speech; None where one has no voice."""
    octaves = []
    for pitch, span in ((spoken, shared.spoken), (recorded, shared.recorded)):
        near = (
            Span(max(span.start, span.end - PITCH_S), span.end)
            if is_before
            else Span(span.start, min(span.end, span.start + PITCH_S))
        )
        f0_hz = pitch.f0_hz[round(near.start / pitch.hop_s) : round(near.end / pitch.hop_s)]
        voiced = f0_hz[f0_hz > 0]
        if len(voiced) < LEAST_VOICED_FRAMES:
            return None
        octaves.append(float(np.median(np.log2(voiced))))
    return float(np.clip(octaves[1] - octaves[0], -MOST_SEMITONES / 12, MOST_SEMITONES / 12))
