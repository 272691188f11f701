"""Toward a neutral reading: how far a clip is from plain speech, and the traits that lead there (the tag `remove`)."""

from __future__ import annotations

import re

import numpy as np

from app.engine.chinese import HAN_CHAR
from app.engine.embedded.expression.prosody import Traits
from app.engine.embedded.text.languages import LANGUAGES, SpokenLanguage
from app.engine.embedded.text.scripts import document_language
from app.engine.facts.warnings import ClipWhispered
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, frame_levels_db
from app.engine.sound.filters import mean_powers
from app.engine.sound.pitch import Pitch

_RANGE_LIMITS = (0.65, 0.85)
_FLAT = 0.6  # of the plain spread: below, the clip needs no flattening
_RATE_SHARE = 1 / 3  # of the way to the norm, at intensity 1
_RATE_LIMITS = (0.8, 1.25)
_TILT_DB = -6.0  # per octave, of plain speech
_TILT_SHARE, _TILT_LIMIT_DB = 0.5, 2.0
_BANDS_HZ = tuple(250 * 2 ** (k / 3) for k in range(14))  # thirds of octaves, 250 Hz to 5 kHz
_HALF_BAND = 2 ** (1 / 6)
_HIGHEST_SHARE = 0.4  # of the sample rate: above, anti-aliasing filters shape the spectrum
_CONTRAST, _DETAIL = 0.85, 0.5
_STYLE_SHARE = 0.5  # style sits less in melody and dynamics than emotion does
_WHISPERED_BELOW = 0.1  # voiced share of the sounding part
_SOUND_DEPTH_DB = 30.0

_VOWELS = re.compile(r"[aeiouy]+")
_WORD = re.compile(r"[a-z']+")


def traits_towards(audio: Audio, pitch: Pitch, transcript: str | None, intensity: float, task: str) -> Traits:
    """The traits that bring this clip nearer to plain reading. The mean of its pitch stays."""
    strength = intensity * (_STYLE_SHARE if task == "style" else 1.0)
    language = LANGUAGES[document_language(transcript or "")]
    return Traits(
        range=_range_factor(pitch, language),
        contrast=_CONTRAST,
        detail=_DETAIL,
        tilt=_tilt_change(audio),
        rate=_rate_factor(audio, transcript, language),
    ).scaled(strength)


def warn_of_limits(audio: Audio, pitch: Pitch, control: JobControl) -> None:
    """Say so when the clip is whispered: its voice cannot be given back."""
    if pitch.voiced_s < _WHISPERED_BELOW * _sounding_s(audio):
        control.warn(ClipWhispered())


def _range_factor(pitch: Pitch, language: SpokenLanguage) -> float:
    plain, spread = language.spread_semitones, pitch.spread_semitones
    if spread < _FLAT * plain:
        return 1.0
    low, high = _RANGE_LIMITS
    return min(max(plain / spread, low), high)


def _rate_factor(audio: Audio, transcript: str | None, language: SpokenLanguage) -> float:
    n_syllables = _n_syllables(transcript or "")
    if not n_syllables:
        return 1.0
    spoken = n_syllables / max(_sounding_s(audio), 0.2)
    low, high = _RATE_LIMITS
    towards_norm: float = (language.syllables_per_s / spoken) ** _RATE_SHARE
    return min(max(towards_norm, low), high)


def _n_syllables(text: str) -> int:
    """Han characters, and groups of vowels in Latin words without a silent final e."""
    words = _WORD.findall(text.lower())
    latin = sum(max(1, len(_VOWELS.findall(w[:-1] if w.endswith("e") and not w.endswith("le") else w))) for w in words)
    return len(HAN_CHAR.findall(text)) + latin


def _sounding_s(audio: Audio) -> float:
    levels = frame_levels_db(audio)
    return float(np.count_nonzero(levels > np.percentile(levels, 95) - _SOUND_DEPTH_DB)) * 0.01


def _tilt_change(audio: Audio) -> float:
    """dB per octave that bring the long-term spectrum half-way to plain speech."""
    frequency_hz, power = mean_powers(audio.samples, audio.sample_rate, 1024)
    centres_hz = [b for b in _BANDS_HZ if b < _HIGHEST_SHARE * audio.sample_rate]
    level_db = []
    for centre in centres_hz:
        inside = (frequency_hz >= centre / _HALF_BAND) & (frequency_hz < centre * _HALF_BAND)
        level_db.append(10 * np.log10(np.mean(power[inside]) + 1e-15))
    slope_db = float(np.polyfit(np.log2(centres_hz), level_db, 1)[0])
    return min(max(_TILT_SHARE * (_TILT_DB - slope_db), -_TILT_LIMIT_DB), _TILT_LIMIT_DB)
