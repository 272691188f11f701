"""The sounds of the paralinguistic tags, made in the voice of a speaker: one recipe for each tag of the catalogue.

Interjections are spoken by the matched voice on a given melody; the others are built around shaped noise and short
vowels. Intensity `i`: level + 3 dB * (i - 1), melody * sqrt(i), more bursts in a laugh, a longer breath.
Repeating such an edit would repeat the sound, which nobody asks for: n iterations are folded into intensity n * i.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from app.engine.edits import CATALOGUE, INTENSITY_RANGE
from app.engine.embedded.sounds.breath import breath_spectrum, puff, speech_level_db, speech_spectrum
from app.engine.embedded.sounds.colour import low_passed, tilted
from app.engine.embedded.sounds.interjector import Contour, Interjector
from app.engine.embedded.sounds.laughter import CHUCKLE, GIGGLE, LAUGH, Laugh, laugh
from app.engine.embedded.sounds.throat import clears_throat, cough, snort
from app.engine.job import JobControl
from app.engine.script import Sound
from app.engine.sound.audio import Audio, edge_faded, rms_db, soft_limited, without_silent_ends
from app.engine.sound.noise import Spectrum, shaped_noise

LEVEL_DB_PER_INTENSITY = 3.0
SOUNDING_RANGE_DB = 35.0
SIGH_BREATH_TAIL = 0.35  # of the voice's length, breath alone after it
SIGH_VOICE_DB, SIGH_BREATH_DB, SIGH_DECAY_DB = -7.0, -14.0, 14.0


@dataclass(frozen=True, slots=True)
class Melody:
    """An interjection: phonemes, (place, semitones) knots of its pitch, rate, and level against speech in dB.

    `lips_hz`: hummed through closed lips, which let no more through than lies below.
    """

    phonemes: str
    knots: tuple[tuple[float, float], ...]
    rate: float
    level_db: float = 0.0
    lips_hz: float = 0.0

    def contour(self, intensity: float) -> Contour:
        """The melody with its excursions scaled by the square root of the intensity."""
        places, semitones = (np.array(column) for column in zip(*self.knots, strict=True))
        scaled = semitones * np.sqrt(intensity)
        return lambda place: np.interp(place, places, scaled)


@dataclass(frozen=True, slots=True)
class Air:
    """Breath alone: seconds, the share of them over which it swells, level in dB before that, and brightness."""

    seconds: float
    rise_share: float
    level_db: float
    tilt_db_per_octave: float = 0.0


SIGH = Melody("hˈɑː…", ((0.0, 1.0), (0.5, 0.0), (1.0, -6.0)), 0.75, SIGH_VOICE_DB)

INTERJECTIONS: Mapping[str, Melody] = {
    "uhm": Melody("ˈʌːm…", ((0.0, -1.0), (1.0, -2.0)), 0.65, -3.1),
    "Confirmation-en": Melody("ˈəŋ.", ((0.0, 0.0), (0.4, 1.0), (1.0, -4.0)), 0.85, -2.5, lips_hz=900.0),
    "Surprise-oh": Melody("ˈO!", ((0.0, 0.0), (0.5, 6.0), (1.0, -3.0)), 0.8),
    "Surprise-ah": Melody("ˈɑː!", ((0.0, 3.0), (0.3, 9.0), (1.0, 3.0)), 0.75),
    "Surprise-wa": Melody("wˈɑː!", ((0.0, -2.0), (0.5, 8.0), (1.0, 0.0)), 0.65),
    "Surprise-yo": Melody("jˈO!", ((0.0, 5.0), (0.3, 10.0), (1.0, 1.0)), 0.75),
    "Dissatisfaction-hnn": Melody("hˈʌmm.", ((0.0, 1.0), (1.0, -5.5)), 0.8, -1.9, lips_hz=1500.0),
    "Question-ei": Melody("ˈA?", ((0.0, -1.0), (0.4, 0.0), (1.0, 7.0)), 0.8),
    "Question-ah": Melody("ˈɑː?", ((0.0, -2.0), (0.4, -2.0), (1.0, 6.0)), 0.75),
    "Question-en": Melody("ˈəŋ?", ((0.0, -1.0), (0.4, -1.0), (1.0, 5.0)), 0.7, -1.5, lips_hz=900.0),
    "Question-yi": Melody("jˈi?", ((0.0, 2.0), (0.4, 2.0), (1.0, 10.0)), 0.65),
    "Question-oh": Melody("ˈO?", ((0.0, 1.0), (0.4, -4.0), (1.0, 5.0)), 0.7),
}
BREATHS: Mapping[str, Air] = {
    "breath": Air(0.45, 0.55, -16.0),
    "inhale": Air(0.75, 0.85, -11.0, 2.0),  # the throat narrows until the lungs are full
    "exhale": Air(0.95, 0.15, -11.0, -1.5),  # and is wide open on the way out
}
LAUGHS: Mapping[str, Laugh] = {"laugh": LAUGH, "giggle": GIGGLE, "chuckle": CHUCKLE}
FromThroat = Callable[[Interjector, Spectrum, float, np.random.Generator, JobControl], Audio]
THROAT: Mapping[str, FromThroat] = {"cough": cough, "clears throat": clears_throat, "snort": snort}

Recipe = Callable[[float, float, np.random.Generator, JobControl], Audio]
_PLACES = {tag: place for place, tag in enumerate(CATALOGUE["paralinguistic"].tags)}


class SoundMaker:
    """Makes any tag's sound in the voice heard in `speech`, once for each strength.

    Noise is drawn from `seed`: equal seeds make equal sounds, in whatever order they are asked for.
    """

    def __init__(self, interjector: Interjector, speech: Audio, seed: int) -> None:
        self._interjector = interjector
        self._seed = seed
        self._speech_db = speech_level_db(speech)
        self._breath = breath_spectrum(speech_spectrum(speech))
        self._made: dict[tuple[str, float], Audio] = {}
        self._recipes: dict[str, Recipe] = {
            "sigh": self._sigh,
            **{tag: partial(self._spoken, melody) for tag, melody in INTERJECTIONS.items()},
            **{tag: partial(self._breathed, air) for tag, air in BREATHS.items()},
            **{tag: partial(self._laughed, kind) for tag, kind in LAUGHS.items()},
            **{tag: partial(self._from_throat, make) for tag, make in THROAT.items()},
        }

    @property
    def sample_rate(self) -> int:
        """Of the sounds, in Hz."""
        return self._interjector.sample_rate

    def make(self, sound: Sound, control: JobControl) -> Audio:
        """The sound, without silence at its ends; `intensity * iterations` is limited to 0.1 .. 3."""
        control.checkpoint()
        i = float(np.clip(sound.intensity * sound.iterations, *INTENSITY_RANGE))
        if (sound.tag, i) not in self._made:
            level_db = self._speech_db + LEVEL_DB_PER_INTENSITY * (i - 1)
            rng = np.random.default_rng((self._seed, _PLACES[sound.tag]))
            made = self._recipes[sound.tag](i, level_db, rng, control)
            self._made[sound.tag, i] = edge_faded(Audio(soft_limited(made.samples), made.sample_rate))
        return self._made[sound.tag, i]

    def _spoken(
        self, melody: Melody, i: float, level_db: float, rng: np.random.Generator, control: JobControl
    ) -> Audio:
        del rng  # the model draws nothing
        spoken = self._interjector.speak(melody.phonemes, melody.contour(i), melody.rate, control)
        if melody.lips_hz:
            spoken = Audio(low_passed(spoken.samples, spoken.sample_rate, melody.lips_hz), spoken.sample_rate)
        return levelled(without_silent_ends(spoken, 0.01, 0.01, SOUNDING_RANGE_DB), level_db + melody.level_db)

    def _breathed(self, air: Air, i: float, level_db: float, rng: np.random.Generator, control: JobControl) -> Audio:
        del control  # done in a millisecond
        spectrum = tilted(self._breath, air.tilt_db_per_octave)
        seconds = air.seconds * float(np.sqrt(i))
        return puff(spectrum, seconds, air.rise_share, self.sample_rate, level_db + air.level_db, rng)

    def _sigh(self, i: float, level_db: float, rng: np.random.Generator, control: JobControl) -> Audio:
        voice = self._spoken(SIGH, i, level_db, rng, control).samples
        n = round(len(voice) * (1 + SIGH_BREATH_TAIL))
        air = shaped_noise(self._breath, n, self.sample_rate, level_db + SIGH_BREATH_DB, rng).samples
        mixed = air * np.sin(np.pi * np.sqrt(np.arange(n) / n))  # the breath comes early and ebbs long
        mixed[: len(voice)] += voice * 10 ** (-SIGH_DECAY_DB * np.arange(len(voice)) / len(voice) / 20)
        return Audio(mixed.astype(np.float32), self.sample_rate)

    def _laughed(self, kind: Laugh, i: float, level_db: float, rng: np.random.Generator, control: JobControl) -> Audio:
        return laugh(kind, self._interjector, self._breath, i, level_db, rng, control)

    def _from_throat(
        self, make: FromThroat, i: float, level_db: float, rng: np.random.Generator, control: JobControl
    ) -> Audio:
        del i  # it is in the level
        return make(self._interjector, self._breath, level_db, rng, control)


def levelled(audio: Audio, level_db: float) -> Audio:
    """The clip at an RMS level of `level_db`; silence stays silence."""
    return audio.scaled(level_db - rms_db(audio.samples)) if np.any(audio.samples) else audio
