"""JobControl: what travels with every job from the door to the innermost loop.

It says when to stop (cancelled or past the deadline), takes note of progress and times, and collects warnings.
Thread-safe: the door cancels from the event loop while a worker thread computes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.engine.content.checks import Scores
from app.engine.errors import Cancelled, DeadlineExceeded, EngineError
from app.engine.facts.fact import Note
from app.engine.queueing.estimates import Queueing, Work

if TYPE_CHECKING:
    from app.engine.content.stretches import Stretch

# How a result ended: by itself, at the longest it may be, where the model began to repeat itself, or where somebody
# who had heard enough stopped it.
FinishReason = Literal["end", "length", "degenerate", "cut_short"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `share` done, 0 to 1, and the name of the step under way."""

    share: float
    step: str


@dataclass(slots=True)
class JobTimes:
    """What a job cost: seconds waited before its first step, and of computing, by the language model as well."""

    queued_s: float = 0.0
    compute_s: float = 0.0


@dataclass(frozen=True, slots=True)
class JobReport:
    """What one job came to: `task` with its tag, `outcome` as "done", "abandoned" or the code of a failure.

    Seconds: waited for a worker, computed, of sound made, until its first sound (None without any), and for which who
    plays it from then on has nothing to play.
    """

    task: str
    outcome: str
    queued_s: float
    compute_s: float
    audio_s: float
    first_s: float | None
    underrun_s: float = 0.0


class Listener:
    """Plays the sound of a job as it comes, in real time from the first piece on."""

    def __init__(self) -> None:
        self.first_s: float | None = None  # from here to the first sound
        self.audio_s = 0.0
        self.underrun_s = 0.0
        self._began = time.monotonic()
        self._dry_at = 0.0  # when all that has come is played

    def hear(self, audio_s: float) -> None:
        """So much sound has come."""
        now = time.monotonic()
        if self.first_s is None:
            self.first_s, self._dry_at = now - self._began, now
        self.underrun_s += max(0.0, now - self._dry_at)
        self._dry_at = max(now, self._dry_at) + audio_s
        self.audio_s += audio_s


class JobControl:
    """Cancellation, deadline, progress, times, warnings and end of one job."""

    def __init__(
        self,
        *,
        deadline_s: float | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        caller: str = "",
        max_jobs: int | None = None,
        on_audio: Callable[[float], None] | None = None,
    ) -> None:
        """`deadline_s` counts from now; None means no limit. `on_progress` is called from the worker thread.

        `caller` is who asked, as far as the door can tell: callers take turns. Jobs of our own have none.
        `max_jobs` bounds its places, where it has a limit of its own; `on_audio` is told the seconds of sound made.
        """
        self.caller = caller
        self.max_jobs = max_jobs
        self.on_audio = on_audio
        self._limit_s = deadline_s
        self._ends_at = None if deadline_s is None else time.monotonic() + deadline_s
        self._on_progress = on_progress
        self.latest = Progress(0.0, "")
        self.reported: JobReport | None = None  # once it is over
        self.reported_at = 0.0
        self._lock = threading.Lock()
        self._stop: EngineError | None = None
        self._abort_hooks: list[Callable[[], None]] = []
        self.warnings: list[Note] = []
        self.times = JobTimes()
        self.work: Work | None = None  # what it is expected to be, once that is known
        self.queueing: Queueing | None = None  # how it was let in
        self.goes_on = False  # with what was let in before: a chain's next step, words of a sound
        self.finish_reason: FinishReason = "end"
        self.gives_last = False
        self.on_wait: Callable[[], AbstractContextManager[object]] = nullcontext
        self.stretches: tuple[Stretch, ...] | None = None  # of a job that leaves the rest as it is: what it made anew
        self.checked: list[Scores] = []  # of the pieces of a result that was to be checked

    @property
    def is_stopped(self) -> bool:
        """True once the job was cancelled or ran past its deadline."""
        return self._reason() is not None

    @property
    def remaining_s(self) -> float | None:
        """Seconds until the deadline; None without one."""
        return None if self._ends_at is None else max(0.0, self._ends_at - time.monotonic())

    def cancel(self, reason: EngineError | None = None) -> None:
        """Stop the job at its next checkpoint and abort native calls under way. Safe from any thread, repeatedly."""
        with self._lock:
            if self._stop is None:
                self._stop = reason or Cancelled()
            hooks = list(self._abort_hooks)
        for abort in hooks:
            abort()

    def expire(self) -> None:
        """Stop the job because its time is over."""
        self.cancel(DeadlineExceeded(self._limit_s or 0.0))

    def checkpoint(self) -> None:
        """Raise Cancelled or DeadlineExceeded if the job is to stop. Call it at least every 200 ms of work."""
        reason = self._reason()
        if reason is not None:
            raise copy(reason)  # an error keeps the frames that it came through, and with them the clips of its job

    def progress(self, share: float, step: str) -> None:
        """Report the share done (0 to 1) and the step under way; also a checkpoint."""
        self.checkpoint()
        self.latest = Progress(min(1.0, max(0.0, share)), step)
        if self._on_progress is not None:
            self._on_progress(self.latest)

    def warn(self, note: Note) -> None:
        """Report something about the result that is not an error. Repeats are dropped."""
        if note not in self.warnings:
            self.warnings.append(note)

    def finished(self, reason: FinishReason) -> None:
        """Note how one answer of a model ended. A job has many; the first that was cut short stays."""
        if self.finish_reason == "end":
            self.finish_reason = reason

    def take_finish_reason(self) -> FinishReason:
        """How answers ended since this was last asked; what ends later counts anew."""
        reason, self.finish_reason = self.finish_reason, "end"
        return reason

    def give_last(self) -> None:
        """Note that the next result is the last: what remains after it is nothing to wait a turn for."""
        self.gives_last = True

    def report(self, task: str, outcome: str, heard: Listener) -> JobReport:
        """Note what the job came to."""
        times, self.reported_at = self.times, time.monotonic()
        self.reported = JobReport(
            task, outcome, times.queued_s, times.compute_s, heard.audio_s, heard.first_s, heard.underrun_s
        )
        return self.reported

    @contextmanager
    def aborting(self, abort: Callable[[], None]) -> Iterator[None]:
        """While inside, `cancel` also calls `abort`, which must make a native call return soon."""
        with self._lock:
            self._abort_hooks.append(abort)
        try:
            self.checkpoint()
            yield
        finally:
            with self._lock:
                self._abort_hooks.remove(abort)

    def waiting(self) -> AbstractContextManager[object]:
        """While inside, the job computes nothing: its worker does other jobs. `on_wait`, by whoever runs it."""
        return self.on_wait()

    def _reason(self) -> EngineError | None:
        if self._stop is None and self._ends_at is not None and time.monotonic() > self._ends_at:
            self._stop = DeadlineExceeded(self._limit_s or 0.0)
        return self._stop
