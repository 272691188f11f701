"""Failures in the page's words: what happened and what to do, in both languages, never a path or a stack trace."""

from __future__ import annotations

import logging

from app.engine.errors import EngineError, TextTooLong
from app.settings import MIB
from app.ui.markup import say
from app.ui.words import WORDS
from app.wording.english import ENGLISH
from app.wording.rendering import Wording

logger = logging.getLogger(__name__)

# What the page calls the fields of the API.
_FIELD_NAMES = {
    "input": "The text",
    "prompt_audio": "The recording",
    "input_audio": "The recording",
    "audio_sample": "The recording",
    "recording": "The recording",
    "file": "The recording",
    "name": "The name",
}
_WORDING = Wording(ENGLISH, lambda param: _FIELD_NAMES.get(param, f"'{param}'"))


class Mistake(Exception):
    """Something that only the page knows to be wrong; `key` names its words."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def told(error: BaseException, max_upload_bytes: int) -> str:
    """The failure as HTML. What is neither a mistake nor an EngineError is a bug of ours: it is logged, not told."""
    if isinstance(error, Mistake):
        return say(error.key)
    if not isinstance(error, EngineError):
        logger.error("the page's job failed", exc_info=error)
        return say("error_internal")
    key = f"error_{error.code}" if f"error_{error.code}" in WORDS else "error"
    limit = error.limit if isinstance(error, TextTooLong) else 0
    return say(key, detail=_WORDING.of(error), limit=limit, mb=max_upload_bytes // MIB)
