"""Home Assistant's way through wyoming-openai, in front of $BASE: describe, speak, transcribe, for each kind of server
that it knows and for the kind that it finds by itself.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeVoice

BASE = os.environ["BASE"]
PORT = 7863
TEXT = "The ferry leaves the harbor at noon."
KINDS = (None, "OPENAI", "SPEACHES", "LOCALAI", "KOKORO_FASTAPI")
PATIENCE_S = 60


def bridge(kind: str | None) -> subprocess.Popen[bytes]:
    """wyoming-openai in front of the service."""
    command = [
        sys.executable,
        "-m",
        "wyoming_openai",
        "--uri",
        f"tcp://127.0.0.1:{PORT}",
        "--languages",
        "en",
        "--log-level",
        "ERROR",
    ]
    for side, model in (("tts", "tts-1"), ("stt", "whisper-1")):
        command += [f"--{side}-openai-url", f"{BASE}/v1", f"--{side}-models", model]
        command += [f"--{side}-backend", kind] if kind else []
    return subprocess.Popen(command)


async def connected() -> AsyncTcpClient:
    """A client of the bridge, once it listens."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            client = AsyncTcpClient("127.0.0.1", PORT)
            try:
                await client.connect()
            except OSError:
                await asyncio.sleep(0.2)
            else:
                return client


async def heard_back(client: AsyncTcpClient) -> tuple[int, str]:
    """The number of voices it offers, and the words of the sentence that it spoke in the first one."""
    await client.write_event(Describe().event())
    while not Info.is_type((event := await client.read_event()).type):
        pass
    voices = [voice.name for program in Info.from_event(event).tts for voice in program.voices]
    await client.write_event(Synthesize(text=TEXT, voice=SynthesizeVoice(name=voices[0])).event())
    sound: list[AudioChunk] = []
    while not AudioStop.is_type((event := await client.read_event()).type):
        if AudioChunk.is_type(event.type):
            sound.append(AudioChunk.from_event(event))
    form = {"rate": sound[0].rate, "width": sound[0].width, "channels": sound[0].channels}
    await client.write_event(Transcribe(language="en").event())
    await client.write_event(AudioStart(**form).event())
    for chunk in sound:
        await client.write_event(chunk.event())
    await client.write_event(AudioStop().event())
    while not Transcript.is_type((event := await client.read_event()).type):
        pass
    return len(voices), Transcript.from_event(event).text


async def main() -> int:
    """Run them all; the exit status is the number of those that failed."""
    failed = 0
    for kind in KINDS:
        process = bridge(kind)
        try:
            client = await connected()
            async with asyncio.timeout(PATIENCE_S):
                n_voices, heard = await heard_back(client)
            await client.disconnect()
            is_right = re.search("ferry leaves the harb.*noon", heard, re.IGNORECASE)
            print(f'wyoming-openai as {kind or "found by itself"}, {n_voices} voices: "{heard.strip()}"', flush=True)
        except Exception as failure:  # noqa: BLE001 - told, and counted
            print(f"wyoming-openai as {kind}: {failure!r}", flush=True)
            is_right = None
        finally:
            process.terminate()
            process.wait()
        failed += not is_right
    return failed


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
