"""Checking results: Whisper listens, a speaker encoder compares voices, and what misses is made again.

Voices are compared by the encoder of `hearing/speaker.py` (GE2E, of Resemblyzer), whichever backend speaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from app.engine.chinese import HAN_CHAR
from app.engine.content.checks import Check, Scores, missed, seed_of_try
from app.engine.content.stretches import Stretch
from app.engine.content.word_error import spoken_words, word_error
from app.engine.content.words import text_of
from app.engine.errors import Cancelled, DeadlineExceeded, EngineError, PartMissing
from app.engine.facts.warnings import CheckNotRun, TranscriptUnlike
from app.engine.hearing.alignment import is_like
from app.engine.hearing.recording_faults import is_clipped
from app.engine.hearing.speaker import Embedding
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import FinishReason, JobControl
from app.engine.lexicon import NO_WORDS, Lexicon
from app.engine.requests import CloneJob, EditJob, FillersRequest, RewriteRequest, TranscribeRequest
from app.engine.script import Script
from app.engine.sound.audio import Audio, frame_levels_db, is_silent, joined
from app.engine.steps import sounds_of

LETTER_S, HAN_S, SOUND_S = 0.065, 0.24, 1.0  # about how long is said what
OF_ANY_LENGTH = frozenset({"vad", "speed"})
MAX_HEARD_CHARS = 200  # of what was heard instead of a transcript, in a warning
SLACK_S = 0.1  # by which an edit's silence may be longer than its input's
QUIET_DB = 45.0  # below the loud frames is silence
FRAME_S, HOP_S = 0.02, 0.01
_SCRIPTS = {"ja": re.compile(r"[\u3040-\u30ff]"), "ko": re.compile(r"[\uac00-\ud7af]"), "zh": HAN_CHAR}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a result should be: its words (None where they cannot be known), the voice of a sound, and about how long
    (0: any length). `has_sounds`: laughs are in it, too; `is_edit`: it was made of the reference, whose own silence and
    clipping are no fault of it.
    """

    text: str | None
    reference: Audio
    seconds: float
    has_sounds: bool = False
    is_edit: bool = False
    lexicon: Lexicon = NO_WORDS


def spoken_s(text: str, n_sounds: int = 0) -> float:
    """About how long a text is spoken."""
    n_han = len(HAN_CHAR.findall(text))
    return LETTER_S * (len(text) - n_han) + HAN_S * n_han + SOUND_S * n_sounds


class Checking:
    """The check of one request. Remembers the voice it compares with."""

    def __init__(self, check: Check, transcribers: Transcribers, control: JobControl) -> None:
        self._check = check
        self._transcribers = transcribers
        self.control = control
        self._known: tuple[Audio, Embedding] | None = None

    def without_retries(self) -> Checking:
        """The same, for what always comes out alike."""
        return Checking(replace(self._check, retries=0), self._transcribers, self.control)

    def best(self, make: Callable[[int], Audio | None], wanted: Callable[[Audio], Wanted], seed: int) -> Audio | None:
        """What `make` gives for the first seed that passes, else the best of all tries; None where it makes nothing.

        `wanted` says what a result should be. The scores are noted in the job. A further try that fails is none.
        """
        before = self.control.take_finish_reason()
        best: tuple[Audio, Scores, FinishReason] | None = None
        n_tries = 0
        for n in range(self._check.retries + 1):
            self.control.checkpoint()
            own_seed = seed_of_try(seed, n)
            made = self._tried(make, own_seed, is_first=n == 0)
            if made is None:
                break
            n_tries += 1
            reason = self.control.take_finish_reason()
            scores = replace(self.scores(made, wanted(made), reason), seeds=(own_seed,))
            if best is None or scores.rank < best[1].rank:
                best = made, scores, reason
            if not scores.misses:
                break
        self.control.finished(before)
        if best is None:
            return None
        audio, scores, reason = best
        self.control.finished(reason)
        self.control.checked.append(replace(scores, tries=n_tries))
        return audio

    def _tried(self, make: Callable[[int], Audio | None], seed: int, *, is_first: bool) -> Audio | None:
        try:
            return make(seed)
        except (Cancelled, DeadlineExceeded):
            raise
        except EngineError:
            if is_first:
                raise
            return None

    def scores(self, audio: Audio, wanted: Wanted, finish_reason: str) -> Scores:
        """What a result scores. A check that cannot be run is told of in a warning."""
        text = wanted.text or ""
        words = spoken_words(text, wanted.lexicon)
        heard = self.heard(audio, text) if words else ""
        error: float | None = None
        if heard is not None:
            error = word_error(words, spoken_words(heard), may_have_more=wanted.has_sounds)
        has_voice = bool(words) or wanted.text is None
        before_s = longest_silence_s(wanted.reference) + SLACK_S if wanted.is_edit else 0.0
        scores = Scores(
            seconds=audio.duration_s,
            n_words=len(words),
            word_error=error,
            similarity=self._similarity(audio, wanted.reference) if has_voice else None,
            length=audio.duration_s / wanted.seconds if wanted.seconds else None,
            is_clipped=is_clipped(audio) and not (wanted.is_edit and is_clipped(wanted.reference)),
            silence_s=longest_silence_s(audio),
            not_run=("word_error",) if wanted.text is None or heard is None else (),
        )
        check = replace(self._check, max_silence_s=max(self._check.max_silence_s, before_s))
        return replace(scores, misses=missed(scores, check, finish_reason))

    def heard(self, audio: Audio, text: str = "") -> str | None:
        """What Whisper hears of a sound that should say the text; None, with a warning, where Whisper is missing."""
        request = TranscribeRequest(audio, language=_language_of(text))
        try:
            segments = list(self._transcribers.transcribe(request, self.control))
        except PartMissing:
            self.control.warn(CheckNotRun("word_error"))
            return None
        return "".join(segment.text for segment in segments).strip()

    def _similarity(self, audio: Audio, reference: Audio) -> float:
        if self._known is None or self._known[0] is not reference:
            self._known = reference, self._transcribers.embedding(reference, self.control)
        return float(self._transcribers.embedding(audio, self.control) @ self._known[1])


