"""Checks of a result: what is asked of it, what it scored, and which of two tries is the better.

Pure bookkeeping; `checking.py` listens and measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from app.engine.errors import CheckFieldUnknown, CheckValueWrong, OutOfRange
from app.engine.options import MAX_SEED

# Bounds of what a caller may ask for, and what counts where nothing is said.
RANGES: Mapping[str, tuple[float, float]] = {
    "max_word_error": (0.0, 1.0),
    "min_similarity": (0.0, 1.0),
    "max_silence_s": (0.1, 60.0),
    "retries": (0, 5),
}
LENGTHS = (0.4, 2.5)  # of a result, in lengths that its text or its input lets expect
SEED_STEP = 1_000_003  # from the seed of one try to that of the next

Verdict = Literal["passed", "missed"]
Miss = Literal["word_error", "similarity", "length", "clipping", "silence", "finish_reason"]


@dataclass(frozen=True, slots=True)
class Check:
    """What a result must keep to, and how often it is made again where it does not.

    `max_word_error`: share of words (of Mandarin, syllables) heard wrong; `min_similarity`: cosine of speaker
    embeddings; `max_silence_s`: the longest silence within.
    """

    max_word_error: float = 0.15
    min_similarity: float = 0.65
    max_silence_s: float = 2.0
    retries: int = 2

    @classmethod
    def of(cls, values: Any, param: str) -> Check:
        """The check that a JSON object asks for. Raises CheckFieldUnknown, CheckValueWrong, OutOfRange."""
        if not isinstance(values, Mapping):
            raise CheckValueWrong(param=param)
        names = {field.name for field in fields(cls)}
        given = {str(name): value for name, value in values.items() if value is not None}
        if unknown := sorted(given.keys() - names):
            raise CheckFieldUnknown(tuple(sorted(names)), param=f"{param}.{unknown[0]}")
        for name, value in given.items():
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not is_number or (name == "retries" and not float(value).is_integer()):
                raise CheckValueWrong(param=f"{param}.{name}")
            low, high = RANGES[name]
            if not low <= value <= high:
                raise OutOfRange(low, high, value, param=f"{param}.{name}")
        return cls(**given | ({"retries": int(given["retries"])} if "retries" in given else {}))


@dataclass(frozen=True, slots=True)
class Scores:
    """What one result scored, and which checks it missed; of `not_run` it is not known, which counts as a miss.

    `word_error` and `similarity` are None where they are not known, or nothing is said; `n_words` were wanted. `length`
    is in lengths that were expected. `seeds` are those of its pieces, in their order, `tries` the most that one took.
    """

    seconds: float = 0.0
    n_words: int = 0
    word_error: float | None = None
    similarity: float | None = None
    length: float | None = None
    is_clipped: bool = False
    silence_s: float = 0.0
    misses: tuple[Miss, ...] = ()
    not_run: tuple[Miss, ...] = ()
    tries: int = 1
    seeds: tuple[int, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Whether every check was run and passed."""
        return "missed" if self.misses or self.not_run else "passed"

    @property
    def rank(self) -> tuple[int, float]:
        """By which the best of several tries is found: lower is better."""
        return len(self.misses), (self.word_error or 0.0) - (self.similarity or 0.0)


def missed(scores: Scores, check: Check, finish_reason: str) -> tuple[Miss, ...]:
    """The checks that these scores miss."""
    low, high = LENGTHS
    is_missed: dict[Miss, bool] = {
        "word_error": scores.word_error is not None and scores.word_error > check.max_word_error,
        "similarity": scores.similarity is not None and scores.similarity < check.min_similarity,
        "length": scores.length is not None and not low <= scores.length <= high,
        "clipping": scores.is_clipped,
        "silence": scores.silence_s > check.max_silence_s,
        "finish_reason": finish_reason != "end",
    }
    return tuple(name for name, is_so in is_missed.items() if is_so)


def together(pieces: Sequence[Scores]) -> Scores | None:
    """The scores of a result by those of its pieces; None of none. Means weigh words and seconds."""
    if not pieces:
        return None
    return Scores(
        seconds=sum(piece.seconds for piece in pieces),
        n_words=sum(piece.n_words for piece in pieces),
        word_error=_mean([(piece.word_error, piece.n_words) for piece in pieces]),
        similarity=_mean([(piece.similarity, piece.seconds) for piece in pieces]),
        length=_mean([(piece.length, piece.seconds) for piece in pieces]),
        is_clipped=any(piece.is_clipped for piece in pieces),
        silence_s=max(piece.silence_s for piece in pieces),
        misses=tuple(dict.fromkeys(name for piece in pieces for name in piece.misses)),
        not_run=tuple(dict.fromkeys(name for piece in pieces for name in piece.not_run)),
        tries=max(piece.tries for piece in pieces),
        seeds=tuple(seed for piece in pieces for seed in piece.seeds),
    )


def of_chain(steps: Sequence[Scores]) -> Scores | None:
    """The scores of the last step of a chain, which missed what any of its steps missed; None of none."""
    if not steps:
        return None
    return replace(
        steps[-1],
        misses=tuple(dict.fromkeys(name for step in steps for name in step.misses)),
        not_run=tuple(dict.fromkeys(name for step in steps for name in step.not_run)),
    )


def seed_of_try(seed: int, n: int) -> int:
    """The seed of the n-th try after the first."""
    return (seed + n * SEED_STEP) % (MAX_SEED + 1)


def _mean(values: Sequence[tuple[float | None, float]]) -> float | None:
    known = [(value, weight) for value, weight in values if value is not None]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None
