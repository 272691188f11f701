"""Sweeping: keeps what lies on the disk within its limits while the service runs, and ends what nobody can reach."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from app.engine.engine import EditXEngine
from app.engine.errors import NotReady, QueueFull, StorageFailed
from app.engine.job import JobControl
from app.studio.session import Session
from app.studio.store import TakeStore
from app.studio.works import Works

logger = logging.getLogger(__name__)

SWEEP_S = 60.0  # how often the stores are looked through for what is too old or too much


class Sweeping:
    """Sweeps voices, consents and takes now and every SWEEP_S, and goes on with takes that a killed process left.

    `resumed` gives the control of a job of such a take.
    """

    def __init__(
        self, engine: EditXEngine, store: TakeStore, works: Works, resumed: Callable[[Session], JobControl]
    ) -> None:
        self._engine, self._store, self._works = engine, store, works
        self._resumed = resumed

    async def run(self) -> None:
        """Returns when the service shuts down. What one store refuses says nothing of the others, or of later."""
        run, engine = self._engine.files.run, self._engine
        sweeps = (engine.voices.sweep, engine.consents.sweep, self.sweep_takes)
        turns: list[Callable[[], Awaitable[None]]] = [
            self._resume_abandoned,
            *(partial(run, sweep) for sweep in sweeps),
        ]
        while True:
            for turn in turns:
                try:
                    await turn()
                except NotReady:
                    return
                except (QueueFull, StorageFailed, OSError) as fault:
                    logger.warning("a store was not swept: %s", fault)
            await asyncio.sleep(SWEEP_S)

    def sweep_takes(self) -> None:
        """Sweep the sessions; private voices end with theirs. Reads and writes files. Raises StorageFailed."""
        owners = {voice.owner for voice in self._engine.voices.kept()}
        for gone in self._store.sweep(lambda session: session.own_reader in owners):
            self._engine.voices.disown(gone.own_reader)

    async def _resume_abandoned(self) -> None:
        for session, take, lease in await self._engine.files.run(self._store.abandoned):
            self._works.resume(session, take, lease, partial(self._resumed, session))
