"""What is told of waiting follows from what work has cost here."""

from __future__ import annotations

import pytest

from app.engine.queueing.estimates import FIRST_COST, LEAST_LEFT_S, Costs, Left, Work, first_end_s

SPEECH = Work("clone", 20.0)


def test_before_anything_is_known_a_cost_is_guessed():
    assert Costs().left_s(SPEECH, compute_s=0.0, made_s=0.0) == pytest.approx(20 * FIRST_COST)


def test_the_cost_of_a_kind_is_learned_from_its_jobs():
    costs = Costs()
    costs.note_end(SPEECH, compute_s=16.0)
    assert costs.left_s(SPEECH, 0.0, 0.0) == pytest.approx(16.0)
    assert costs.left_s(Work("denoise", 20.0), 0.0, 0.0) == pytest.approx(20 * FIRST_COST)


def test_a_job_that_has_made_sound_tells_its_own_cost():
    assert Costs().left_s(SPEECH, compute_s=8.0, made_s=5.0) == pytest.approx(1.6 * 20 - 8)


def test_a_job_that_takes_longer_than_expected_is_about_to_end():
    assert Costs().left_s(SPEECH, compute_s=50.0, made_s=0.0) == LEAST_LEFT_S


@pytest.mark.parametrize(
    ("jobs", "n_workers", "expected_s"),
    [
        ([], 2, 0.0),
        ([("a", 6.0)], 2, 6.0),  # one job cannot use two workers
        ([("a", 6.0), ("b", 9.0)], 2, 6.0),
        ([("a", 6.0)] * 4, 2, 12.0),
        ([("a", 6.0), ("a", 6.0), ("a", 6.0), ("b", 6.0)], 2, 6.0),  # b has a worker of its own
    ],
)
def test_callers_share_the_workers_and_their_jobs_their_part(jobs: list[tuple[str, float]], n_workers: int, expected_s):
    assert first_end_s([Left(*job) for job in jobs], n_workers) == pytest.approx(expected_s)


def test_of_one_caller_only_its_jobs_count():
    quick, slow = Left("a", 1.0), Left("b", 8.0)
    assert first_end_s([quick, slow], 2, [slow]) == pytest.approx(8.0)


def test_a_place_in_the_queue_is_a_time():
    costs = Costs()
    for _ in range(30):
        costs.note_result(0.5)
    assert costs.begins_in_s(4, 2) == pytest.approx(1.0, rel=0.01)
    assert costs.begins_in_s(0, 2) == 0
