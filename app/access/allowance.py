"""The control of a job, within what its key allows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.access.access import Access
from app.access.keys import Key
from app.engine.errors import AllowanceSpent
from app.engine.job import JobControl, Progress


def new_control(
    access: Access,
    key: Key | None,
    *,
    limit_s: float,
    caller: str,
    on_progress: Callable[[Progress], None] | None = None,
) -> JobControl:
    """The control of a job that starts now and may take so many seconds. Callers with one key are one caller.

    Raises AllowanceSpent.
    """
    if key is None:
        return JobControl(deadline_s=limit_s, on_progress=on_progress, caller=caller)
    usage, allowed_s = access.usage, key.audio_s_per_hour
    if allowed_s is not None and (wait_s := usage.wait_s(key.name, allowed_s)):
        raise AllowanceSpent(round(allowed_s), wait_s)
    return JobControl(
        deadline_s=limit_s,
        on_progress=on_progress,
        caller=f"key {key.name}",
        max_jobs=key.max_jobs,
        on_audio=partial(usage.note_audio, key.name),
    )
