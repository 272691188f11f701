"""Bounds of seed and speed, which are the same for every door."""

from __future__ import annotations

import pytest

from app.engine.errors import OutOfRange
from app.engine.options import MAX_SEED, SPEED_RANGE, check_speed, drawn_seed


@pytest.mark.parametrize("seed", [0, 7, 3_000_000_000, MAX_SEED])
def test_a_seed_is_used_as_it_was_given(seed: int):
    assert drawn_seed(seed) == seed


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, 10**300])
def test_a_seed_out_of_range_is_refused_and_never_folded(seed: int):
    with pytest.raises(OutOfRange) as refused:
        drawn_seed(seed)
    assert refused.value.param == "seed"


def test_seeds_that_are_drawn_are_in_range_and_differ():
    drawn = {drawn_seed() for _ in range(20)}
    assert len(drawn) > 1
    assert all(0 <= seed <= MAX_SEED for seed in drawn)


@pytest.mark.parametrize("speed", [*SPEED_RANGE, 1.0])
def test_speeds_within_the_range_pass(speed: float):
    check_speed(speed)


@pytest.mark.parametrize("speed", [0.2, 4.1, float("nan")])
def test_a_speed_out_of_range_is_refused(speed: float):
    with pytest.raises(OutOfRange) as refused:
        check_speed(speed, "steps[2].speed")
    assert refused.value.param == "steps[2].speed"
