"""Long work pauses between its steps, and comes out as it would without."""

from __future__ import annotations

import numpy as np
import pytest

from app.engine import steps
from app.engine.steps import NothingYet, Pace, Steps, finished, sounds_of
from tests.fakes import tone


def counted(n: int, pace: Pace) -> Steps[int]:
    for _ in range(n):
        yield from pace.pause()
    return n


@pytest.mark.parametrize(("step_s", "n_pauses"), [(0.0, 5), (60.0, 0)])
def test_work_pauses_where_its_step_was_long_enough(monkeypatch: pytest.MonkeyPatch, step_s: float, n_pauses: int):
    monkeypatch.setattr(steps, "STEP_S", step_s)
    assert sum(1 for _ in counted(5, Pace())) == n_pauses
    assert finished(counted(5, Pace())) == 5


def test_pauses_are_left_out_of_the_sounds():
    sound = tone(0.1)
    assert sounds_of([NothingYet(np.zeros(0, np.float32), 1), sound]) == [sound]
