"""Which of a word's pronunciations is meant: a few rules over the neighbouring words, in place of a tagger.

Lexicon entries with several sounds are keyed by part of speech (DEFAULT, NOUN, VERB, ADJ, VBD, VBN, ...) or by "None",
the sound before a pause. The rules aim at the frequent cases; where none applies the entry's DEFAULT stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.embedded.text.word_lists import words

BEFORE_VERBS = words(
    "to will would can could should shall may might must do does did don't doesn't didn't won't can't cannot "
    "couldn't wouldn't shouldn't i we they you who let's let please not never always often i'll we'll you'll "
    "they'll he'll she'll it'll i'd we'd you'd they'd and-then gonna"
)
BEFORE_NOUNS = words(
    "the a an this that these those my your his her its our their no some any each every of in on at for with by "
    "from such what which whose another many few several more most first second last next new old good big small "
    "great"
)
OBJECTS = words("the a an this that these those my your his her its our their me us them it him everything")
HAVING = words("have has had having i've we've you've they've he's she's it's been was were is are be being 'd got")
THIRD_PERSON = words("he she it")
PAST_TIME = words("yesterday ago last earlier once before already")
PLACES_TO_LIVE = words(
    "in with at here there near nearby together alone forever under among by without through longer long happily "
    "for between next across close up off on to"
)
METAL_LEAD = words("pipe pipes poisoning paint paints acid battery batteries bullet bullets weight pencil free")


@dataclass(frozen=True, slots=True)
class WordInPlace:
    """A word in its place: `words` are all tokens of the text, `next_sound` the first phoneme behind it or ""."""

    words: list[str]
    at: int
    next_sound: str

    @property
    def text(self) -> str:
        """The word as written."""
        return self.words[self.at]

    @property
    def previous(self) -> str:
        """The word before, in lower case; "" at the start of a clause."""
        return self._neighbour(-1)

    @property
    def following(self) -> str:
        """The word behind, in lower case; "" at the end of a clause."""
        return self._neighbour(1)

    @property
    def is_first(self) -> bool:
        """Whether the word opens a clause."""
        return not self.previous

    @property
    def is_metal_lead(self) -> bool:
        """Whether this is the metal, not the leash."""
        return self.text.lower() == "lead" and (
            self.following in METAL_LEAD or self.previous in ("of", "toxic", "molten")
        )

    def _neighbour(self, step: int) -> str:
        i = self.at + step
        token = self.words[i].lower() if 0 <= i < len(self.words) else ""
        return token if token[:1].isalpha() else ""


def sense(entry: str | Mapping[str, str | None], word: WordInPlace) -> str:
    """The pronunciation meant here."""
    if isinstance(entry, str):
        return entry
    default = entry["DEFAULT"] or ""
    if "None" in entry:
        return (entry["None"] or default) if not word.next_sound else default
    tag = _part_of_speech(entry, word)
    return entry.get(tag) or default


def _part_of_speech(entry: Mapping[str, str | None], word: WordInPlace) -> str:
    text = word.text.lower()
    if text == "used":
        return (
            "VBD" if word.following == "to" and word.previous not in ("is", "are", "was", "were", "be") else "DEFAULT"
        )
    if text == "live":
        return "VERB" if _is_verb(word) or word.following in PLACES_TO_LIVE else "DEFAULT"
    if text in ("read", "reread"):
        return _read(word)
    if text == "wound":
        return "VBD" if word.following in ("up", "down", "around", "through") else "DEFAULT"
    if text in ("bow", "bows") and word.following in ("to", "down", "before"):
        return "VERB"
    if _is_verb(word):
        return "VERB"
    if word.previous in BEFORE_NOUNS or word.previous.endswith("'s"):
        return "NOUN" if "ADJ" not in entry or not word.following else "ADJ"
    if text.endswith("ate") and word.following and word.following not in OBJECTS:
        return "ADJ"
    return "DEFAULT"


def _is_verb(word: WordInPlace) -> bool:
    if word.previous in BEFORE_NOUNS:
        return False
    return word.previous in BEFORE_VERBS or word.following in OBJECTS


def _read(word: WordInPlace) -> str:
    if word.previous in HAVING or word.previous in THIRD_PERSON:
        return "VBD"
    later = {token.lower() for token in word.words[word.at : word.at + 12]}
    return "VBD" if later & PAST_TIME and word.previous not in BEFORE_VERBS - {"i", "we", "they", "you"} else "DEFAULT"
