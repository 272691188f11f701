"""Sounds, made by a small formant synthesizer in place of the matched voice: the melody it is asked for, it sings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.signal import find_peaks, lfilter

from app.engine.edits import CATALOGUE
from app.engine.embedded.sounds.breath import room_tone, speech_level_db, speech_spectrum
from app.engine.embedded.sounds.interjector import Contour
from app.engine.embedded.sounds.sounds import SoundMaker
from app.engine.errors import Cancelled
from app.engine.job import JobControl
from app.engine.script import Sound
from app.engine.sound.audio import Audio, frame_levels_db, rms_db
from app.engine.sound.pitch import track

TAGS = tuple(CATALOGUE["paralinguistic"].tags)
MEDIAN_HZ = 180.0


@dataclass
class FormantVoice:
    """Pulses through three resonances of an open vowel, 0.5 s at rate 1, between 0.1 s of silence."""

    sample_rate: int = 24000

    def speak(self, phonemes: str, contour: Contour, rate: float, control: JobControl) -> Audio:
        assert phonemes
        control.checkpoint()
        n = round(0.5 / rate * self.sample_rate)
        f0_hz = MEDIAN_HZ * 2 ** (contour(np.linspace(0, 1, n)) / 12)
        phase = np.cumsum(f0_hz / self.sample_rate)
        sound = np.diff(np.floor(phase), prepend=0.0)
        for formant_hz, width_hz in ((730, 90), (1090, 110), (2440, 170)):
            radius = np.exp(-np.pi * width_hz / self.sample_rate)
            poles = [1, -2 * radius * np.cos(2 * np.pi * formant_hz / self.sample_rate), radius**2]
            sound = lfilter([1 - radius], poles, sound)
        sound *= 0.3 / np.abs(sound).max()
        return Audio(np.pad(sound, round(0.1 * self.sample_rate)).astype(np.float32), self.sample_rate)


@pytest.fixture(scope="module")
def speech() -> Audio:
    """Four syllables with pauses on a little noise, at about -23 dB."""
    voice = FormantVoice()
    syllable = voice.speak("ɑː", lambda place: 2 - 4 * place, 2.0, JobControl())
    samples = np.tile(syllable.samples, 4)
    noise = np.random.default_rng(1).normal(0, 10 ** (-60 / 20), len(samples))
    return Audio((samples + noise).astype(np.float32), voice.sample_rate)


def made(speech: Audio, tag: str, intensity: float = 1.0, seed: int = 3) -> Audio:
    return SoundMaker(FormantVoice(), speech, seed).make(Sound(tag, 0, intensity), JobControl())


def melody_st(sound: Audio) -> np.ndarray:
    """Semitones from the speaker's median, voiced frames only."""
    f0_hz = track(sound).f0_hz
    return 12 * np.log2(f0_hz[f0_hz > 0] / MEDIAN_HZ)


def bursts_s(laugh: Audio) -> np.ndarray:
    """Times of the peaks of the level contour, 3 dB apart from their surroundings."""
    levels = np.convolve(frame_levels_db(laugh, 0.03, 0.01), np.hanning(5) / np.hanning(5).sum(), "same")
    return find_peaks(levels, prominence=3.0, height=levels.max() - 20)[0] * 0.01


@pytest.mark.parametrize("tag", TAGS)
def test_every_tag_of_the_catalogue_has_a_sound_of_sensible_length_and_level(speech: Audio, tag: str) -> None:
    sound = made(speech, tag)
    assert 0.35 <= sound.duration_s <= 1.6
    relative_db = rms_db(sound.samples) - speech_level_db(speech)
    low, high = (-24, -15) if tag == "Breathing" else (-16, 1)
    assert low <= relative_db <= high
    assert np.abs(sound.samples[[0, -1]]).max() < 1e-3
    assert np.abs(sound.samples).max() < 1.0


@pytest.mark.parametrize("tag", TAGS)
def test_more_intensity_is_louder(speech: Audio, tag: str) -> None:
    levels = [frame_levels_db(made(speech, tag, i), 0.1).max() for i in (0.1, 0.5, 1.0, 2.0, 3.0)]
    assert np.all(np.diff(levels) > 0.3)


@pytest.mark.parametrize("tag", TAGS)
def test_equal_seed_equal_sound(speech: Audio, tag: str) -> None:
    assert made(speech, tag).content_hash == made(speech, tag).content_hash


@pytest.mark.parametrize("tag", ["Breathing", "Sigh", "Laughter"])
def test_another_seed_another_breath(speech: Audio, tag: str) -> None:
    assert made(speech, tag, seed=3).content_hash != made(speech, tag, seed=4).content_hash


