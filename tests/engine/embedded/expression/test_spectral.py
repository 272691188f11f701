"""The spectral filter: each colour does what it says and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.embedded.expression.spectral import Colour, coloured, whispered
from app.engine.errors import Cancelled
from app.engine.job import JobControl
from app.engine.sound.audio import Audio, rms_db, silence
from app.engine.sound.pitch import track
from tests.acoustics import band_level_db, formant_shift, harmonicity, vowel


def colour(audio: Audio, **traits: float) -> Audio:
    return coloured(audio, Colour(**traits), np.random.default_rng(1), JobControl())


@pytest.mark.parametrize("sample_rate", [16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("n", [1, 500, 13001])
def test_the_frames_add_up_to_the_clip_again(sample_rate: int, n: int) -> None:
    noise = Audio((np.random.default_rng(0).standard_normal(n) * 0.1).astype(np.float32), sample_rate)
    same = colour(noise, tilt_db=1e-9)
    assert same.sample_rate == sample_rate
    assert same.samples == pytest.approx(noise.samples, abs=1e-5)


@pytest.mark.parametrize("sample_rate", [16000, 24000, 48000])
def test_tilt_is_in_db_per_octave_around_one_khz(sample_rate: int) -> None:
    noise = Audio((np.random.default_rng(0).standard_normal(sample_rate) * 0.1).astype(np.float32), sample_rate)
    tilted = colour(noise, tilt_db=2.0)
    for centre_hz, gain_db in ((500, -2), (1000, 0), (2000, 2), (4000, 4)):
        band = (centre_hz * 0.97, centre_hz * 1.03)
        assert band_level_db(tilted, *band) - band_level_db(noise, *band) == pytest.approx(gain_db, abs=0.4)


@pytest.mark.parametrize("factor", [0.9, 1.12])
def test_formants_move_and_pitch_stays(factor: float) -> None:
    clip = vowel(130, 0.8)
    moved = colour(clip, formant=factor)
    assert formant_shift(moved, clip) == pytest.approx(np.log2(factor), abs=0.04)
    assert track(moved).median_hz == pytest.approx(130, rel=0.005)


def test_contrast_moves_soft_and_loud_apart_but_not_the_noise_of_pauses() -> None:
    loud, soft = vowel(130, 0.5).samples, vowel(130, 0.5).samples * np.float32(0.1)
    hiss = (np.random.default_rng(0).standard_normal(12000) * 1e-4).astype(np.float32)
    clip = Audio(np.concatenate((loud, soft, hiss)), 24000)

    def levels(audio: Audio) -> list[float]:
        return [rms_db(audio.samples[start : start + 6000]) for start in (3000, 15000, 27000)]

    before, more, less = levels(clip), levels(colour(clip, contrast=1.3)), levels(colour(clip, contrast=0.7))
    assert more[0] - more[1] == pytest.approx(1.3 * (before[0] - before[1]), abs=1)
    assert less[0] - less[1] == pytest.approx(0.7 * (before[0] - before[1]), abs=1)
    assert less[2] == pytest.approx(before[2], abs=0.5)


def test_breath_is_noise_above_one_khz_that_leaves_level_and_pitch() -> None:
    clip = vowel(150, 0.8)
    breathy = colour(clip, breath=0.4)
    assert harmonicity(breathy, 2000, 5000) < 0.8 * harmonicity(clip, 2000, 5000)
    assert band_level_db(breathy, 80, 600) == pytest.approx(band_level_db(clip, 80, 600), abs=0.2)
    assert band_level_db(breathy, 2000, 8000) == pytest.approx(band_level_db(clip, 2000, 8000), abs=4)
    assert track(breathy).median_hz == pytest.approx(150, rel=0.005)


def test_a_whisper_has_no_voice_and_keeps_the_formants() -> None:
    clip = vowel(150, 0.8)
    breathy = whispered(clip, np.random.default_rng(1), JobControl())
    assert len(breathy.samples) == len(clip.samples)
    assert track(breathy).voiced_share < 0.1
    assert band_level_db(breathy, 1150, 1350) > band_level_db(breathy, 1800, 2000) + 4  # F2, and the valley above it
    assert band_level_db(breathy, 2500, 2700) > band_level_db(breathy, 1800, 2000) + 4  # F3


def test_silence_stays_silent() -> None:
    quiet = silence(0.2, 24000)
    for result in (
        colour(quiet, contrast=1.5, tilt_db=3, formant=1.1, breath=0.5),
        whispered(quiet, np.random.default_rng(0), JobControl()),
    ):
        assert rms_db(result.samples) < -100


def test_a_cancelled_job_stops() -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        coloured(vowel(120, 0.2), Colour(tilt_db=1), np.random.default_rng(0), control)
