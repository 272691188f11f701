"""Traits by which the sounds of people are told apart, and the classifier over them: the nearest mean of other voices.

Run: python -m tests.sound_traits
It makes every sound in the voices of `tests/data/clips` and writes tests/data/sound_traits.npz.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from app.engine.edits import CATALOGUE
from app.engine.embedded.sounds.sounds import SoundMaker
from app.engine.embedded.voice.matched_voice import MatchedVoice
from app.engine.embedded.voice.profile import VoiceProfile
from app.engine.job import JobControl
from app.engine.script import Sound
from app.engine.sound.audio import Audio, frame_levels_db
from app.engine.sound.pitch import track

Traits = NDArray[np.float64]

TAGS = tuple(CATALOGUE["paralinguistic"].tags)
TABLE = (
    Path(__file__).parent / "data" / "sound_traits.npz"
)  # a voice's name -> [22, n_traits], in the catalogue's order
BANDS_HZ = (100, 300, 500, 800, 1200, 1800, 2600, 4000, 6000, 10_000)
FLUTTER_HZ = (20.0, 60.0)
LEAST_VOICED = 0.15  # below, pitches are found in noise


class Interjector:
    """A matched voice, as its sounds need it."""

    def __init__(self, voice: MatchedVoice, profile: VoiceProfile) -> None:
        self._voice, self._profile = voice, profile
        self.sample_rate = voice.sample_rate

    def speak(self, phonemes: str, contour: Callable[[Traits], Traits], rate: float, control: JobControl) -> Audio:
        return self._voice.speak_contour(phonemes, self._profile, contour, rate, control)


def traits_of_voice(voice: MatchedVoice, profile: VoiceProfile, clip: Audio) -> Traits:
    """Traits of every sound in one voice, `[22, n_traits]`; what they have in common is the voice's, and left out."""
    maker = SoundMaker(Interjector(voice, profile), clip, seed=1)
    rows = np.array([_traits(maker.make(Sound(tag, 0), JobControl()), profile.f0_median_hz) for tag in TAGS])
    return rows - rows.mean(axis=0)


def told_as(own: Traits, others: list[Traits]) -> list[str]:
    """For each of the 22 sounds of a voice, the tag whose mean over other voices is nearest."""
    distance = ((own[:, None] - np.mean(others, axis=0)[None]) ** 2).sum(axis=2)
    return [TAGS[place] for place in distance.argmin(axis=1)]


def stored_traits() -> dict[str, Traits]:
    """The table, by the names of the clips."""
    with np.load(TABLE) as data:
        return {name: data[name].astype(np.float64) for name in data.files}


def _traits(sound: Audio, median_hz: float) -> Traits:
    """Length, periodicity, bursts, flutter, pitch against the speaker's, and spectrum of both halves; each about 1."""
    levels = np.convolve(frame_levels_db(sound, 0.03, 0.01), np.hanning(5) / np.hanning(5).sum(), "same")
    levels = np.pad(levels, 3, constant_values=levels.min())
    n_bursts = len(find_peaks(levels, prominence=3.0, height=levels.max() - 20)[0])
    power = 10 ** (levels / 10)
    centre = power @ np.arange(len(power)) / power.sum() / len(power)
    f0_hz = track(sound).f0_hz
    voiced_share = np.mean(f0_hz > 0)
    shape = (3 * np.log2(sound.duration_s), 3 * voiced_share, n_bursts, 5 * centre, _flutter_db(sound) / 6)
    half = len(sound.samples) // 2
    spectra = [_bands_db(part, sound.sample_rate) / 8 for part in (sound.samples[:half], sound.samples[half:])]
    return np.concatenate((shape, _melody_st(f0_hz, median_hz) / 2.5, *spectra))


def _melody_st(f0_hz: Traits, median_hz: float) -> Traits:
    """Begin, median, end and height of the middle, in semitones from the speaker's median."""
    voiced = f0_hz[f0_hz > 0]
    if len(voiced) < max(9, LEAST_VOICED * len(f0_hz)):
        return np.zeros(4)
    pitch = 12 * np.log2(voiced / median_hz)
    n, quarter = max(3, len(pitch) // 5), len(pitch) // 4
    return np.array([np.median(pitch[:n]), np.median(pitch), np.median(pitch[-n:]), pitch[quarter : 3 * quarter].max()])


def _flutter_db(sound: Audio) -> float:
    """How much of the envelope's movement lies between 20 and 60 Hz."""
    step = sound.sample_rate // 400
    envelope = np.sqrt(np.convolve(sound.samples.astype(np.float64) ** 2, np.full(2 * step, 0.5 / step), "same"))[
        ::step
    ]
    envelope = envelope - np.convolve(envelope, np.full(40, 1 / 40), "same")
    power = np.abs(np.fft.rfft(envelope * np.hanning(len(envelope)))) ** 2
    hz = np.fft.rfftfreq(len(envelope), 1 / 400)
    beaten = power[(hz > FLUTTER_HZ[0]) & (hz < FLUTTER_HZ[1])].sum()
    return float(10 * np.log10(beaten / (power.sum() + 1e-12) + 1e-4))


def _bands_db(samples: NDArray[np.float32], sample_rate: int) -> Traits:
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    hz = np.fft.rfftfreq(len(samples), 1 / sample_rate)
    energy = np.array([power[(hz >= low) & (hz < high)].sum() for low, high in pairwise(BANDS_HZ)])
    return np.asarray(10 * np.log10(energy / energy.sum() + 1e-5))


def main() -> None:
    """Make the table."""
    import soundfile

    from app.engine.embedded.voice.kokoro import Kokoro
    from app.engine.embedded.voice.matching import Matcher
    from app.engine.embedded.voice.stock_voices import StockVoices
    from app.engine.hearing.speaker import SpeakerEncoder
    from app.engine.parts.parts import Parts
    from app.settings import Settings

    voices = StockVoices()
    voice = MatchedVoice(Kokoro(Parts(Settings().models_dir / "embedded", offline=True), threads=2), voices)
    matcher, found = Matcher(voices, SpeakerEncoder(threads=2)), {}
    for path in sorted(TABLE.parent.glob("clips/ref_*.flac")):
        samples, rate = soundfile.read(path, dtype="float32")
        clip = Audio(samples, rate)
        profile = matcher.profile(clip, "zh" if "_zh" in path.stem else "en", JobControl())
        found[path.stem] = traits_of_voice(voice, profile, clip).astype(np.float32)
    np.savez_compressed(TABLE, **found)


if __name__ == "__main__":
    main()
