"""The door for Home Assistant, through the client of the wyoming package."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)

from app.engine.library.voices import PRESETS
from app.settings import Settings
from app.wyoming import events as events_in
from app.wyoming.door import MAX_CONNECTIONS, Door
from tests.fakes import RATE_HZ, TONE_S, Script, scripted_engine
from tests.waiting import PATIENCE_S

HEARD = "Hello there. 你好 --> world"
COMMAND = [AudioChunk(16_000, 2, 1, b"\x00\x40" * 8_000)] * 2


class Served:
    """A door over a scripted engine, and what its jobs were."""

    def __init__(self, port: int, script: Script, door: Door) -> None:
        self.port, self.script, self.door = port, script, door

    @asynccontextmanager
    async def client(self) -> AsyncIterator[AsyncTcpClient]:
        async with AsyncTcpClient("127.0.0.1", self.port) as client:
            yield client


@asynccontextmanager
async def serving(folder: Path, **settings: int) -> AsyncIterator[Served]:
    script = Script()
    engine = scripted_engine(script, folder, PRESETS, max_jobs=4)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        door = Door(engine, Settings(cache_dir=folder, **settings), listener)
        await engine.start()
        while engine.is_loading:
            await asyncio.sleep(0)
        await door.start()
        yield Served(listener.getsockname()[1], script, door)
        script.go.set()
        await door.stop()
        await engine.stop()


@pytest.fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serving(tmp_path_factory.mktemp("door"), max_upload_bytes=100_000) as served:
        yield served


@pytest.fixture
def served(shared: Served) -> Served:
    shared.script.forget()
    return shared


async def event_of(client: AsyncTcpClient) -> Event | None:
    return await asyncio.wait_for(client.read_event(), PATIENCE_S)


async def until(client: AsyncTcpClient, is_last: Callable[[str], bool]) -> tuple[Event, list[Event]]:
    """The event that ends an answer, and those before it."""
    before: list[Event] = []
    while (event := await event_of(client)) is not None:
        if is_last(event.type):
            return event, before
        before.append(event)
    raise AssertionError(f"the connection ended after {[event.type for event in before]}")


def sound_of(events: list[Event]) -> float:
    """Seconds of sound between a start and a stop."""
    start, *chunks = events
    begun = AudioStart.from_event(start)
    assert (begun.rate, begun.width, begun.channels) == (RATE_HZ, 2, 1)
    return sum(AudioChunk.from_event(chunk).seconds for chunk in chunks)


async def test_it_describes_its_voices_and_languages(served: Served):
    async with served.client() as client:
        await client.write_event(Describe().event())
        event, _ = await until(client, Info.is_type)
    info = Info.from_event(event)
    voices = {voice.name: voice.languages for voice in info.tts[0].voices}
    assert voices["xiaoxiao_cn"] == ["zh-CN"]
    assert info.tts[0].supports_synthesize_streaming
    assert {"en", "zh"} <= set(info.asr[0].models[0].languages)


async def test_it_speaks_a_text_in_a_voice(served: Served):
    async with served.client() as client:
        for voice in (SynthesizeVoice("xiaoxiao_cn"), SynthesizeVoice(language="zh"), None):
            await client.write_event(Synthesize("This is one whole sentence.", voice).event())
            _, events = await until(client, AudioStop.is_type)
            assert sound_of(events) == pytest.approx(TONE_S, abs=0.02)
    assert [job.voice.locale for job in served.script.clones] == ["zh-CN", "zh-CN", "en-US"]


async def test_text_in_pieces_sounds_before_its_end_is_written(served: Served):
    async with served.client() as client:
        await client.write_event(SynthesizeStart().event())
        await client.write_event(SynthesizeChunk("This is one whole sentence. And").event())
        await until(client, AudioChunk.is_type)  # before more is written
        await client.write_event(SynthesizeChunk(" another one").event())
        await client.write_event(Synthesize("This is one whole sentence. And another one").event())  # for old servers
        await client.write_event(SynthesizeStop().event())
        _, events = await until(client, SynthesizeStopped.is_type)
    assert events[-1].type == "audio-stop"
    assert [job.script.text for job in served.script.clones] == ["This is one whole sentence.", "And another one"]
    assert len({job.seed for job in served.script.clones}) == 1


async def test_it_writes_down_what_is_said(served: Served):
    async with served.client() as client:
        wanted = Transcribe(language="en", transcript_names=["Ada"], transcript_terms=["lamp"])
        for event in (wanted, AudioStart(16_000, 2, 1), *COMMAND, AudioStop()):
            await client.write_event(event.event())
        event, _ = await until(client, Transcript.is_type)
        assert (Transcript.from_event(event).text, Transcript.from_event(event).language) == (HEARD, "en")
        await client.write_event(Ping("still here").event())
        assert Pong.from_event((await until(client, Pong.is_type))[0]).text == "still here"
    (request,) = served.script.transcriptions
    assert (request.language, request.prompt, request.model) == ("en", "Ada, lamp", None)
    assert request.audio.duration_s == pytest.approx(1.0)
    assert np.abs(request.audio.samples).max() == pytest.approx(0.5)


async def test_a_recording_without_sound_has_no_words(served: Served):
    async with served.client() as client:
        for event in (Transcribe(), AudioStart(16_000, 2, 1), AudioStop()):
            await client.write_event(event.event())
        event, _ = await until(client, Transcript.is_type)
    assert Transcript.from_event(event).text == ""


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([Synthesize("Hello.", SynthesizeVoice("nobody"))], "voice_not_found"),
        ([Synthesize(" ")], "empty_text"),
        ([Event("synthesize")], "invalid_event"),
        ([Event("audio-start", {"rate": "x"})], "invalid_event"),
        ([Event("audio-start", {"rate": 16_000, "width": 9, "channels": 1})], "invalid_event"),
        ([Transcribe("huge"), AudioStart(16_000, 2, 1), *COMMAND, AudioStop()], "model_not_found"),
        ([AudioStart(16_000, 2, 1), AudioChunk(16_000, 2, 1, bytes(100_001))], "audio_too_large"),
    ],
)
async def test_what_cannot_be_done_is_told_and_ends_the_connection(served: Served, events: list, code: str):
    async with served.client() as client:
        for event in events:
            await client.write_event(event if isinstance(event, Event) else event.event())
        told, _ = await until(client, Error.is_type)
        assert Error.from_event(told).code == code
        assert await event_of(client) is None
    assert served.door._n_kept == 0


@pytest.mark.parametrize(
    "sent",
    [
        b"no json\n",
        b"[]\n",
        b'{"type": 3}\n',
        json.dumps({"type": "synthesize", "data_length": 2**40}).encode() + b"\n",
        json.dumps({"type": "audio-chunk", "payload_length": -1}).encode() + b"\n",
    ],
)
async def test_what_is_no_event_ends_the_connection(served: Served, sent: bytes):
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(sent)
    told = json.loads(await asyncio.wait_for(reader.readline(), PATIENCE_S))
    assert told["type"] == "error"
    writer.close()


async def test_who_leaves_stops_the_job(served: Served):
    async with served.client() as client:
        await client.write_event(Synthesize("forever and ever.").event())
        await until(client, AudioStart.is_type)
        assert await asyncio.to_thread(served.script.begun.wait, PATIENCE_S)
    assert await asyncio.to_thread(served.script.stopped.wait, PATIENCE_S)


async def test_a_bug_is_told_without_details(served: Served):
    async with served.client() as client:
        await client.write_event(Synthesize("This is a bug.").event())
        told, _ = await until(client, Error.is_type)
    assert Error.from_event(told).code == "internal_error"
    assert "secret" not in Error.from_event(told).text


async def test_a_peer_that_sends_nothing_is_cut(served: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(events_in, "IDLE_S", 0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    with suppress(ConnectionResetError):
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
    writer.close()


async def test_connections_are_bounded(tmp_path: Path):
    async with serving(tmp_path) as served:
        held = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(MAX_CONNECTIONS)]
        async with asyncio.timeout(PATIENCE_S):
            while len(served.door._sessions) < MAX_CONNECTIONS:
                await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.readline(), PATIENCE_S) == b""
        for _, open_writer in held:
            open_writer.close()
        writer.close()
