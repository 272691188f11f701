"""A passage of a recording in which words are changed: its words' borders, its seams, and speech fitted to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.engine.content.changes import Change
from app.engine.content.fitting import Shared, fitted, in_the_room, room_level_db, speech_level_db
from app.engine.content.joints import HOP_S, Border, Joint, Listened, best_joint
from app.engine.content.stretches import Span
from app.engine.content.warping import Counterparts
from app.engine.content.words import Words
from app.engine.job import JobControl
from app.engine.sound.audio import Audio

AROUND_S = 5.0  # of the recording on each side of a change that is looked at
NEIGHBOUR_S = 1.0  # of the recording on each side whose level the new speech takes
REACH_S = 0.15  # how far a seam may be from the border of two words: into the kept one
INTO_S = 0.03  # and into the other, in new speech; in a recording not at all: a rest of what goes would be heard
BESIDE_S = 0.1  # of a pause beside the changed words that goes along with them
SHARED_S = 2.0  # of words that both say, on a side of a change, in which the same moments are looked for
GAP_S = 0.5  # of a pause behind a word that is looked through for the next
FADING_S = 0.03  # that a word may still sound after its end
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

    def border(self, n: int) -> Span:
        """Between the n-th word of the target and the one before it."""
        return border(self.words, n - self.first, self.audio.duration_s)


@dataclass(frozen=True, slots=True)
class Seams:
    """The seams on both sides of new speech, and how many further words on each side are spoken anew."""

    left: Joint
    right: Joint
    n_left: int
    n_right: int

    @property
    def part(self) -> tuple[float, float]:
        """Begin and end of what is taken of the new speech (s)."""
        return self.left.enter_s, max(self.left.enter_s, self.right.leave_s)


class Passage:
    """The recording around one change. Times are those of the whole recording but where it says otherwise."""

    def __init__(
        self, recording: Audio, words: Words, changes: Sequence[Change], n: int, earliest_s: float = 0.0
    ) -> None:
        """Around the n-th of all changes; before `earliest_s` the recording is not left."""
        self._recording, self._words, self._change = recording, words, changes[n]
        self._kept = (
            changes[n].first - (changes[n - 1].last if n else 0),
            (changes[n + 1].first if n + 1 < len(changes) else len(words)) - changes[n].last,
        )
        is_between = n > 0, n + 1 < len(changes)
        self._most = tuple((k - 1) // 2 if is_so else k for k, is_so in zip(self._kept, is_between, strict=True))
        rate = recording.sample_rate
        begin = max(0, round((self._border(changes[n].first).start - AROUND_S) * rate))
        end = round((self._border(changes[n].last).end + AROUND_S) * rate)
        self._start_s = begin / rate
        self._earliest_s = earliest_s - self._start_s
        self._sound = Audio(recording.samples[begin:end], rate)

    @cached_property
    def _listened(self) -> Listened:
        return Listened(self._sound, self._floor_db)

    @cached_property
    def _floor_db(self) -> float:
        return room_level_db(self._sound) - FLOOR_BELOW_ROOM_DB

    def cut(self, spoken: Spoken) -> Joint:
        """The best way from before the words of the change to behind them, by what the speech says around them."""
        listened = Listened(spoken.audio, self._floor_db)
        gaps = {side: self._gap(side, 0, self._same(spoken, listened, side), spoken) for side in (-1, 1)}
        leave, enter = (self._meeting(gap, side, 0) for side, gap in gaps.items())
        joint = best_joint(self._listened, leave, self._listened, enter)
        enter_s = max(joint.leave_s, joint.enter_s)
        return replace(joint, leave_s=joint.leave_s + self._start_s, enter_s=enter_s + self._start_s)

    def seams(self, spoken: Spoken, n_wider: int = 0) -> Seams:
        """Where the new speech, which has been fitted, is entered and left, so many words or more from the change."""
        listened = Listened(spoken.audio, self._floor_db)
        left, n_left = self._seam(spoken, listened, -1, n_wider)
        right, n_right = self._seam(spoken, listened, +1, n_wider)
        left = replace(left, leave_s=left.leave_s + self._start_s)
        right = replace(right, enter_s=max(left.leave_s, right.enter_s + self._start_s))
        return Seams(left, right, n_left, n_right)

    def fitted(self, spoken: Spoken, control: JobControl) -> Spoken:
        """The speech as the recording has it around: pace, pitch line and about the level."""
        change = self._change
        n_before, n_after = self._n_shared(spoken)
        before = self._shared(spoken, change.first - n_before, change.after[0] - n_before, n_before)
        after = self._shared(spoken, change.last, change.after[1], n_after)
        audio = fitted(spoken.audio, before, after, self._sound, control)
        return Spoken(audio.scaled(speech_level_db([self._sound]) - speech_level_db([audio])), spoken.first)

    def levelled(self, spoken: Spoken, seams: Seams, seed: int) -> Spoken:
        """The speech as loud, between its seams, as the recording beside them, in the recording's room."""
        leave_s, enter_s = seams.left.leave_s, seams.right.enter_s
        whole = replace(self._recording, words=None)
        beside = [whole.slice_s(leave_s - NEIGHBOUR_S, leave_s), whole.slice_s(enter_s, enter_s + NEIGHBOUR_S)]
        gain_db = speech_level_db(beside) - speech_level_db([spoken.audio.slice_s(*seams.part)])
        return Spoken(in_the_room(spoken.audio.scaled(gain_db), self._sound, seed), spoken.first)

    # ---- helpers --------------------------------------------------------------------------------------------------

    def _border(self, n: int) -> Span:
        return border(self._words, n, self._recording.duration_s)

    def _own(self, span: Span) -> Span:
        """On the clock of the passage."""
        return Span(span.start - self._start_s, span.end - self._start_s)

    def _n_shared(self, spoken: Spoken) -> tuple[int, int]:
        """How many words both say before and behind the change, as far as the next one."""
        first, last = self._change.after
        return min(first - spoken.first, self._kept[0]), min(spoken.end - last, self._kept[1])

    def _is_end(self, side: int, n: int) -> bool:
        """Whether no word is left beside a seam that far from the change."""
        return self._change.first == n if side < 0 else self._change.last + n == len(self._words)

    def _same(self, spoken: Spoken, listened: Listened, side: int) -> Counterparts | None:
        """Where both say the same on one side; None where there is nothing."""
        n, change, words = self._n_shared(spoken)[side > 0], self._change, spoken.words
        if not n:
            return None
        new = change.after[side > 0] - spoken.first
        if side < 0:
            border_s, shared_s = words[new - 1].end_s, words[new - 1].end_s - words[new - n].start_s
            expected = self._own(self._border(change.first)).start
        else:
            border_s, shared_s = words[new].start_s, words[new + n - 1].end_s - words[new].start_s
            expected = self._own(self._border(change.last)).end
        return Counterparts.of(listened, border_s, min(SHARED_S, shared_s), self._listened, expected, side)

    def _gap(self, side: int, n: int, same: Counterparts | None, spoken: Spoken) -> Span:
        """Between the kept words and the others in the recording, n words from the change, on the passage's clock."""
        change = self._change
        old = change.first - n if side < 0 else change.last + n
        if same is None:
            return self._own(self._border(old))
        gap = spoken.border(change.after[0] - n if side < 0 else change.after[1] + n)
        if n:
            return Span(float(same.recorded_at(gap.start)), float(same.recorded_at(gap.end)))
        at_s = float(same.recorded_at(gap.start if side < 0 else gap.end))
        steps = self._listened.near(at_s, 0.0, GAP_S) if side < 0 else self._listened.near(at_s, GAP_S, 0.0)[::-1]
        quiet_s = HOP_S * _n_until_sound(self._listened.is_quiet[steps], round(FADING_S / HOP_S))
        return Span(at_s, at_s + quiet_s) if side < 0 else Span(at_s - quiet_s, at_s)

    def _meeting(self, gap: Span, side: int, n: int) -> Border:
        """Where in a gap of the recording, n words from the change, a seam may be."""
        meeting = _meeting(gap, side, 0.0, is_end=self._is_end(side, n))
        if side > 0:
            return meeting
        at_s = max(meeting.at_s, self._earliest_s)
        return Border(at_s, min(meeting.before_s, at_s - self._earliest_s), meeting.after_s)

    def _seam(self, spoken: Spoken, listened: Listened, side: int, n_wider: int) -> tuple[Joint, int]:
        """The best one on one side (-1: before the change), and how many further words it takes in."""
        n_most = min(self._n_shared(spoken)[side > 0], self._most[side > 0])
        same = self._same(spoken, listened, side)
        best: tuple[float, Joint, int] | None = None
        for n in range(min(n_wider, n_most), min(n_wider + WIDEST, n_most) + 1):
            own = self._meeting(self._gap(side, n, same, spoken), side, n)
            new = self._change.after[0] - n if side < 0 else self._change.after[1] + n
            other = _meeting(spoken.border(new), side, INTO_S, is_end=new in (spoken.first, spoken.end))
            is_same = same is not None and not self._is_end(side, n)
            if side < 0:
                joint = best_joint(self._listened, own, listened, other, same.spoken_at if same and is_same else None)
            else:
                joint = best_joint(listened, other, self._listened, own, same.recorded_at if same and is_same else None)
            cost = joint.cost + n * WIDENING_COST
            if best is None or cost < best[0]:
                best = (cost, joint, n)
            if joint.is_smooth:
                break
        assert best is not None, "without further words there is always one"
        return best[1], best[2]

    def _shared(self, spoken: Spoken, old: int, new: int, n: int) -> Shared | None:
        """The n words that both have from these places on."""
        if n <= 0:
            return None
        own, other = self._words[old : old + n], spoken.words[new - spoken.first : new - spoken.first + n]
        return Shared(Span(other[0].start_s, other[-1].end_s), self._own(Span(own[0].start_s, own[-1].end_s)))


