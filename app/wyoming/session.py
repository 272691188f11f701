"""One connection: events in, sound and words out, one after the other.

An event is answered before the next is read, so what a peer sends meanwhile waits in its own socket. Text that comes in
pieces is spoken clause by clause. A failure is told and ends the connection.
"""

from __future__ import annotations

import asyncio
import io
import logging
import wave
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable, async_write_event
from wyoming.ping import Pong
from wyoming.tts import SynthesizeStopped

from app.engine.clauses import Clauses
from app.engine.engine import EditXEngine
from app.engine.errors import EngineError
from app.engine.hearing.languages import is_to_be_detected, main_language
from app.engine.job import JobControl
from app.engine.library.voices import VoiceInfo
from app.engine.options import drawn_seed
from app.engine.requests import CloneRequest, Reference, TranscribeRequest
from app.engine.script import parse_script
from app.engine.sound.decoding import RATE_RANGE_HZ, DecodeLimits, decode
from app.engine.sound.encoding import MEDIA, StreamEncoder
from app.settings import Settings
from app.wording.english import english
from app.wyoming.events import MalformedEvent, WatchedReader, number_of, read_event, text_of
from app.wyoming.info import WHISPER, describe

logger = logging.getLogger(__name__)

SLOW_S = 10.0  # a peer that takes nothing for so long is cut
SAMPLE_BYTES = 2
PIECE_BYTES = 16 * 1024  # of sound in one event: a third of a second at 24 kHz
MAX_SAMPLE_BYTES, MAX_CHANNELS = 4, 8  # of a recording
SOUND = "audio"  # what a recording is called when it is refused


@dataclass(frozen=True, slots=True)
class Service:
    """What every connection shares."""

    engine: EditXEngine
    settings: Settings
    limits: DecodeLimits


@dataclass(slots=True)
class _Utterance:
    """Speech under way: who speaks, and the text that waits for the rest of its clause."""

    voice: dict[str, Any]
    clauses: Clauses
    encoder: StreamEncoder
    seed: int


@dataclass(slots=True)
class _Recording:
    """What is to be transcribed: its format, what is known about it, and the bytes so far."""

    wanted: dict[str, Any]
    rate_hz: int
    sample_bytes: int
    n_channels: int
    data: bytearray


