"""Rewriting: other words in a recording, spoken in its own voice, and every sample outside of them left as it is.

The words are found by Whisper. What changes is spoken together with the words around it, fitted to how the recording
has these (`fitting.py`), and cut in where both sides are quiet or voiceless (`joints.py`, `seams.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from app.engine.backend import Backend
from app.engine.content.aligning import aligned, in_proportion
from app.engine.content.changes import Change, joined_changes, said, words_of
from app.engine.content.passage import AROUND_S, Passage, Spoken, border, middle, widest_around
from app.engine.content.seams import FADE_S, Patch, patch, patched
from app.engine.content.stretches import Stretch, laid_out, new_time
from app.engine.content.word_edits import Plan, context_of, plan_of
from app.engine.content.word_error import Spoken as SpokenWord
from app.engine.content.word_error import spoken_words, word_error
from app.engine.content.words import TimedWord, Words, is_said_by, moved, text_of
from app.engine.content.written_words import word_spans
from app.engine.errors import NobodySpeaks, NoSound, OtherTranscript
from app.engine.facts.warnings import HeardUncertainly, JoinedInVoice, NewWordsUnclear
from app.engine.hearing.alignment import is_like
from app.engine.hearing.languages import one_language
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.requests import CloneJob, RewriteRequest, TranscribeRequest, Voice
from app.engine.script import Script
from app.engine.sound.audio import Audio, joined
from app.engine.splitting import split_script
from app.engine.steps import sounds_of

CONTEXT_WORDS = 6  # on each side of a change that are spoken along
REFERENCE_S = 20.0  # of the recording that the voice is taken from
TRIES = 3  # of speaking and cutting in, until the new words are heard where they belong
MOST_WIDER = 1  # words more on each side that are spoken anew in further tries
BESIDE_WORDS = 3  # on each side of a change that have to be heard as before
UNCERTAIN = 0.5  # probability below which a word was heard uncertainly
MAX_HEARD_CHARS = 200  # of what was heard instead of a transcript


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """The recording, its words with their times, and what is to be said in it.

    `heard` is what Whisper wrote down, in that `language` (None: in several); nothing where the recording knew its
    words.
    """

    audio: Audio
    words: Words
    plan: Plan
    heard: str
    language: str | None
    request: RewriteRequest

    def n_unclear(self, change: Change) -> int:
        """How many of the words around a change were heard as something else before."""
        if not self.heard:
            return 0
        heard, words = spoken_words(self.heard), self.words
        beside = words[max(0, change.first - BESIDE_WORDS) : change.first], words[change.last :][:BESIDE_WORDS]
        return sum(_n_wrong(text_of(side), heard) for side in beside)


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """One change, made: its patch, which words of the target are spoken in it, and when, from its begin on.

    `unhidden_s` are the places in the recording at which a seam may be heard.
    """

    patch: Patch
    first: int
    words: Words
    unhidden_s: tuple[float, ...] = ()


class _Heard(NamedTuple):
    """How many new words are not heard, and how many of those around them; the less, the better."""

    n_missed: int
    n_wrong: int


class Rewriter:
    """Rewrites recordings over one backend. Stateless between requests."""

    def __init__(self, backend: Backend, transcribers: Transcribers) -> None:
        self._backend = backend
        self._transcribers = transcribers

    def rewrite(self, request: RewriteRequest, control: JobControl) -> Iterator[Audio]:
        """Yield the recording with other words, whole, with all its words; `control.stretches` tells what changed.

        Raises NothingChanges, TooMuchNew, UnknownWord, EditsOverlap, NobodySpeaks, OtherTranscript, PartMissing.
        """
        control.progress(0.0, "listening")
        source = self._source(request, control)
        made: list[_Made] = []
        for n in range(len(source.plan.changes)):
            control.progress((n + 0.5) / (len(source.plan.changes) + 0.5), "speaking")
            made.append(self._made(source, n, made[-1].patch.end if made else 0, control))
        stretches = laid_out(
            [(m.patch.begin, m.patch.end, len(m.patch.samples)) for m in made], request.audio.sample_rate
        )
        result = patched(request.audio, [one.patch for one in made])
        control.stretches = stretches
        yield replace(result, words=_words_after(source, made, stretches))
        control.progress(1.0, "done")

    def _source(self, request: RewriteRequest, control: JobControl) -> _Source:
        """What is said, and what is to be said: what can be refused before somebody listens is."""
        transcript = (request.transcript or "").strip()
        plan = _plan(transcript, request) if transcript else None
        heard = ""
        if request.audio.words and is_said_by(transcript, request.audio.words):
            known, language = request.audio.words, None
        else:
            segments = list(self._transcribers.transcribe(TranscribeRequest(request.audio), control))
            heard = "".join(segment.text for segment in segments).strip()
            if not said(heard):
                raise NobodySpeaks(param=request.param)
            if plan is not None and not is_like(plan.present, heard):
                raise OtherTranscript(heard[:MAX_HEARD_CHARS], param=request.transcript_param)
            known, language = aligned(segments, transcript), one_language(segments)
        plan = plan or _plan(text_of(known), request)
        plan = replace(plan, changes=joined_changes(plan.changes, plan.target))
        for change in plan.changes:
            if change.text:
                self._backend.check_text(
                    Script(change.text), request.text_param if request.text else request.edits_param
                )
        return _Source(request.audio, known, plan, heard, language, request)

    # ---- one change -----------------------------------------------------------------------------------------------

    def _made(self, source: _Source, place: int, earliest: int, control: JobControl) -> _Made:
        """One of the changes: spoken with the words around it and cut in behind the sample `earliest`, until it is
        heard; the best of all tries.
        """
        change = source.plan.changes[place]
        _warn_of_doubts(source, change, control)
        earliest_s = earliest / source.audio.sample_rate + FADE_S
        passage = Passage(source.audio, source.words, source.plan.changes, place, earliest_s)
        best: tuple[_Heard, _Made] | None = None
        for n in range(TRIES):
            spoken = passage.fitted(self._spoken(source, change, n, control), control)
            made = self._cut_in(source, change, passage, spoken, n)
            heard = self._listened(source, change, made, control)
            if best is None or heard < best[0]:
                best = heard, made
            if best[0] == (0, 0):
                break
        assert best is not None
        if best[0].n_missed:
            control.warn(NewWordsUnclear((change.text,)))
        for at_s in best[1].unhidden_s:
            control.warn(JoinedInVoice(round(at_s, 2)))
        return best[1]

    def _cut_in(self, source: _Source, change: Change, passage: Passage, spoken: Spoken, n: int) -> _Made:
        """The n-th try: words that go are cut out if that is not heard; others are spoken with more words around."""
        if not change.text and not n:
            cut = passage.cut(spoken)
            if cut.is_smooth:
                return _Made(patch(source.audio, cut.leave_s, cut.enter_s, None, (0.0, 0.0)), change.after[0], ())
        seams = passage.seams(spoken, min(n, MOST_WIDER))
        audio = passage.levelled(spoken, seams, source.request.seed or 0).audio
        one = patch(source.audio, seams.left.leave_s, seams.right.enter_s, audio, seams.part)
        first, last = change.after[0] - seams.n_left, change.after[1] + seams.n_right
        shift = partial(_earlier, by_s=seams.part[0] - FADE_S / 2)
        words = moved(spoken.words[first - spoken.first : last - spoken.first], shift)
        places = ((seams.left, seams.left.leave_s), (seams.right, seams.right.enter_s))
        return _Made(one, first, words, tuple(at_s for joint, at_s in places if not joint.is_hidden))

    def _listened(self, source: _Source, change: Change, made: _Made, control: JobControl) -> _Heard:
        """What Whisper does not hear in the recording with one change in it: new words, and words around them."""
        one, n_around = made.patch, round(AROUND_S * source.audio.sample_rate)
        begin = max(0, one.begin - n_around)
        here = Patch(one.begin - begin, one.end - begin, one.samples)
        around = patched(replace(source.audio, words=None).part(begin, one.end + n_around), [here])
        request = TranscribeRequest(around, language=source.language)
        heard = spoken_words("".join(segment.text for segment in self._transcribers.transcribe(request, control)))
        target, spans = source.plan.target, word_spans(source.plan.target)
        first, last = max(0, change.after[0] - BESIDE_WORDS), min(len(spans), change.after[1] + BESIDE_WORDS)
        n_missed = _n_wrong(change.text, heard, may_have_more=True)
        n_wrong = _n_wrong(target[spans[first][0] : spans[last - 1][1]], heard)
        return _Heard(n_missed, max(0, n_wrong - n_missed - source.n_unclear(change)))

    def _spoken(self, source: _Source, change: Change, n: int, control: JobControl) -> Spoken:
        """The words around a change with the new ones among them, in the recording's voice and at its rate."""
        target, request = source.plan.target, source.request
        begin, end = context_of(target, words_of(target), *change.after, CONTEXT_WORDS)
        spans = word_spans(target)
        text = target[spans[begin][0] : spans[end - 1][1]].strip()
        audio = self._cloned(text, _voice(source, change), (request.seed or 0) + n, request.variant, control)
        if len(audio.words or ()) != end - begin:
            listening = TranscribeRequest(audio, language=source.language)
            audio = replace(audio, words=aligned(list(self._transcribers.transcribe(listening, control)), text))
        if len(audio.words or ()) != end - begin:
            audio = replace(audio, words=in_proportion(text, 0.0, audio.duration_s))
        return Spoken(audio.resampled(source.audio.sample_rate), begin)

    def _cloned(self, text: str, voice: Voice, seed: int, variant: str | None, control: JobControl) -> Audio:
        limits = self._backend.text_limits
        chunks: list[Audio] = []
        for piece in split_script(Script(text), limits.max_chars, limits.max_han_chars):
            chunks += sounds_of(
                self._backend.clone(CloneJob(piece, voice, 1.0, seed, variant, seed_of_all=seed), control)
            )
        if not chunks:
            raise NoSound
        return joined(chunks)


