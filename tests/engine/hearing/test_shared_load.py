"""SharedLoad: one value for all who wait, and a failure that reaches each of them."""

from __future__ import annotations

import pytest

from app.engine.hearing.shared_load import SharedLoad
from app.engine.job import JobControl


def test_a_value_is_made_once():
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    load = SharedLoad(make)
    assert load.get(JobControl()) is load.get(JobControl())
    assert len(made) == 1


def test_a_load_that_fails_by_a_timeout_fails_and_is_not_waited_for():
    def make() -> object:
        raise TimeoutError("the network")

    load = SharedLoad(make)
    with pytest.raises(TimeoutError):
        load.get(JobControl(deadline_s=20.0))


def test_after_a_failure_the_next_job_tries_again():
    outcomes = iter((OSError("gone"), "loaded"))

    def make() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    load = SharedLoad(make)
    with pytest.raises(OSError, match="gone"):
        load.get(JobControl())
    assert load.get(JobControl()) == "loaded"


def test_a_value_that_was_forgotten_is_made_anew():
    load = SharedLoad(object)
    first = load.get(JobControl())
    load.forget(first)
    second = load.get(JobControl())
    assert second is not first
    load.forget(first)
    assert load.get(JobControl()) is second
