"""EditXEngine: what both doors call. It lets requests in, runs them through the scheduler and reports what it is doing.

What is let in says `admission.py`, what it means in pieces of text and sound `pieces.py`; how sound is made is the
backend's business.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from app.cache.token_cache import TokenCache
from app.engine.admission import Admission, check_readable
from app.engine.backend import Backend, BackendStatus
from app.engine.backends import Resources, choose_backend, weights_of
from app.engine.content.aligning import aligned
from app.engine.content.checking import (
    Checking,
    checked_fillers,
    checked_rewrite,
    spoken_s,
    warn_of_other_transcript,
)
from app.engine.content.fillers import Fillers
from app.engine.content.rewrite import Rewriter
from app.engine.content.words import Words
from app.engine.errors import ConsentMissing, EngineError, NobodySpeaks, NotReady, PartMissing
from app.engine.executors import BoundedExecutor, in_own_thread
from app.engine.facts.fact import Fact, Note
from app.engine.facts.reasons import LoadFailed, Loading, SeeLog, ShuttingDown
from app.engine.facts.warnings import ConsentUnknown, NearMiss, NoSuchSound, SpeechNotFound
from app.engine.hearing.languages import main_language
from app.engine.hearing.transcribers import Transcribers
from app.engine.job import JobControl, JobReport, Listener
from app.engine.lexicon import NO_WORDS, Lexicon
from app.engine.library.consents import ConsentLibrary
from app.engine.library.voices import VoiceInfo, VoiceLibrary
from app.engine.options import SPEED_RANGE, drawn_seed
from app.engine.pieces import PieceWork
from app.engine.pronunciations import read_lexicon
from app.engine.queueing.estimates import Queueing, Work
from app.engine.reading import ReadSpan
from app.engine.requests import CloneRequest, EditRequest, FillersRequest, RewriteRequest, Segment, TranscribeRequest
from app.engine.scheduling import Scheduler
from app.engine.script import Script
from app.engine.sound.audio import Audio
from app.engine.steps import NothingYet
from app.engine.weights_check import Weights, WeightsCheck

if TYPE_CHECKING:
    from app.engine.parts.parts import Parts
    from app.settings import Settings

logger = logging.getLogger(__name__)

T = TypeVar("T")
FILE_THREADS, MAX_WAITING_FILES = 4, 256
MEDIA_THREADS, DECODING_THREADS, DRAWING_THREADS = 2, 2, 1  # small: they share the cores with the jobs
MAX_WAITING_MEDIA = 64  # of each kind


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the engine does now.

    `reason` says why it is not ready, None when it is; `chosen_because` why this backend answers; `changed_weights`
    what is wrong with files of weights since they were verified.
    """

    is_ready: bool
    is_loading: bool
    reason: Fact | None
    chosen_because: Note
    backend: BackendStatus
    n_running: int
    n_waiting: int
    changed_weights: tuple[Note, ...] = ()


