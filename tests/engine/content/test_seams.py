"""Patches: what is outside of them is left as it is, whatever its depth, and there is no step at their ends."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.content.seams import FADE_S, SHIFT_S, patch, patched
from app.engine.sound.audio import Audio, rms_db

RATE = 8000
HALF = round(FADE_S * RATE / 2)


def recording(n_bits: int) -> Audio:
    values = np.random.default_rng(2).integers(-(2 ** (n_bits - 1)), 2 ** (n_bits - 1), 4 * RATE)
    return Audio((values / 2.0 ** (n_bits - 1)).astype(np.float32), RATE)


@pytest.mark.parametrize("n_bits", [16, 24])
def test_every_sample_outside_is_what_it_was_and_those_inside_are_as_deep(n_bits: int):
    whole = recording(n_bits)
    speech = Audio(np.full(RATE, 1 / 3, np.float32), RATE)
    one = patch(whole, 1.0, 1.5, speech, (0.1, 0.9))
    result = patched(whole, [one]).samples
    assert np.array_equal(result[: one.begin], whole.samples[: one.begin])
    assert np.array_equal(result[one.begin + len(one.samples) :], whole.samples[one.end :])
    assert np.array_equal(result * 2 ** (n_bits - 1) % 1, np.zeros(len(result)))
    assert len(one.samples) == pytest.approx(0.8 * RATE + 2 * HALF, abs=2 * SHIFT_S * RATE)


def test_the_fades_go_from_one_sound_to_the_other_without_a_step():
    loud, soft = Audio(np.full(RATE, 0.5, np.float32), RATE), Audio(np.full(RATE, 0.1, np.float32), RATE)
    samples = patched(loud, [patch(loud, 0.3, 0.6, soft, (0.2, 0.5))]).samples
    assert np.abs(np.diff(samples)).max() < 0.02
    assert samples[round(0.45 * RATE)] == pytest.approx(0.1, abs=0.02)


def test_waves_of_the_speech_meet_those_of_the_recording():
    hum = np.sin(2 * np.pi * 100 * np.arange(2 * RATE) / RATE).astype(np.float32) / 4
    whole, speech = Audio(hum, RATE), Audio(-hum[:RATE], RATE)
    one = patch(whole, 0.5, 0.8, speech, (0.2, 0.6))
    fades = one.samples[: 2 * HALF], one.samples[-2 * HALF :]
    assert all(rms_db(fade) == pytest.approx(rms_db(hum), abs=1.5) for fade in fades)


def test_a_fade_between_unlike_sounds_is_as_loud_as_both():
    rng = np.random.default_rng(4)
    whole, speech = (Audio(0.1 * rng.standard_normal(RATE).astype(np.float32), RATE) for _ in range(2))
    one = patch(whole, 0.3, 0.6, speech, (0.2, 0.5))
    middle = one.samples[HALF // 2 : HALF + HALF // 2]
    assert rms_db(middle) == pytest.approx(rms_db(whole.samples), abs=1.5)


@pytest.mark.parametrize("seconds", [0.01, 0.03, 0.1])
def test_speech_as_short_as_its_fades_is_put_in_all_the_same(seconds: float):
    whole = recording(16)
    one = patch(whole, 1.0, 1.5, Audio(np.ones(round(seconds * RATE), np.float32) / 8, RATE), (0.0, 2.0))
    assert len(one.samples) >= 4 * HALF


def test_a_cut_without_speech_is_one_fade():
    whole = recording(16)
    one = patch(whole, 1.0, 1.5, None, (0.0, 0.0))
    assert len(one.samples) == 2 * HALF
    assert (one.begin, one.end) == (RATE - HALF, round(1.5 * RATE) + HALF)


@pytest.mark.parametrize("place", [(0.0, 0.5), (3.5, 4.0)])
def test_a_patch_at_an_end_stays_within_the_recording(place: tuple[float, float]):
    whole = recording(16)
    one = patch(whole, *place, Audio(np.zeros(RATE, np.float32), RATE), (0.0, 1.0))
    assert 0 <= one.begin < one.end <= len(whole.samples)
    assert len(patched(whole, [one]).samples) == one.begin + len(one.samples) + len(whole.samples) - one.end
