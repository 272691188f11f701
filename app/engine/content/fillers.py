"""Fillers: what a recording can do without - um and uh, repeated words, long pauses - taken out, all else left alone.

What is taken out is found among the words, of which Whisper is asked to write down fillers too, and by sound. Then
Whisper listens once more: a cut beside which a word is no longer heard as before is not made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from app.engine.content.aligning import aligned
from app.engine.content.changes import Change, changes_between, said
from app.engine.content.filler_sounds import Island, islands, sounds_like_filler
from app.engine.content.fitting import room_level_db
from app.engine.content.joints import Border, Listened, best_joint
from app.engine.content.passage import FLOOR_BELOW_ROOM_DB
from app.engine.content.seams import patch, patched
from app.engine.content.stretches import Span, laid_out, new_time
from app.engine.content.word_error import spoken_words, word_error
from app.engine.content.words import TimedWord, Words, moved, text_of
from app.engine.facts.warnings import FillersLeft, NothingToRemove
from app.engine.hearing.languages import main_language, one_language
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.requests import FillersRequest, Segment, TranscribeRequest
from app.engine.sound.audio import Audio


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FILLERS = _set("um umm uhm uh uhh er err erm hmm hm mm mmm 嗯 呃 额 唔")
DOUBTFUL = _set("那个 这个 就是")  # fillers where pauses part them from the rest, words elsewhere
LIKE_FILLERS = _set("a am an and hum oh the 那 能 恩 啊 哦")  # what Whisper makes of fillers
# Words that nobody says twice on purpose; of others ("very very", "no no", "that that") two may be meant.
REPEATED = _set(
    "a an and are as at be but by for from he her his i if in is it its my of on or our she so the their they this to"
    " was we were what when with you your 我 你 他 她 它 我们 你们 他们 的 在 和 是 就 也 把 被 因为 所以 但是 如果 这"
)
# What makes Whisper write fillers down: text before it that has them.
PROMPTS = {
    "en": "Um, uh, so, er, I, um, I mean, uh, let me think, hmm.",
    "zh": "嗯，那个，呃，我，嗯，就是说，呃，让我想想，嗯。",
}
_GARBLE = re.compile("[０-９]+")
LONG_PAUSE_S, PAUSE_LEFT_S = 0.8, 0.45
GAP_S = 0.24  # what is left of the pauses around a filler at most
PART_S = 0.05  # of a pause that parts a doubtful word from its neighbours
GUESSED, UNSURE = 0.1, 0.25  # probabilities of words that Whisper guesses, and is not sure of
LONG_WORD_S, PARTING_S = 0.25, 0.2  # longer than such a word is said; pauses that make it stand alone
INSIDE_S = 0.08  # of a word in a sound between two pauses, which then holds it
NEAR_S = 0.5  # of a cut: a word that is lost there was lost by it
REACH_S, INTO_S = 0.06, 0.1  # how far a cut may move into the words that stay, and into those that go


@dataclass(frozen=True, slots=True)
class _Cut:
    """From where to where (s), what is said there, and which of the recording's words go with it."""

    leave_s: float
    enter_s: float
    label: str
    words: frozenset[int] = frozenset()


