"""Edits of single words, by their places in a transcript: what they change, and how it reads then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.engine.chinese import HAN_CHAR
from app.engine.content.changes import Change, Word, changes_between, said, words_of
from app.engine.errors import EditsOverlap, EmptyText, NothingChanges, TextOrEdits, TooMuchNew, UnknownWord
from app.engine.requests import WordEdit
from app.engine.splitting import sentence_ends

MAX_EDITS = 500  # of one request
MOST_NEW = 0.5  # of the words of the target


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be changed: the words said now and those to be said, and where they differ."""

    present: str
    target: str
    changes: tuple[Change, ...]


def plan_of(
    present: str, text: str, edits: Sequence[WordEdit], text_param: str = "text", edits_param: str = "edits"
) -> Plan:
    """The plan for a transcript as it is to be, or for edits of its words.

    Raises TextOrEdits, EmptyText, UnknownWord, EditsOverlap,
    NothingChanges, TooMuchNew.
    """
    check_form(text, edits, text_param, edits_param)
    param = edits_param if edits else text_param
    target = edited(present, edits, param) if edits else text
    if not said(target):
        raise EmptyText(param=param)
    changes = changes_between(present, target)
    if not changes:
        raise NothingChanges(param=param)
    n_new, n_words = sum(change.after[1] - change.after[0] for change in changes), len(words_of(target))
    if n_new > MOST_NEW * n_words:
        raise TooMuchNew(n_new, n_words, param=param)
    return Plan(present, target, tuple(changes))


def check_form(text: str, edits: Sequence[WordEdit], text_param: str = "text", edits_param: str = "edits") -> None:
    """Raise what is wrong whatever is said in the recording: TextOrEdits, EmptyText, UnknownWord."""
    if edits and text:
        raise TextOrEdits(param=edits_param)
    if not edits and not said(text):
        raise EmptyText(param=text_param)
    for n, edit in enumerate(edits):
        if edit.op != "delete" and not said(edit.text):
            raise EmptyText(param=f"{edits_param}[{n}].text")
        if edit.word < 0 or (edit.to is not None and edit.to < edit.word):
            raise UnknownWord(edit.word if edit.word < 0 else edit.to or 0, 0, param=f"{edits_param}[{n}]")


def edited(present: str, edits: Sequence[WordEdit], param: str = "edits") -> str:
    """The transcript after the edits. Raises UnknownWord, EditsOverlap."""
    words = words_of(present)
    taken: set[int] = set()
    pieces: list[tuple[int, int, str]] = []  # of characters, and what stands there instead
    for edit in edits:
        last = edit.word if edit.to is None else edit.to
        n_places = len(words) + (edit.op == "insert")
        if last >= n_places:
            raise UnknownWord(last, len(words), param=param)
        if edit.op == "insert":
            pieces.append(_inserted(present, words, edit))
            continue
        places = set(range(edit.word, last + 1))
        if taken & places:
            raise EditsOverlap(min(taken & places), param=param)
        taken |= places
        pieces.append((words[edit.word].start, words[last].end, edit.text.strip() if edit.op == "replace" else ""))
    for start, end, text in sorted(pieces, reverse=True, key=lambda piece: piece[:2]):
        present = present[:start] + text + (present[end:] if text else _without_gap(present[:start], present[end:]))
    return present.strip()


def _inserted(present: str, words: Sequence[Word], edit: WordEdit) -> tuple[int, int, str]:
    """Before the word, or behind the last one; with a space where words are written with spaces."""
    text = edit.text.strip()
    if edit.word < len(words):
        at = words[edit.word].start
        return at, at, text if HAN_CHAR.match(text[-1]) and HAN_CHAR.match(present[at]) else f"{text} "
    at = words[-1].end if words else 0
    return at, at, text if at and HAN_CHAR.match(text[0]) and HAN_CHAR.match(present[at - 1]) else f" {text}"


def _without_gap(before: str, after: str) -> str:
    """What follows a deleted word, without the space that stood behind it, or the mark that nothing is before."""
    if before[-1:].isspace() or not before:
        after = after.lstrip()
    return after


def context_of(target: str, words: Sequence[Word], first: int, last: int, n_words: int) -> tuple[int, int]:
    """The words around those of a change that are spoken with them: so many on each side, within their sentence.

    Where nothing stands between two sentences any more, those of both.
    """
    ends = [0, *sentence_ends(target)]
    start = max((end for end in ends if end <= (words[first].start if first < len(words) else len(target))), default=0)
    behind = words[last - 1].end if last else 0
    stop = min((end for end in ends if end >= behind), default=len(target))
    inside = [n for n, word in enumerate(words) if word.start >= start and word.end <= stop] or range(len(words))
    begin = max(inside[0], first - n_words)
    return min(begin, first), max(min(inside[-1] + 1, last + n_words), last)
