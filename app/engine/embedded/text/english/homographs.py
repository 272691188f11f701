"""Which of a word's pronunciations is meant.

Entries of the lexicons with several sounds are keyed by part of speech (DEFAULT, NOUN, VERB, ADJ, VBD, VBN, ...) or by
"None", the sound before a pause: `parts_of_speech` decides. Words whose senses the part of speech does not tell apart
(lead, bass, bow, tear) have rows in `senses`, tried first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.engine.embedded.text.english.parts_of_speech import Surroundings, part_of_speech
from app.engine.embedded.text.english.senses import READERS, sense_by_cues
from app.engine.embedded.text.marks import MARK

NEAR = 8  # words on each side in which a cue may stand


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

    def around(self) -> Surroundings:
        """The clause, up to `NEAR` words on each side."""
        return Surroundings(tuple(self._side(-1)), self.text.lower(), tuple(self._side(1)))

    def sentence(self) -> list[str]:
        """The words within `NEAR` places on each side, over commas but not over the ends of the sentence."""
        return [*reversed(self._side(-1, over_commas=True)), *self._side(1, over_commas=True)]

    def _side(self, step: int, *, over_commas: bool = False) -> list[str]:
        found: list[str] = []
        i = self.at + step
        while 0 <= i < len(self.words) and len(found) < NEAR:
            token = self.words[i].lower()
            if token[:1].isalpha() or MARK.match(token):
                found.append(token)
            elif token in ".!?…;:" or not over_commas:
                break
            i += step
        return found

    def _neighbour(self, step: int) -> str:
        i = self.at + step
        token = self.words[i].lower() if 0 <= i < len(self.words) else ""
        return token if token[:1].isalpha() or MARK.match(token) else ""


def sense(entry: str | Mapping[str, str | None], word: WordInPlace) -> str:
    """The pronunciation meant here."""
    text = word.text.lower()
    if text in READERS:
        meant = sense_by_cues(
            text, word.around(), word.sentence(), is_capital=word.text[:1].isupper() and not word.is_first
        )
        if meant:
            return meant
    if isinstance(entry, str):
        return entry
    default = entry["DEFAULT"] or ""
    if "None" in entry:
        return (entry["None"] or default) if not word.next_sound else default
    role = part_of_speech(word.around())
    return entry.get(role) or (entry.get("NOUN") if role == "ADJ" else None) or default