def checked_speech(
    checking: Checking, speak: Callable[[CloneJob], Iterator[Audio]], job: CloneJob, speed: float
) -> Iterator[Audio]:
    """A piece of speech, whole, by the seed that gives it best; nothing where nothing is said."""

    def make(seed: int) -> Audio | None:
        chunks = sounds_of(speak(replace(job, seed=seed + job.seed - job.seed_of_all, seed_of_all=seed)))
        return joined(chunks) if chunks else None

    script = job.script
    seconds = spoken_s(script.text, len(script.sounds)) / speed
    wanted = Wanted(script.text, job.voice.reference, seconds, bool(script.sounds), lexicon=script.lexicon)
    spoken = checking.best(make, lambda _: wanted, job.seed_of_all)
    if spoken is not None:
        yield spoken


def checked_edit(checking: Checking, edit: Callable[[EditJob], Audio], job: EditJob) -> Audio:
    """An edited piece, compared with what it was made of, by the seed that gives it best; silence as it is."""
    if is_silent(job.audio):
        return edit(job)
    script = job.script or Script()
    text = script.text or job.transcript or checking.heard(job.audio)
    expected_s = 0.0 if job.edit.task in OF_ANY_LENGTH else job.audio.duration_s + SOUND_S * len(script.sounds)
    wanted = Wanted(text, job.audio, expected_s, bool(script.sounds), is_edit=True, lexicon=script.lexicon)
    edited = checking.best(lambda seed: edit(replace(job, seed=seed)), lambda _: wanted, job.seed)
    assert edited is not None, "an edit always gives a sound"
    return edited


def checked_rewrite(
    checking: Checking, rewrite: Callable[[RewriteRequest], Iterator[Audio]], request: RewriteRequest
) -> Iterator[Audio]:
    """A recording with other words, by the seed that gives it best."""
    changed = dict[int, tuple[Stretch, ...] | None]()

    def make(seed: int) -> Audio:
        rewritten = joined(list(rewrite(replace(request, seed=seed))))
        changed[seed] = checking.control.stretches
        return rewritten

    def wanted(rewritten: Audio) -> Wanted:
        return Wanted(text_of(rewritten.words or ()), request.audio, request.audio.duration_s, is_edit=True)

    rewritten = checking.best(make, wanted, request.seed or 0)
    assert rewritten is not None, "a rewrite always gives a sound"
    checking.control.stretches = changed[checking.control.checked[-1].seeds[0]]
    yield rewritten


def checked_fillers(
    checking: Checking, remove: Callable[[FillersRequest], Iterator[Audio]], request: FillersRequest
) -> Iterator[Audio]:
    """A recording without fillers, by the words that it kept; another try would make the same."""

    def wanted(rest: Audio) -> Wanted:
        return Wanted(text_of(rest.words or ()) or None, request.audio, 0.0, is_edit=True)

    rest = checking.without_retries().best(lambda _: joined(list(remove(request))), wanted, 0)
    assert rest is not None, "without fillers there is still a sound"
    yield rest


def warn_of_other_transcript(transcript: str, heard: str, control: JobControl) -> None:
    """Warn where a recording says something else than its transcript. Takes CPU time."""
    if transcript and heard and not is_like(transcript, heard):
        control.warn(TranscriptUnlike(heard[:MAX_HEARD_CHARS]))


def _language_of(text: str) -> str | None:
    """The language that a text is spoken in, for Whisper, which takes short sentences for others; None of no text."""
    if not text:
        return None
    return next((language for language, letters in _SCRIPTS.items() if letters.search(text)), "en")


def longest_silence_s(audio: Audio) -> float:
    """Seconds of the longest stretch, at the ends too, that lies QUIET_DB below the loud frames."""
    levels_db = frame_levels_db(audio, FRAME_S, HOP_S)
    is_quiet = levels_db < np.percentile(levels_db, 95) - QUIET_DB
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_quiet.astype(np.int8), [0]))))
    runs = edges.reshape(-1, 2)
    return float((runs[:, 1] - runs[:, 0]).max() * HOP_S) if len(runs) else 0.0
