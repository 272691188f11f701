"""Denoising: cleaner, in step with the input, and as strong as asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.engine.edits import Edit
from app.engine.embedded.denoise.deepfilter_signal import (
    BAND_WIDTHS,
    DF_BINS,
    DF_ORDER,
    Normaliser,
    analysed,
    deep_filtered,
    post_filtered,
    synthesised,
)
from app.engine.embedded.denoise.denoise import Denoiser
from app.engine.errors import Cancelled, PartMissing
from app.engine.job import JobControl
from app.engine.parts.parts import Parts
from app.engine.sound.audio import Audio, joined, rms_db, silence
from tests.wording import refused

LoadClip = Callable[[str], Audio]


@pytest.fixture(scope="module")
def denoiser(parts: Parts) -> Denoiser:
    return Denoiser(parts, 2)


@pytest.fixture(scope="module")
def clean(load_clip: LoadClip) -> Audio:
    return load_clip("ref_en_female")


@pytest.fixture(scope="module")
def noisy(clean: Audio) -> Audio:
    """5 dB of white noise."""
    noise = np.random.default_rng(0).standard_normal(len(clean.samples))
    noise *= 10 ** ((rms_db(clean.samples) - 5 - rms_db(noise.astype(np.float32))) / 20)
    return Audio((clean.samples + noise).astype(np.float32), clean.sample_rate)


def _denoised(denoiser: Denoiser, audio: Audio, intensity: float = 1.0, iterations: int = 1) -> Audio:
    return denoiser.denoise(audio, Edit("denoise", "", intensity, iterations), JobControl())


def _si_sdr_db(found: Audio, true: Audio) -> float:
    """Scale-invariant signal-to-distortion ratio (Le Roux et al., 2019)."""
    target = true.samples * (found.samples @ true.samples) / (true.samples @ true.samples)
    return rms_db(target) - rms_db(found.samples - target)


@pytest.mark.slow
def test_white_noise_falls_and_speech_stays(denoiser: Denoiser, clean: Audio, noisy: Audio) -> None:
    result = _denoised(denoiser, noisy)
    assert (result.sample_rate, len(result.samples)) == (noisy.sample_rate, len(noisy.samples))
    assert _si_sdr_db(result, clean) > _si_sdr_db(noisy, clean) + 8
    assert rms_db(result.samples) == pytest.approx(rms_db(clean.samples), abs=1)
    pause = slice(-clean.sample_rate // 4, None)  # the clip ends in silence
    assert rms_db(result.samples[pause]) < rms_db(noisy.samples[pause]) - 30


def test_clean_speech_comes_back_nearly_unchanged_and_in_step(denoiser: Denoiser, clean: Audio) -> None:
    result = _denoised(denoiser, clean)
    assert _si_sdr_db(result, clean) > 15
    lags = {lag: float(result.samples[100 + lag : -100 + lag] @ clean.samples[100:-100]) for lag in range(-50, 50)}
    assert max(lags, key=lags.__getitem__) == 0


@pytest.mark.slow
def test_more_intensity_and_more_iterations_leave_less_noise(denoiser: Denoiser, noisy: Audio) -> None:
    pause = slice(-noisy.sample_rate // 4, None)
    settings = [(0.1, 1), (0.5, 1), (1.0, 1), (2.0, 1), (1.0, 4)]
    levels_db = [rms_db(_denoised(denoiser, noisy, *setting).samples[pause]) for setting in settings]
    assert levels_db == sorted(levels_db, reverse=True)
    assert levels_db[0] == pytest.approx(rms_db(noisy.samples[pause]) - 7.8, abs=0.5)  # 6 + 18 x 0.1 dB


@pytest.mark.parametrize(
    ("rate_hz", "n_samples"), [(8000, 8001), (16000, 12345), (44100, 44103), (48000, 1), (24000, 0)]
)
def test_length_and_rate_are_kept_at_any_rate(denoiser: Denoiser, rate_hz: int, n_samples: int) -> None:
    hiss = Audio(0.05 * np.random.default_rng(3).standard_normal(n_samples).astype(np.float32), rate_hz)
    result = _denoised(denoiser, hiss)
    assert (len(result.samples), result.sample_rate) == (n_samples, rate_hz)
    assert np.isfinite(result.samples).all()


def test_silence_stays_silent(denoiser: Denoiser) -> None:
    assert rms_db(_denoised(denoiser, silence(1.0, 24000)).samples) < -100


@pytest.mark.slow
def test_blocks_of_a_long_clip_join_without_a_seam(denoiser: Denoiser, noisy: Audio) -> None:
    long = joined([noisy, noisy, noisy])  # the first block ends within the third
    seam = 10.0  # s
    result = _denoised(denoiser, long)
    late_start = long.slice_s(6.0, long.duration_s)  # the same moment, in the middle of a block
    whole = _denoised(denoiser, late_start)
    near, same = result.slice_s(seam - 0.5, seam + 0.5), whole.slice_s(seam - 6.5, seam - 5.5)
    assert _si_sdr_db(near, same) > 20


def test_a_stopped_job_ends(denoiser: Denoiser, noisy: Audio) -> None:
    control = JobControl()
    control.cancel()
    with pytest.raises(Cancelled):
        denoiser.denoise(noisy, Edit("denoise"), control)


def test_a_missing_part_is_named(tmp_path: Path, noisy: Audio) -> None:
    with refused(PartMissing, match="deepfilternet3"):
        Denoiser(Parts(tmp_path, offline=True), 1).denoise(noisy, Edit("denoise"), JobControl())


def test_analysis_and_synthesis_are_inverse() -> None:
    samples = np.random.default_rng(4).standard_normal(48000).astype(np.float32)
    again = synthesised(analysed(samples))
    np.testing.assert_allclose(again, samples[480 : 480 + len(again)], atol=1e-5)


def test_bands_cover_all_bins_and_widen_upward() -> None:
    assert len(BAND_WIDTHS) == 32
    assert sum(BAND_WIDTHS) == 481
    assert sorted(BAND_WIDTHS) == BAND_WIDTHS


def test_the_middle_tap_alone_changes_nothing() -> None:
    spectrum = analysed(np.random.default_rng(5).standard_normal(9600).astype(np.float32))
    filters = np.zeros((len(spectrum), DF_BINS, 2 * DF_ORDER), np.float32)
    filters[:, :, 4] = 1  # the real part of the third of five taps
    np.testing.assert_allclose(deep_filtered(spectrum, filters), spectrum[:, :DF_BINS])


def test_features_do_not_depend_on_where_a_clip_is_cut() -> None:
    spectrum = analysed(np.random.default_rng(6).standard_normal(48000).astype(np.float32))
    whole, halves = Normaliser().features(spectrum), Normaliser()
    first, second = halves.features(spectrum[:40]), halves.features(spectrum[40:])
    np.testing.assert_allclose(np.concatenate((first.bands, second.bands)), whole.bands, atol=1e-5)
    np.testing.assert_allclose(np.concatenate((first.bins, second.bins), axis=1), whole.bins, atol=1e-5)


def test_the_post_filter_spares_what_was_kept_and_damps_what_was_damped() -> None:
    noisy = np.ones((1, 2), np.complex64)
    enhanced = np.array([[1.0, 0.1]], np.complex64)
    kept, damped = np.abs(post_filtered(enhanced, noisy, 0.1))[0]
    assert kept == pytest.approx(1.0, abs=1e-3)
    assert damped < 0.02 + 0.05
