"""Studio: makes takes, and does all else that is done to sessions, for every door alike.

It turns a step and its parent take into an engine job and keeps the result. Its methods are for the event loop: what
reads, writes, encodes or waits for a lock runs in the engine's executors.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from app.engine.content.aligning import aligned, realigned
from app.engine.content.words import is_said_by, text_of
from app.engine.engine import EditXEngine
from app.engine.errors import (
    EngineError,
    TakeMadeElsewhere,
    TakeNotUnderWay,
    TooManySessions,
    UnknownSession,
)
from app.engine.hearing.languages import main_language
from app.engine.job import JobControl
from app.engine.library.voices import VoiceInfo
from app.engine.sound.audio import Audio
from app.studio.making import Begin, Played, Spoken, check, play
from app.studio.session import Said, Session
from app.studio.store import TakeStore
from app.studio.sweeping import Sweeping
from app.studio.takes import Step, Take, TakeTree
from app.studio.works import Work, Works


@dataclass(frozen=True, slots=True)
class Made:
    """The end of a job: the take it became."""

    take: Take


def _of_nobody(session: Session) -> JobControl:
    return JobControl(caller=f"session {session.id}")


class Studio:
    """Runs steps over one engine and keeps what they make in one store."""

    def __init__(self, engine: EditXEngine, store: TakeStore) -> None:
        self.engine = engine
        self.store = store
        self.works = Works(engine)
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self, resumed: Callable[[Session], JobControl] = _of_nobody) -> None:
        """Start the engine, and the sweeping of what is kept; returns at once.

        `resumed` gives the control of a job of a take whose process was killed before it was made.
        """
        await self.engine.start()
        sweeping = Sweeping(self.engine, self.store, self.works, resumed)
        self._sweeping = asyncio.create_task(sweeping.run())

    async def stop(self) -> None:
        """Stop sweeping, leave what is under way to the next start, then stop the engine."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        await self.works.close()
        await self.engine.stop()

    # ---- sessions -------------------------------------------------------------------------------------------------

    async def tree(self, session: Session) -> TakeTree:
        """The takes of a session as they are now."""
        return await self.engine.files.run(session.tree)

    async def change(
        self, session: Session, change: Callable[[TakeTree], object], expected: int | None = None
    ) -> TakeTree:
        """Change the tree and keep it; the tree afterwards. `expected` as in `Session.changing`.

        Raises what `change` raises, RevisionPassed, SessionTooNew, StorageFailed.
        """

        def apply() -> TakeTree:
            with session.changing(expected) as tree:
                change(tree)
            return session.tree()

        return await self.engine.files.run(apply)

    async def open(self, session_id: str, owner: str) -> Session:
        """The session of that id, which is the owner's. Raises UnknownSession."""
        session = self.store.session(session_id)
        tree = await self.tree(session)
        if not session.exists or tree.owner != owner:
            raise UnknownSession
        session.opened_by = owner
        return session

    async def is_opened_by(self, session: Session, owner: str) -> bool:
        """Whether a browser's own session is for this key, or for nobody's: a new one is for anyone, and one that was
        begun without a key becomes that of the first who asks, with its voices. Raises StorageFailed.
        """
        if session.was_read and session.owner == owner:
            return True
        tree = await self.tree(session)
        if owner and not tree.owner and session.exists:
            await self.engine.files.run(self._hand_over, session, owner)
            return session.owner == owner
        return tree.owner == owner or not session.exists

    async def begin(self, session_id: str, owner: str, limit: int) -> Session:
        """A new session, kept from now on. Raises TooManySessions, StorageFailed."""
        if len(await self.sessions(owner)) >= limit:
            raise TooManySessions(limit)
        session = self.store.session(session_id)
        session.opened_by = owner
        await self.engine.files.run(session.begin)
        return session

    async def sessions(self, owner: str) -> list[tuple[Session, TakeTree]]:
        """The sessions of an owner, the newest first."""

        def look() -> list[tuple[Session, TakeTree]]:
            kept = ((session, session.tree()) for session in self.store.kept())
            own = [(session, tree) for session, tree in kept if tree.owner == owner]
            return sorted(own, key=lambda one: one[1].created_at, reverse=True)

        return await self.engine.files.run(look)

    async def forget(self, session: Session) -> None:
        """Delete a session with all that was made in it, for good; voices that it shared stay. Raises StorageFailed."""
        for work in self.works.all_of(session):
            await self.works.drop(work)
        await self.engine.files.run(session.forget)
        await self.engine.files.run(self.engine.voices.disown, session.own_reader)

    async def sound(self, session: Session, take_id: str) -> Audio:
        """The sound of a take. Raises UnknownTake, TakeNotReady."""
        return await self.engine.media.run(session.audio, take_id)

    async def derived(self, session: Session, take_id: str, name: str, make: Callable[[Audio], bytes]) -> bytes:
        """What `make` gives for the sound of a take, made once and kept with it. Raises UnknownTake, QueueFull."""
        return await self.engine.drawing.run(session.derived, take_id, name, make)

    async def bring(
        self, session: Session, audio: Audio, name: str, transcript: str = "", expected: int | None = None
    ) -> Take:
        """Keep a recording as a take. Raises BadAudio, RevisionPassed, StorageFailed, SessionTooNew."""

        def keep() -> Take:
            self.engine.admission.check_clip(audio, "recording")
            return session.add(audio, name=name, transcript=transcript, expected=expected)

        return await self.engine.media.run(keep)

    # ---- voices ---------------------------------------------------------------------------------------------------

    async def use_voice(self, session: Session, take_id: str, control: JobControl) -> None:
        """Clone in the voice of a take. Warns of what makes it poor.

        Raises NobodySpeaks, UnknownTake, StorageFailed, SessionTooNew.
        """
        await self.engine.examine_reference(await self.sound(session, take_id), control, "recording")
        await self.change(session, lambda tree: tree.use_voice(take_id))

    async def use_library_voice(self, session: Session, voice_id: str) -> Take:
        """Stand on the take that holds this voice of the library, made where the session has none yet, and clone in it.

        Raises UnknownVoice, ConsentMissing, StorageFailed, SessionTooNew.
        """
        info = await self.engine.files.run(self.engine.voices.info, voice_id, "voice", session.reader)
        await self.engine.files.run(self.engine.admission.check_consent, info)
        voice = await self.engine.files.run(self.engine.voices.find, voice_id, "voice", session.reader)
        tree = await self.tree(session)
        take = next((t for _, t in tree.rows() if t.voice == voice.id and t.step is None), None)
        if take is None:
            take = await self.bring_voice(session, voice_id)
        chosen = take.id

        def use(tree: TakeTree) -> None:
            tree.select(chosen)
            tree.use_voice(chosen)

        await self.change(session, use)
        return take

    async def bring_voice(
        self, session: Session, voice_id: str, name: str = "", transcript: str = "", expected: int | None = None
    ) -> Take:
        """Keep the clip of a voice of the library as a take. Raises UnknownVoice, and as `bring`."""
        voice = await self.engine.files.run(self.engine.voices.find, voice_id, "voice", session.reader)
        return await self.engine.media.run(
            session.add,
            voice.reference,
            name=name or (voice.id if voice.id in self.engine.voices.presets else voice.name),  # the page words ids
            transcript=transcript or voice.transcript,
            language=voice.locale.split("-")[0],
            voice=voice.id,
            expected=expected,
        )

    async def note_transcript(self, session: Session, take_id: str, transcript: str) -> None:
        """Keep what somebody says is spoken in a take. Raises UnknownTake, SessionTooNew."""
        words = transcript.strip()
        take = (await self.tree(session)).take(take_id)
        if take.transcript != words:
            await self.change(session, lambda tree: tree.correct(take_id, words))

    async def listen(self, session: Session, take_id: str, control: JobControl) -> None:
        """Let Whisper write down what is spoken in a take, unless somebody has done so when it ends.

        Raises UnknownTake, SessionTooNew, and what the engine raises.
        """
        said = await self._heard(session, take_id, control)

        def note(tree: TakeTree) -> None:
            if not tree.take(take_id).transcript:
                tree.annotate(take_id, text_of(said.words), said.language)

        await self.change(session, note)

    async def said(self, session: Session, take_id: str, begin: Begin) -> Said:
        """What is said in a take and when: as its sound knows it, else as Whisper aligns its transcript, or what it
        hears, once. Raises UnknownTake, TakeNotReady, and what the engine raises.
        """
        take = (await self.tree(session)).take(take_id)
        (known,) = await self.said_before(session, [take_id])
        if known is None:
            return await self._heard(session, take_id, begin())
        if is_said_by(take.transcript, known.words):
            return known
        words = await self.engine.media.run_admitted(realigned, known.words, take.transcript)
        return await self._kept(session, take_id, Said(words, known.language))

    async def said_before(self, session: Session, take_ids: Sequence[str]) -> list[Said | None]:
        """The same of each of some takes, where it is known already."""
        return await self.engine.files.run(lambda: [session.said(take_id) for take_id in take_ids])

    async def _heard(self, session: Session, take_id: str, control: JobControl) -> Said:
        transcript = (await self.tree(session)).take(take_id).transcript
        heard = await self.engine.heard(await self.sound(session, take_id), control)
        words = await self.engine.media.run_admitted(aligned, heard, transcript)
        return await self._kept(session, take_id, Said(words, main_language(heard)))

    async def _kept(self, session: Session, take_id: str, said: Said) -> Said:
        await self.engine.files.run(session.keep_said, take_id, said)
        return said

    async def save_voice(
        self, session: Session, take_id: str, name: str, transcript: str, control: JobControl
    ) -> VoiceInfo:
        """Put a take into the library of voices, for the session or its key alone.

        Raises UnknownTake, StorageFailed, and as `EditXEngine.create_voice`.
        """
        take = (await self.tree(session)).take(take_id)
        audio = await self.sound(session, take_id)
        saved = await self.engine.create_voice(
            name, audio, control, transcript=transcript.strip(), locale=take.language, owner=session.reader
        )
        try:
            await self.change(session, lambda tree: tree.save_voice(saved.id, saved.name))
        except EngineError:
            await self.engine.files.run(self.engine.voices.erase, saved)
            raise
        return saved

    async def delete_voice(self, session: Session, voice_id: str, *, keeps_house: bool = False) -> VoiceInfo:
        """Take a voice out of the library, until it is undone. Raises UnknownVoice, VoiceOfOthers, StorageFailed."""
        voices, reader = self.engine.voices, session.reader

        def put_away() -> VoiceInfo:
            with session.changing() as tree:
                gone = voices.put_away(voice_id, reader, keeps_house=keeps_house)
                tree.delete_voice(gone.id, gone.name)
            return gone

        return await self.engine.files.run(put_away)

    async def go(self, session: Session, where: Literal["undo", "redo"], expected: int | None = None) -> TakeTree:
        """Take back the last change, or make it again; the library goes first, and where it cannot, nothing changes.

        Raises NothingToUndo, NothingToRedo, UnknownVoice, VoiceNameTaken, and as `change`.
        """
        reader = session.reader

        def move(tree: TakeTree) -> None:
            before = tree.view.voices_gone
            getattr(tree, where)()
            after = tree.view.voices_gone
            if before != after:
                self.engine.voices.move(reader, after - before, before - after, keeps_house=True)  # what it did itself

        return await self.change(session, move, expected)

    # ---- jobs -----------------------------------------------------------------------------------------------------

    async def run(
        self,
        session: Session,
        take: Take,
        plans: Sequence[tuple[Step, ...]],
        begin: Callable[[tuple[Step, ...], Take], Begin],
    ) -> AsyncGenerator[Audio | Made, None]:
        """Make a chain of takes, each by its steps from the one before, as `make` does; `begin` gives what begins the
        jobs of each.

        A chain whose later steps cannot be done is refused before its first take. Closing it stops the job under way;
        the takes made until then stay.
        """
        steps = [step for plan in plans for step in plan]
        if len(steps) > 1:
            await self.engine.media.run(check, self.engine, await self._spoken(session, take), steps)
        for plan in plans:
            async with aclosing(self.make(session, take, plan, begin(plan, take))) as items:
                async for item in items:
                    take = item.take if isinstance(item, Made) else take
                    yield item

    async def make(
        self, session: Session, parent: Take, steps: tuple[Step, ...], begin: Begin
    ) -> AsyncGenerator[Audio | Made, None]:
        """Yield the sound piece by piece, then the take. Closing it stops the job; nothing is kept then.

        Raises UnknownTake and whatever the engine raises.
        """
        source = await self._spoken(session, parent)
        async with aclosing(play(self.engine, source, steps, begin(), begin)) as items:
            async for item in items:
                if not isinstance(item, Played):
                    yield item
                    continue
                take = await self.engine.media.run_admitted(
                    session.add,
                    item.spoken.audio,
                    steps=steps,
                    parent_id=parent.id,
                    transcript=item.spoken.transcript,
                    language=item.spoken.language,
                    ending=item.ending,
                )
                yield Made(take)

    async def queue(
        self,
        session: Session,
        parent: Take,
        plans: Sequence[tuple[Step, ...]],
        begin: Begin,
        *,
        name: str = "",
        expected: int | None = None,
    ) -> list[Work]:
        """Begin to make a take for each plan, whoever waits for it. All is checked before anything is kept.

        Raises what `Works.queue` raises, and what is wrong with the steps.
        """
        if parent.has_sound:
            source = await self._spoken(session, parent)
            for steps in plans[:1]:  # they differ in their seeds alone
                await self.engine.media.run(check, self.engine, source, steps)
        return await self.works.queue(session, parent, plans, begin, name=name, expected=expected)

    def is_running(self, take_id: str) -> bool:
        """Whether this process makes the take at this moment."""
        work = self.works.of(take_id)
        return work is not None and work.control is not None and self.engine.has_begun(work.control)

    async def cancel(self, session: Session, take_id: str) -> Take:
        """Stop a take that is being made, and keep what was heard. Raises UnknownTake, TakeNotUnderWay,
        TakeMadeElsewhere.
        """
        take = (await self.tree(session)).take(take_id)
        work = self.works.of(take_id)
        if work is None:
            raise TakeMadeElsewhere if take.state == "queued" else TakeNotUnderWay(take.state)
        await self.works.cut_short(work)
        return (await self.tree(session)).take(take_id)

    async def delete(self, session: Session, take_id: str, expected: int | None = None) -> None:
        """Take one out of the tree; one that is being made is stopped. Raises UnknownTake, as `change`."""
        await self.change(session, lambda tree: tree.delete(take_id), expected)
        work = self.works.of(take_id)
        if work is not None:
            await self.works.drop(work)

    # ---- helpers --------------------------------------------------------------------------------------------------

    def _hand_over(self, session: Session, owner: str) -> None:
        with session.changing() as tree:
            if tree.owner:
                return  # another was faster
            tree.owner = owner
            self.engine.voices.hand_over(session.own_reader, f"key {owner}")

    async def _spoken(self, session: Session, take: Take) -> Spoken:
        return Spoken(await self.sound(session, take.id), take.transcript, take.language)
