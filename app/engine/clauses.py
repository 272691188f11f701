"""Where text that is still being written can already be spoken."""

from __future__ import annotations

import re

from app.engine.errors import TextTooLong
from app.engine.splitting import CLAUSE_END, SENTENCE_END

MIN_CLAUSE_CHARS = 12  # "Well," alone would sound choppy; a sentence may be as short as it likes
MAX_CLAUSE_CHARS = 160  # text without any mark is cut between words
_ENDED = re.compile(r"[.!?…。！？；][\"'”’」』）)\]]*\s*$")


class Clauses:
    """Collects text and gives it back clause by clause, with the marks that carry the intonation on."""

    def __init__(self, max_chars: int) -> None:
        """`max_chars` may wait at once."""
        self._max_chars = max_chars
        self._text = ""

    def add(self, text: str) -> list[str]:
        """The clauses that this piece completes. Raises TextTooLong."""
        self._text += text
        if len(self._text) > self._max_chars:
            raise TextTooLong(self._max_chars, len(self._text), param="text")
        clauses = []
        while (end := self._end()) is not None:
            clauses.append(self._taken(end))
        return [clause for clause in clauses if clause.strip()]

    @property
    def is_ended(self) -> bool:
        """Whether what waits looks like the end of a sentence, which only more text could deny ("3." of "3.14")."""
        return bool(_ENDED.search(self._text))

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._text.strip()

    def rest(self) -> str:
        """All that waits."""
        return self._taken(len(self._text)).strip()

    def clear(self) -> None:
        """Forget what waits."""
        self._text = ""

    def _end(self) -> int | None:
        for match in SENTENCE_END.finditer(self._text):
            if match.end() < len(self._text) or self._text[match.end() - 1].isspace():
                return match.end()
        for match in CLAUSE_END.finditer(self._text):
            if match.end() >= MIN_CLAUSE_CHARS:
                return match.end()
        if len(self._text) > MAX_CLAUSE_CHARS:
            return self._outside_tags(self._text.rfind(" ", 1, MAX_CLAUSE_CHARS) + 1 or MAX_CLAUSE_CHARS)
        return None

    def _outside_tags(self, end: int) -> int:
        """Never between the words of a tag such as [clears throat]."""
        opened = self._text.rfind("[", 1, end)
        return opened if opened > self._text.rfind("]", 0, end) else end

    def _taken(self, end: int) -> str:
        taken, self._text = self._text[:end], self._text[end:]
        return taken
