"""What a job does in a worker: the request in pieces that the backend takes, and the results put in line.

Long text is split into sentences, long audio at silences; the level is kept from piece to piece; edits are repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate

from app.engine.backend import Backend
from app.engine.content.checking import Checking, checked_edit, checked_speech, warn_of_other_transcript
from app.engine.content.checks import Scores
from app.engine.content.words import TimedWord
from app.engine.content.written_words import spaced
from app.engine.edits import Edit
from app.engine.errors import EmptyText, NothingToSpeak, PartMissing, SilentAudio, SilentResult, UnspeakableText
from app.engine.facts.warnings import PartLeftSilent, SignsUnspoken, WordsLeftOut, WordsUnknown
from app.engine.hearing.alignment import cuts_at_times
from app.engine.hearing.recording_faults import faults_for_denoising
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.library.voices import DEFAULT_VOICE, VoiceLibrary
from app.engine.requests import (
    CloneJob,
    CloneRequest,
    EditJob,
    EditRequest,
    Reference,
    Segment,
    TranscribeRequest,
    Voice,
)
from app.engine.script import Script, Sound
from app.engine.sound.audio import (
    SILENCE_DB,
    Audio,
    edge_faded,
    faded_gain,
    is_silent,
    joined,
    loudness_lufs,
    silence,
    soft_limited,
    split_at_silences,
)
from app.engine.sound.timestretch import stretched
from app.engine.splitting import split_script
from app.engine.steps import NothingYet, sounds_of

MAX_LEVEL_STEP_DB = 3.0  # a piece of speech is brought at most this much nearer to the level of the first
SIGNS_S = 0.3  # of silence, for a text of signs alone
TASKS_THAT_CHANGE_LEVEL = frozenset({"denoise", "vad"})


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the clip to be edited, with the words in it and, for a paralinguistic edit, the sounds to put in."""

    audio: Audio
    transcript: str | None
    script: Script | None


