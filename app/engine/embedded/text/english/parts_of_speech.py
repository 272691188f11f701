"""Verb, noun or adjective: what a word is in its place, by the words around it.

A decision list over the nearest words that say something (adverbs between are passed over), in place of a tagger: the
lexicons' two sounds of a word differ by this alone for most of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.engine.embedded.text.word_lists import words

PartOfSpeech = Literal["VERB", "NOUN", "ADJ"]

DETERMINERS = words(
    "the a an this these those my your his her its our their some any each every no another such both all many few "
    "several "
    "more most other own which whose what one two three four five six seven eight nine ten hundred thousand first "
    "last next "
    "new old good bad big small great high low long short little large same whole only real true early late recent "
    "current "
    "main full public private local national world best worst better certain double single half poor fresh"
)
MODALS = words(
    "will would can could should shall may might must cannot do does did don't doesn't didn't won't can't couldn't "
    "wouldn't "
    "shouldn't let's let please i'll we'll you'll they'll he'll she'll it'll i'd we'd you'd they'd he'd she'd gonna "
    "wanna "
    "gotta to"
)
SUBJECTS = words("i you we they who")
THIRD_PERSONS = words("he she it who which this that everyone everybody nobody someone")
BEING = words(
    "is are was were be been being am isn't aren't wasn't weren't i'm you're we're they're he's she's it's that's "
    "seem seems "
    "seemed feel feels felt get gets got become becomes became look looks looked remain remains remained stay stays "
    "stayed "
    "very so too quite as how rather really pretty extremely fairly perfectly"
)
PREPOSITIONS = words(
    "of in on at for with by from about into through over under after before without per between during against within "
    "towards toward behind beyond across upon via than like off near"
)
OBJECTS = words(
    "the a an this that these those my your his her its our their me him them us it you each every all everything "
    "something anything myself himself herself themselves yourself ourselves itself"
)
OBJECT_PRONOUNS = words("me him them us it her you")
CAUSATIVES = words("let make makes made help helps helped see saw hear heard watch watched have had")
PASSED_OVER = words(
    "not never always often also just still even then now again soon usually sometimes ever rarely seldom both"
)
TO_IS_PREPOSITION = words(
    "access according due thanks next addition response approach key solution devoted committed contribution reaction "
    "related attention damage changes close similar leads led lead return listen listened listening object objects"
)
FUNCTION_WORDS = (
    OBJECTS | PREPOSITIONS | MODALS | BEING | SUBJECTS
    | words("and or but if when while because that he she it is are was were has have had there here where why how "
            "who which "
            "until till since then than as not nor so yet up down out off on away")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The words of a clause, in lower case, around one of them; "" beyond its ends."""

    left: tuple[str, ...]  # nearest first
    word: str
    right: tuple[str, ...]

    def before(self, step: int = 0) -> str:
        """The nearest word on the left that says something, or the one `step` before it."""
        said = [word for word in self.left if word not in PASSED_OVER and not (word.endswith("ly") and len(word) > 4)]
        return said[step] if step < len(said) else ""

    @property
    def following(self) -> str:
        """The next word."""
        return self.right[0] if self.right else ""


def part_of_speech(around: Surroundings) -> PartOfSpeech:
    """What the word is, as far as its neighbours say."""
    before, before_that, following = around.before(), around.before(1), around.following
    if before == "to" and before_that in TO_IS_PREPOSITION:
        return "NOUN"
    if before in MODALS or before in SUBJECTS or (before in THIRD_PERSONS and around.word.endswith("s")):
        return "VERB"
    if before in OBJECT_PRONOUNS and before_that in CAUSATIVES and before not in ("her",):
        return "VERB"
    if before in DETERMINERS or before.endswith(("'s", "s'")):
        return "ADJ" if _is_modifier(following) else "NOUN"
    if before in BEING:
        return "ADJ"
    if before in PREPOSITIONS:
        return "ADJ" if _is_modifier(following) else "NOUN"
    if before in ("and", "or", "but", ""):
        return "VERB" if following in OBJECTS else "ADJ" if _is_modifier(following) else "NOUN"
    if following in OBJECTS:
        return "VERB"
    if _is_plural(before) and not around.word.endswith("s") and _takes_plural_verb(following):
        return "VERB"
    return "ADJ" if _is_modifier(following) and not _is_plural(before) else "NOUN"


def _is_modifier(following: str) -> bool:
    """Whether the word stands before a thing: what follows is no little word."""
    return bool(following) and following not in FUNCTION_WORDS and not following.endswith("ly")


def _is_plural(word: str) -> bool:
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))


def _takes_plural_verb(following: str) -> bool:
    return following not in ("of", "is", "are", "was", "were", "has", "have", "had", "")
