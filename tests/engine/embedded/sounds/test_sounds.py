"""Sounds, made by a small formant synthesizer in place of the matched voice: the melody it is asked for, it sings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.signal import find_peaks, lfilter

from app.engine.edits import CATALOGUE
from app.engine.embedded.sounds.breath import speech_level_db, speech_spectrum
from app.engine.embedded.sounds.interjector import Contour
from app.engine.embedded.sounds.sounds import BREATHS, SoundMaker
from app.engine.errors import Cancelled
from app.engine.job import JobControl
from app.engine.script import Sound
from app.engine.sound.audio import Audio, frame_levels_db, rms_db
from app.engine.sound.noise import room_tone
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
    low, high = (-24, -12) if tag in BREATHS else (-16, 1)
    assert low <= relative_db <= high
    assert np.abs(sound.samples[[0, -1]]).max() < 1e-3
    assert np.abs(sound.samples).max() < 1.0


@pytest.mark.parametrize("tag", TAGS)
def test_more_intensity_is_louder(speech: Audio, tag: str) -> None:
    levels = [frame_levels_db(made(speech, tag, i), 0.1).max() for i in (0.1, 1.0, 3.0)]
    assert np.all(np.diff(levels) > 0.3)


@pytest.mark.parametrize("tag", TAGS)
def test_equal_seed_equal_sound(speech: Audio, tag: str) -> None:
    assert made(speech, tag).content_hash == made(speech, tag).content_hash


@pytest.mark.parametrize("tag", ["breath", "sigh", "laugh", "cough", "clears throat", "snort"])
def test_another_seed_another_breath(speech: Audio, tag: str) -> None:
    assert made(speech, tag, seed=3).content_hash != made(speech, tag, seed=4).content_hash


@pytest.mark.parametrize(
    ("tag", "low_st", "high_st"),
    [
        ("Question-ei", 5.0, 8.5),
        ("Question-ah", 5.0, 8.5),
        ("Question-en", 4.0, 7.0),
        ("Question-yi", 5.0, 8.5),
        ("Question-oh", 2.5, 5.0),
        ("sigh", -7.5, -4.0),
        ("Dissatisfaction-hnn", -6.5, -4.0),
        ("Confirmation-en", -5.0, -2.0),
        ("uhm", -1.5, -0.3),
        ("Surprise-oh", -4.5, -0.5),
        ("Surprise-ah", -1.0, 1.0),
        ("Surprise-wa", 1.0, 4.0),
        ("Surprise-yo", -5.0, -2.5),
    ],
)
def test_melody_ends_where_the_table_says(speech: Audio, tag: str, low_st: float, high_st: float) -> None:
    melody = melody_st(made(speech, tag))
    assert low_st <= np.median(melody[-4:]) - np.median(melody[:4]) <= high_st


@pytest.mark.parametrize("tag", ["Surprise-oh", "Surprise-ah", "Surprise-wa", "Surprise-yo"])
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
    times_s = bursts_s(made(speech, "laugh"))
    assert len(times_s) >= 4
    assert 3.5 <= (len(times_s) - 1) / (times_s[-1] - times_s[0]) <= 5.2


def test_laughter_sinks_and_grows_longer_with_intensity(speech: Audio) -> None:
    melody = melody_st(made(speech, "laugh"))
    assert np.median(melody[:8]) > np.median(melody[-8:]) + 3
    assert [len(bursts_s(made(speech, "laugh", i))) for i in (0.1, 1.0, 2.0, 3.0)] == [3, 5, 7, 9]


def test_breath_has_no_pitch_and_the_speakers_colour(speech: Audio) -> None:
    breath = made(speech, "breath", 3.0)
    assert np.mean([track(made(speech, "breath", 3.0, seed)).voiced_share for seed in range(4)]) < 0.1
    hz = np.array([400.0, 700.0, 1500.0, 2400.0])
    own, voice = speech_spectrum(breath).at(hz), speech_spectrum(speech).at(hz)
    assert np.corrcoef(own, voice)[0, 1] > 0.8


def test_breath_is_longer_with_intensity(speech: Audio) -> None:
    lengths = [made(speech, "breath", i).duration_s for i in (0.5, 1.0, 2.0)]
    assert lengths == sorted(lengths)
    assert lengths[1] == pytest.approx(0.45, abs=0.01)


@pytest.mark.parametrize(("tag", "low", "high"), [("exhale", 0.2, 0.4), ("breath", 0.45, 0.6), ("inhale", 0.6, 0.8)])
def test_breaths_are_told_apart_by_when_they_are_loudest(speech: Audio, tag: str, low: float, high: float) -> None:
    power = made(speech, tag).samples.astype(np.float64) ** 2
    assert low < power @ np.arange(len(power)) / power.sum() / len(power) < high


def test_laughs_are_told_apart_by_number_and_pitch_of_their_bursts(speech: Audio) -> None:
    kinds = {tag: made(speech, tag) for tag in ("chuckle", "laugh", "giggle")}
    assert [len(bursts_s(sound)) for sound in kinds.values()] == [3, 5, 6]
    assert np.all(np.diff([np.median(melody_st(sound)) for sound in kinds.values()]) > 2)


def test_a_cough_bursts_and_a_cleared_throat_is_rough_and_dark(speech: Audio) -> None:
    coughing, clearing = made(speech, "cough"), made(speech, "clears throat")
    assert len(bursts_s(clearing)) == 2
    levels = frame_levels_db(coughing)
    assert np.argmax(levels) <= 3  # at its loudest after three hundredths of a second
    hz = np.array([300.0, 3000.0])
    slopes = [np.diff(speech_spectrum(sound).at(hz)).item() for sound in (coughing, clearing)]
    assert slopes[0] > slopes[1] + 10


def test_a_sound_is_made_once_for_each_strength(speech: Audio) -> None:
    spoken: list[str] = []

    class Counting(FormantVoice):
        def speak(self, phonemes: str, contour: Contour, rate: float, control: JobControl) -> Audio:
            spoken.append(phonemes)
            return super().speak(phonemes, contour, rate, control)

    maker = SoundMaker(Counting(), speech, 3)
    sounds = [maker.make(Sound("laugh", place, strength), JobControl()) for strength in (1, 2) for place in range(20)]
    assert len(spoken) == 2
    assert len({sound.content_hash for sound in sounds}) == 2


def test_the_order_of_sounds_does_not_change_them(speech: Audio) -> None:
    alone, maker = made(speech, "breath"), SoundMaker(FormantVoice(), speech, 3)
    maker.make(Sound("cough", 0), JobControl())
    assert maker.make(Sound("breath", 0), JobControl()).content_hash == alone.content_hash


def test_sounds_follow_the_level_of_the_speech(speech: Audio) -> None:
    quieter = made(speech.scaled(-12), "uhm")
    assert rms_db(quieter.samples) - rms_db(made(speech, "uhm").samples) == pytest.approx(-12, abs=0.3)


def test_iterations_fold_into_intensity_within_its_limit(speech: Audio) -> None:
    def level_db(sound: Sound) -> float:
        return rms_db(SoundMaker(FormantVoice(), speech, 3).make(sound, JobControl()).samples)

    assert level_db(Sound("uhm", 0, 0.5, 3)) == pytest.approx(level_db(Sound("uhm", 0, 1.5)))
    assert level_db(Sound("uhm", 0, 2.0, 4)) == pytest.approx(level_db(Sound("uhm", 0, 3.0)))


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
        SoundMaker(FormantVoice(), speech, 0).make(Sound("laugh", 0), control)
