"""The sounds of the paralinguistic tags, made in the voice of a speaker: one recipe for each tag of the catalogue.

Interjections are spoken by the matched voice on a given melody; breath, sigh and laughter are built around shaped
noise. Intensity `i`: level + 3 dB * (i - 1), melody * sqrt(i), more bursts in a laugh, a longer breath.
Repeating such an edit would repeat the sound, which nobody asks for: n iterations are folded into intensity n * i.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from app.engine.edits import INTENSITY_RANGE
from app.engine.embedded.sounds.breath import breath_spectrum, inhale, shaped_noise, speech_level_db, speech_spectrum
from app.engine.embedded.sounds.interjector import Contour, Interjector
from app.engine.embedded.sounds.laughter import laugh
from app.engine.job import JobControl
from app.engine.script import Sound
from app.engine.sound.audio import Audio, edge_faded, rms_db, soft_limited, without_silent_ends

LEVEL_DB_PER_INTENSITY = 3.0
SOUNDING_RANGE_DB = 35.0
BREATH_S, BREATH_DB = 0.45, -16.0
SIGH_BREATH_TAIL = 0.35  # of the voice's length, breath alone after it
SIGH_VOICE_DB, SIGH_BREATH_DB, SIGH_DECAY_DB = -7.0, -14.0, 14.0


@dataclass(frozen=True, slots=True)
class Melody:
    """An interjection: phonemes, (place, semitones) knots of its pitch, rate, and level against speech in dB."""

    phonemes: str
    knots: tuple[tuple[float, float], ...]
    rate: float
    level_db: float

    def contour(self, intensity: float) -> Contour:
        """The melody with its excursions scaled by the square root of the intensity."""
        places, semitones = (np.array(column) for column in zip(*self.knots, strict=True))
        scaled = semitones * np.sqrt(intensity)
        return lambda place: np.interp(place, places, scaled)


SIGH = Melody("hˈɑː…", ((0.0, 1.0), (0.5, 0.0), (1.0, -6.0)), 0.75, SIGH_VOICE_DB)

INTERJECTIONS: Mapping[str, Melody] = {
    "Uhm": Melody("ˈʌːm…", ((0.0, -1.0), (1.0, -2.0)), 0.65, -3.1),
    "Surprise-oh": Melody("ˈO!", ((0.0, 2.0), (0.45, 7.0), (1.0, -1.0)), 0.8, 0.0),
    "Surprise-ah": Melody("ˈɑː!", ((0.0, 1.0), (0.3, 8.0), (1.0, 1.0)), 0.75, 0.0),
    "Surprise-wa": Melody("wˈɑː!", ((0.0, 0.0), (0.45, 8.0), (1.0, 1.0)), 0.7, 0.0),
    "Confirmation-en": Melody("ˈəŋ.", ((0.0, 0.0), (0.4, 1.0), (1.0, -4.0)), 0.8, -2.5),
    "Question-ei": Melody("ˈA?", ((0.0, -1.0), (0.4, 0.0), (1.0, 7.0)), 0.75, 0.0),
    "Dissatisfaction-hnn": Melody("hˈʌmm.", ((0.0, 1.0), (1.0, -5.0)), 0.7, -1.9),
}


class SoundMaker:
    """Makes any tag's sound in the voice heard in `speech`.

    Noise is drawn from `seed`: the same calls in the same order make the same sounds.
    """

    def __init__(self, interjector: Interjector, speech: Audio, seed: int) -> None:
        self._interjector = interjector
        self._rng = np.random.default_rng(seed)
        self._speech_db = speech_level_db(speech)
        self._breath = breath_spectrum(speech_spectrum(speech))

    @property
    def sample_rate(self) -> int:
        """Of the sounds, in Hz."""
        return self._interjector.sample_rate

    def make(self, sound: Sound, control: JobControl) -> Audio:
        """The sound, without silence at its ends; `intensity * iterations` is limited to 0.1 .. 3."""
        control.checkpoint()
        i = float(np.clip(sound.intensity * sound.iterations, *INTENSITY_RANGE))
        level_db = self._speech_db + LEVEL_DB_PER_INTENSITY * (i - 1)
        made = self._recipe(sound.tag)(i, level_db, control)
        return edge_faded(Audio(soft_limited(made.samples), made.sample_rate))

    def _recipe(self, tag: str) -> Callable[[float, float, JobControl], Audio]:
        if tag in INTERJECTIONS:
            return lambda i, level_db, control: self._spoken(INTERJECTIONS[tag], i, level_db, control)
        return {"Breathing": self._breathing, "Sigh": self._sigh, "Laughter": self._laughter}[tag]

    def _spoken(self, melody: Melody, i: float, level_db: float, control: JobControl) -> Audio:
        spoken = self._interjector.speak(melody.phonemes, melody.contour(i), melody.rate, control)
        return levelled(without_silent_ends(spoken, 0.01, 0.01, SOUNDING_RANGE_DB), level_db + melody.level_db)

    def _breathing(self, i: float, level_db: float, control: JobControl) -> Audio:
        del control  # done in a millisecond
        return inhale(self._breath, BREATH_S * np.sqrt(i), self.sample_rate, level_db + BREATH_DB, self._rng)

    def _sigh(self, i: float, level_db: float, control: JobControl) -> Audio:
        voice = self._spoken(SIGH, i, level_db, control).samples
        n = round(len(voice) * (1 + SIGH_BREATH_TAIL))
        air = shaped_noise(self._breath, n, self.sample_rate, level_db + SIGH_BREATH_DB, self._rng).samples
        mixed = air * np.sin(np.pi * np.sqrt(np.arange(n) / n))  # the breath comes early and ebbs long
        mixed[: len(voice)] += voice * 10 ** (-SIGH_DECAY_DB * np.arange(len(voice)) / len(voice) / 20)
        return Audio(mixed.astype(np.float32), self.sample_rate)

    def _laughter(self, i: float, level_db: float, control: JobControl) -> Audio:
        return laugh(self._interjector, self._breath, i, level_db, self._rng, control)


def levelled(audio: Audio, level_db: float) -> Audio:
    """The clip at an RMS level of `level_db`; silence stays silence."""
    return audio.scaled(level_db - rms_db(audio.samples)) if np.any(audio.samples) else audio
