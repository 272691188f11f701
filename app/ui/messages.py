"""Facts in the page's words: what happened and what to do, in both languages, never a path or a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from app.engine.errors import EngineError
from app.engine.facts.fact import Fact, Note
from app.ui.lean_gradio import lean
from app.ui.markup import escape, say, words
from app.ui.sentences import CHINESE, ENGLISH_OF_THE_PAGE, FIELDS_IN_CHINESE, FIELDS_IN_ENGLISH
from app.ui.words import WORDS
from app.wording.english import ENGLISH, quoted
from app.wording.rendering import Wording

with lean():
    import gradio as gr

logger = logging.getLogger(__name__)

_IN_ENGLISH = Wording({**ENGLISH, **ENGLISH_OF_THE_PAGE}, lambda param: FIELDS_IN_ENGLISH.get(param, quoted(param)))
_IN_CHINESE = Wording(CHINESE, lambda param: FIELDS_IN_CHINESE.get(param, f"“{param}”"), comma="、", last="或")


class Mistake(gr.Error):
    """Something that only the page knows to be wrong; `key` names its words.

    Where no panel tells it, Gradio does, in both languages.
    """

    def __init__(self, key: str, param: str | None = None) -> None:
        """`param` is what it is wrong with, as errors of the engine name it."""
        super().__init__(" / ".join(WORDS[key]), print_exception=False)
        self.key, self.param = key, param


def told(error: BaseException) -> str:
    """The failure as HTML. What is neither a mistake nor an EngineError is a bug of ours: it is logged, not told."""
    if isinstance(error, Mistake):
        return say(error.key)
    if not isinstance(error, EngineError):
        logger.error("the page's job failed", exc_info=error)
        return say("error_internal")
    return say_fact(error)


def fact_in(language: str, fact: Fact) -> str:
    """The fact in one language of the page, as plain text."""
    return (_IN_CHINESE if language.startswith("zh") else _IN_ENGLISH).of(fact)


def notes(warnings: Sequence[Note]) -> str:
    """What should be known about something that was done all the same."""
    return "".join(f'<p class="note" role="status">{say_fact(note)}</p>' for note in warnings)


def say_fact(fact: Fact) -> str:
    """The fact as HTML, in the language of the moment."""
    in_english = _IN_ENGLISH.of(fact)
    attributes = words("fact", en=in_english, zh=_IN_CHINESE.of(fact))
    return f'<span data-fact="{fact.code}" {attributes}>{escape(in_english)}</span>'