class PieceWork:
    """Runs requests over one backend, one piece a step. Stateless between requests."""

    def __init__(
        self,
        backend: Backend,
        voices: VoiceLibrary,
        transcribers: Transcribers,
        max_audio_s: float,
        *,
        fills_transcripts: bool,
    ) -> None:
        self._backend = backend
        self._voices = voices
        self._transcribers = transcribers
        self._max_audio_s = max_audio_s
        self._fills_transcripts = fills_transcripts

    def clone(self, request: CloneRequest, control: JobControl) -> Iterator[Audio]:
        """Speak the text piece by piece, and apply the further edits to each."""
        checking = Checking(request.check, self._transcribers, control) if request.check else None
        voice = self._voice(request.reference, control, checking)
        others = [edit for edit in request.edits if edit.task != "paralinguistic"]
        script = _with_sounds_of(request.script, [edit for edit in request.edits if edit.task == "paralinguistic"])
        limits = self._backend.text_limits
        whole = split_script(script, limits.max_chars, limits.max_han_chars)
        said = [piece if piece.pauses else self._without_mere_signs(piece) for piece in whole]
        pieces = [piece for piece in said if piece.pauses or not piece.is_empty]
        if all(piece.pauses for piece in pieces):
            control.warn(SignsUnspoken())
            if checking is not None:
                control.checked.append(Scores(SIGNS_S, silence_s=SIGNS_S, misses=("silence",)))
            yield silence(SIGNS_S, self._backend.sample_rate)
            return
        if left_out := self._backend.words_left_out(script):
            control.warn(WordsLeftOut("input", left_out))
        level, is_spoken, before = _LevelKeeper(), False, ""
        n_chars, n_spoken = sum(piece.n_chars for piece in pieces), 0
        comes_whole = checking is not None or bool(others) or request.speed != 1.0 or not self._backend.streams_pieces
        for n, piece in enumerate(pieces):
            control.progress(n_spoken / n_chars, "speaking")
            n_spoken += piece.n_chars
            if comes_whole and n == len(pieces) - 1:
                control.give_last()
            if piece.pauses:
                yield silence(piece.pauses[0].seconds, self._backend.sample_rate)
                continue
            is_first = not is_spoken and not comes_whole
            seed = request.seed or 0
            job = CloneJob(piece, voice, request.intensity, seed + n, request.variant, is_first, seed)
            make = partial(self._spoken, others=others, speed=request.speed, level=level, control=control)
            for chunk in checked_speech(checking, make, job, request.speed) if checking else make(job):
                if isinstance(chunk, NothingYet):
                    yield chunk
                    continue
                is_spoken = True
                yield _limited(_behind(before, chunk))
                before = ""
            before = piece.text
        if not is_spoken:  # letters that pass for readable, but no dictionary has them
            raise NothingToSpeak(param="input")
        control.progress(1.0, "done")

    def _without_mere_signs(self, piece: Script) -> Script:
        """The piece; of one without words only the sounds: a model would make words up for signs."""
        try:
            self._backend.check_text(piece, "input")
        except (NothingToSpeak, EmptyText):
            return Script("", tuple(replace(sound, position=0) for sound in piece.sounds), piece.language)
        except UnspeakableText:
            return piece  # a sentence in another language, within a text that can be spoken
        return piece

    def _spoken(
        self, job: CloneJob, *, others: list[Edit], speed: float, level: _LevelKeeper, control: JobControl
    ) -> Iterator[Audio]:
        """One piece of text, in chunks as they are made where nothing has to be done to the whole of it."""
        chunks = self._backend.clone(job, control)
        if self._backend.streams_pieces and not others and speed == 1.0:
            yield from level.flowing(chunks)
            return
        collected = sounds_of(chunks)
        if not collected:
            return
        result = level.kept(joined(collected))
        for edit in others:
            if is_silent(result):
                raise SilentResult
            result = self._edited(
                EditJob(edit, result, job.script.text, None, job.seed, job.variant, job.voice.param), control
            )
        yield edge_faded(stretched(result.resampled(self._backend.sample_rate), speed, control))

    def _voice(self, reference: Reference, control: JobControl, checking: Checking | None) -> Voice:
        if reference.audio is None:
            return self._voices.find(reference.voice or DEFAULT_VOICE, reader=reference.reader)
        self._transcribers.examine_reference(reference.audio, control, reference.param)
        transcript = reference.transcript or ""
        if transcript and checking is not None:
            warn_of_other_transcript(transcript, checking.heard(reference.audio) or "", control)
        if not transcript and self._backend.needs_reference_transcript:
            transcript = _text_of(self._heard(reference.audio, control))
        return Voice("", "", reference.audio, transcript, param=reference.param)

    def _heard(self, audio: Audio, control: JobControl) -> list[Segment]:
        """What Whisper transcribes; nothing, with a warning, where it is missing."""
        if not self._fills_transcripts:
            return []
        try:
            return list(self._transcribers.transcribe(TranscribeRequest(audio), control))
        except PartMissing:
            control.warn(WordsUnknown())
            return []

    def edit(self, request: EditRequest, control: JobControl) -> Iterator[Audio]:
        """Edit the clip in pieces as long as the backend takes, cut at silences."""
        edit = request.edit
        if edit.task == "denoise":
            for fault in faults_for_denoising(request.audio):
                control.warn(fault)
        parts = list(split_at_silences(request.audio, min(self._backend.max_audio_s(edit.task), self._max_audio_s)))
        checking = Checking(request.check, self._transcribers, control) if request.check else None
        if len(parts) == 1 and self._backend.streams_pieces and request.speed == 1.0 and checking is None:
            control.progress(0.0, edit.task)
            piece = next(self._pieces(request, parts, control))
            for chunk in self._backend.edit(_edit_job(request, piece, 0), control):
                yield chunk if isinstance(chunk, NothingYet) else _limited(chunk)
            control.progress(1.0, "done")
            return
        level, rate = _LevelKeeper(), 0
        for n, piece in enumerate(self._pieces(request, parts, control)):
            control.progress(n / len(parts), edit.task)
            job = _edit_job(request, piece, n)
            make = partial(self._edited_piece, is_whole=len(parts) == 1, control=control)
            result = checked_edit(checking, make, job) if checking else make(job)
            if edit.task not in TASKS_THAT_CHANGE_LEVEL:
                result = level.kept(result, loudness_lufs(piece.audio))
            rate = rate or result.sample_rate
            if n == len(parts) - 1:
                control.give_last()
            yield edge_faded(_limited(stretched(result.resampled(rate), request.speed, control)))
        control.progress(1.0, "done")

    def _pieces(self, request: EditRequest, parts: Sequence[Audio], control: JobControl) -> Iterator[_Piece]:
        """The parts of the clip, each with its own words and sounds."""
        needs_words = self._backend.needs_transcript(request.edit)
        has_own_words = bool(request.transcript or (request.script and request.script.text.strip()))
        if len(parts) > 1 and (has_own_words or request.edit.task == "paralinguistic"):
            yield from self._pieces_of_known_words(request, parts, control)
            return
        for part in parts:
            transcript = request.transcript
            if not transcript and needs_words:
                transcript = _text_of(self._heard(part, control))
            yield _Piece(part, transcript, _script_of(request, transcript or ""))

    def _pieces_of_known_words(
        self, request: EditRequest, parts: Sequence[Audio], control: JobControl
    ) -> Iterator[_Piece]:
        """The words are cut where the sound is, by the times at which Whisper finds them; else in proportion."""
        segments = self._heard(request.audio, control) if self._backend.needs_transcript(request.edit) else []
        words = [word for segment in segments for word in segment.words]
        transcript = request.transcript or _text_of(segments)
        ends_s = list(accumulate(part.duration_s for part in parts))
        transcripts = _cut_at(Script(transcript), ends_s, words)
        script = _script_of(request, transcript)
        scripts = _cut_at(script, ends_s, words) if script else [None] * len(parts)
        for part, own, sounds in zip(parts, transcripts, scripts, strict=True):
            yield _Piece(part, own.text, sounds)

    def _edited_piece(self, job: EditJob, *, is_whole: bool, control: JobControl) -> Audio:
        if is_whole:
            return self._edited(job, control)
        if is_silent(job.audio):
            return _unchanged_silence(job.edit, job.audio)
        if job.edit.task == "paralinguistic" and not (job.script and job.script.sounds):
            return job.audio  # its sounds all belong to other pieces
        try:
            return self._edited(job, control)
        except SilentAudio:
            return _unchanged_silence(job.edit, job.audio)  # a stretch without speech in a longer clip is no mistake
        except SilentResult:
            control.warn(PartLeftSilent())
            return job.audio

    def _edited(self, job: EditJob, control: JobControl) -> Audio:
        """One edit, collected."""
        return joined(sounds_of(self._backend.edit(job, control)))