def border(words: Words, n: int, duration_s: float) -> Span:
    """Between the n-th of the words and the one before it."""
    before = words[n - 1].end_s if n > 0 else 0.0
    behind = words[n].start_s if n < len(words) else duration_s
    return Span(min(before, behind), max(before, behind))


def _n_until_sound(is_quiet: NDArray[np.bool_], n_fading: int) -> int:
    """How many frames there are before the next sound; none where it is not quiet after so many."""
    quiet = np.flatnonzero(is_quiet[: n_fading + 1])
    if not len(quiet):
        return 0
    sounds = np.flatnonzero(~is_quiet[quiet[0] :])
    return int(quiet[0] + sounds[0]) if len(sounds) else len(is_quiet)


def middle(span: Span) -> float:
    """Half way."""
    return (span.start + span.end) / 2


def _meeting(span: Span, side: int, into_s: float, *, is_end: bool) -> Border:
    """Where in the gap between two words a seam is wanted, and how far from there it may be.

    In a short gap that is its middle; a long pause stays with the word that is kept. On the side of that word the seam
    may be further away. At an end of all words it is wanted beside the first or the last.
    """
    gap_s = span.end - span.start
    away_s = 0.0 if is_end else min(gap_s / 2, BESIDE_S)
    at_s = span.end - away_s if side < 0 else span.start + away_s
    kept, other = REACH_S + min(gap_s / 2, BESIDE_S), into_s + away_s
    before_s, after_s = (kept, other) if side < 0 else (other, kept)
    return Border(at_s, before_s, after_s)


def widest_around(words: Words, change: Change, longest_s: float) -> tuple[int, int]:
    """First and last of the words around a change that last so long at most together."""
    first, last = change.first, change.last
    while first > 0 or last < len(words):
        wider = max(0, first - 1), min(len(words), last + 1)
        if words[wider[1] - 1].end_s - words[wider[0]].start_s > longest_s:
            break
        first, last = wider
    return first, last
