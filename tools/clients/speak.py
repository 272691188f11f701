"""Speaks and transcribes through a generated client, LiteLLM and the plug-in classes of LiveKit and Pipecat, at $BASE.

The folder of the client that openapi-python-client has made is the argument.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
import wave
from pathlib import Path

BASE = os.environ["BASE"]
TEXT = "The ferry leaves the harbor at noon."


def check(name: str, heard: str) -> None:
    """Raise unless the sentence was heard."""
    assert re.search("ferry leaves the harb.*noon", heard, re.IGNORECASE), (name, heard)
    print(f'{name}: "{heard.strip()}"', flush=True)


def wav_of(pcm: bytes, rate_hz: int) -> bytes:
    """A file of 16-bit mono sound."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, rate_hz, 0, "NONE", ""))
        writer.writeframes(pcm)
    return file.getvalue()


def litellm_speaks() -> None:
    import litellm

    options = {"api_base": f"{BASE}/v1", "api_key": "none"}
    sound = litellm.speech(model="openai/tts-1", voice="alloy", input=TEXT, **options).content
    file = ("speech.mp3", sound)
    check("litellm", litellm.transcription(model="openai/whisper-1", file=file, **options).text)


def generated_client_speaks(folder: str) -> None:
    from importlib import import_module

    sys.path.insert(0, str(Path(folder).parent))
    package = Path(folder).name
    client = import_module(package).Client(base_url=BASE, timeout=120)
    speech = import_module(f"{package}.api.speech.create_speech")
    body = speech.CreateSpeechSpeechRequest(model="tts-1", voice="alloy", input_=TEXT)
    answer = speech.sync_detailed(client=client, body=body)
    assert answer.status_code == 200, answer
    import litellm

    options = {"api_base": f"{BASE}/v1", "api_key": "none"}
    heard = litellm.transcription(model="openai/whisper-1", file=("speech.mp3", answer.content), **options).text
    check("openapi-python-client", heard)


async def livekit_speaks() -> None:
    from livekit import rtc
    from livekit.plugins import openai

    tts = openai.TTS(base_url=f"{BASE}/v1", api_key="none")
    frames = [event.frame async for event in tts.synthesize(TEXT)]
    stt = openai.STT(base_url=f"{BASE}/v1", api_key="none", language="en")
    event = await stt.recognize(rtc.combine_audio_frames(frames))
    check("livekit", event.alternatives[0].text)
    await tts.aclose()


async def pipecat_speaks() -> None:
    from pipecat.services.openai.stt import OpenAISTTService
    from pipecat.services.openai.tts import OpenAITTSService

    tts = OpenAITTSService(api_key="none", base_url=f"{BASE}/v1", voice="alloy")
    tts._sample_rate = 24_000  # as its pipeline sets it at the start
    pcm = b"".join([frame.audio async for frame in tts.run_tts(TEXT, "context") if hasattr(frame, "audio")])
    stt = OpenAISTTService(api_key="none", base_url=f"{BASE}/v1")
    heard = [frame.text async for frame in stt.run_stt(wav_of(pcm, 24_000)) if hasattr(frame, "text")]
    check("pipecat", " ".join(heard))


def main() -> int:
    """Run them all; the exit status is the number of those that failed."""
    import traceback

    clients = {
        "litellm": litellm_speaks,
        "openapi-python-client": lambda: generated_client_speaks(sys.argv[1]),
        "livekit": lambda: asyncio.run(livekit_speaks()),
        "pipecat": lambda: asyncio.run(pipecat_speaks()),
    }
    failed = 0
    for name, speaks in clients.items():
        try:
            speaks()
        except Exception:  # noqa: BLE001 - told, and counted
            traceback.print_exc()
            print(f"{name}: FAILED", flush=True)
            failed += 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
