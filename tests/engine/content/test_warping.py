"""The same said twice, at another pace, is found in both."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.content.warping import Counterparts, warped


@pytest.mark.parametrize("rate", [0.8, 1.0, 1.25])
def test_moments_of_one_are_found_in_a_part_of_the_other_at_another_pace_and_level(rate: float):
    track = np.cumsum(np.random.default_rng(3).standard_normal((160, 6)), axis=0) * 4
    places = np.arange(0, 150, rate)
    other = np.stack([np.interp(places, np.arange(160), band) for band in track.T], axis=1) + 9.0
    found = warped(track[20:100], other, round(110 / rate))
    assert np.abs(found * rate - np.arange(20, 100)).mean() < 1.5


def test_beyond_the_words_that_both_say_they_go_on_together():
    same = Counterparts(np.array([1.0, 2.0]), np.array([3.0, 5.0]))
    assert same.recorded_at(np.array([0.5, 1.5, 2.5])) == pytest.approx([2.5, 4.0, 5.5])
    assert same.spoken_at(5.5) == pytest.approx(2.5)
