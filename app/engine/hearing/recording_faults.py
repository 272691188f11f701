"""What is doubtful of a recording whose voice is wanted, or which is to be denoised, by cheap measures of its sound.

The thresholds were set on preset voices, clean and spoilt by known amounts of noise, made music, clipping and
exponential reverberation, alone and two in one recording; `tests/engine/hearing/test_recording_faults.py` holds such
cases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.engine.facts.fact import Note
from app.engine.facts.warnings import (
    DenoisingClipped,
    DenoisingReverberant,
    LittleSpeech,
    ReferenceClipped,
    ReferenceNoisy,
    SeveralVoices,
)
from app.engine.hearing.vad import Span
from app.engine.sound.audio import Audio, frame_levels_db

ENOUGH_SPEECH_S = 3.0

# A clipped wave stays at its peak, another passes through it: 0.03 % of clean speech lies there, of heavily clipped 5 %
# and more.
TOP, MAX_SHARE_AT_TOP = 0.97, 0.01

FRAME_S, HOP_S = 0.02, 0.01
# How far the softest tenth of the frames within speech lies below all of it: clean 26 dB and more, with white noise
# 12 dB below it 12 dB, with music 10 dB below it 14 to 17 dB.
SOFTEST, MIN_NOISE_DISTANCE_DB = 0.1, 18.0

# Level falls at the ends of sounds: within 50 ms by 20 dB and more in clean speech, by 6 to 10 dB where a room rings
# for 0.5 s and longer. A room goes on falling after that, noise does not.
FALL_FRAMES, LATER_FRAMES = 5, 15
LOUD_DB, STEEPEST_PERCENTILE = 15.0, 97
REVERBERANT_FALL_DB, FURTHER_FALL_DB = 10.5, 2.6

# Likeness of the mean embeddings of two groups of stretches: of one voice 0.86 and more, of two of one sex 0.63 to
# 0.84, of a woman and a man 0.59 to 0.81. Short recordings have too few stretches to tell.
MAX_LIKENESS, MIN_STRETCHES, MIN_IN_GROUP, ROUNDS = 0.8, 6, 3, 8

Embeddings = NDArray[np.float32]


def faults_of_reference(audio: Audio, spans: Sequence[Span], embeddings: Callable[[], Embeddings]) -> list[Note]:
    """What makes a voice poor. `spans`: where somebody speaks; `embeddings` of 1.6 s stretches, of unit length.

    Shape of the embeddings: `[n, 256]`. They are asked for only where there is speech enough to tell voices apart.
    """
    found: list[Note] = []
    speech_s = sum(end - start for start, end in spans)
    if speech_s < ENOUGH_SPEECH_S:
        found.append(LittleSpeech(speech_s, ENOUGH_SPEECH_S))
    if is_clipped(audio):
        found.append(ReferenceClipped())
    distance_db = noise_distance_db(audio, spans)
    if distance_db < MIN_NOISE_DISTANCE_DB:
        found.append(ReferenceNoisy(distance_db))
    if speech_s >= 2 * ENOUGH_SPEECH_S and has_several_voices(embeddings()):
        found.append(SeveralVoices())
    return found


def faults_for_denoising(audio: Audio) -> list[Note]:
    """What denoising makes worse: it takes the distortion of clipped speech, and the end of reverberant, for noise."""
    found: list[Note] = []
    if is_clipped(audio):
        found.append(DenoisingClipped())
    if is_reverberant(audio):
        found.append(DenoisingReverberant())
    return found


def is_clipped(audio: Audio) -> bool:
    """Whether the wave stays at its peak again and again, at whatever level it was saved."""
    magnitudes = np.abs(audio.samples)
    return float(np.mean(magnitudes >= TOP * np.quantile(magnitudes, 0.9999))) > MAX_SHARE_AT_TOP


def noise_distance_db(audio: Audio, spans: Sequence[Span]) -> float:
    """How far the softest frames within speech lie below all of it."""
    levels = frame_levels_db(audio, FRAME_S, HOP_S)
    times_s = np.arange(len(levels)) * HOP_S + FRAME_S / 2
    is_speech = np.zeros(len(levels), bool)
    for start_s, end_s in spans:
        is_speech |= (times_s >= start_s) & (times_s <= end_s)
    speech = np.sort(levels[is_speech])
    if not len(speech):
        return float("inf")
    softest = speech[: max(1, int(SOFTEST * len(speech)))]
    return float(10 * np.log10(np.mean(10 ** (speech / 10))) - softest.mean())


def is_reverberant(audio: Audio) -> bool:
    """Whether sounds ring on."""
    levels = frame_levels_db(audio, FRAME_S, HOP_S)
    if len(levels) <= LATER_FRAMES:
        return False
    is_loud = levels > np.percentile(levels, 95) - LOUD_DB

    def steep_fall_db(n_frames: int) -> float:
        falls = levels[:-n_frames] - levels[n_frames:]
        return float(np.percentile(falls[is_loud[:-n_frames]], STEEPEST_PERCENTILE))

    fall_db = steep_fall_db(FALL_FRAMES)
    return fall_db < REVERBERANT_FALL_DB and steep_fall_db(LATER_FRAMES) - fall_db > FURTHER_FALL_DB


def has_several_voices(embeddings: Embeddings) -> bool:
    """Whether the stretches fall into two groups of unlike voices, in any order (2-means), or one after the other."""
    n = len(embeddings)
    if n < MIN_STRETCHES:
        return False
    splits = [_grouped(embeddings), *(np.arange(n) < k for k in range(MIN_IN_GROUP, n - MIN_IN_GROUP + 1))]
    return any(
        min(is_first.sum(), n - is_first.sum()) >= MIN_IN_GROUP
        and float(_mean(embeddings[is_first]) @ _mean(embeddings[~is_first])) < MAX_LIKENESS
        for is_first in splits
    )


def _grouped(embeddings: Embeddings) -> NDArray[np.bool_]:
    """Two groups around the two least alike."""
    likeness = embeddings @ embeddings.T
    one, other = (embeddings[k] for k in np.unravel_index(likeness.argmin(), likeness.shape))
    is_first = embeddings @ one >= embeddings @ other
    for _ in range(ROUNDS):
        if is_first.all() or not is_first.any():
            break
        one, other = _mean(embeddings[is_first]), _mean(embeddings[~is_first])
        is_first = embeddings @ one >= embeddings @ other
    return np.asarray(is_first, bool)


def _mean(embeddings: Embeddings) -> Embeddings:
    mean = embeddings.mean(axis=0)
    unit: Embeddings = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return unit