class Fillers:
    """Takes fillers out of recordings. Stateless between requests."""

    def __init__(self, transcribers: Transcribers) -> None:
        self._transcribers = transcribers

    def remove(self, request: FillersRequest, control: JobControl) -> Iterator[Audio]:
        """Yield the recording without what it can do without, whole; `control.stretches` tells what was taken out.

        Where nothing is found it is the same sound, and a warning says so. Raises PartMissing.
        """
        audio = request.audio
        control.progress(0.0, "listening")
        plain = self._heard(audio, None, None, control)
        language = one_language(plain)
        verbatim = self._heard(audio, language, PROMPTS.get(main_language(plain)), control)
        words = _without_garble(aligned(verbatim, ""))
        otherwise = aligned(plain, "")
        cuts = _Finder(audio, words, otherwise, request.remove).cuts()
        control.progress(0.6, "listening")
        made, doubtful = self._safe(audio, words, otherwise, cuts.sure, language, control)
        left = tuple(dict.fromkeys((*cuts.left, *(cut.label for cut in doubtful))))
        if left:
            control.warn(FillersLeft(left))
        if not made:
            control.warn(NothingToRemove())
        yield self._without(audio, words, made, control)
        control.progress(1.0, "done")

    def _heard(self, audio: Audio, language: str | None, prompt: str | None, control: JobControl) -> list[Segment]:
        request = TranscribeRequest(audio, language=language, prompt=prompt)
        return list(self._transcribers.transcribe(request, control))

    def _safe(
        self,
        audio: Audio,
        words: Words,
        otherwise: Words,
        cuts: Sequence[_Cut],
        language: str | None,
        control: JobControl,
    ) -> tuple[list[_Cut], list[_Cut]]:
        """The cuts after which all other words are heard as before, in one of both ways, and those after which not."""
        spoken = [cut for cut in cuts if cut.label]
        if not spoken:
            return list(cuts), []
        result = self._without(audio, words, cuts, JobControl())
        heard = "".join(segment.text for segment in self._heard(result, language, None, control))
        stretches = laid_out(_samples(cuts, audio.sample_rate), audio.sample_rate)
        taking = [cut for cut in cuts if cut.words or not any(cut.leave_s < w.middle_s < cut.enter_s for w in words)]
        kept = tuple(w for w in otherwise if not any(cut.leave_s < w.middle_s < cut.enter_s for cut in taking))
        either = _lost(moved(kept, lambda at_s: new_time(at_s, stretches)), heard)
        lost = [
            span
            for span in _lost(result.words or (), heard)
            if any(span.start <= other.end + INSIDE_S and other.start <= span.end + INSIDE_S for other in either)
        ]
        doubtful = [
            cut
            for cut in spoken
            if any(span.start - NEAR_S < new_time(cut.enter_s, stretches) < span.end + NEAR_S for span in lost)
        ]
        return [cut for cut in cuts if cut not in doubtful], doubtful

    def _without(self, audio: Audio, words: Words, cuts: Sequence[_Cut], control: JobControl) -> Audio:
        """The recording without the cuts, with the words that stay; notes in `control` what changed."""
        patches = [patch(audio, cut.leave_s, cut.enter_s, None, (0.0, 0.0)) for cut in cuts]
        stretches = laid_out([(one.begin, one.end, len(one.samples)) for one in patches], audio.sample_rate)
        control.stretches = stretches
        gone = frozenset[int]().union(*(cut.words for cut in cuts))
        kept = [word for n, word in enumerate(words) if n not in gone]
        return replace(
            patched(audio, patches) if patches else audio,
            words=moved(kept, lambda at_s: new_time(at_s, stretches)),
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """Cuts, in order and apart, and the words that may be fillers but were left."""

    sure: list[_Cut]
    left: tuple[str, ...]


class _Finder:
    """Looks for what can go in one recording."""

    def __init__(self, audio: Audio, words: Words, otherwise: Words, wanted: Sequence[str]) -> None:
        """`words` were heard when fillers were asked for, `otherwise` when they were not."""
        self._audio, self._words, self._otherwise = audio, words, otherwise
        self._isles = islands(audio)
        self._wanted = frozenset(wanted)
        self._listened = Listened(audio, room_level_db(audio) - FLOOR_BELOW_ROOM_DB)
        self._left: list[str] = []

    def cuts(self) -> _Found:
        """What is to go, by what is wanted."""
        cuts: list[_Cut] = []
        if "fillers" in self._wanted:
            cuts += self._by_words()
            cuts += self._by_sound()
        if "repeats" in self._wanted:
            cuts += self._repeats()
        if "pauses" in self._wanted:
            cuts += self._pauses()
        apart: list[_Cut] = []
        for cut in sorted(cuts, key=lambda cut: (cut.leave_s, -cut.enter_s)):
            if apart and cut.leave_s < apart[-1].enter_s + 2 * REACH_S:
                last = apart.pop()
                label = last.label or cut.label
                cut = _Cut(last.leave_s, max(last.enter_s, cut.enter_s), label, last.words | cut.words)
            if cut.enter_s - cut.leave_s > 0.04:
                apart.append(cut)
        return _Found(apart, tuple(self._left))

    def _by_words(self) -> Iterator[_Cut]:
        for n, word in enumerate(self._words):
            key = "".join(said(word.text))
            isle = self._isle_of(word)
            is_parted = isle is not None and self._holds_only(isle, n)
            if key in FILLERS and len(self._words) > 1:
                is_whole = isle is not None and (is_parted or sounds_like_filler(self._audio, isle))
                last = n + 1 + self._n_of_nothing(n + 1)
                yield self._around(isle, word.text, n) if isle and is_whole else self._between(n, last)
            elif key in DOUBTFUL and (is_parted or _is_parted_by_marks(self._words, n)):
                if isle and is_parted:
                    yield self._around(isle, word.text, n)
                else:
                    self._left.append(word.text.strip())
            elif key in LIKE_FILLERS and self._is_guessed(n):
                yield self._between(n, n + 1)

    def _n_of_nothing(self, first: int) -> int:
        """How many words from there on are guessed: Whisper spreads a filler over signs that nobody says."""
        return sum(1 for _ in takewhile(lambda word: word.probability < GUESSED, self._words[first:]))

    def _is_guessed(self, n: int) -> bool:
        """Whether the n-th word is a guess, heard otherwise without the question for fillers, and sounds like one."""
        word = self._words[n]
        others = [other for other in self._otherwise if abs(other.middle_s - word.middle_s) < INSIDE_S]
        is_unsure = all(one.probability < UNSURE for one in (word, *others))
        if not is_unsure or any(said(other.text) == said(word.text) for other in others):
            return False
        nothing = Span(0.0, 0.0)
        return sounds_like_filler(self._audio, Island(Span(word.start_s, word.end_s), nothing, nothing))

    def _by_sound(self) -> Iterator[_Cut]:
        """What sounds like a filler between two pauses, and is heard as nothing, or now as this and now as that."""
        if len(self._isles) < 2:
            return
        places, others = self._places(self._words), self._places(self._otherwise)
        for k, isle in enumerate(self._isles):
            inside = [n for n, place in enumerate(places) if place == k]
            now = text_of(self._words[n] for n in inside)
            then = text_of(word for word, place in zip(self._otherwise, others, strict=True) if place == k)
            is_unheard = not said(now)
            is_doubted = is_unheard or said(now) != said(then) or "".join(said(now)) in LIKE_FILLERS
            if len(inside) > 1 or (inside and self._is_repeated(inside[0])):
                continue
            if is_doubted and sounds_like_filler(self._audio, isle, is_unheard=is_unheard):
                yield self._around(isle, now or "um", *inside)
            elif inside and self._is_long_alone(isle):
                # Whisper lets a word of the speech behind the pause begin at the filler: it will be heard without it.
                yield self._around(isle, now)

    def _is_long_alone(self, isle: Island) -> bool:
        """Whether it is longer than a short word, parted from all else, and roughly sounds like a filler."""
        is_parted = all(pause.end - pause.start > PARTING_S for pause in (isle.before, isle.after))
        is_long = isle.span.end - isle.span.start > LONG_WORD_S
        return is_long and is_parted and sounds_like_filler(self._audio, isle, is_unheard=True)

    def _is_repeated(self, n: int) -> bool:
        """Whether the n-th word is what the one beside it says: it may be heard once or twice."""
        beside = self._words[max(0, n - 1) : n] + self._words[n + 1 : n + 2]
        return any(said(word.text) == said(self._words[n].text) for word in beside)

    def _repeats(self) -> Iterator[_Cut]:
        """The first of two like runs of words, and the fillers behind it."""
        keys = [(n, "".join(said(word.text))) for n, word in enumerate(self._words)]
        spoken = [(n, key) for n, key in keys if key not in FILLERS]
        k = 0
        while k < len(spoken):
            length = next((size for size in (4, 3, 2, 1) if _is_twice([key for _, key in spoken[k:]], size)), 0)
            if length:
                first, again = spoken[k][0], spoken[k + length][0]
                if length > 1 or spoken[k][1] in REPEATED:
                    yield self._between(first, again)
                else:
                    self._left.append(self._words[first].text.strip())
            k += max(1, length)

    def _pauses(self) -> Iterator[_Cut]:
        for isle in self._isles[1:]:
            pause = isle.before
            if pause.end - pause.start > LONG_PAUSE_S:
                middle = (pause.start + pause.end) / 2
                half = (pause.end - pause.start - PAUSE_LEFT_S) / 2
                yield _Cut(middle - half, middle + half, "")

    def _places(self, words: Words) -> list[int | None]:
        """In which isle each word is: in the last that it reaches into, as Whisper lets words begin too early."""
        reached = ([k for k, isle in enumerate(self._isles) if _holds(isle, word)] for word in words)
        return [places[-1] if places else None for places in reached]

    def _isle_of(self, word: TimedWord) -> Island | None:
        over = [(_shared_s(word, isle), isle) for isle in self._isles]
        best = max(over, key=lambda pair: pair[0], default=None)
        return best[1] if best and best[0] > 0 else None

    def _holds_only(self, isle: Island, n: int) -> bool:
        """Whether pauses part the n-th word from all others."""
        pauses = (isle.before, isle.after)
        others = (word for k, word in enumerate(self._words) if k != n)
        is_alone = not any(isle.span.start < word.middle_s < isle.span.end for word in others)
        return is_alone and all(pause.end - pause.start >= PART_S for pause in pauses)

    def _around(self, isle: Island, label: str, *words: int) -> _Cut:
        """The sound with the pauses around it, of which a natural gap is left."""
        before, after = isle.before, isle.after
        lengths = [pause.end - pause.start for pause in (before, after)]
        gap = min(GAP_S, max(lengths))
        leave_s = before.start + min(lengths[0], gap / 2)
        return _Cut(leave_s, max(isle.span.end, after.end - min(lengths[1], gap / 2)), label.strip(), frozenset(words))

    def _between(self, first: int, last: int) -> _Cut:
        """Words without a pause around them: from a quiet place before the first to one behind the last."""
        words, duration_s = self._words, self._audio.duration_s
        into_s = min(INTO_S, (words[last - 1].end_s - words[first].start_s) / 4)
        places = []
        for n in (first, last):
            before = words[n - 1].end_s if n else 0.0
            behind = words[n].start_s if n < len(words) else duration_s
            half = max(0.0, behind - before) / 2
            outward, inward = REACH_S + half, into_s + half
            reach = (outward, inward) if n == first else (inward, outward)
            places.append(Border((before + behind) / 2, *reach))
        joint = best_joint(self._listened, places[0], self._listened, places[1])
        label = text_of(words[first:last]).strip()
        return _Cut(joint.leave_s, max(joint.leave_s, joint.enter_s), label, frozenset(range(first, last)))


def _holds(isle: Island, word: TimedWord) -> bool:
    return _shared_s(word, isle) >= min(INSIDE_S, (isle.span.end - isle.span.start) / 2)


def _shared_s(word: TimedWord, isle: Island) -> float:
    """How long both last together."""
    return min(isle.span.end, word.end_s) - max(isle.span.start, word.start_s)


def _without_garble(words: Words) -> Words:
    """The words without the wide digits that Whisper writes for marks and for sounds that it has no word for.

    Those behind a filler are part of it.
    """
    kept: list[TimedWord] = []
    for word in words:
        if not _GARBLE.fullmatch(word.text.strip()):
            kept.append(word)
        elif kept and "".join(said(kept[-1].text)) in FILLERS:
            kept[-1] = replace(kept[-1], end_s=word.end_s)
    return tuple(kept)


def _lost(words: Words, heard: str) -> list[Span]:
    """When words were said that are not heard any more: fillers and guesses are none."""
    known = tuple(w for w in words if "".join(said(w.text)) not in FILLERS and w.probability >= GUESSED)
    return [
        Span(known[change.first].start_s, known[change.last - 1].end_s)
        for change in changes_between(text_of(known), heard)
        if change.first < change.last <= len(known) and not _is_still_said(known, change)
    ]


def _is_still_said(words: Words, change: Change) -> bool:
    """Whether what is not heard sounds like what is, or is what the words beside it say too: those are written once."""
    if change.text:
        before, heard = (spoken_words(text) for text in (text_of(words[change.first : change.last]), change.text))
        return word_error(before, heard) == 0
    gone = said(text_of(words[change.first : change.last]))
    n = change.last - change.first
    beside = (words[change.last : change.last + n], words[max(0, change.first - n) : change.first])
    return any(said(text_of(other)) == gone for other in beside)


def _is_twice(keys: Sequence[str], size: int) -> bool:
    """Whether the first so many are said twice in a row."""
    return len(keys) >= 2 * size and keys[:size] == keys[size : 2 * size]


def _is_parted_by_marks(words: Words, n: int) -> bool:
    return words[n].text.rstrip()[-1:] in ",，、…" and (n == 0 or words[n - 1].text.rstrip()[-1:] in ",，、。…!?！？")


def _samples(cuts: Sequence[_Cut], rate_hz: int) -> list[tuple[int, int, int]]:
    return [(round(cut.leave_s * rate_hz), round(cut.enter_s * rate_hz), 0) for cut in cuts]
