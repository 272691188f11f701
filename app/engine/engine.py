"""EditXEngine: what both doors call. It prepares each job for the backend and puts the pieces of the result together.

It resolves the voice, fills in a missing transcript, splits long text and long audio, repeats edits, keeps the
loudness between pieces, and runs all of it through the scheduler. How sound is made is the backend's business.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from app.cache.token_cache import TokenCache
from app.engine import edits
from app.engine.audio import (
    SILENCE_DB,
    Audio,
    edge_faded,
    frame_levels_db,
    joined,
    loudness_lufs,
    require_sound,
    soft_limited,
    split_at_silences,
)
from app.engine.backend import Backend, BackendStatus, choose_backend
from app.engine.consents import ConsentLibrary
from app.engine.edits import Edit
from app.engine.errors import (
    AudioTooLong,
    AudioTooShort,
    EmptyText,
    EngineError,
    InvalidRequest,
    NotReady,
    OutOfRange,
    SilentAudio,
    TextTooLong,
    UnspeakableText,
)
from app.engine.job import JobControl
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
from app.engine.scheduling import JobTimes, Scheduler
from app.engine.splitting import split_text
from app.engine.timestretch import stretched
from app.engine.transcribe import Transcribers
from app.engine.voices import VoiceInfo, VoiceLibrary

if TYPE_CHECKING:
    from app.settings import Settings

logger = logging.getLogger(__name__)

T = TypeVar("T")
SPEED_RANGE = (0.25, 4.0)
MIN_CLIP_S = 0.1  # shorter clips hold not even one syllable
MAX_LEVEL_STEP_DB = 3.0  # a piece of speech is brought at most this much nearer to the level of the first
TASKS_THAT_CHANGE_LEVEL = frozenset({"denoise", "vad"})


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the engine does now. `reason` says why it is not ready; `chosen_because` why this backend answers."""

    is_ready: bool
    reason: str
    chosen_because: str
    backend: BackendStatus
    n_running: int
    n_waiting: int


