"""A passage of a recording in which words are changed: its words' borders, its seams, and speech fitted to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from app.engine.content.changes import Change
from app.engine.content.fitting import Shared, fitted, in_the_room, room_level_db, speech_level_db
from app.engine.content.joints import Border, Joint, Listened, best_joint
from app.engine.content.stretches import Span
from app.engine.content.words import Words
from app.engine.job import JobControl
from app.engine.sound.audio import Audio

AROUND_S = 5.0  # of the recording on each side of a change that is looked at
NEIGHBOUR_S = 1.5  # of speech on each side whose level the new speech takes
REACH_S = 0.15  # how far a seam may be from the border of two words: into the kept one
INTO_S = 0.03  # and into the other, in new speech; in a recording not at all: a rest of what goes would be heard
BESIDE_S = 0.1  # of a pause beside the changed words that goes along with them
LOOKED_AT_S = 0.4  # of the kept word, to find the same moment in both
WIDEST, WIDENING_COST = 2, 14.0  # words more on a side that are spoken anew where the next border hides no seam
FLOOR_BELOW_ROOM_DB = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """Words of the target from the `first` on, spoken anew, with their times."""

    audio: Audio
    first: int

    @property
    def words(self) -> Words:
        """All of them."""
        return self.audio.words or ()

    @property
    def end(self) -> int:
        """The first word of the target behind them."""
        return self.first + len(self.words)

    def meeting(self, n: int, side: int) -> Border:
        """Where a seam before the n-th word of the target may be."""
        words, place = self.words, n - self.first
        span = border(words, place, self.audio.duration_s)
        return _meeting(span, _kept_s(words, place, side), side, INTO_S, at_end=place in (0, len(words)))


@dataclass(frozen=True, slots=True)
class Seams:
    """The seams on both sides of new speech, and how many further words on each side are spoken anew."""

    left: Joint
    right: Joint
    n_left: int
    n_right: int


class Passage:
    """The recording around one change. Times are those of the whole recording but where it says otherwise."""

    def __init__(self, recording: Audio, words: Words, change: Change) -> None:
        self._recording, self._words, self._change = recording, words, change
        rate = recording.sample_rate
        begin = max(0, round((self._border(change.first).start - AROUND_S) * rate))
        end = round((self._border(change.last).end + AROUND_S) * rate)
        self._start_s = begin / rate
        self._sound = Audio(recording.samples[begin:end], rate)

    @cached_property
    def _listened(self) -> Listened:
        return Listened(self._sound, room_level_db(self._sound) - FLOOR_BELOW_ROOM_DB)

    def cut(self) -> Joint:
        """The best way from before the words of the change to behind them."""
        first, last = self._change.first, self._change.last
        leave, enter = self._meeting(first, -1), self._meeting(last, +1)
        joint = best_joint(self._listened, leave, self._listened, enter)
        return replace(joint, leave_s=joint.leave_s + self._start_s, enter_s=joint.enter_s + self._start_s)

    def seams(self, spoken: Spoken) -> Seams:
        """Where the new speech, which has been fitted, is entered and left."""
        listened = Listened(spoken.audio, room_level_db(self._sound) - FLOOR_BELOW_ROOM_DB)
        left, n_left = self._seam(spoken, listened, -1)
        right, n_right = self._seam(spoken, listened, +1)
        left = replace(left, leave_s=left.leave_s + self._start_s)
        right = replace(right, enter_s=max(left.leave_s, right.enter_s + self._start_s))
        return Seams(left, right, n_left, n_right)

    def fitted(self, spoken: Spoken, seed: int, control: JobControl) -> Spoken:
        """The speech as the recording has it around: pace, pitch line, level, room."""
        change = self._change
        n_before = min(change.after[0] - spoken.first, change.first)
        n_after = min(spoken.end - change.after[1], len(self._words) - change.last)
        before = self._shared(spoken, change.first - n_before, change.after[0] - n_before, n_before)
        after = self._shared(spoken, change.last, change.after[1], n_after)
        audio = fitted(spoken.audio, before, after, self._sound, control)
        words = audio.words or ()
        inside = words[change.after[0] - spoken.first : change.after[1] - spoken.first] or words
        new_db = speech_level_db([audio.slice_s(inside[0].start_s, inside[-1].end_s)])
        audio = audio.scaled(speech_level_db(self._neighbours()) - new_db)
        return Spoken(in_the_room(audio, self._sound, seed), spoken.first)

    # ---- helpers --------------------------------------------------------------------------------------------------

    def _border(self, n: int) -> Span:
        return border(self._words, n, self._recording.duration_s)

    def _own(self, span: Span) -> Span:
        """On the clock of the passage."""
        return Span(span.start - self._start_s, span.end - self._start_s)

    def _meeting(self, n: int, side: int) -> Border:
        """Where a seam before the n-th word may be, on the clock of the passage."""
        words = self._words
        return _meeting(self._own(self._border(n)), _kept_s(words, n, side), side, 0.0, at_end=n in (0, len(words)))

    def _seam(self, spoken: Spoken, listened: Listened, side: int) -> tuple[Joint, int]:
        """The best one on one side (-1: before the change), and how many further words it takes in."""
        change = self._change
        best: tuple[float, Joint, int] | None = None
        for n in range(WIDEST + 1):
            old, new = (change.first - n, change.after[0] - n) if side < 0 else (change.last + n, change.after[1] + n)
            if not (0 <= old <= len(self._words) and spoken.first <= new <= spoken.end):
                break
            own, other = self._meeting(old, side), spoken.meeting(new, side)
            has_word = bool(own.kept_s and other.kept_s)
            if side < 0:
                joint = best_joint(self._listened, own, listened, other, side * has_word)
            else:
                joint = best_joint(listened, other, self._listened, own, side * has_word)
            cost = joint.cost + n * WIDENING_COST
            if best is None or cost < best[0]:
                best = (cost, joint, n)
            if joint.is_hidden:
                break
        assert best is not None, "without further words there is always one"
        return best[1], best[2]

    def _shared(self, spoken: Spoken, old: int, new: int, n: int) -> Shared | None:
        """The n words that both have from these places on."""
        if n <= 0:
            return None
        own, other = self._words[old : old + n], spoken.words[new - spoken.first : new - spoken.first + n]
        return Shared(Span(other[0].start_s, other[-1].end_s), self._own(Span(own[0].start_s, own[-1].end_s)))

    def _neighbours(self) -> list[Audio]:
        """The speech on both sides of the change whose level counts; all of it where there is none."""
        change = self._change
        first_s, last_s = self._border(change.first).start, self._border(change.last).end
        before = [word for word in self._words[: change.first] if word.end_s > first_s - NEIGHBOUR_S]
        after = [word for word in self._words[change.last :] if word.start_s < last_s + NEIGHBOUR_S]
        parts = [self._recording.slice_s(side[0].start_s, side[-1].end_s) for side in (before, after) if side]
        return parts or [self._recording]


def border(words: Words, n: int, duration_s: float) -> Span:
    """Between the n-th of the words and the one before it."""
    before = words[n - 1].end_s if n > 0 else 0.0
    behind = words[n].start_s if n < len(words) else duration_s
    return Span(min(before, behind), max(before, behind))


def middle(span: Span) -> float:
    """Half way."""
    return (span.start + span.end) / 2


def _meeting(span: Span, kept_s: float, side: int, into_s: float, *, at_end: bool) -> Border:
    """Where in the gap between two words a seam is wanted, and how far from there it may be.

    In a short gap that is its middle; a long pause stays with the word that is kept. On the side of that word the seam
    may be further away. At an end of all words it is wanted beside the first or the last.
    """
    gap_s = span.end - span.start
    away_s = 0.0 if at_end else min(gap_s / 2, BESIDE_S)
    at_s = span.end - away_s if side < 0 else span.start + away_s
    kept, other = REACH_S + min(gap_s / 2, BESIDE_S), into_s + away_s
    before_s, after_s = (kept, other) if side < 0 else (other, kept)
    return Border(at_s, before_s, after_s, 0.0 if at_end else min(LOOKED_AT_S, kept_s + gap_s - away_s))


def _kept_s(words: Words, n: int, side: int) -> float:
    """How long the kept word beside the border before the n-th is, as far as it is looked at."""
    kept = words[n - 1 : n] if side < 0 else words[n : n + 1]
    return min(LOOKED_AT_S, sum(word.end_s - word.start_s for word in kept))


def widest_around(words: Words, change: Change, longest_s: float) -> tuple[int, int]:
    """First and last of the words around a change that last so long at most together."""
    first, last = change.first, change.last
    while first > 0 or last < len(words):
        wider = max(0, first - 1), min(len(words), last + 1)
        if words[wider[1] - 1].end_s - words[wider[0]].start_s > longest_s:
            break
        first, last = wider
    return first, last
