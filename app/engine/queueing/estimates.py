"""What work takes here, learned from the work before it: told to those who wait, and to those who are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEARNING = 0.3  # share of what is new in a mean
FIRST_COST = 0.5  # seconds of computing per second of sound, before any work of a kind has ended
FIRST_RESULT_S = 1.0  # of one result, before any
KNOWN_FROM_S = 2.0  # of sound: from then on a job's own cost says more than that of its kind
UNKNOWN_S = 5.0  # of a job that nobody has estimated
LEAST_LEFT_S = 0.2  # of a job that has taken longer than was expected


@dataclass(frozen=True, slots=True)
class Work:
    """What a job is expected to be: its kind, by which costs are learned, and the seconds of sound that it concerns."""

    kind: str
    audio_s: float


@dataclass(frozen=True, slots=True)
class Queueing:
    """A job's place among those that wait, 0 where a worker takes it at once, and the seconds until it is to begin."""

    position: int
    eta_s: float


AT_ONCE = Queueing(0, 0.0)


@dataclass(frozen=True, slots=True)
class Left:
    """What a job still has to compute, in seconds, and whose it is."""

    caller: str
    seconds: float


class Costs:
    """Costs of this machine. Not thread-safe: the scheduler guards it."""

    def __init__(self) -> None:
        self.result_s = FIRST_RESULT_S  # of one result of any job
        self._by_kind: dict[str, float] = {}  # seconds of computing per second of sound

    def note_result(self, seconds: float) -> None:
        """A worker has made one result."""
        self.result_s += LEARNING * (seconds - self.result_s)

    def note_end(self, work: Work | None, compute_s: float) -> None:
        """A job is done."""
        if work is not None and work.audio_s > 0:
            cost = compute_s / work.audio_s
            old = self._by_kind.get(work.kind, cost)
            self._by_kind[work.kind] = old + LEARNING * (cost - old)

    def left_s(self, work: Work | None, compute_s: float, made_s: float) -> float:
        """What a job still has to compute that has computed so much for so many seconds of sound."""
        if work is None:
            return max(LEAST_LEFT_S, UNKNOWN_S - compute_s)
        is_telling = made_s >= KNOWN_FROM_S
        cost = compute_s / made_s if is_telling else self._by_kind.get(work.kind, FIRST_COST)
        return max(LEAST_LEFT_S, cost * work.audio_s - compute_s)

    def begins_in_s(self, n_turns: int, n_workers: int) -> float:
        """When a job has its first turn that so many, its own included, come before."""
        return self.result_s * n_turns / n_workers


def first_end_s(jobs: Sequence[Left], n_workers: int, among: Iterable[Left] | None = None) -> float:
    """When the first of the jobs, or `among` them, ends. Callers share the workers evenly, their jobs that part."""
    n_of = Counter(job.caller for job in jobs)
    rates = {caller: min(1.0, n_workers / len(n_of) / n) for caller, n in n_of.items()}
    return min((job.seconds / rates[job.caller] for job in (jobs if among is None else among)), default=0.0)
