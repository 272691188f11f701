"""What the words around a homograph say about it: names of features, for `homographs` to weigh.

A feature is a kind of neighbour (`word_classes`), a pair of them, a neighbouring word itself, a word near by, or one of
the cues that `tests/data/homographs` lists for a reading. They are named once here, for training and for reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from app.engine.embedded.text.english.word_classes import word_class
from app.engine.embedded.text.word_lists import words

NEAR = 8  # words on each side, over commas but within the sentence
MOST_HITS = 3  # of a list of cues
SENTENCE_ENDS = frozenset(".!?…")
TOPIC, CUE, WORD, CASE = "n=", "cue=", "w=", "cap="  # how features that are no kinds of words begin
_PAST = words("was were had did yesterday ago wasn't weren't didn't hadn't")
_PRESENT = words("is are am do does don't doesn't isn't aren't always usually often every")
_FINITE = words("be have modal do past")
_DETERMINING, _BARRING = words("the a poss dem"), words("subj subj3 to modal do of in for be")
_EMPTY = frozenset({"the", "a", ",", "q", "$"})


def evidence(tokens: Sequence[str], at: int, form: str, cues: Mapping[str, frozenset[str]]) -> list[str]:
    """The features of the word at `at`; `form` is what its spelling adds to the word ("", "s", "'s").

    `cues`: the stems that speak for each reading. Reads `NEAR` tokens on each side, however long the text.
    """
    left = list(_side(tokens, at, -1))
    right = list(_side(tokens, at, 1))
    near = {*left, *right}
    found = [*_kinds(left, right, form), *_finite(left, right), *_tense(near, left)]
    word = tokens[at]
    shouted = "A" if len(word) > 1 and word.isupper() else ""
    found.append(f"{CASE}{word[0].isupper():d}{not left:d}{shouted}")
    found += [TOPIC + stem(token) for token in sorted(near) if word_class(token) not in _EMPTY]
    stems = {stem(token) for token in near}
    for name, listed in cues.items():
        found += [CUE + name] * min(len(stems & listed), MOST_HITS)
    return found


def stem(word: str) -> str:
    """A word without its commonest endings, so that "fishing" meets "fish"."""
    word = word.removesuffix("'s")
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            word = word.removesuffix(ending)
            break
    return word.removesuffix("e")


def _side(tokens: Sequence[str], at: int, step: int) -> Iterator[str]:
    """The tokens of the sentence from the word outwards, in lower case."""
    places = range(at + step, -1 if step < 0 else len(tokens), step)
    for i in islice(places, NEAR):
        if tokens[i][0] in SENTENCE_ENDS:
            return
        yield tokens[i].lower()


def _kinds(left: list[str], right: list[str], form: str) -> Iterator[str]:
    """Kinds of the three words on each side, alone and in pairs, and the nearest words themselves."""
    c1, c2, c3 = (word_class(token) for token in (*left, "", "", "")[:3])
    r1, r2 = (word_class(token) for token in (*right, "", "")[:2])
    said = [token for token in left if word_class(token) not in ("not", "ly")]
    s1, s2 = (*said, "", "")[:2]
    k1, k2 = word_class(s1), word_class(s2)
    yield from (
        "b", f"c1={c1}", f"c2={c2}", f"r1={r1}", f"r2={r2}", f"c2c1={c2} {c1}", f"c1r1={c1} {r1}", f"r1r2={r1} {r2}",
        f"c2c1r1={c2} {c1} {r1}", f"k1={k1}", f"k2k1={k2} {k1}", f"k1r1={k1} {r1}", f"c3c2c1={c3} {c2} {c1}",
        f"f={form}", f"fc1={form} {c1}", f"fr1={form} {r1}", f"fk2k1={form} {k2} {k1}",
    )  # fmt: skip
    w1, w2 = (*left, "", "")[:2]
    v1, v2 = (*right, "", "")[:2]
    yield from (f"{WORD}-1{w1}", f"{WORD}+1{v1}", f"{WORD}+2{v2}", f"{WORD}-2{w2}", f"{WORD}-s{s1}")
    for distance, kind in enumerate(map(word_class, left[:4])):
        if kind in _DETERMINING:
            yield f"det{distance}"
            return
        if kind in _BARRING:
            yield f"bar{distance}={kind}"
            return


def _finite(left: list[str], right: list[str]) -> Iterator[str]:
    """Whether the sentence has its verb already, before or behind the word."""
    before = any(word_class(token) in _FINITE or word_class(token) == "verb" for token in left)
    behind = any(word_class(token) in _FINITE for token in right)
    nearest = next((word_class(token) for token in left if word_class(token) not in ("not", "ly")), "$")
    follows = word_class(right[0]) if right else "$"
    yield from (f"v={before:d}{behind:d}", f"k1v={nearest}{before:d}{behind:d}", f"r1v={follows}{before:d}")


def _tense(near: set[str], left: list[str]) -> Iterator[str]:
    """Signs of past and present in the sentence."""
    past = any(token in _PAST or word_class(token) == "past" for token in near)
    present = any(token in _PRESENT or word_class(token) in ("modal", "verbs") for token in near)
    yield from (f"t={past:d}{present:d}", f"tc1={past:d}{word_class(left[0]) if left else '$'}")
