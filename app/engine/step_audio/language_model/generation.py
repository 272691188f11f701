"""Generation: one answer of the language model, from what is asked to the ids that are read.

The loop puts ids in from its own thread, the reader takes them out in another; the model goes on while they are spoken.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Literal

from app.engine.edits import check_intensity
from app.engine.job import FinishReason, JobControl
from app.engine.step_audio.language_model.endless import LoopDetector

LOOK_S = 0.05  # how often a reader who waits looks whether its job is to stop


@dataclass(frozen=True, slots=True)
class Guidance:
    """Classifier-free guidance: logits = identity + intensity * (edited - identity).

    `prompt_ids` is the prompt that asks for the same thing said in the same way. Raises OutOfRange for an intensity
    outside 0.1 to 3.
    """

    prompt_ids: Sequence[int]
    intensity: float

    def __post_init__(self) -> None:
        check_intensity(self.intensity)


class Generation(Iterator[int]):
    """An iterator over new ids, without the end id; close it when no more are wanted.

    `reason` is None as long as more may come, then "end" (the model ended), "length" (`max_new_tokens` are there),
    "degenerate" (it repeats itself without end) or "cancelled" (so also after an exception).
    """

    def __init__(
        self,
        prompt_ids: Sequence[int],
        *,
        max_new_tokens: int,
        seed: int | None = None,
        guidance: Guidance | None = None,
        control: JobControl | None = None,
    ) -> None:
        """`seed` None draws a new one. A guidance that changes nothing takes no second row."""
        self.prompts = [[int(token) for token in prompt_ids]]
        self.max_new_tokens = max_new_tokens
        self.seed = secrets.randbits(63) if seed is None else seed
        self.intensity = 1.0
        if guidance is not None and guidance.intensity != 1.0:
            identity = [int(token) for token in guidance.prompt_ids]
            if identity != self.prompts[0]:
                self.prompts.append(identity)
                self.intensity = guidance.intensity
        self.reason: FinishReason | Literal["cancelled"] | None = None if max_new_tokens else "length"
        self._control = control or JobControl()
        self._ids: deque[int] = deque()
        self._n_ids = 0
        self._loops = LoopDetector()
        self._error: Exception | None = None
        self._changed = threading.Condition()

    # ---- the reader's side -----------------------------------------------------------------------------------------

    def __next__(self) -> int:
        ids = self.read(1)
        if not ids:
            raise StopIteration
        return ids[0]

    def read(self, n: int) -> list[int]:
        """The next `n` ids, fewer at the end. Raises what the loop ran into, Cancelled, DeadlineExceeded."""
        if not self._has(n):
            with self._control.waiting():
                self._wait_for(n)
        with self._changed:
            ids = [self._ids.popleft() for _ in range(min(n, len(self._ids)))]
        if not ids and self._error is not None:
            raise copy(self._error)  # an error keeps the frames that it came through
        return ids

    def close(self) -> None:
        """No more ids are wanted: the rows are free before the next step."""
        self._end("cancelled")

    def _has(self, n: int) -> bool:
        return len(self._ids) >= n or self.reason is not None

    def _wait_for(self, n: int) -> None:
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: self._has(n), LOOK_S):
                    return
            try:
                self._control.checkpoint()
            except BaseException:
                self.close()
                raise

    # ---- the loop's side -------------------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether no more ids are wanted or to come; also looks whether the job is to stop."""
        if self.reason is None and self._control.is_stopped:
            self._end("cancelled")
        return self.reason is not None

    def put(self, token: int, end_id: int | None) -> None:
        """The next id, which may be the last, or the end."""
        if token == end_id:
            self._end("end")
            return
        with self._changed:
            self._ids.append(token)
            self._n_ids += 1
            self._changed.notify_all()
        if self._n_ids == self.max_new_tokens:
            self._end("length")
        elif self._loops.is_looping(token):
            self._end("degenerate")

    def fail(self, error: Exception) -> None:
        """Nothing more can come."""
        self._error = error
        self._end("cancelled")

    def _end(self, reason: FinishReason | Literal["cancelled"]) -> None:
        with self._changed:
            if self.reason is None:
                self.reason = reason
            self._changed.notify_all()