class _LevelKeeper:
    """Keeps later pieces at the loudness of the first, or at the same distance to their sources, by small steps."""

    def __init__(self) -> None:
        self._target_db: float | None = None

    def kept(self, piece: Audio, source_lufs: float = 0.0) -> Audio:
        level_db = loudness_lufs(piece) - source_lufs
        if self._target_db is None:
            self._target_db = level_db
        return piece.scaled(self._gain_db(level_db))

    def flowing(self, chunks: Iterator[Audio]) -> Iterator[Audio]:
        """The same for a piece that comes in chunks: the gain follows the loudness of what has been heard of it."""
        heard: list[Audio] = []
        gain_db: float | None = None
        for chunk in chunks:
            if isinstance(chunk, NothingYet):
                yield chunk
                continue
            heard.append(chunk)
            level_db = loudness_lufs(joined(heard))
            before_db, gain_db = gain_db, self._gain_db(level_db)
            yield faded_gain(chunk, gain_db if before_db is None else before_db, gain_db)
        if self._target_db is None and heard:
            self._target_db = loudness_lufs(joined(heard))

    def _gain_db(self, level_db: float) -> float:
        """Towards the target; none before there is one, nor for what is too soft to be measured."""
        if self._target_db is None or level_db < SILENCE_DB:
            return 0.0
        return max(-MAX_LEVEL_STEP_DB, min(MAX_LEVEL_STEP_DB, self._target_db - level_db))


def _unchanged_silence(edit: Edit, piece: Audio) -> Audio:
    return piece.part(0, 0) if edit.task == "vad" else piece


def _limited(audio: Audio) -> Audio:
    return audio.with_samples(soft_limited(audio.samples))


def _behind(before: str, chunk: Audio) -> Audio:
    """The chunk that is said after a text, with a space before its first word where one belongs there."""
    return replace(chunk, words=spaced(chunk.words, before)) if chunk.words else chunk


def _text_of(segments: Sequence[Segment]) -> str:
    return "".join(segment.text for segment in segments).strip()


def _edit_job(request: EditRequest, piece: _Piece, number: int) -> EditJob:
    seed = (request.seed or 0) + number
    return EditJob(request.edit, piece.audio, piece.transcript, piece.script, seed, request.variant, request.param)


def _cut_at(script: Script, ends_s: Sequence[float], words: Sequence[TimedWord]) -> list[Script]:
    """The script in as many parts as the clip, whose parts end at these times."""
    return script.cut(cuts_at_times(script.text, ends_s[:-1], words, 0.0, ends_s[-1]))


def _script_of(request: EditRequest, transcript: str) -> Script | None:
    """The words with the sounds of a paralinguistic edit: the text's own, else the edit's at the end. None for others.

    A text of sounds alone has them after the words of the transcript.
    """
    edit = request.edit
    if edit.task != "paralinguistic":
        return None
    given = request.script or Script()
    words = given if given.text.strip() else replace(given, text=transcript)
    end = len(words.text)
    sounds = given.sounds if words is given else tuple(replace(sound, position=end) for sound in given.sounds)
    return words.with_sounds(_as_strong(sounds or (Sound(edit.tag, end),), edit))


def _with_sounds_of(script: Script, wanted: Sequence[Edit]) -> Script:
    """The script with the sounds of its paralinguistic edits.

    The first says how strong the text's own sounds are, or brings its tag where the text has none; each further one
    brings its tag. Tags of edits stand at the end.
    """
    sounds: list[Sound] = list(script.sounds)
    for n, edit in enumerate(wanted):
        if n == 0 and sounds:
            sounds = list(_as_strong(sounds, edit))
        elif edit.tag:
            sounds += _as_strong([Sound(edit.tag, len(script.text))], edit)
    return script.with_sounds(sounds)


def _as_strong(sounds: Sequence[Sound], edit: Edit) -> Iterator[Sound]:
    return (replace(sound, intensity=edit.intensity, iterations=edit.iterations) for sound in sounds)
