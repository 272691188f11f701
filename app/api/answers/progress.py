"""`speech.audio.progress`: events that tell, until the sound is there, where its job waits or how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.api.answers import sse
from app.engine.job import JobControl
from app.engine.queueing.estimates import Queueing

TICK_S = 0.25


class ProgressEvents:
    """The progress of one job, told where it has changed."""

    def __init__(self, control: JobControl, queueing: Callable[[JobControl], Queueing | None]) -> None:
        """`queueing` says where a job waits now."""
        self._control, self._queueing = control, queueing
        self._told: dict[str, Any] = {}

    @property
    def is_let_in(self) -> bool:
        """Whether the job has passed all that may refuse it."""
        return self._control.queueing is not None

    def news(self) -> bytes:
        """The event of what has changed; nothing where nothing has."""
        state = self._state()
        if state == self._told:
            return b""
        self._told = state
        return sse.event({"type": "speech.audio.progress", **state})

    def _state(self) -> dict[str, Any]:
        queueing = self._queueing(self._control)
        if queueing is not None and queueing.position:
            return {"state": "queued", "position": queueing.position, "eta_s": round(queueing.eta_s, 1)}
        latest = self._control.latest
        return {"state": "running", "share": round(latest.share, 2), "step": latest.step}
