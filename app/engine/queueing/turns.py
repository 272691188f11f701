"""Turns: the order in which jobs that are ready get a worker, fair between callers."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import zip_longest
from typing import Generic, Protocol, TypeVar

from app.engine.job import JobControl

SLICE_S = 0.25  # of a worker's time; shorter results count as one


class HasControl(Protocol):
    """A job."""

    control: JobControl


J = TypeVar("J", bound=HasControl)


class Turns(Generic[J]):
    """Jobs that are ready, in the order in which workers take them. Not thread-safe: the scheduler guards it.

    Fair queueing by virtual time (Demers, Keshav, Shenker 1989): `_now` is how many slices each caller who was there
    all the while has been due, and who comes begins there.
    """

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, deque[J]] = OrderedDict()  # by caller; of equals the first has its turn
        self._used: dict[str, float] = {}  # slices by caller, of those who are there
        self._now = 0.0

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def __contains__(self, job: J) -> bool:
        return job in self._jobs.get(job.control.caller, ())

    def add(self, job: J) -> None:
        """Put a job behind the others of its caller."""
        self._used.setdefault(job.control.caller, self._now)
        self._jobs.setdefault(job.control.caller, deque()).append(job)

    def note_used(self, caller: str, seconds: float) -> None:
        """A worker has spent so much time on a job of this caller, who is there."""
        n_slices = max(1, math.ceil(seconds / SLICE_S))
        self._now += n_slices / len(self._used)
        self._used[caller] += n_slices

    def leave(self, caller: str) -> None:
        """A caller has no job that is ready or under way."""
        self._used.pop(caller, None)

    def remove(self, job: J) -> None:
        """Take a job out that is there."""
        self._jobs[job.control.caller].remove(job)
        if not self._jobs[job.control.caller]:
            del self._jobs[job.control.caller]

    def next(self) -> J:
        """Take the next job of who has used least; the turn of the caller comes again after those of all equals."""
        caller = min(self._jobs, key=self._used.__getitem__)
        jobs = self._jobs[caller]
        job = jobs.popleft()
        self._jobs.move_to_end(caller)
        if not jobs:
            del self._jobs[caller]
        return job

    def in_order(self) -> Iterator[J]:
        """All jobs in the order in which they would be taken if each took a slice and did not come again."""
        rounds = zip_longest(*(self._jobs[caller] for caller in sorted(self._jobs, key=self._used.__getitem__)))
        return (job for a_round in rounds for job in a_round if job is not None)