class EditXEngine:
    """The one engine behind page and API. All methods are for the event loop; the work happens in the scheduler."""

    def __init__(
        self,
        *,
        backend: Backend,
        chosen_because: str,
        transcribers: Transcribers,
        voices: VoiceLibrary,
        consents: ConsentLibrary,
        cache: TokenCache,
        scheduler: Scheduler,
        max_input_chars: int,
        max_audio_s: float,
        fills_transcripts: bool = True,
    ) -> None:
        self.voices = voices
        self.consents = consents
        self.cache = cache
        self._backend = backend
        self._chosen_because = chosen_because
        self._transcribers = transcribers
        self._scheduler = scheduler
        self._max_input_chars = max_input_chars
        self._max_audio_s = max_audio_s
        self._fills_transcripts = fills_transcripts
        self._loading: asyncio.Task[None] | None = None
        self._not_ready_because = "The engine is loading."

    @classmethod
    def from_settings(cls, settings: Settings) -> EditXEngine:
        """Build the engine the settings describe; nothing heavy is loaded yet. Raises EngineError if it cannot be."""
        cache = TokenCache.from_settings(settings)
        transcribers = Transcribers.from_settings(settings)
        backend, because = choose_backend(settings, cache, transcribers)
        workers = settings.max_concurrent_jobs
        return cls(
            backend=backend,
            chosen_because=because,
            transcribers=transcribers,
            voices=VoiceLibrary(settings.cache_dir / "voices", settings.max_saved_voices),
            consents=ConsentLibrary(settings.cache_dir / "consents", settings.max_saved_voices),
            cache=cache,
            scheduler=Scheduler(workers, workers + settings.max_queue),
            max_input_chars=settings.max_input_chars,
            max_audio_s=settings.max_audio_s,
            fills_transcripts=settings.enable_auto_transcribe,
        )

    async def start(self) -> None:
        """Begin to load the backend; returns at once. `status` tells when it is ready."""
        self._loading = asyncio.create_task(self._load())

    async def stop(self, wait_s: float = 3.0) -> None:
        """Stop all jobs and free the workers."""
        self._not_ready_because = "The service is shutting down."
        if self._loading is not None:
            self._loading.cancel()
        await asyncio.to_thread(self._scheduler.close, wait_s)

    @property
    def sample_rate(self) -> int:
        """The rate of speech the backend makes, in Hz."""
        return self._backend.sample_rate

    def status(self) -> EngineStatus:
        """What the engine does now; never blocks."""
        return EngineStatus(
            is_ready=not self._not_ready_because,
            reason=self._not_ready_because,
            chosen_because=self._chosen_because,
            backend=self._backend.status(),
            n_running=self._scheduler.n_running,
            n_waiting=self._scheduler.n_waiting,
        )

    def variant_for(self, variant: str | None) -> str:
        """The model variant that answers when `variant` is asked for."""
        return self._backend.variant_for(variant)

    def transcription_models(self) -> list[str]:
        """The Whisper models a TranscribeRequest may name."""
        return self._transcribers.known_models()

    def check_clone(self, request: CloneRequest) -> None:
        """Raise what is wrong with the request, before any work. Cheap."""
        self._check_text(request.text, "input")
        edits.check_intensity(request.intensity)
        _check_speed(request.speed)
        self._check_reference(request.reference)
        for edit in request.edits:
            if edit.task == "paralinguistic":
                _check_sounds_named(edit, request.text)

    def check_edit(self, request: EditRequest) -> None:
        """Raise what is wrong with the request, before any work. Cheap."""
        _check_speed(request.speed)
        self._check_clip(request.audio, "input_audio")
        if request.edit.task == "paralinguistic":
            _check_sounds_named(request.edit, request.text)
            self._check_length(request.text or "", "input")

    def clone(self, request: CloneRequest, control: JobControl) -> AsyncGenerator[Audio, None]:
        """Yield the speech piece by piece, at `sample_rate`. Raises EngineErrors before the first piece."""
        request = replace(request, seed=_seed(request.seed))
        return self._run(
            "clone",
            request.variant,
            lambda: self.check_clone(request),
            lambda: self._clone_steps(request, control),
            control,
        )

    def edit(self, request: EditRequest, control: JobControl) -> AsyncGenerator[Audio, None]:
        """Yield the edited clip piece by piece, all at one rate. Raises EngineErrors before the first piece."""
        request = replace(request, seed=_seed(request.seed))
        label = f"{request.edit.task}/{request.edit.tag}" if request.edit.tag else request.edit.task
        return self._run(
            label,
            request.variant,
            lambda: self.check_edit(request),
            lambda: self._edit_steps(request, control),
            control,
        )

    def transcribe(self, request: TranscribeRequest, control: JobControl) -> AsyncGenerator[Segment, None]:
        """Yield the transcript segment by segment; a silent clip yields none. Raises EngineErrors."""

        def check() -> None:
            self._transcribers.check(request)
            self._check_clip(request.audio, "file", may_be_silent=True)

        return self._run("transcribe", None, check, lambda: self._transcribers.transcribe(request, control), control)

    async def create_voice(
        self,
        name: str,
        audio: Audio,
        control: JobControl,
        *,
        transcript: str = "",
        locale: str = "",
        gender: str = "",
        description: str = "",
    ) -> VoiceInfo:
        """Save a voice; Whisper fills in a missing transcript and language. Raises as VoiceLibrary.create."""
        await asyncio.to_thread(self.voices.check_name, name)
        await asyncio.to_thread(self._check_clip, audio, "audio_sample")
        if not transcript and self._fills_transcripts:
            segments = [s async for s in self.transcribe(TranscribeRequest(audio), control)]
            transcript = "".join(s.text for s in segments).strip()
            locale = locale or (segments[0].language if segments else "")
        return await asyncio.to_thread(
            self.voices.create, name, audio, transcript, locale=locale, gender=gender, description=description
        )

    # ---- how a job runs -------------------------------------------------------------------------------------------

    async def _load(self) -> None:
        def load() -> Iterator[None]:
            self._backend.load()
            yield

        try:
            async for _ in self._scheduler.run(load, JobControl()):
                pass
        except Exception as error:
            logger.exception("the backend did not load")
            why = error.message if isinstance(error, EngineError) else "the server's log says why."
            self._not_ready_because = f"The backend did not load: {why}"
            return
        self._not_ready_because = ""
        logger.info("ready: backend=%s", self._backend.name)

    async def _run(
        self,
        label: str,
        variant: str | None,
        check: Callable[[], None],
        steps: Callable[[], Iterator[T]],
        control: JobControl,
    ) -> AsyncGenerator[T, None]:
        if self._not_ready_because:
            raise NotReady(self._not_ready_because)
        await asyncio.to_thread(check)  # looking for sound in ten minutes of audio takes half a second
        times, audio_s, outcome = JobTimes(), 0.0, "abandoned"
        stream = self._scheduler.run(steps, control, times)
        try:
            async for item in stream:
                audio_s += item.duration_s if isinstance(item, Audio) else 0.0
                yield item
            outcome = "done"
        except Exception as error:
            outcome = getattr(error, "code", type(error).__name__)
            raise
        finally:
            await stream.aclose()
            logger.info(
                "job task=%s backend=%s variant=%s queue_s=%.2f audio_s=%.2f compute_s=%.2f rtf=%s outcome=%s",
                label,
                self._backend.name,
                self._backend.variant_for(variant),
                times.queued_s,
                audio_s,
                times.compute_s,
                f"{times.compute_s / audio_s:.2f}" if audio_s else "-",
                outcome,
            )

    # ---- clone ----------------------------------------------------------------------------------------------------

    def _clone_steps(self, request: CloneRequest, control: JobControl) -> Iterator[Audio]:
        voice = self._voice(request.reference, control)
        sounds, others = _split_off_sounds(request.edits)
        text = _with_final_sound(request.text, sounds)
        limits = self._backend.text_limits
        pieces = split_text(text, limits.max_chars, limits.max_han_chars)
        level, is_spoken = _LevelKeeper(), False
        for n, piece in enumerate(pieces):
            control.progress(n / len(pieces), "speaking")
            job = CloneJob(
                piece,
                voice,
                request.intensity,
                (request.seed or 0) + n,
                sounds.intensity * sounds.iterations if sounds else 1.0,
                request.variant,
            )
            for spoken in self._backend.clone(job, control):
                result = level.kept(spoken)
                for edit in others:
                    result = self._edited(EditJob(edit, result, piece, None, job.seed, request.variant), control)
                result = result.resampled(self.sample_rate)
                is_spoken = True
                yield edge_faded(_limited(stretched(result, request.speed, control)))
        if not is_spoken:  # letters that pass for readable, but no dictionary has them
            raise UnspeakableText("'input' holds nothing that can be spoken.", param="input")
        control.progress(1.0, "done")

    def _voice(self, reference: Reference, control: JobControl) -> Voice:
        if reference.audio is None:
            return self.voices.find(reference.voice or "")
        transcript = reference.transcript or ""
        if not transcript and self._backend.needs_transcript("clone"):
            transcript = self._heard(reference.audio, control)
        return Voice("", "", reference.audio, transcript)

    def _heard(self, audio: Audio, control: JobControl) -> str:
        if not self._fills_transcripts:
            return ""
        segments = self._transcribers.transcribe(TranscribeRequest(audio), control)
        return "".join(segment.text for segment in segments).strip()

    # ---- edit -----------------------------------------------------------------------------------------------------

    def _edit_steps(self, request: EditRequest, control: JobControl) -> Iterator[Audio]:
        edit = request.edit
        pieces = list(split_at_silences(request.audio, min(self._backend.max_audio_s(edit.task), self._max_audio_s)))
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
        transcript = request.transcript if is_whole else None
        if not transcript and self._backend.needs_transcript(edit.task):
            transcript = self._heard(piece, control)
        job = EditJob(edit, piece, transcript, request.text, (request.seed or 0) + number, request.variant)
        try:
            return self._edited(job, control)
        except SilentAudio:
            if is_whole:
                raise
            return _unchanged_silence(edit, piece)  # a stretch without speech inside a longer clip is no mistake

    def _edited(self, job: EditJob, control: JobControl) -> Audio:
        """One edit with all its iterations, collected."""
        rounds = 1 if self._backend.folds_iterations else job.edit.iterations
        for _ in range(rounds):
            job = replace(job, audio=joined(list(self._backend.edit(job, control))))
        return job.audio

    # ---- checks ---------------------------------------------------------------------------------------------------

    def _check_text(self, text: str, param: str) -> None:
        plain, sounds = edits.split_sounds(text, param)
        if not plain.strip() and not sounds:
            raise EmptyText(param)
        self._check_length(text, param)
        if plain.strip():
            self._backend.check_text(plain, param)

    def _check_length(self, text: str, param: str) -> None:
        if len(text) > self._max_input_chars:
            raise TextTooLong(self._max_input_chars, len(text), param)

    def _check_reference(self, reference: Reference) -> None:
        if (reference.voice is None) == (reference.audio is None):
            raise InvalidRequest("Give either a voice or a reference clip, not both and not neither.", param="voice")
        if reference.voice is not None:
            self.voices.info(reference.voice)
        if reference.audio is not None:
            self._check_clip(reference.audio, "prompt_audio")

    def _check_clip(self, audio: Audio, param: str, may_be_silent: bool = False) -> None:
        if audio.duration_s < MIN_CLIP_S:
            raise AudioTooShort(
                f"'{param}' lasts {audio.duration_s:.2f} s; at least {MIN_CLIP_S:g} s are needed.", param=param
            )
        if audio.duration_s > self._max_audio_s:
            raise AudioTooLong(
                f"'{param}' lasts {audio.duration_s:.0f} s; the limit is {self._max_audio_s:g} s.", param=param
            )
        if not may_be_silent:
            require_sound(audio, param)


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