def _plan(present: str, request: RewriteRequest) -> Plan:
    return plan_of(present, request.text, request.edits, request.text_param, request.edits_param)


def _words_after(source: _Source, made: Sequence[_Made], stretches: Sequence[Stretch]) -> Words:
    """The words of the target: those that were spoken at their times, those that stayed at theirs."""
    target = source.plan.target
    timed: dict[int, TimedWord] = {}
    old, new = 0, 0
    for change in (
        *source.plan.changes,
        Change(len(source.words), len(source.words), "", (len(word_spans(target)),) * 2),
    ):
        kept = moved(source.words[old : change.first], lambda at_s: new_time(at_s, stretches))
        timed |= dict(enumerate(kept, new))
        old, new = change.last, change.after[1]
    for one, stretch in zip(made, stretches, strict=True):
        timed |= dict(enumerate(moved(one.words, stretch.new.start.__add__), one.first))
    return tuple(
        replace(timed[n], text=target[begin:end]) for n, (begin, end) in enumerate(word_spans(target)) if n in timed
    )


def _earlier(at_s: float, by_s: float) -> float:
    return max(0.0, at_s - by_s)


def _voice(source: _Source, change: Change) -> Voice:
    """The recording as its own reference: the speech around the change, with its words."""
    audio, words, present = source.audio, source.words, source.plan.present
    first, last = widest_around(words, change, REFERENCE_S)
    if first > 0 or last < len(words):
        spans = word_spans(present)
        present = present[spans[first][0] : spans[last - 1][1]].strip()
        audio = audio.slice_s(*(middle(border(words, n, source.audio.duration_s)) for n in (first, last)))
    return Voice("", "", audio, present, param=source.request.param)


def _n_wrong(text: str, heard: Sequence[SpokenWord], *, may_have_more: bool = False) -> int:
    """How many words of a text are not heard among others, by their sounds."""
    wanted = spoken_words(text)
    error = word_error(wanted, heard, may_have_more=may_have_more, is_part=True)
    return round((error or 0.0) * len(wanted))


def _warn_of_doubts(source: _Source, change: Change, control: JobControl) -> None:
    near = source.words[max(0, change.first - 1) : change.last + 1]
    if doubtful := tuple(word.text.strip() for word in near if word.probability < UNCERTAIN):
        control.warn(HeardUncertainly(doubtful))
