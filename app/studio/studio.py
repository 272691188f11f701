"""Studio: makes takes. It turns a step and its parent take into an engine job and keeps the result.

The page uses it today; an API of sessions would use nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from app.engine.edits import make_edit, split_sounds
from app.engine.engine import EditXEngine
from app.engine.errors import EngineError, NotReady, QueueFull
from app.engine.job import JobControl
from app.engine.requests import CloneRequest, EditRequest, Reference
from app.engine.sound.audio import Audio, joined
from app.studio.session import Session
from app.studio.store import TakeStore
from app.studio.takes import Step, Take

logger = logging.getLogger(__name__)

SWEEP_S = 60.0  # how often the store is looked through for what is too old or too much


@dataclass(frozen=True, slots=True)
class Made:
    """The end of a job: the take it became."""

    take: Take


class Studio:
    """Runs steps over one engine and keeps what they make in one store."""

    def __init__(self, engine: EditXEngine, store: TakeStore) -> None:
        self.engine = engine
        self.store = store
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the engine, and sweep the store now and every SWEEP_S; returns at once."""
        await self.engine.start()
        self._sweeping = asyncio.create_task(self._keep_swept())

    async def stop(self) -> None:
        """Stop sweeping, then the engine."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        await self.engine.stop()

    async def _keep_swept(self) -> None:
        while True:
            try:
                await self.engine.files.run(self.store.sweep)
            except NotReady:  # the service is shutting down
                return
            except (QueueFull, OSError) as fault:
                logger.warning("takes were not swept: %s", fault)
            await asyncio.sleep(SWEEP_S)

    async def make(
        self, session: Session, parent: Take, step: Step, control: JobControl
    ) -> AsyncGenerator[Audio | Made, None]:
        """Yield the sound piece by piece, then the take. Closing it stops the job; nothing is kept then.

        Raises UnknownTake and whatever the engine raises.
        """
        source = await asyncio.to_thread(session.audio, parent.id)
        pieces: list[Audio] = []
        async with aclosing(self._job(parent, source, step, control)) as chunks:
            async for piece in chunks:
                pieces.append(piece)
                yield piece
        if not pieces:
            raise EngineError("The job made no sound.")
        take = await asyncio.to_thread(
            session.add,
            joined(pieces),
            step=step,
            parent_id=parent.id,
            transcript=_words_after(step, parent),
            language="" if step.task == "clone" else parent.language,
            compute_s=control.times.compute_s,
            warnings=tuple(control.warnings),
        )
        yield Made(take)

    def _job(self, parent: Take, source: Audio, step: Step, control: JobControl) -> AsyncGenerator[Audio, None]:
        if step.task == "clone":
            reference = Reference(audio=source, transcript=parent.transcript or None)
            return self.engine.clone(
                CloneRequest(step.text, reference, step.intensity, step.speed, step.seed, step.variant), control
            )
        edit = make_edit(step.task, step.tag, step.intensity, step.iterations)
        return self.engine.edit(
            EditRequest(edit, source, parent.transcript or None, step.text or None, 1.0, step.seed, step.variant),
            control,
        )


def expected_s(step: Step, parent: Take) -> float:
    """About how many seconds of sound the step will make: what progress is measured against before any is there."""
    if step.task != "clone":
        return parent.duration_s
    n_han = sum("\u4e00" <= letter <= "\u9fff" for letter in step.text)
    return (0.065 * (len(step.text) - n_han) + 0.24 * n_han) / step.speed


def _words_after(step: Step, parent: Take) -> str:
    """What is said in the result."""
    if step.task == "clone" or (step.task == "paralinguistic" and step.text.strip()):
        return " ".join(split_sounds(step.text)[0].split())
    return parent.transcript