class EditXEngine:
    """The one engine behind page and API. All methods are for the event loop; the work happens in the scheduler.

    Doors and studio run in `files` what touches the disk, in `decoding` what reads recordings, in `drawing` what
    pictures show, in `media` all else that shapes sound: what one kind of work waits for holds up no other.
    """

    def __init__(
        self,
        *,
        backend: Backend,
        chosen_because: Note,
        transcribers: Transcribers,
        voices: VoiceLibrary,
        consents: ConsentLibrary,
        cache: TokenCache,
        scheduler: Scheduler,
        max_input_chars: int,
        max_audio_s: float,
        fills_transcripts: bool = True,
        requires_consent: bool = False,
        lexicon: Lexicon = NO_WORDS,
        weights: Sequence[Weights] = (),
    ) -> None:
        self.weights = WeightsCheck(weights)
        self.listeners: list[Callable[[JobReport], None]] = []  # told of each job's end, on the event loop
        self.voices = voices
        self.consents = consents
        self.cache = cache
        self._backend = backend
        self._chosen_because = chosen_because
        self._transcribers = transcribers
        self._scheduler = scheduler
        self._fills_transcripts = fills_transcripts
        self._requires_consent = requires_consent
        self._lexicon = lexicon
        self.admission = Admission(
            backend,
            voices,
            consents,
            max_input_chars=max_input_chars,
            max_audio_s=max_audio_s,
            requires_consent=requires_consent,
        )
        self.files = BoundedExecutor("files", threads=FILE_THREADS, max_waiting=MAX_WAITING_FILES)
        self.media = BoundedExecutor("media", threads=MEDIA_THREADS, max_waiting=MAX_WAITING_MEDIA)
        self.decoding = BoundedExecutor("decoding", threads=DECODING_THREADS, max_waiting=MAX_WAITING_MEDIA)
        self.drawing = BoundedExecutor("drawing", threads=DRAWING_THREADS, max_waiting=MAX_WAITING_MEDIA)
        self._work = PieceWork(backend, voices, transcribers, max_audio_s, fills_transcripts=fills_transcripts)
        self._rewriter = Rewriter(backend, transcribers)
        self._fillers = Fillers(transcribers)
        self._loaded: Future[None] | None = None
        self._loading: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._not_ready_because: Fact | None = Loading()

    @classmethod
    def from_settings(cls, settings: Settings, parts: Parts) -> EditXEngine:
        """Build the engine the settings describe; nothing heavy is loaded yet. Raises EngineError if it cannot be."""
        cache = TokenCache.from_settings(settings)
        transcribers = Transcribers.from_settings(settings, parts)
        backend, because = choose_backend(settings, Resources(parts, cache, transcribers))
        lexicon = read_lexicon(settings.lexicon) if settings.lexicon else NO_WORDS
        check_readable(lexicon, backend, "--lexicon")
        workers = settings.max_concurrent_jobs
        return cls(
            backend=backend,
            chosen_because=because,
            transcribers=transcribers,
            voices=VoiceLibrary(settings.cache_dir / "voices", settings.max_saved_voices),
            consents=ConsentLibrary(settings.cache_dir / "consents", settings.max_saved_voices),
            cache=cache,
            scheduler=Scheduler(workers, workers + settings.max_queue, settings.max_queued_audio_s),
            max_input_chars=settings.max_input_chars,
            max_audio_s=settings.max_audio_s,
            fills_transcripts=settings.enable_auto_transcribe,
            requires_consent=settings.require_consent,
            lexicon=lexicon,
            weights=weights_of(backend, settings, parts),
        )

    def begin_to_load(self) -> None:
        """Load the backend from now on, if doors may be imported meanwhile. Without this, `start` begins with it."""
        if self._backend.loads_beside_doors:
            self._loaded = in_own_thread("loading", self._backend.load)

    async def start(self) -> None:
        """Begin to load the backend, unless that has begun; returns at once. `status` says when it is ready."""
        self.weights.start()
        loaded = self._loaded or in_own_thread("loading", self._backend.load)
        self._loading = asyncio.create_task(self._load(loaded))

    async def loaded(self) -> None:
        """Return once the backend is loaded, or did not load."""
        if self._loading is not None:
            await asyncio.wait({self._loading})

    async def stop(self, wait_s: float = 3.0) -> None:
        """Stop all jobs and free the workers. A second call waits for the first."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop(wait_s))
        await asyncio.shield(self._stopping)

    async def _stop(self, wait_s: float) -> None:
        self._not_ready_because = ShuttingDown()
        self.weights.stop()
        if self._loading is not None:
            self._loading.cancel()
        await self.files.run_admitted(self._scheduler.close, wait_s)
        executors = (self.files, self.media, self.decoding, self.drawing)
        await asyncio.gather(*(executor.close(wait_s) for executor in executors))

    def refuse_jobs(self) -> None:
        """Take no further job: the service is about to stop. Those under way go on."""
        self._not_ready_because = ShuttingDown()

    @property
    def is_busy(self) -> bool:
        """True while a job runs or waits."""
        return self._scheduler.n_running + self._scheduler.n_waiting > 0

    @property
    def is_loading(self) -> bool:
        """True until the backend is loaded, or did not load."""
        return isinstance(self._not_ready_because, Loading)

    @property
    def max_jobs(self) -> int:
        """Jobs that run and wait at most; further ones are refused."""
        return self._scheduler.max_jobs

    @property
    def backend_name(self) -> str:
        """The name of the backend that answers."""
        return self._backend.name

    @property
    def sample_rate(self) -> int:
        """The rate of speech the backend makes, in Hz."""
        return self._backend.sample_rate

    def status(self) -> EngineStatus:
        """What the engine does now. Looks at files of weights: call it in `files`."""
        return EngineStatus(
            is_ready=self._not_ready_because is None,
            is_loading=self.is_loading,
            reason=self._not_ready_because,
            chosen_because=self._chosen_because,
            backend=self._backend.status(),
            n_running=self._scheduler.n_running,
            n_waiting=self._scheduler.n_waiting,
            changed_weights=self.weights.changed,
        )

    def reserve(self, control: JobControl, *, while_loading: bool = False) -> None:
        """Hold a place in the queue for the job of this control; stopping the control frees it.

        A door calls it before it fetches or decodes a clip; `while_loading` where the backend has no part in what
        follows. Raises NotReady, QueueFull at once.
        """
        if self._not_ready_because is not None and not (while_loading and self.is_loading):
            raise NotReady(self._not_ready_because)
        self._scheduler.reserve(control)

    def queueing(self, control: JobControl) -> Queueing | None:
        """Where a job waits now; None where it has begun, or only holds a place."""
        return self._scheduler.queueing(control)

    def queue_position(self, control: JobControl) -> int:
        """The place of a waiting job in the queue, 1 for the next; 0 where it has begun, or only holds a place."""
        queueing = self.queueing(control)
        return 0 if queueing is None else queueing.position

    def has_begun(self, control: JobControl) -> bool:
        """Whether the job of this control has begun and is not over."""
        return self._scheduler.has_begun(control)

    def variant_for(self, variant: str | None, param: str = "variant") -> str:
        """The model variant that answers when `variant` is asked for. Raises VariantMissing, naming `param`."""
        return self._backend.variant_for(variant, param)

    def transcription_models(self) -> list[str]:
        """The Whisper models a TranscribeRequest may name."""
        return self._transcribers.known_models()

    def clone(self, request: CloneRequest, control: JobControl) -> AsyncGenerator[Audio, None]:
        """Yield the speech piece by piece, at `sample_rate`. Raises EngineErrors before the first piece."""
        request = replace(request, script=self._pronounced(request.script), seed=drawn_seed(request.seed))
        _warn_of_near_misses(request.script, control)
        return self._run(
            "clone",
            request.variant,
            lambda: self.admission.check_clone(request),
            lambda: self._work.clone(request, control),
            control,
            audio_s=spoken_s(request.script.text, len(request.script.sounds)) / max(SPEED_RANGE[0], request.speed),
            has_clip=request.reference.audio is not None,
        )

    def edit(self, request: EditRequest, control: JobControl) -> AsyncGenerator[Audio, None]:
        """Yield the edited clip piece by piece, all at one rate. Raises EngineErrors before the first piece."""
        request = replace(request, seed=drawn_seed(request.seed))
        _warn_of_near_misses(request.script, control)
        label = f"{request.edit.task}/{request.edit.tag}" if request.edit.tag else request.edit.task
        return self._run(
            label,
            request.variant,
            lambda: self.admission.check_edit(request),
            lambda: self._work.edit(request, control),
            control,
            audio_s=request.audio.duration_s,
        )

    def rewrite(self, request: RewriteRequest, control: JobControl) -> AsyncGenerator[Audio, None]:
        """Yield the recording with other words, whole. `control.stretches` tells before what changed.

        Raises EngineErrors before it.
        """
        request = replace(request, seed=drawn_seed(request.seed))
        return self._run(
            "rewrite",
            request.variant,
            lambda: self.admission.check_rewrite(request),
            lambda: self._rewritten(request, control),
            control,
            audio_s=request.audio.duration_s,
        )

    def _rewritten(self, request: RewriteRequest, control: JobControl) -> Iterator[Audio]:
        rewrite = partial(self._rewriter.rewrite, control=control)
        if request.check is None:
            return rewrite(request)
        return checked_rewrite(Checking(request.check, self._transcribers, control), rewrite, request)

    def remove_fillers(self, request: FillersRequest, control: JobControl) -> AsyncGenerator[Audio, None]:
        """Yield the recording without fillers, whole. `control.stretches` tells before what was taken out.

        Raises EngineErrors before it.
        """
        return self._run(
            "fillers",
            None,
            lambda: self.admission.check_clip(request.audio, request.param),
            lambda: self._without_fillers(request, control),
            control,
            audio_s=request.audio.duration_s,
        )

    def _without_fillers(self, request: FillersRequest, control: JobControl) -> Iterator[Audio]:
        remove = partial(self._fillers.remove, control=control)
        if request.check is None:
            return remove(request)
        return checked_fillers(Checking(request.check, self._transcribers, control), remove, request)

    def transcribe(self, request: TranscribeRequest, control: JobControl) -> AsyncGenerator[Segment, None]:
        """Yield the transcript segment by segment; a silent clip yields none. Raises EngineErrors."""

        def check() -> None:
            self._transcribers.check(request)
            self.admission.check_clip(request.audio, "file", may_be_silent=True)

        return self._run(
            "transcribe",
            None,
            check,
            lambda: self._transcribers.transcribe(request, control),
            control,
            audio_s=request.audio.duration_s,
        )

    async def timed_words(self, audio: Audio, transcript: str, control: JobControl) -> Words:
        """What is said in a sound and when: as the sound knows it, else as Whisper aligns the transcript, or what it
        hears where that is another or "". Raises as `heard`.
        """
        if audio.words is not None:
            return audio.words
        return await self.media.run_admitted(aligned, await self.heard(audio, control), transcript)

    async def heard(self, audio: Audio, control: JobControl) -> list[Segment]:
        """What Whisper writes down of a sound of our own, which may be of any length. Raises PartMissing, as a job."""
        request = TranscribeRequest(audio)
        stream = self._run(
            "transcribe",
            None,
            lambda: None,
            lambda: self._transcribers.transcribe(request, control),
            control,
            audio_s=audio.duration_s,
        )
        return [segment async for segment in stream]

    async def read(self, script: Script, param: str) -> list[ReadSpan]:
        """How the text will be read. Raises as `clone` for a text that cannot be spoken; NotReady, QueueFull."""
        if self._not_ready_because is not None:
            raise NotReady(self._not_ready_because)

        pronounced = self._pronounced(script)

        def checked() -> list[ReadSpan]:
            self.admission.check_lexicon(script.lexicon, "step_audio.pronunciations")
            self.admission.check_script(pronounced, param)
            return self._backend.read(pronounced)

        return await self.media.run(checked)

    async def examine_reference(self, audio: Audio, control: JobControl, param: str) -> None:
        """Warn of what makes a voice from this recording poor. Raises NobodySpeaks, naming `param`."""
        await self.media.run(self._transcribers.examine_reference, audio, control, param)

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
        consent: str = "",
        owner: str = "",
        is_shared: bool = False,
    ) -> VoiceInfo:
        """Save a voice; Whisper fills in a missing transcript and language, and is asked whether a given one is said.

        Warns of what makes a voice poor, and of a consent that does not exist. Raises NobodySpeaks for a recording
        without a transcript in which no speech is found, as VoiceLibrary.create, and ConsentMissing where one is
        required.
        """
        await self.files.run(self.voices.check_name, name, owner)
        if not await self.files.run(self.admission.is_consent, consent):
            if self._requires_consent:
                raise ConsentMissing
            if consent:
                control.warn(ConsentUnknown(consent))
            consent = ""
        await self.media.run(self.admission.check_clip, audio, "audio_sample")
        try:
            await self.examine_reference(audio, control, "audio_sample")
        except NobodySpeaks:
            if not transcript:
                raise
            control.warn(SpeechNotFound())  # whoever writes down what is said has heard it: detectors miss whispers
        if self._fills_transcripts:
            segments = await self._heard(audio, control, is_needed=not transcript)
            heard = "".join(s.text for s in segments).strip()
            await self.media.run_admitted(warn_of_other_transcript, transcript, heard, control)
            transcript = transcript or heard
            locale = locale or main_language(segments)
        control.cancel()  # a place held for the transcript is free again
        return await self.files.run(
            self.voices.create,
            name,
            audio,
            transcript,
            locale=locale,
            gender=gender,
            description=description,
            consent=consent,
            owner=owner,
            is_shared=is_shared,
        )

    async def _heard(self, audio: Audio, control: JobControl, *, is_needed: bool) -> list[Segment]:
        """What Whisper writes down; nothing where it is missing and not needed. Raises as `transcribe`."""
        try:
            return [segment async for segment in self.transcribe(TranscribeRequest(audio), control)]
        except PartMissing:
            if is_needed:
                raise
            return []

    # ---- how a job runs -------------------------------------------------------------------------------------------

    async def _load(self, loaded: Future[None]) -> None:
        try:
            await asyncio.wrap_future(loaded)
        except Exception as error:
            logger.exception("the backend did not load")
            self._not_ready_because = LoadFailed(error if isinstance(error, EngineError) else SeeLog())
            return
        self._not_ready_because = None
        logger.info("ready: backend=%s", self._backend.name)

    async def _run(
        self,
        label: str,
        variant: str | None,
        check: Callable[[], None],
        steps: Callable[[], Iterator[T]],
        control: JobControl,
        *,
        audio_s: float,
        has_clip: bool = True,
    ) -> AsyncGenerator[T, None]:
        """`audio_s` is about the sound that the job makes or reads."""
        self.reserve(control)
        try:
            # Looking for sound in ten minutes of audio takes half a second; looking a voice up reads its file.
            await (self.media if has_clip else self.files).run_admitted(check)
            self._scheduler.expect(control, Work(label.partition("/")[0], audio_s))
        except BaseException:
            control.cancel()
            raise
        context = contextvars.copy_context()  # another task may close this generator, yet the line below is of the job
        listener, outcome = Listener(), "abandoned"
        stream = self._scheduler.run(steps, control)
        try:
            async for item in stream:
                if isinstance(item, NothingYet):
                    continue
                if isinstance(item, Audio):
                    listener.hear(item.duration_s)
                yield item
            outcome = "done"
        except Exception as error:
            outcome = getattr(error, "code", type(error).__name__)
            raise
        finally:
            await stream.aclose()
            if control.on_audio is not None:
                control.on_audio(listener.audio_s)
            context.run(self._report, control.report(label, outcome, listener), self._backend.variant_for(variant))

    def _report(self, job: JobReport, variant: str) -> None:
        logger.info(
            "job task=%s backend=%s variant=%s queue_s=%.2f first_s=%s audio_s=%.2f compute_s=%.2f rtf=%s"
            " underrun_s=%.2f outcome=%s",
            job.task,
            self._backend.name,
            variant,
            job.queued_s,
            "-" if job.first_s is None else f"{job.first_s:.2f}",
            job.audio_s,
            job.compute_s,
            f"{job.compute_s / job.audio_s:.2f}" if job.audio_s else "-",
            job.underrun_s,
            job.outcome,
        )
        for listener in self.listeners:
            listener(job)

    def _pronounced(self, script: Script) -> Script:
        """The script with the pronunciations of the service behind its own."""
        return replace(script, lexicon=script.lexicon.over(self._lexicon))


def _warn_of_near_misses(script: Script | None, control: JobControl) -> None:
    for miss in script.near_misses if script else ():
        control.warn(NearMiss("input", miss.written, miss.tag))
    for written in script.no_sounds if script else ():
        control.warn(NoSuchSound("input", written))
