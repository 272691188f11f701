"""What each emotion, style and speed tag does to the voice: the tables, intensity's part in them, and the F0 contour.

The rows are acoustic correlates of emotion and manner, tuned on recordings; empty means left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.engine.sound.pitch import HIGHEST_HZ, LOWEST_HZ, Pitch

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Traits:
    """A manner of speaking, relative to the clip."""

    pitch: float = 0.0  # semitones on the mean
    range: float = 1.0  # factor on the deviation of log-F0 from its median
    rate: float = 1.0  # above 1 is faster
    gain: float = 0.0  # dB
    contrast: float = 1.0  # factor on the level contour in dB
    tilt: float = 0.0  # dB per octave around 1 kHz
    breath: float = 0.0  # 0 to 1
    jitter: float = 0.0  # % of single periods
    vibrato: float = 0.0  # cents at 5.5 Hz
    formant: float = 1.0  # factor on formant frequencies
    final: float = 0.0  # semitones over the last 40 % of voiced time
    whisper: float = 0.0  # share, 1: no voice left
    detail: float = 1.0  # share kept of the quick movements of F0 (tremor)

    @property
    def moves_pitch(self) -> bool:
        """True if the melody or single periods change."""
        return (self.pitch, self.range, self.jitter, self.vibrato, self.final, self.detail) != (0, 1, 0, 0, 0, 1)

    def scaled(self, intensity: float) -> Traits:
        """These traits gone `intensity` times as far, within the limits of what still sounds like speech."""
        whisper = self.whisper * intensity
        whisper_loss_db = _WHISPER_LOSS_DB * max(0.0, whisper - 1.0)
        return Traits(
            pitch=_limited(self.pitch * intensity, -8, 10),
            range=_limited(self.range**intensity, 0.1, 2.6),
            rate=_limited(self.rate**intensity, 0.6, 1.6),
            gain=_limited(self.gain * intensity - whisper_loss_db, -15, 12),
            contrast=_limited(self.contrast**intensity, 0.4, 1.8),
            tilt=_limited(self.tilt * intensity, -4, 4.5),
            breath=_limited(1 - (1 - self.breath) ** intensity, 0, 0.9),
            jitter=_limited(self.jitter * intensity, 0, 5),
            vibrato=_limited(self.vibrato * intensity, 0, 90),
            formant=_limited(self.formant**intensity, 0.82, 1.25),
            final=_limited(self.final * intensity, -6, 7),
            whisper=_limited(whisper, 0, 1),
            detail=self.detail**intensity,
        )


EMOTIONS: Mapping[str, Traits] = {
    "happy": Traits(2.0, 1.35, 1.06, 1.5, 1.10, 0.8, formant=1.02, final=0.5),
    "excited": Traits(3.0, 1.55, 1.14, 3.0, 1.20, 1.2, formant=1.02, final=0.5),
    "surprised": Traits(3.0, 1.60, 1.02, 2.0, 1.15, 0.8, formant=1.01, final=3.0),
    "angry": Traits(1.0, 1.40, 1.10, 4.0, 1.30, 1.8, jitter=1.0, formant=0.99, final=-1.5),
    "fear": Traits(2.5, 0.90, 1.12, -1.0, 0.95, 0.3, breath=0.20, jitter=2.0, vibrato=25),
    "sad": Traits(-1.5, 0.65, 0.86, -3.0, 0.85, -1.2, breath=0.15, formant=0.99, final=-1.0),
    "depressed": Traits(-2.5, 0.50, 0.80, -4.5, 0.75, -1.6, breath=0.20, formant=0.98, final=-1.0),
    "coldness": Traits(-1.0, 0.50, 0.97, -1.5, 0.80, -0.5, formant=0.99),
    "disgusted": Traits(-1.5, 1.15, 0.90, 0.5, 1.15, -0.4, jitter=1.2, formant=0.97, final=-1.5),
    "confusion": Traits(0.8, 1.20, 0.92, -1.0, 0.95, final=2.5),
    "empathy": Traits(-0.5, 0.90, 0.91, -2.0, 0.88, -0.9, breath=0.15, formant=0.99, final=-0.4),
    "embarrass": Traits(1.0, 0.80, 0.93, -3.0, 0.85, -0.6, breath=0.20, jitter=0.7),
    "humour": Traits(1.2, 1.50, 1.04, 1.0, 1.12, 0.5, final=1.0),
    "admiration": Traits(1.2, 1.25, 0.96, 0.5, 1.05, 0.3, breath=0.05, final=-0.5),
}

STYLES: Mapping[str, Traits] = {
    "serious": Traits(-0.8, 0.75, 0.95, 0.5, tilt=0.2, formant=0.99, final=-0.6),
    "arrogant": Traits(-0.5, 1.25, 0.93, 1.5, 1.15, 0.6, formant=0.98, final=-1.0),
    "child": Traits(5.0, 1.20, 1.02, tilt=0.4, formant=1.13),
    "older": Traits(-1.5, 0.90, 0.85, -1.5, 0.95, -0.9, breath=0.15, jitter=1.8, vibrato=30, formant=0.97),
    "girl": Traits(3.5, 1.15, 1.03, tilt=0.4, formant=1.08),
    "pure": Traits(1.5, 0.95, 0.98, -1.0, 0.92, 0.3, breath=0.06, formant=1.03),
    "sister": Traits(-0.5, 1.10, 0.97, tilt=0.2, formant=0.99),
    "sweet": Traits(2.0, 1.15, 0.97, -0.5, 0.93, 0.3, breath=0.08, formant=1.04, final=0.8),
    "ethereal": Traits(1.0, 0.75, 0.85, -3.0, 0.80, 0.2, breath=0.35, formant=1.02),
    "whisper": Traits(rate=0.95, gain=-6.0, whisper=1.0),
    "gentle": Traits(-0.3, 0.85, 0.92, -2.0, 0.85, -0.7, breath=0.12),
    "recite": Traits(0.5, 1.40, 0.86, 1.0, 1.15, 0.3),
    "generous": Traits(-0.5, 1.10, 0.96, 1.0, 1.05, 0.2, formant=0.98),
    "act_coy": Traits(3.0, 1.35, 0.93, -0.5, tilt=0.3, breath=0.08, formant=1.06, final=1.8),
    "warm": Traits(-0.6, 0.95, 0.95, -0.5, 0.93, -0.8, formant=0.99),
    "shy": Traits(1.0, 0.75, 0.92, -3.5, 0.85, -0.6, breath=0.22, formant=1.02),
    "comfort": Traits(-0.8, 0.85, 0.88, -2.0, 0.85, -0.9, breath=0.12, formant=0.99, final=-0.6),
    "authority": Traits(-1.5, 1.05, 0.92, 2.5, 1.15, 0.6, formant=0.97, final=-1.2),
    "chat": Traits(0.3, 1.10, 1.08, contrast=0.98),
    "radio": Traits(-0.8, 1.05, 0.98, 2.0, 0.80, 0.2, formant=0.99),
    "soulful": Traits(-0.5, 1.20, 0.87, -0.5, 1.08, -0.5, breath=0.12, vibrato=10),
    "story": Traits(0.3, 1.30, 0.93, contrast=1.10),
    "vivid": Traits(1.0, 1.45, 1.03, 1.0, 1.12, 0.5),
    "program": Traits(0.8, 1.25, 1.04, 1.5, tilt=0.5),
    "news": Traits(0.0, 0.90, 1.07, 1.0, 0.88, 0.4, final=-0.5),
    "advertising": Traits(1.0, 1.40, 1.05, 2.5, 0.95, 0.9),
    "roar": Traits(2.5, 1.20, 0.97, 5.0, 1.25, 2.2, jitter=3.0, formant=0.97),
    "murmur": Traits(-1.0, 0.50, 1.04, -6.0, 0.75, -1.5, breath=0.30),
    "shout": Traits(4.0, 1.25, 0.97, 6.0, 1.15, 2.2, jitter=0.8, formant=1.02),
    "deeply": Traits(-3.0, 0.90, 0.90, 0.5, tilt=-0.5, formant=0.93),
    "loudly": Traits(2.0, 1.15, 0.98, 6.0, 1.05, 1.5),
    "exaggerated": Traits(1.5, 1.80, 0.95, 2.0, 1.30, 0.6, final=1.0),
}

SPEEDS: Mapping[str, float] = {"faster": 1.25, "slower": 0.8, "more faster": 1.5, "more slower": 0.65}
SPEED_LIMITS = (0.5, 2.0)
_FASTEST = {"excited": 1.25}  # beyond, words are lost (word error 0.29 at intensity 2 uncapped)

_WHISPER_LOSS_DB = 3.0  # per unit above 1: nothing is left to unvoice, so more of it is quieter
_DETAIL_S = 0.06  # movements of F0 quicker than this are the voice's own unrest, not melody
_VIBRATO_HZ = 5.5
_FINAL_FROM = 0.6  # share of the voiced time after which the final contour sets in
_SPEAKER_LIMITS = (0.4, 2.6)  # of the median


def traits_of(task: str, tag: str, intensity: float) -> Traits:
    """The traits of an emotion or a style tag (not `remove`) at an intensity."""
    traits = (EMOTIONS if task == "emotion" else STYLES)[tag].scaled(intensity)
    if tag in _FASTEST and traits.rate > _FASTEST[tag]:
        return replace(traits, rate=_FASTEST[tag])
    return traits


def speed_rate(tag: str, intensity: float, iterations: int = 1) -> float:
    """The rate of a speed tag: that of the table to the power of intensity times iterations, 0.5 to 2."""
    return _limited(SPEEDS[tag] ** (intensity * iterations), *SPEED_LIMITS)


def f0_ratio(pitch: Pitch, traits: Traits) -> Floats:
    """By what to multiply F0 at each frame, `[n_frames]`; ones where the clip has no voice at all."""
    if not pitch.median_hz:
        return np.ones(len(pitch.f0_hz))
    f0_hz = pitch.filled_hz()
    x = 12 * np.log2(f0_hz / pitch.median_hz)
    melody = _smoothed(x, pitch.hop_s)
    time_s = np.arange(len(x)) * pitch.hop_s / traits.rate  # vibrato beats in the time of the result
    y = traits.range * melody + traits.detail * (x - melody) + traits.pitch
    y += traits.final * (_late(pitch) - 0.12)
    y += traits.vibrato / 100 * np.sin(2 * np.pi * _VIBRATO_HZ * time_s)
    low, high = (share * pitch.median_hz for share in _SPEAKER_LIMITS)
    target_hz = np.clip(pitch.median_hz * np.exp2(y / 12), max(low, LOWEST_HZ), min(high, HIGHEST_HZ))
    return np.asarray(target_hz / f0_hz)


def _late(pitch: Pitch) -> Floats:
    """0 until 60 % of the voiced time has passed, then rising to 1, bent upwards."""
    place = np.cumsum(pitch.is_voiced) / max(1, int(np.count_nonzero(pitch.is_voiced)))
    return np.asarray(np.maximum(0.0, (place - _FINAL_FROM) / (1 - _FINAL_FROM)) ** 1.5)


def _smoothed(x: Floats, hop_s: float) -> Floats:
    half = round(_DETAIL_S / hop_s / 2)
    window = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(np.pad(x, half, mode="edge"), window / window.sum(), mode="valid")


def _limited(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
