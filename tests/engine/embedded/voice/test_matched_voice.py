"""Pitch and spectrum of a matched voice travel from the neutral voice to the reference and beyond, in order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.engine.embedded.voice.delivery import DECLINATION_ST, PLAIN, RANGE, RATE, Delivery, delivery_of
from app.engine.embedded.voice.equaliser import GRID_HZ
from app.engine.embedded.voice.kokoro import SpeechPlan
from app.engine.embedded.voice.matched_voice import equaliser_db, matched_f0
from app.engine.embedded.voice.profile import VoiceProfile

INTENSITIES = (0.1, 0.5, 1.0, 1.5, 2.0, 3.0)
PROFILE = VoiceProfile(
    language="en",
    blend={"af_heart": 1.0},
    neutral_voice="af_heart",
    prosody_voices=("af_heart",),
    f0_median_hz=150.0,
    f0_spread_semitones=3.0,
    equaliser_db=tuple(4 * np.sin(np.arange(len(GRID_HZ)))),
    embedding=(0.0625,) * 256,
)


def plan(median_hz: float = 200.0, spread_semitones: float = 2.0) -> SpeechPlan:
    """Two seconds of speech: a wavering pitch, with an unvoiced quarter."""
    n = 160
    wave = np.sin(np.linspace(0, 20, n))
    f0_hz = median_hz * 2 ** ((wave - np.median(wave[40:])) / wave[40:].std() * spread_semitones / 12)
    f0_hz[:40] = 3.0
    zeros = np.zeros(n, np.float32)
    return SpeechPlan(
        "a", f0_hz.astype(np.float32), zeros, np.zeros((1, 512, n // 2), np.float32), np.array([1, 78, 1])
    )


def median_and_spread(f0_hz: np.ndarray) -> tuple[float, float]:
    voiced = f0_hz[f0_hz > 30]
    return float(np.median(voiced)), float(12 * np.log2(voiced).std())


def test_median_and_spread_become_those_of_the_reference() -> None:
    median_hz, spread = median_and_spread(matched_f0(plan(), PROFILE))
    assert median_hz == pytest.approx(150, rel=0.005)
    assert spread == pytest.approx(3.0, rel=0.02)


@pytest.mark.parametrize(("reference_spread", "expected"), [(0.2, 1.4), (12.0, 3.0)])
def test_the_range_is_never_squeezed_or_stretched_without_limit(reference_spread: float, expected: float) -> None:
    _, spread = median_and_spread(matched_f0(plan(), replace(PROFILE, f0_spread_semitones=reference_spread)))
    assert spread == pytest.approx(expected, rel=0.03)


def test_unvoiced_frames_stay_unvoiced() -> None:
    assert (matched_f0(plan(), PROFILE)[:40] == np.float32(3.0)).all()


def test_a_whispered_reference_is_whispered_after() -> None:
    whispered = replace(PROFILE, f0_median_hz=0.0, f0_spread_semitones=0.0)
    assert (matched_f0(plan(), whispered) == 0).all()


def test_a_plan_without_voiced_frames_is_left_alone() -> None:
    unvoiced = plan().with_f0(np.zeros(160))
    assert (matched_f0(unvoiced, PROFILE) == 0).all()


@pytest.mark.parametrize("reference_hz", [90.0, 150.0, 260.0, 400.0])
def test_pitch_moves_further_from_the_neutral_voice_with_intensity(reference_hz: float) -> None:
    profile = replace(PROFILE, f0_median_hz=reference_hz)
    medians = [median_and_spread(matched_f0(plan(), profile, i))[0] for i in INTENSITIES]
    distances = np.abs(12 * np.log2(np.array(medians) / 200))
    assert (np.diff(distances) >= -1e-3).all()
    assert (np.diff(distances[:3]) > 0.3).all()
    assert medians[INTENSITIES.index(1.0)] == pytest.approx(reference_hz, rel=0.005)


def test_a_delivery_tilts_and_widens_the_line_around_its_median() -> None:
    plain, tilted = (matched_f0(plan(), PROFILE, delivery=d) for d in (PLAIN, Delivery(declination_st=-2.0)))
    change_st = 12 * np.log2(tilted[40:] / plain[40:])
    assert (change_st[0], change_st[-1]) == pytest.approx((1.0, -1.0), abs=0.01)
    wide = matched_f0(plan(), PROFILE, delivery=Delivery(pitch_range=1.15))
    for f0_hz in (tilted, wide):
        assert median_and_spread(f0_hz)[0] == pytest.approx(150, rel=0.02)
    assert median_and_spread(wide)[1] == pytest.approx(1.15 * 3.0, rel=0.02)


def test_a_seed_stands_for_one_delivery_and_seed_0_for_the_plain_one() -> None:
    drawn = [delivery_of(seed) for seed in range(1, 40)]
    assert drawn == [delivery_of(seed) for seed in range(1, 40)]
    assert len(set(drawn)) == len(drawn)
    assert delivery_of(0) == PLAIN
    for values, (low, high) in (
        ([d.rate for d in drawn], RATE),
        ([d.pitch_range for d in drawn], RANGE),
        ([d.declination_st for d in drawn], DECLINATION_ST),
    ):
        assert low <= min(values) < max(values) <= high


def test_range_moves_further_with_intensity() -> None:
    spreads = [median_and_spread(matched_f0(plan(), PROFILE, i))[1] for i in INTENSITIES]
    assert (np.diff(spreads) >= -1e-3).all()
    assert (np.diff(spreads[:3]) > 0).all()


def test_equaliser_deepens_with_intensity_up_to_its_limit() -> None:
    depths = [np.abs(equaliser_db(PROFILE, i)).max() for i in INTENSITIES]
    assert (np.diff(depths) > 0).all()
    assert depths[INTENSITIES.index(1.0)] == pytest.approx(np.abs(PROFILE.equaliser_db).max())
    assert np.abs(equaliser_db(PROFILE, 30.0)).max() == 15
