"""Filters give what scipy's give, whatever blocks they work in."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy.signal import butter, lfilter, sosfiltfilt, welch

from app.engine.embedded.denoise.deepfilter_signal import DECAY, FIRST_BAND_MEANS_DB, Normaliser
from app.engine.sound.audio import Audio, frame_levels_db, loudness_lufs
from app.engine.sound.filters import BLOCK, Response, band_pass, filtered, low_pass, mean_powers

RATE_HZ = 24_000
NOISE = np.random.default_rng(11).standard_normal(3 * BLOCK + 77).astype(np.float32)
AWAY = RATE_HZ // 4  # from the ends, where scipy goes on with the clip turned round and ours with silence


@pytest.mark.parametrize(
    ("ours", "edges_hz", "kind"),
    [
        (low_pass(RATE_HZ, 700.0), 700.0, "lowpass"),
        (band_pass(RATE_HZ, 50.0, 900.0), [50.0, 900.0], "bandpass"),
        (band_pass(RATE_HZ, 300.0, 11_000.0), [300.0, 11_000.0], "bandpass"),
    ],
)
def test_a_filter_is_the_one_that_goes_forwards_and_backwards(ours: Response, edges_hz: float | list[float], kind: str):
    theirs = sosfiltfilt(butter(2, edges_hz, kind, fs=RATE_HZ, output="sos"), NOISE)
    assert np.abs(filtered(NOISE, RATE_HZ, ours, 0.2) - theirs)[AWAY:-AWAY].max() < 1e-5


@pytest.mark.parametrize("n_samples", [0, 1, 100, BLOCK - 1, BLOCK + 1, len(NOISE)])
def test_a_filter_that_lets_all_pass_gives_the_clip_back(n_samples: int):
    given = NOISE[:n_samples]
    passed = filtered(given, RATE_HZ, np.ones_like, 0.1)
    assert passed.shape == given.shape
    assert np.allclose(passed, given, atol=1e-5)


@pytest.mark.parametrize("n_samples", [300, len(NOISE)])
def test_mean_powers_are_those_of_welch(n_samples: int):
    hz, powers = mean_powers(NOISE[:n_samples], RATE_HZ, 1024)
    their_hz, theirs = welch(NOISE[:n_samples].astype(np.float64), RATE_HZ, nperseg=min(1024, n_samples))
    ratio = powers[1:-1] / theirs[1:-1]  # ours are of all sides, and in no unit
    assert np.array_equal(hz, their_hz)
    assert np.allclose(ratio, ratio[0], rtol=1e-6)


def test_running_means_go_on_from_stretch_to_stretch():
    levels = np.random.default_rng(3).normal(-60, 10, (90, len(FIRST_BAND_MEANS_DB)))
    theirs, _ = lfilter([1 - DECAY], [1, -DECAY], levels, axis=0, zi=(DECAY * FIRST_BAND_MEANS_DB)[None])
    mean = FIRST_BAND_MEANS_DB.copy()
    ours = [Normaliser.running_means(stretch, mean) for stretch in np.split(levels, 3)]
    assert np.allclose(np.concatenate(ours), theirs)


@pytest.mark.parametrize("measured", [loudness_lufs, frame_levels_db])
def test_a_long_clip_is_measured_in_little_memory(measured):
    clip = Audio(np.resize(NOISE, 60 * RATE_HZ), RATE_HZ)
    tracemalloc.start()
    try:
        measured(clip)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < clip.samples.nbytes
