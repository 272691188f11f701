"""What a job does in a worker: the request in pieces that the backend takes, and the results put in line.

Long text is split into sentences, long audio at silences; the level is kept from piece to piece; edits are repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.engine import edits
from app.engine.backend import Backend
from app.engine.edits import Edit
from app.engine.errors import SilentAudio, UnspeakableText
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl
from app.engine.library.voices import VoiceLibrary
from app.engine.requests import CloneJob, CloneRequest, EditJob, EditRequest, Reference, TranscribeRequest, Voice
from app.engine.sound.audio import (
    SILENCE_DB,
    Audio,
    edge_faded,
    frame_levels_db,
    joined,
    loudness_lufs,
    soft_limited,
    split_at_silences,
)
from app.engine.sound.timestretch import stretched
from app.engine.splitting import split_text

MAX_LEVEL_STEP_DB = 3.0  # a piece of speech is brought at most this much nearer to the level of the first
TASKS_THAT_CHANGE_LEVEL = frozenset({"denoise", "vad"})


class PieceWork:
    """Runs requests over one backend, one piece a step. Stateless between requests; `transcribers` None: no Whisper."""

    def __init__(
        self, backend: Backend, voices: VoiceLibrary, transcribers: Transcribers | None, max_audio_s: float
    ) -> None:
        self._backend = backend
        self._voices = voices
        self._transcribers = transcribers
        self._max_audio_s = max_audio_s

    def clone(self, request: CloneRequest, control: JobControl) -> Iterator[Audio]:
        """Speak the text piece by piece, and apply the further edits to each."""
        voice = self._voice(request.reference, control)
        sounds, others = _split_off_sounds(request.edits)
        text = _with_final_sound(request.text, sounds)
        limits = self._backend.text_limits
        pieces = split_text(text, limits.max_chars, limits.max_han_chars)
        level, is_spoken = _LevelKeeper(), False
        n_chars, n_spoken = sum(map(len, pieces)), 0
        for n, piece in enumerate(pieces):
            control.progress(n_spoken / n_chars, "speaking")
            n_spoken += len(piece)
            job = CloneJob(
                piece,
                voice,
                request.intensity,
                (request.seed or 0) + n,
                sounds.intensity * sounds.iterations if sounds else 1.0,
                request.variant,
            )
            for chunk in self._spoken(job, others, request.speed, level, control):
                is_spoken = True
                yield _limited(chunk)
        if not is_spoken:  # letters that pass for readable, but no dictionary has them
            raise UnspeakableText("'input' holds nothing that can be spoken.", param="input")
        control.progress(1.0, "done")

    def _spoken(
        self, job: CloneJob, others: list[Edit], speed: float, level: _LevelKeeper, control: JobControl
    ) -> Iterator[Audio]:
        """One piece of text, in chunks as they are made where nothing has to be done to the whole of it."""
        chunks = self._backend.clone(job, control)
        if self._backend.streams_pieces and not others and speed == 1.0:
            yield from chunks
            return
        collected = list(chunks)
        if not collected:
            return
        result = level.kept(joined(collected))
        for edit in others:
            result = self._edited(EditJob(edit, result, job.text, None, job.seed, job.variant), control)
        yield edge_faded(stretched(result.resampled(self._backend.sample_rate), speed, control))

    def _voice(self, reference: Reference, control: JobControl) -> Voice:
        if reference.audio is None:
            return self._voices.find(reference.voice or "")
        transcript = reference.transcript or ""
        if not transcript and self._backend.needs_transcript("clone"):
            transcript = self._heard(reference.audio, control)
        return Voice("", "", reference.audio, transcript)

    def _heard(self, audio: Audio, control: JobControl) -> str:
        if self._transcribers is None:
            return ""
        segments = self._transcribers.transcribe(TranscribeRequest(audio), control)
        return "".join(segment.text for segment in segments).strip()

    def edit(self, request: EditRequest, control: JobControl) -> Iterator[Audio]:
        """Edit the clip in pieces as long as the backend takes, cut at silences."""
        edit = request.edit
        pieces = list(split_at_silences(request.audio, min(self._backend.max_audio_s(edit.task), self._max_audio_s)))
        if len(pieces) == 1 and self._backend.streams_pieces and request.speed == 1.0:
            control.progress(0.0, edit.task)
            for chunk in self._backend.edit(self._edit_job(request, pieces[0], True, 0, control), control):
                yield _limited(chunk)
            control.progress(1.0, "done")
            return
        level, rate = _LevelKeeper(), 0
        for n, piece in enumerate(pieces):
            control.progress(n / len(pieces), edit.task)
            result = self._edited_piece(request, piece, len(pieces) == 1, n, control)
            if edit.task not in TASKS_THAT_CHANGE_LEVEL:
                result = level.kept(result, loudness_lufs(piece))
            rate = rate or result.sample_rate
            yield edge_faded(_limited(stretched(result.resampled(rate), request.speed, control)))
        control.progress(1.0, "done")

    def _edited_piece(
        self, request: EditRequest, piece: Audio, is_whole: bool, number: int, control: JobControl
    ) -> Audio:
        edit = request.edit
        if not is_whole and float(frame_levels_db(piece).max()) < SILENCE_DB:
            return _unchanged_silence(edit, piece)
        try:
            return self._edited(self._edit_job(request, piece, is_whole, number, control), control)
        except SilentAudio:
            if is_whole:
                raise
            return _unchanged_silence(edit, piece)  # a stretch without speech inside a longer clip is no mistake

    def _edit_job(
        self, request: EditRequest, piece: Audio, is_whole: bool, number: int, control: JobControl
    ) -> EditJob:
        transcript = request.transcript if is_whole else None
        if not transcript and self._backend.needs_transcript(request.edit.task):
            transcript = self._heard(piece, control)
        seed = (request.seed or 0) + number
        return EditJob(request.edit, piece, transcript, request.text, seed, request.variant)

    def _edited(self, job: EditJob, control: JobControl) -> Audio:
        """One edit with all its iterations, collected."""
        rounds = 1 if self._backend.folds_iterations else job.edit.iterations
        for _ in range(rounds):
            job = replace(job, audio=joined(list(self._backend.edit(job, control))))
        return job.audio


class _LevelKeeper:
    """Keeps later pieces at the loudness of the first, or at the same distance to their sources, by small steps."""

    def __init__(self) -> None:
        self._target_db: float | None = None

    def kept(self, piece: Audio, source_lufs: float = 0.0) -> Audio:
        level_db = loudness_lufs(piece) - source_lufs
        if self._target_db is None:
            self._target_db = level_db
        gain_db = max(-MAX_LEVEL_STEP_DB, min(MAX_LEVEL_STEP_DB, self._target_db - level_db))
        return piece.scaled(gain_db)


def _unchanged_silence(edit: Edit, piece: Audio) -> Audio:
    return Audio(piece.samples[:0], piece.sample_rate) if edit.task == "vad" else piece


def _limited(audio: Audio) -> Audio:
    return Audio(soft_limited(audio.samples), audio.sample_rate)


def _split_off_sounds(wanted: tuple[Edit, ...]) -> tuple[Edit | None, list[Edit]]:
    """The paralinguistic edit, which is made while speaking, and the others, which follow."""
    sounds = [edit for edit in wanted if edit.task == "paralinguistic"]
    return (sounds[-1] if sounds else None), [edit for edit in wanted if edit.task != "paralinguistic"]


def _with_final_sound(text: str, sounds: Edit | None) -> str:
    """The text, with the edit's own tag at its end when the text holds none."""
    if sounds is None or not sounds.tag or edits.split_sounds(text)[1]:
        return text
    return f"{text} [{sounds.tag}]"
