"""Which of a word's pronunciations is meant.

One small linear classifier a word weighs the `evidence` around it, together with weights that all words share which are
verbs in one reading: those alone decide for the words of the lexicons that have no classifier of their own. Trained by
`tools/train_homographs.py` on sentences written for this project; docs/homographs.md states how often each is right.

Entries of the lexicons with several sounds are keyed by part of speech (DEFAULT, NOUN, VERB, ADJ, ...) or by "None",
the sound before a pause, which needs no classifier.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import IO

import numpy as np

from app.engine.embedded.text.english.endings import with_s
from app.engine.embedded.text.english.evidence import CUE, TOPIC, evidence
from app.engine.embedded.text.marks import MARK

SHARED = ""  # the name of the weights that all verbs share
VERB = "VERB"
Entry = str | Mapping[str, str | None]


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
    def following(self) -> str:
        """The word behind, in lower case; "" at the end of a clause."""
        return self._neighbour(1)

    @property
    def is_first(self) -> bool:
        """Whether the word opens a clause."""
        return not self._neighbour(-1)

    def _neighbour(self, step: int) -> str:
        i = self.at + step
        token = self.words[i].lower() if 0 <= i < len(self.words) else ""
        return token if token[:1].isalpha() or MARK.match(token) else ""


@dataclass(frozen=True, slots=True)
class Homograph:
    """A word's two readings, the one that a score above zero means first: names (VERB, NOUN, ..., or its own), phonemes
    where the lexicon has none for it, and the cues that speak for them."""

    readings: tuple[str, str]
    phonemes: Mapping[str, str]
    cues: Mapping[str, frozenset[str]]

    @property
    def is_verb_or_not(self) -> bool:
        """Whether the weights that all verbs share count too."""
        return VERB in self.readings


@dataclass(frozen=True, slots=True)
class Classifiers:
    """The homographs by word, and weights by word and feature; those under `SHARED` count for all verbs."""

    words: Mapping[str, Homograph]
    weights: Mapping[str, Mapping[str, float]]

    def reading(self, word: str, form: str, tokens: Sequence[str], at: int) -> str:
        """The name of the reading of `word`, which stands at `at` with `form` added."""
        homograph = self.words.get(word, VERB_OR_NOT)
        found = evidence(tokens, at, form, homograph.cues)
        score = _sum(self.weights.get(word, {}), found)
        if homograph.is_verb_or_not:
            score += _sum(self.weights[SHARED], shared(found))
        return homograph.readings[score <= 0]


VERB_OR_NOT = Homograph((VERB, "NOUN"), {}, {})


def shared(found: Sequence[str]) -> list[str]:
    """The features that say the same of any verb."""
    return [feature for feature in found if not feature.startswith((TOPIC, CUE))]


def _sum(weights: Mapping[str, float], found: Sequence[str]) -> float:
    return sum(weights.get(feature, 0.0) for feature in found)


@cache
def classifiers() -> Classifiers:
    """Those that ship."""
    with (files("app") / "assets" / "embedded" / "homographs.npz").open("rb") as file:
        return load(file)


def load(file: IO[bytes]) -> Classifiers:
    """Classifiers as `tools/train_homographs.py` writes them."""
    with np.load(file) as arrays:
        table = json.loads(arrays["words"].tobytes())
        names = arrays["features"].tobytes().decode().split("\n")
        values = (arrays["weights"] * arrays["unit"]).tolist()
    weights: dict[str, dict[str, float]] = {SHARED: {}}
    for name, value in zip(names, values, strict=True):
        word, feature = name.split("\t")
        weights.setdefault(word, {})[feature] = value
    return Classifiers({word: _homograph(**row) for word, row in table.items()}, weights)


def _homograph(readings: Sequence[str], phonemes: Mapping[str, str], cues: Mapping[str, str]) -> Homograph:
    first, second = readings
    return Homograph((first, second), phonemes, {name: frozenset(stems.split()) for name, stems in cues.items()})


def sense(entry: Entry, spelling: str, word: WordInPlace) -> str:
    """The phonemes meant here of `spelling`, whose entry in the lexicons is `entry`.

    `spelling` is the word as it stands in `word`, or what is left of it without its ending ("record" of "recording").
    """
    text = word.text.lower()
    base, form = base_and_form(text)
    homograph = classifiers().words.get(base)
    if homograph is None and not _has_roles(entry):
        return _before_pause(entry, word)
    if homograph is None and text.endswith(("ed", "ing")) and spelling.lower() != text:
        return _by_role(entry, VERB)
    reading = classifiers().reading(base, form, word.words, word.at)
    own = homograph.phonemes.get(reading) if homograph else None
    if own:
        return own if spelling.lower() == base else with_s(own)
    return _by_role(entry, reading)


def base_and_form(text: str) -> tuple[str, str]:
    """ "records" -> ("record", "s"), "minute's" -> ("minute", "'s"); words with a classifier of their own stay."""
    known = classifiers().words
    if text in known:
        return text, ""
    if "'" in text:
        stem = text.removesuffix("s").removesuffix("'")
        return (stem, "'s") if text.endswith(("'s", "s'")) else (text, "")
    for ending in ("s", "es"):
        if text.endswith(ending) and text.removesuffix(ending) in known:
            return text.removesuffix(ending), "s"
    return text, "s" if text.endswith("s") else ""


def _has_roles(entry: Entry) -> bool:
    return not isinstance(entry, str) and bool({"NOUN", "VERB", "ADJ"} & set(entry))


def _before_pause(entry: Entry, word: WordInPlace) -> str:
    if isinstance(entry, str):
        return entry
    default = entry["DEFAULT"] or ""
    return (entry.get("None") or default) if not word.next_sound else default


def _by_role(entry: Entry, reading: str) -> str:
    """The sound of a part of speech; an adjective's counts where the entry's own is a verb's ("animate", "diffuse")."""
    if isinstance(entry, str):
        return entry
    default = entry["DEFAULT"] or ""
    if reading == VERB:
        return entry.get(VERB) or default
    adjective = entry.get("ADJ") if default.endswith(("At", "z")) else None
    return entry.get(reading) or entry.get("NOUN") or adjective or default
