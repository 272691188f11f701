"""Non-negative least squares: the conditions of Karush, Kuhn and Tucker, which only the best weights fulfil."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine.embedded.voice.non_negative import non_negative


@pytest.mark.parametrize("seed", range(20))
def test_no_change_of_a_weight_comes_nearer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns, target = rng.normal(0.3, 1.0, (12, 8)), rng.normal(0.3, 1.0, 12)
    weights = non_negative(columns, target)
    gain = columns.T @ (target - columns @ weights)
    assert weights.min() >= 0
    assert np.abs(gain[weights > 0]).max(initial=0.0) < 1e-9
    assert gain[weights == 0].max(initial=0.0) < 1e-9


def test_a_target_that_all_columns_turn_away_from_has_no_weights() -> None:
    assert not non_negative(np.eye(3), -np.ones(3)).any()
