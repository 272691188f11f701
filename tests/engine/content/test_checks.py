"""What a check asks for, what misses it, and how the scores of pieces become those of a result."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.content.checks import Check, Scores, missed, of_chain, seed_of_try, together
from app.engine.errors import CheckFieldUnknown, CheckValueWrong, InvalidRequest, OutOfRange
from app.engine.options import MAX_SEED

GOOD = Scores(2.0, 5, word_error=0.0, similarity=0.9, length=1.0, silence_s=0.3, seeds=(7,))


def test_a_check_has_standard_limits_and_takes_others() -> None:
    assert Check.of({}, "check") == Check(0.15, 0.65, 2.0, 2)
    assert Check.of({"retries": 1.0, "max_word_error": None}, "check") == Check(retries=1)
    assert isinstance(Check.of({"retries": 1.0}, "check").retries, int)


@pytest.mark.parametrize(
    ("values", "error", "param"),
    [
        ([], CheckValueWrong, "check"),
        ({"max_word_error": 1.5}, OutOfRange, "check.max_word_error"),
        ({"min_similarity": "high"}, CheckValueWrong, "check.min_similarity"),
        ({"retries": 1.5}, CheckValueWrong, "check.retries"),
        ({"retries": 6}, OutOfRange, "check.retries"),
        ({"retries": True}, CheckValueWrong, "check.retries"),
        ({"max_silence_s": float("nan")}, OutOfRange, "check.max_silence_s"),
        ({"max_words": 1}, CheckFieldUnknown, "check.max_words"),
    ],
)
def test_what_no_check_can_be_is_refused_by_name(values: Any, error: type[InvalidRequest], param: str) -> None:
    with pytest.raises(error) as failure:
        Check.of(values, "check")
    assert failure.value.param == param


@pytest.mark.parametrize(
    ("scores", "finish_reason", "miss"),
    [
        (Scores(word_error=0.2), "end", "word_error"),
        (Scores(similarity=0.5), "end", "similarity"),
        (Scores(length=3.0), "end", "length"),
        (Scores(length=0.3), "end", "length"),
        (Scores(is_clipped=True), "end", "clipping"),
        (Scores(silence_s=2.5), "end", "silence"),
        (GOOD, "degenerate", "finish_reason"),
    ],
)
def test_each_check_can_be_missed(scores: Scores, finish_reason: str, miss: str) -> None:
    assert missed(scores, Check(), finish_reason) == (miss,)
    assert missed(GOOD, Check(), "end") == ()


def test_a_check_that_was_not_run_is_not_passed() -> None:
    assert GOOD.verdict == "passed"
    assert Scores(not_run=("word_error",)).verdict == "missed"


def test_pieces_make_one_result() -> None:
    bad = Scores(6.0, 15, word_error=0.4, similarity=0.5, misses=("word_error",), tries=3, seeds=(9,))
    whole = together([GOOD, bad])
    assert whole is not None
    assert whole.word_error == pytest.approx(0.3)
    assert whole.similarity == pytest.approx(0.6)
    assert (whole.tries, whole.seeds, whole.verdict) == (3, (7, 9), "missed")
    assert together([]) is None


def test_a_chain_missed_what_any_of_its_steps_missed() -> None:
    chained = of_chain([Scores(misses=("silence",)), GOOD])
    assert chained is not None
    assert (chained.similarity, chained.misses, chained.verdict) == (0.9, ("silence",), "missed")


def test_further_tries_have_other_seeds_within_the_range() -> None:
    seeds = [seed_of_try(MAX_SEED, n) for n in range(6)]
    assert len(set(seeds)) == 6
    assert seeds[0] == MAX_SEED
    assert all(0 <= seed <= MAX_SEED for seed in seeds)
