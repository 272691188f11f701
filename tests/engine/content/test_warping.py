"""The same said twice, at another pace, is found in both."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.content.warping import warped


@pytest.mark.parametrize("rate", [0.7, 1.0, 1.4])
def test_moments_of_one_are_found_in_the_other_at_another_pace_and_level(rate: float):
    track = np.cumsum(np.random.default_rng(3).standard_normal((120, 6)), axis=0) * 4
    places = np.arange(0, 80, rate)
    other = np.stack([np.interp(places, np.arange(120), band) for band in track.T], axis=1) + 9.0
    found = warped(track[:80], other)
    assert np.abs(found * rate - np.arange(80))[:70].mean() < 1.5
