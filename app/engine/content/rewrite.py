"""Rewriting: other words in a recording, spoken in its own voice, and every sample outside of them left as it is.

The words are found by Whisper. What changes is spoken together with the words around it, fitted to how the recording
has these (`fitting.py`), and cut in where both sides are quiet or voiceless (`joints.py`, `seams.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.engine.backend import Backend
from app.engine.content.aligning import aligned, in_proportion
from app.engine.content.changes import Change, said, words_of
from app.engine.content.passage import Passage, Spoken, border, middle, widest_around
from app.engine.content.seams import FADE_S, Patch, patch, patched
from app.engine.content.stretches import Stretch, laid_out, new_time
from app.engine.content.word_edits import Plan, context_of, plan_of
from app.engine.content.words import TimedWord, Words, is_said_by, moved, text_of
from app.engine.content.written_words import word_spans
from app.engine.errors import NobodySpeaks, NoSound, OtherTranscript
from app.engine.facts.warnings import HeardUncertainly, JoinedInVoice, NewWordsUnclear
from app.engine.hearing.alignment import is_like
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.requests import CloneJob, RewriteRequest, TranscribeRequest, Voice
from app.engine.script import Script
from app.engine.sound.audio import Audio, joined
from app.engine.splitting import split_script
from app.engine.steps import sounds_of

CONTEXT_WORDS = 6  # on each side of a change that are spoken along
REFERENCE_S = 20.0  # of the recording that the voice is taken from
TRIES = 3  # of speaking, until the new words are heard
UNCERTAIN = 0.5  # probability below which a word was heard uncertainly
MAX_HEARD_CHARS = 200  # of what was heard instead of a transcript


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """The recording, its words with their times, what is to be said in it, and its language as Whisper found it."""

    audio: Audio
    words: Words
    plan: Plan
    language: str | None
    request: RewriteRequest


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """One change, made: its patch, which words of the target are spoken in it, and when, from its begin on."""

    patch: Patch
    first: int
    words: Words


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
        made = []
        for n, change in enumerate(source.plan.changes):
            control.progress((n + 0.5) / (len(source.plan.changes) + 0.5), "speaking")
            made.append(self._made(source, change, control))
        made = _apart(made)
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
        if request.audio.words and is_said_by(transcript, request.audio.words):
            known, language = request.audio.words, None
        else:
            segments = list(self._transcribers.transcribe(TranscribeRequest(request.audio), control))
            heard = "".join(segment.text for segment in segments).strip()
            if not said(heard):
                raise NobodySpeaks(param=request.param)
            if plan is not None and not is_like(plan.present, heard):
                raise OtherTranscript(heard[:MAX_HEARD_CHARS], param=request.transcript_param)
            known, language = aligned(segments, transcript), segments[0].language or None
        plan = plan or _plan(text_of(known), request)
        for change in plan.changes:
            if change.text:
                self._backend.check_text(
                    Script(change.text), request.text_param if request.text else request.edits_param
                )
        return _Source(request.audio, known, plan, language, request)

    # ---- one change -----------------------------------------------------------------------------------------------

    def _made(self, source: _Source, change: Change, control: JobControl) -> _Made:
        _warn_of_doubts(source, change, control)
        passage = Passage(source.audio, source.words, change)
        if not change.text:
            cut = passage.cut()
            if cut.is_hidden:
                return _Made(patch(source.audio, cut.leave_s, cut.enter_s, None, (0.0, 0.0)), change.after[0], ())
        spoken = passage.fitted(self._spoken(source, change, control), source.request.seed or 0, control)
        seams = passage.seams(spoken)
        for joint, at_s in ((seams.left, seams.left.leave_s), (seams.right, seams.right.enter_s)):
            if not joint.is_hidden:
                control.warn(JoinedInVoice(round(at_s, 2)))
        part = (seams.left.enter_s, max(seams.left.enter_s, seams.right.leave_s))
        one = patch(source.audio, seams.left.leave_s, seams.right.enter_s, spoken.audio, part)
        first, last = change.after[0] - seams.n_left, change.after[1] + seams.n_right
        shift_s = FADE_S / 2 - part[0]
        words = moved(spoken.words[first - spoken.first : last - spoken.first], lambda at_s: max(0.0, at_s + shift_s))
        return _Made(one, first, words)

    def _spoken(self, source: _Source, change: Change, control: JobControl) -> Spoken:
        """The words around a change with the new ones among them, in the recording's voice and at its rate."""
        target, request = source.plan.target, source.request
        begin, end = context_of(target, words_of(target), *change.after, CONTEXT_WORDS)
        spans = word_spans(target)
        text = target[spans[begin][0] : spans[end - 1][1]].strip()
        wanted, voice = said(change.text), _voice(source, change)
        best: tuple[int, Audio] | None = None
        for n in range(TRIES):
            audio = self._cloned(text, voice, (request.seed or 0) + n, request.variant, control)
            listening = TranscribeRequest(audio, language=source.language)
            segments = list(self._transcribers.transcribe(listening, control))
            n_missed = _n_missed(wanted, said("".join(segment.text for segment in segments)))
            if len(audio.words or ()) != end - begin:
                audio = replace(audio, words=aligned(segments, text))
            if len(audio.words or ()) != end - begin:
                audio = replace(audio, words=in_proportion(text, 0.0, audio.duration_s))
            if best is None or n_missed < best[0]:
                best = (n_missed, audio)
            if not best[0]:
                break
        assert best is not None
        if best[0]:
            control.warn(NewWordsUnclear((change.text,)))
        return Spoken(best[1].resampled(source.audio.sample_rate), begin)

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


def _apart(made: Sequence[_Made]) -> list[_Made]:
    """Of changes whose seams reach into each other the later one gives way."""
    kept: list[_Made] = []
    for one in made:
        if kept and one.patch.begin < kept[-1].patch.end:
            begin = kept[-1].patch.end
            samples = one.patch.samples[begin - one.patch.begin :]
            one = replace(one, patch=Patch(begin, max(begin, one.patch.end), samples))
        kept.append(one)
    return kept


def _voice(source: _Source, change: Change) -> Voice:
    """The recording as its own reference: the speech around the change, with its words."""
    audio, words, present = source.audio, source.words, source.plan.present
    first, last = widest_around(words, change, REFERENCE_S)
    if first > 0 or last < len(words):
        spans = word_spans(present)
        present = present[spans[first][0] : spans[last - 1][1]].strip()
        audio = audio.slice_s(*(middle(border(words, n, source.audio.duration_s)) for n in (first, last)))
    return Voice("", "", audio, present, param=source.request.param)


def _n_missed(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """How many of the wanted units are not heard, in whichever order."""
    rest = list(heard)
    n_missed = 0
    for unit in wanted:
        if unit in rest:
            rest.remove(unit)
        else:
            n_missed += 1
    return n_missed


def _warn_of_doubts(source: _Source, change: Change, control: JobControl) -> None:
    near = source.words[max(0, change.first - 1) : change.last + 1]
    if doubtful := tuple(word.text.strip() for word in near if word.probability < UNCERTAIN):
        control.warn(HeardUncertainly(doubtful))
