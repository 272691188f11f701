"""What waits to be spoken in one conversation, within the limits that one text has elsewhere."""

from __future__ import annotations

import asyncio

from app.engine.admission import check_number_of_sounds, check_pauses
from app.engine.errors import TextTooLong
from app.engine.script import parse_script


class Waiting:
    """Clauses in their order. Only characters leave with a clause that is taken: sounds and pauses count until all is
    spoken or dropped, as what is written without a stop is one text, however quickly it is spoken.

    It has no bound of its own: whoever reads messages must never wait.
    """

    def __init__(self, max_chars: int) -> None:
        """`max_chars` may wait at once."""
        self._max_chars = max_chars
        self._clauses: asyncio.Queue[str | None] = asyncio.Queue()
        self._n_chars = 0
        self._n_sounds = 0
        self._pauses_s = 0.0
        self._is_speaking = False

    @property
    def is_quiet(self) -> bool:
        """Whether nothing waits and nothing is spoken."""
        return self._clauses.empty() and not self._is_speaking

    def put(self, clauses: list[str]) -> None:
        """Queue clauses. Raises TextTooLong, TooManySounds, PausesTooLong."""
        if self.is_quiet:
            self._n_sounds, self._pauses_s = 0, 0.0
        for clause in clauses:
            script = parse_script(clause)
            self._n_chars += len(clause)
            self._n_sounds += len(script.sounds)
            self._pauses_s += script.pauses_s
            if self._n_chars > self._max_chars:
                raise TextTooLong(self._max_chars, self._n_chars, param="text")
            check_number_of_sounds(self._n_sounds, "text")
            check_pauses(self._pauses_s, "text")
            if clause.strip():
                self._clauses.put_nowait(clause)

    def end(self) -> None:
        """No more comes."""
        self._clauses.put_nowait(None)

    async def get(self) -> str | None:
        """The next clause, which is being spoken until the next one is asked for; None at the end."""
        self._is_speaking = False
        clause = await self._clauses.get()
        self._is_speaking = True
        self._n_chars -= len(clause or "")
        return clause

    def clear(self) -> None:
        """Drop what waits."""
        while not self._clauses.empty():
            self._clauses.get_nowait()
        self._n_chars, self._n_sounds, self._pauses_s = 0, 0, 0.0
