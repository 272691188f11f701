"""Jobs of requests, which their callers may ask about for a while after they are over."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass

from app.engine.job import JobControl

KEPT_S = 600.0
MAX_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class _Kept:
    caller: str
    control: JobControl
    since: float


class KeptJobs:
    """The jobs of requests, each for its caller, until ten minutes after it began or ended. For the event loop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def add(self, request_id: str, caller: str, control: JobControl) -> None:
        """Keep the job of a request from now on."""
        self._kept[request_id] = _Kept(caller, control, time.monotonic())
        self._kept.move_to_end(request_id)
        while len(self._kept) > MAX_KEPT or self._is_old(next(iter(self._kept.values()))):
            self._kept.popitem(last=False)

    def of(self, request_id: str, caller: str) -> JobControl | None:
        """The job of a request of this caller; None where there is none, or none any more."""
        kept = self._kept.get(request_id)
        return kept.control if kept is not None and kept.caller == caller and not self._is_old(kept) else None

    @staticmethod
    def _is_old(kept: _Kept) -> bool:
        control = kept.control
        is_over = control.reported is not None or control.is_stopped
        return is_over and time.monotonic() - max(kept.since, control.reported_at) > KEPT_S
