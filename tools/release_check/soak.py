"""Mixed work for a long time, against a service started here: `python -m tools.release_check.soak [--minutes N]`.

Clients clone, clone from an uploaded clip, edit, transcribe, use the page, and hang up in the middle of an answer; now
and then one edits a minute or has five minutes written down. Prints what was asked, what went wrong and how memory
went. Exit status 1 when an answer was wrong, a place was not given back, or memory in the second half grew by more
than 5 %.
"""

from __future__ import annotations

import argparse
import base64
import io
import itertools
import json
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import soundfile

from app.settings import PROJECT
from tests.serving import Service, real_service

CLIPS = PROJECT / "tests" / "data" / "clips"
CLIP = CLIPS / "ref_en_male.flac"
MIB = 1024 * 1024
SAMPLE_EVERY_S = 5.0
MAX_GROWTH = 0.05
TEXTS = (
    "The kettle is on.",
    "It rained all night, and the river rose.",
    "今天天气很好。",
    "Please close the door behind you.",
)


@dataclass
class Record:
    """What was seen; shared by the clients."""

    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    memory_bytes: list[int] = field(default_factory=list)


def main() -> int:
    """Run, print, and judge."""
    parser = argparse.ArgumentParser(prog="python -m tools.release_check.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=3)
    asked = parser.parse_args()
    record = Record()
    with tempfile.TemporaryDirectory() as folder, real_service(Path(folder), ["--log-level", "warning"]) as service:
        service.wait_until("/readyz")
        ends_at = time.monotonic() + 60 * asked.minutes
        with ThreadPoolExecutor(asked.clients + 1) as pool:
            watching = pool.submit(_watch, service, record, ends_at)
            clients = [pool.submit(_client, service, record, first, ends_at) for first in range(asked.clients)]
            for work in (watching, *clients):
                work.result()
        service.wait_for_jobs(lambda running, waiting: running == waiting == 0)
        log, peak_bytes = service.log.read_text(), service.peak_memory_bytes()
    return _judge(record, asked.minutes, peak_bytes, log)


def _watch(service: Service, record: Record, ends_at: float) -> None:
    """Memory at even times."""
    while time.monotonic() < ends_at:
        record.memory_bytes.append(service.memory_bytes())
        threading.Event().wait(SAMPLE_EVERY_S)


def _client(service: Service, record: Record, first: int, ends_at: float) -> None:
    """One kind of work after the other, each client beginning with another."""
    with httpx.Client(base_url=service.base_url, timeout=600) as client:
        client.get("/").raise_for_status()  # the cookie of a page session
        for turn in itertools.count(first):
            if time.monotonic() > ends_at:
                return
            work = WORK[turn % len(WORK)]
            record.asked[work.__name__.strip("_")] += 1
            try:
                work(client, TEXTS[turn % len(TEXTS)])
            except (httpx.HTTPError, AssertionError) as fault:
                record.wrong.append(f"{work.__name__}: {fault!r}")


def _clone(client: httpx.Client, text: str) -> None:
    answer = client.post(
        "/v1/audio/speech", json={"model": "tts-1", "voice": "alloy", "input": text, "response_format": "wav"}
    )
    _expect_sound(answer, 0.5)


def _clone_from_upload(client: httpx.Client, text: str) -> None:
    clip = base64.b64encode(CLIP.read_bytes()).decode()
    body = {"model": "tts-1", "input": text, "response_format": "wav", "step_audio": {"prompt_audio_base64": clip}}
    _expect_sound(client.post("/v1/audio/speech", json=body), 0.5)


def _edit(client: httpx.Client, _: str) -> None:
    clip = base64.b64encode(CLIP.read_bytes()).decode()
    options = {"mode": "emotion", "edit_info": "happy", "input_audio_base64": clip}
    body = {"model": "tts-1", "input": "", "response_format": "wav", "step_audio": options}
    _expect_sound(client.post("/v1/audio/speech", json=body), 1)


def _transcribe(client: httpx.Client, _: str) -> None:
    answer = client.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"file": CLIP.read_bytes()})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["text"].split()) > 5, answer.text


def _use_the_page(client: httpx.Client, _: str) -> None:
    kept = client.post("/page/recordings", params={"name": "r.flac"}, content=CLIP.read_bytes()).json()
    assert client.get(f"/page/takes/{kept['take']}/picture").status_code == 200
    assert client.get(f"/page/takes/{kept['take']}.mp3").status_code == 200


def _hang_up(client: httpx.Client, text: str) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": f"{text} " * 8, "response_format": "pcm"}
    with client.stream("POST", "/v1/audio/speech", json=body) as answer:
        assert answer.status_code == 200
        next(answer.iter_bytes(4096))


def _edit_a_minute(client: httpx.Client, _: str) -> None:
    request = {"model": "tts-1", "input": "", "response_format": "wav", "step_audio": {"mode": "denoise"}}
    form, files = {"payload": json.dumps(request)}, {"input_audio_file": _speech_of(60)}
    _expect_sound(client.post("/v1/audio/speech/upload", data=form, files=files), 50)


def _transcribe_five_minutes(client: httpx.Client, _: str) -> None:
    answer = client.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"file": _speech_of(300)})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["text"].split()) > 300, answer.text


SHORT = (_clone, _edit, _transcribe, _use_the_page, _clone_from_upload, _hang_up)
WORK: tuple[Callable[[httpx.Client, str], None], ...] = (
    *SHORT * 3,
    _edit_a_minute,
    *SHORT * 3,
    _transcribe_five_minutes,
)


def _speech_of(seconds: int) -> bytes:
    """So much of the English clips, one after the other, as a FLAC."""
    clips = [soundfile.read(path, dtype="float32") for path in sorted(CLIPS.glob("ref_en_*.flac"))]
    one_round = np.concatenate([samples for samples, _ in clips])
    rate = clips[0][1]
    file = io.BytesIO()
    soundfile.write(file, np.resize(one_round, seconds * rate), rate, format="FLAC")
    return file.getvalue()


def _expect_sound(answer: httpx.Response, at_least_s: float) -> None:
    assert answer.status_code == 200, answer.text
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    assert len(samples) / rate >= at_least_s, "the answer is too short"
    assert abs(samples).max() > 0.01, "the answer is silent"


def _judge(record: Record, minutes: float, peak_bytes: int, log: str) -> int:
    memory = record.memory_bytes
    half = len(memory) // 2
    before, after = statistics.median(memory[half // 2 : half]), statistics.median(memory[half:])
    rows = {kind.replace("_", " "): str(number) for kind, number in sorted(record.asked.items())}
    rows |= {
        "wrong answers": str(len(record.wrong)),
        "memory at first, at most, at last": _mib(memory[0], peak_bytes, memory[-1]),
        "each minute": _mib(*memory[:: round(60 / SAMPLE_EVERY_S)]),
        "median of the second quarter, of the second half": _mib(before, after),
        "lines of the log at warning or above": str(log.count("\n")),
    }
    print(f"| {minutes:g} minutes of mixed work | |\n|---|---|")
    print("\n".join(f"| {name} | {value} |" for name, value in rows.items()))
    print("\n".join(record.wrong[:10]), file=sys.stderr)
    return 1 if record.wrong or "Traceback" in log or after > before * (1 + MAX_GROWTH) else 0


def _mib(*values: float) -> str:
    return ", ".join(f"{value / MIB:.0f} MiB" for value in values)


if __name__ == "__main__":
    sys.exit(main())