def _seed(seed: int | None) -> int:
    return secrets.randbelow(2**31) if seed is None else seed


def _check_speed(speed: float) -> None:
    low, high = SPEED_RANGE
    if not low <= speed <= high:
        raise OutOfRange("speed", low, high, speed)


def _check_sounds_named(edit: Edit, text: str | None) -> None:
    """A paralinguistic edit must say which sound: by tags in the text, or by its own tag."""
    _, sounds = edits.split_sounds(text or "")
    if not sounds and not edit.tag:
        known = " ".join(f"[{tag}]" for tag in edits.CATALOGUE["paralinguistic"].tags)
        raise InvalidRequest(
            f"'input' holds no sound tag: put one where the sound belongs. Tags: {known}", param="input"
        )


def _split_off_sounds(wanted: tuple[Edit, ...]) -> tuple[Edit | None, list[Edit]]:
    """The paralinguistic edit, which is made while speaking, and the others, which follow."""
    sounds = [edit for edit in wanted if edit.task == "paralinguistic"]
    return (sounds[-1] if sounds else None), [edit for edit in wanted if edit.task != "paralinguistic"]


def _with_final_sound(text: str, sounds: Edit | None) -> str:
    """The text, with the edit's own tag at its end when the text holds none."""
    if sounds is None or not sounds.tag or edits.split_sounds(text)[1]:
        return text
    return f"{text} [{sounds.tag}]"
