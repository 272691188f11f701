"""A client that plays what it hears: when sound arrives, and whether a player would have starved."""

from __future__ import annotations

import base64
import http.client
import json
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import soundfile

from app.engine.sound.audio import Audio
from benchmarks.service import Service
from tests.listening import wav_bytes

ANSWER_LIMIT_S = 600.0
HEADER_BYTES = 44  # of a WAV file, before its first sample
RATE_HZ, BYTES_A_SAMPLE = 24_000, 2


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer as it arrived. `first_s`: from the request to the first byte of sound; `underrun_s`: silence forced on
    a player that begins with that byte and plays at the speed of sound; `cpu_s`: what the service worked for it."""

    audio: Audio
    first_s: float
    underrun_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose voice is asked for: a preset's name, or else a clip that is sent along."""

    name: str = ""
    clip: bytes = b""


def clip_voice(audio: Audio) -> Voice:
    """The voice of a clip."""
    return Voice(clip=wav_bytes(audio))


def read_clip(path: Path) -> Audio:
    """A clip of any format that soundfile reads, its channels mixed."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return Audio(samples.mean(axis=1), rate)


def speak(service: Service, text: str, voice: Voice) -> Heard:
    """Ask for a streamed WAV of the plain delivery and listen to its end."""
    body: dict[str, object] = {"model": "tts-1", "input": text, "response_format": "wav", "seed": 0}
    if voice.name:
        body["voice"] = voice.name
    else:
        body["step_audio"] = {"prompt_audio_base64": base64.b64encode(voice.clip).decode()}
    connection = http.client.HTTPConnection(service.host, service.port, timeout=ANSWER_LIMIT_S)
    cpu_s, data, arrivals = service.cpu_s(), b"", []
    payload = json.dumps(body).encode()
    start = time.perf_counter()
    connection.request("POST", "/v1/audio/speech", payload, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"The service answered {answer.status}: {answer.read()!r}")
    while chunk := answer.read1(65536):
        data += chunk
        if len(data) > HEADER_BYTES:
            arrivals.append((time.perf_counter() - start, len(data) - HEADER_BYTES))
    connection.close()
    pcm = np.frombuffer(data[HEADER_BYTES : len(data) - len(data) % BYTES_A_SAMPLE], "<i2")
    audio = Audio(pcm.astype(np.float32) / 32768, RATE_HZ)
    return Heard(audio, arrivals[0][0], underrun_s(arrivals), service.cpu_s() - cpu_s)


def edit(service: Service, audio: Audio, task: str, tag: str) -> None:
    """Have a clip edited."""
    clip = base64.b64encode(wav_bytes(audio)).decode()
    options = {"mode": task, "edit_info": tag, "input_audio_base64": clip}
    body = {"model": "tts-1", "input": "", "response_format": "wav", "step_audio": options}
    url = f"http://{service.host}:{service.port}/v1/audio/speech"
    httpx.post(url, json=body, timeout=ANSWER_LIMIT_S).raise_for_status()


def transcribe(service: Service, audio: Audio) -> None:
    """Have a clip written down."""
    url = f"http://{service.host}:{service.port}/v1/audio/transcriptions"
    files = {"file": ("clip.wav", wav_bytes(audio))}
    httpx.post(url, data={"model": "whisper-1"}, files=files, timeout=ANSWER_LIMIT_S).raise_for_status()


def underrun_s(arrivals: list[tuple[float, int]]) -> float:
    """Seconds of silence in a player that begins with the first sound, from when how many bytes had arrived."""
    begin_s, n_bytes = arrivals[0]
    waited_s = 0.0
    for at_s, total in arrivals[1:]:
        lasts_until_s = begin_s + waited_s + n_bytes / BYTES_A_SAMPLE / RATE_HZ
        waited_s += max(0.0, at_s - lasts_until_s)
        n_bytes = total
    return waited_s