class Session:
    """The session behind one connection."""

    def __init__(
        self, reader: WatchedReader, writer: asyncio.StreamWriter, service: Service, keep: Callable[[int], None]
    ) -> None:
        """`keep` takes the number of further bytes of a recording, less than none when it is done with, and raises
        AudioTooLarge where all connections have too many.
        """
        self._reader, self._writer, self._service, self._keep = reader, writer, service, keep
        self._utterance: _Utterance | None = None
        self._wanted: dict[str, Any] = {}
        self._recording: _Recording | None = None
        peer = writer.get_extra_info("peername")
        self._caller = f"address {peer[0]}" if peer else ""

    async def run(self) -> None:
        """Serve it to its end, and close it."""
        try:
            while (event := await read_event(self._reader)) is not None:
                await self._answer(event)
        except MalformedEvent:
            await self._refuse("This is no event of the Wyoming protocol.", "invalid_event")
        except EngineError as error:
            await self._refuse(english(error), error.code)
        except (ConnectionError, TimeoutError):
            self._writer.transport.abort()
        except Exception:
            logger.exception("connection failed")
            await self._refuse("The service failed; its log says why.", "internal_error")
        finally:
            self._forget_recording()
            self._writer.close()

    async def _answer(self, event: Event) -> None:
        """Events of other kinds are passed over, as the protocol wants it."""
        match event.type:
            case "describe":
                await self._send(await self._service.engine.files.run(describe, self._service.engine))
            case "ping":
                await self._send(Pong(event.data.get("text")))
            case "synthesize" if self._utterance is None:  # inside a stream it repeats what the pieces said
                await self._begin_speech(event)
                await self._speak(text_of(event))
                await self._end_speech()
            case "synthesize-start":
                await self._begin_speech(event)
            case "synthesize-chunk" if self._utterance is not None:
                for clause in self._utterance.clauses.add(text_of(event)):
                    await self._speak(clause)
            case "synthesize-stop" if self._utterance is not None:
                if not self._utterance.clauses.is_empty:
                    await self._speak(self._utterance.clauses.rest())
                await self._end_speech()
                await self._send(SynthesizeStopped())
            case "transcribe":
                self._wanted = event.data
            case "audio-start":
                self._begin_recording(event)
            case "audio-chunk" if event.payload and self._recording is not None:
                self._record(event.payload, self._recording)
            case "audio-stop" if self._recording is not None:
                await self._transcribe(self._recording)

    # ---- speech -----------------------------------------------------------------------------------------------------

    async def _begin_speech(self, event: Event) -> None:
        engine = self._service.engine
        voice = event.data.get("voice")
        rate = engine.sample_rate
        encoder = await engine.media.run(StreamEncoder, MEDIA["pcm"], rate, rate)
        clauses = Clauses(self._service.settings.max_input_chars)
        self._utterance = _Utterance(voice if isinstance(voice, dict) else {}, clauses, encoder, drawn_seed(None))
        await self._send(AudioStart(rate, SAMPLE_BYTES, 1))

    async def _speak(self, text: str) -> None:
        """Send the sound of a text. Raises EngineError."""
        assert self._utterance is not None
        engine, encoder = self._service.engine, self._utterance.encoder
        control = self._new_control()
        try:
            engine.reserve(control)
            voice = await engine.files.run(_voice_of, self._utterance.voice, engine)
            request = CloneRequest(parse_script(text), Reference(voice, reader=""), seed=self._utterance.seed)
            chunks = engine.clone(request, control)
            try:
                async for chunk in chunks:
                    await self._send_sound(await engine.media.run_admitted(encoder.encode, chunk))
            finally:
                await chunks.aclose()
        finally:
            control.cancel()

    async def _end_speech(self) -> None:
        assert self._utterance is not None
        await self._send_sound(await self._service.engine.media.run_admitted(self._utterance.encoder.finish))
        self._utterance = None
        await self._send(AudioStop())

    async def _send_sound(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), PIECE_BYTES):
            piece = pcm[start : start + PIECE_BYTES]
            await self._send(AudioChunk(self._service.engine.sample_rate, SAMPLE_BYTES, 1, piece))

    # ---- transcription ----------------------------------------------------------------------------------------------

    def _begin_recording(self, event: Event) -> None:
        self._forget_recording()
        self._recording = _Recording(
            self._wanted,
            number_of(event, "rate", *RATE_RANGE_HZ),
            number_of(event, "width", 1, MAX_SAMPLE_BYTES),
            number_of(event, "channels", 1, MAX_CHANNELS),
            bytearray(),
        )

    def _record(self, data: bytes, recording: _Recording) -> None:
        self._keep(len(data))
        recording.data += data

    def _forget_recording(self) -> None:
        if self._recording is not None:
            self._keep(-len(self._recording.data))
            self._recording = None

    async def _transcribe(self, recording: _Recording) -> None:
        engine = self._service.engine
        language, text = _said(recording.wanted, "language"), ""
        if recording.data:
            control = self._new_control()
            try:
                engine.reserve(control)
                file = await engine.decoding.run_admitted(_wav_of, recording)
                audio = await engine.decoding.run_admitted(decode, file, self._service.limits, SOUND, control)
                name = _said(recording.wanted, "name")
                request = TranscribeRequest(
                    audio,
                    language=None if not language or is_to_be_detected(language) else language,
                    prompt=_expected(recording.wanted),
                    model=None if name == WHISPER else name,
                )
                segments = [segment async for segment in engine.transcribe(request, control)]
            finally:
                control.cancel()
            text = "".join(segment.text for segment in segments).strip()
            language = main_language(segments) or language
        self._forget_recording()
        self._wanted = {}
        await self._send(Transcript(text, language=language))

    # ---- both -------------------------------------------------------------------------------------------------------

    def _new_control(self) -> JobControl:
        """The control of the next job, which stops when the peer leaves."""
        control = JobControl(deadline_s=self._service.settings.job_timeout_s, caller=self._caller)
        self._reader.on_end = control.cancel
        if self._reader.has_ended:
            control.cancel()
        return control

    async def _send(self, event: Eventable) -> None:
        """Raises TimeoutError, ConnectionError where the peer does not take it."""
        async with asyncio.timeout(SLOW_S):
            await async_write_event(event.event(), self._writer)

    async def _refuse(self, text: str, code: str) -> None:
        with suppress(ConnectionError, TimeoutError):
            await self._send(Error(text, code))


def _voice_of(wanted: dict[str, Any], engine: EditXEngine) -> str | None:
    """The voice asked for, by its name or by its language; None leaves the choice. Reads the library's files."""
    name, language = _said(wanted, "name"), _said(wanted, "language")
    if name or not language:
        return name

    def suits(voice: VoiceInfo) -> bool:
        return voice.locale.lower()[:2] == language.lower()[:2]

    return next((voice.id for voice in engine.voices.all("") if suits(voice)), None)


def _said(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def _expected(wanted: dict[str, Any]) -> str | None:
    """Names and terms that the recording may hold, as Whisper's prompt."""
    lists = (wanted.get("transcript_names"), wanted.get("transcript_terms"))
    words = [word for words in lists if isinstance(words, list) for word in words if isinstance(word, str)]
    return ", ".join(words) or None


def _wav_of(recording: _Recording) -> bytes:
    """The recording as a file, which is then read within the limits of all files."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(recording.n_channels)
        writer.setsampwidth(recording.sample_bytes)
        writer.setframerate(recording.rate_hz)
        writer.writeframes(recording.data)
    return file.getvalue()