@pytest.mark.parametrize(
    ("tag", "low_st", "high_st"),
    [
        ("Question-ei", 5.0, 8.5),
        ("Sigh", -7.5, -4.0),
        ("Dissatisfaction-hnn", -6.5, -4.0),
        ("Confirmation-en", -5.0, -2.0),
        ("Uhm", -1.5, -0.3),
        ("Surprise-oh", -4.5, -0.5),
        ("Surprise-ah", -0.7, 2.8),
        ("Surprise-wa", 0.0, 2.8),
    ],
)
def test_melody_ends_where_the_table_says(speech: Audio, tag: str, low_st: float, high_st: float) -> None:
    melody = melody_st(made(speech, tag))
    assert low_st <= np.median(melody[-4:]) - np.median(melody[:4]) <= high_st


@pytest.mark.parametrize("tag", ["Surprise-oh", "Surprise-ah", "Surprise-wa"])
def test_surprise_has_its_peak_inside(speech: Audio, tag: str) -> None:
    melody = melody_st(made(speech, tag))
    assert 0.2 < np.argmax(melody) / len(melody) < 0.65
    assert melody.max() - melody[0] > 3.5


def test_melody_moves_further_with_intensity(speech: Audio) -> None:
    rises = []
    for intensity in (0.5, 1.0, 2.0):
        melody = melody_st(made(speech, "Question-ei", intensity))
        rises.append(np.median(melody[-4:]) - np.median(melody[:4]))
    assert np.all(np.diff(rises) > 1.0)


def test_laughter_has_its_bursts_at_a_laughing_pace(speech: Audio) -> None:
    times_s = bursts_s(made(speech, "Laughter"))
    assert len(times_s) >= 4
    assert 3.5 <= (len(times_s) - 1) / (times_s[-1] - times_s[0]) <= 5.2


def test_laughter_sinks_and_grows_longer_with_intensity(speech: Audio) -> None:
    melody = melody_st(made(speech, "Laughter"))
    assert np.median(melody[:8]) > np.median(melody[-8:]) + 3
    assert [len(bursts_s(made(speech, "Laughter", i))) for i in (0.1, 1.0, 2.0, 3.0)] == [3, 5, 7, 9]


def test_breath_has_no_pitch_and_the_speakers_colour(speech: Audio) -> None:
    breath = made(speech, "Breathing", 3.0)
    assert track(breath).voiced_share < 0.1
    hz = np.array([400.0, 700.0, 1500.0, 2400.0])
    own, voice = speech_spectrum(breath).at(hz), speech_spectrum(speech).at(hz)
    assert np.corrcoef(own, voice)[0, 1] > 0.8


def test_breath_is_longer_with_intensity(speech: Audio) -> None:
    lengths = [made(speech, "Breathing", i).duration_s for i in (0.5, 1.0, 2.0)]
    assert lengths == sorted(lengths)
    assert lengths[1] == pytest.approx(0.45, abs=0.01)


def test_sounds_follow_the_level_of_the_speech(speech: Audio) -> None:
    quieter = made(speech.scaled(-12), "Uhm")
    assert rms_db(quieter.samples) - rms_db(made(speech, "Uhm").samples) == pytest.approx(-12, abs=0.3)


def test_iterations_fold_into_intensity_within_its_limit(speech: Audio) -> None:
    def level_db(sound: Sound) -> float:
        return rms_db(SoundMaker(FormantVoice(), speech, 3).make(sound, JobControl()).samples)

    assert level_db(Sound("Uhm", 0, 0.5, 3)) == pytest.approx(level_db(Sound("Uhm", 0, 1.5)))
    assert level_db(Sound("Uhm", 0, 2.0, 4)) == pytest.approx(level_db(Sound("Uhm", 0, 3.0)))


def test_room_tone_has_the_level_of_the_background(speech: Audio) -> None:
    tone = room_tone(speech, 1.0, np.random.default_rng(0))
    assert rms_db(tone.samples) == pytest.approx(-60, abs=2)


def test_room_tone_of_digital_silence_is_digital_silence() -> None:
    clip = Audio(np.concatenate((np.zeros(12000), np.ones(12000) * 0.1)).astype(np.float32), 24000)
    assert not np.any(room_tone(clip, 0.5, np.random.default_rng(0)).samples)


def test_a_cancelled_job_makes_no_sound(speech: Audio) -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        SoundMaker(FormantVoice(), speech, 0).make(Sound("Laughter", 0), control)
