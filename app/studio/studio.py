"""Studio: makes takes, and does all else that is done to sessions, for every door alike.

It turns a step and its parent take into an engine job and keeps the result. Its methods are for the event loop: what
reads, writes, encodes or waits for a lock runs in the engine's executors.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from app.engine.chinese import HAN_CHAR
from app.engine.edits import make_edit
from app.engine.engine import EditXEngine
from app.engine.errors import NoSound, NotReady, QueueFull
from app.engine.job import JobControl
from app.engine.library.voices import VoiceInfo
from app.engine.requests import CloneRequest, EditRequest, Reference, TranscribeRequest
from app.engine.script import parse_script, without_sound_tags
from app.engine.sound.audio import Audio, joined
from app.studio.session import Session
from app.studio.store import TakeStore
from app.studio.takes import Step, Take, TakeTree

logger = logging.getLogger(__name__)

SWEEP_S = 60.0  # how often the store is looked through for what is too old or too much


@dataclass(frozen=True, slots=True)
class Made:
    """The end of a job: the take it became."""

    take: Take


class Studio:
    """Runs steps over one engine and keeps what they make in one store."""

    def __init__(self, engine: EditXEngine, store: TakeStore) -> None:
        self.engine = engine
        self.store = store
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the engine, and sweep the store now and every SWEEP_S; returns at once."""
        await self.engine.start()
        self._sweeping = asyncio.create_task(self._keep_swept())

    async def stop(self) -> None:
        """Stop sweeping, then the engine."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        await self.engine.stop()

    # ---- sessions -------------------------------------------------------------------------------------------------

    async def tree(self, session: Session) -> TakeTree:
        """The takes of a session as they are now."""
        return await self.engine.files.run(session.tree)

    async def change(self, session: Session, change: Callable[[TakeTree], object]) -> None:
        """Change the tree and keep it. Raises what `change` raises, SessionTooNew."""

        def apply() -> None:
            with session.changing() as tree:
                change(tree)

        await self.engine.files.run(apply)

    async def sound(self, session: Session, take_id: str) -> Audio:
        """The sound of a take. Raises UnknownTake."""
        return await self.engine.media.run(session.audio, take_id)

    async def derived(self, session: Session, take_id: str, name: str, make: Callable[[Audio], bytes]) -> bytes:
        """What `make` gives for the sound of a take, made once and kept with it. Raises UnknownTake."""
        return await self.engine.media.run(session.derived, take_id, name, make)

    async def bring(self, session: Session, audio: Audio, name: str) -> Take:
        """Keep a recording as a take. Raises BadAudio, StorageFailed, SessionTooNew."""

        def keep() -> Take:
            self.engine.check_recording(audio)
            return session.add(audio, name=name)

        return await self.engine.media.run(keep)

    # ---- voices ---------------------------------------------------------------------------------------------------

    async def use_library_voice(self, session: Session, voice_id: str) -> Take:
        """Stand on the take that holds this voice of the library, made where the session has none yet, and clone in it.

        Raises UnknownVoice, StorageFailed, SessionTooNew.
        """
        voice = await self.engine.files.run(self.engine.voices.find, voice_id)
        tree = await self.tree(session)
        take = next((t for _, t in tree.rows() if t.voice == voice.id and t.step is None), None)
        if take is None:
            take = await self.engine.media.run(
                session.add,
                voice.reference,
                name=voice.name,
                transcript=voice.transcript,
                language=voice.locale.split("-")[0],
                voice=voice.id,
            )
        chosen = take.id

        def use(tree: TakeTree) -> None:
            tree.select(chosen)
            tree.use_voice(chosen)

        await self.change(session, use)
        return take

    async def note_transcript(self, session: Session, take_id: str, transcript: str) -> None:
        """Keep what somebody says is spoken in a take. Raises UnknownTake, SessionTooNew."""
        words = transcript.strip()
        take = (await self.tree(session)).take(take_id)
        if take.transcript != words:
            await self.change(session, lambda tree: tree.annotate(take_id, words, take.language))

    async def listen(self, session: Session, take_id: str, control: JobControl) -> None:
        """Let Whisper write down what is spoken in a take, unless somebody has done so when it ends.

        Raises UnknownTake, SessionTooNew, and what the engine raises.
        """
        audio = await self.sound(session, take_id)
        segments = [segment async for segment in self.engine.transcribe(TranscribeRequest(audio), control)]
        words = "".join(segment.text for segment in segments).strip()
        language = segments[0].language if segments else ""

        def note(tree: TakeTree) -> None:
            if not tree.take(take_id).transcript:
                tree.annotate(take_id, words, language)

        await self.change(session, note)

    async def save_voice(
        self, session: Session, take_id: str, name: str, transcript: str, control: JobControl
    ) -> VoiceInfo:
        """Put a take into the library of voices. Raises UnknownTake, and as `EditXEngine.create_voice`."""
        take = (await self.tree(session)).take(take_id)
        audio = await self.sound(session, take_id)
        return await self.engine.create_voice(name, audio, control, transcript=transcript.strip(), locale=take.language)

    # ---- jobs -----------------------------------------------------------------------------------------------------

    async def run(
        self, session: Session, take: Take, steps: Sequence[Step], begin: Callable[[Step, Take], JobControl]
    ) -> AsyncGenerator[Audio | Made, None]:
        """Make a chain of takes, each from the one before, as `make` does; `begin` gives the control of each job.

        A chain whose later steps cannot be done is refused before its first take. Closing it stops the job under way;
        the takes made until then stay.
        """
        if len(steps) > 1:
            await self.engine.media.run(self._check, take, await self.sound(session, take.id), steps)
        for step in steps:
            async with aclosing(self.make(session, take, step, begin(step, take))) as items:
                async for item in items:
                    take = item.take if isinstance(item, Made) else take
                    yield item

    async def make(
        self, session: Session, parent: Take, step: Step, control: JobControl
    ) -> AsyncGenerator[Audio | Made, None]:
        """Yield the sound piece by piece, then the take. Closing it stops the job; nothing is kept then.

        Raises UnknownTake and whatever the engine raises.
        """
        source = await self.sound(session, parent.id)
        request = _request(step, parent, source)
        pieces: list[Audio] = []
        async with aclosing(self._job(request, control)) as chunks:
            async for piece in chunks:
                pieces.append(piece)
                yield piece
        if not pieces:
            raise NoSound
        take = await self.engine.media.run_admitted(
            session.add,
            joined(pieces),
            step=step,
            parent_id=parent.id,
            transcript=_words_after(request, parent),
            language="" if step.task == "clone" else parent.language,
            compute_s=control.times.compute_s,
            warnings=tuple(control.warnings),
            finish_reason=control.finish_reason,
        )
        yield Made(take)

    # ---- helpers --------------------------------------------------------------------------------------------------

    async def _keep_swept(self) -> None:
        while True:
            try:
                for sweep in (self.engine.voices.sweep, self.engine.consents.sweep, self.store.sweep):
                    await self.engine.files.run(sweep)
            except NotReady:  # the service is shutting down
                return
            except (QueueFull, OSError) as fault:
                logger.warning("takes were not swept: %s", fault)
            await asyncio.sleep(SWEEP_S)

    def _check(self, source: Take, audio: Audio, steps: Sequence[Step]) -> None:
        """Raise what is wrong with any of the steps, as far as it does not depend on what those before it make."""
        for step in steps:
            request = _request(step, source, audio)
            if isinstance(request, CloneRequest):
                self.engine.check_clone(request)
            else:
                self.engine.check_edit(request)

    def _job(self, request: CloneRequest | EditRequest, control: JobControl) -> AsyncGenerator[Audio, None]:
        if isinstance(request, CloneRequest):
            return self.engine.clone(request, control)
        return self.engine.edit(request, control)


def _request(step: Step, parent: Take, audio: Audio) -> CloneRequest | EditRequest:
    """What a step asks of the engine; `audio` is the sound of its parent."""
    transcript = without_sound_tags(parent.transcript) or None
    script = parse_script(step.text)
    if step.task == "clone":
        reference = Reference(audio=audio, transcript=transcript)
        return CloneRequest(script, reference, step.intensity, step.speed, step.seed, step.variant)
    edit = make_edit(step.task, step.tag, step.intensity, step.iterations)
    tagged = script if edit.task == "paralinguistic" else None
    return EditRequest(edit, audio, transcript, tagged, step.speed, step.seed, step.variant)


def expected_s(step: Step, parent: Take) -> float:
    """About how many seconds of sound the step will make: what progress is measured against before any is there."""
    if step.task != "clone":
        return parent.duration_s / step.speed
    n_han = len(HAN_CHAR.findall(step.text))
    return (0.065 * (len(step.text) - n_han) + 0.24 * n_han) / step.speed


def _words_after(request: CloneRequest | EditRequest, parent: Take) -> str:
    """What is said in the result."""
    words = " ".join(request.script.text.split()) if request.script else ""
    return words if isinstance(request, CloneRequest) else words or parent.transcript
