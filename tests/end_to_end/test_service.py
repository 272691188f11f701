"""The running service under load: quick probes, early bytes, and nothing computed for those who left."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from tests.listening import word_error
from tests.serving import Service

pytestmark = pytest.mark.slow

LONG = " ".join(
    f"Sentence number {n} of this story is here only to keep the machine busy for a while." for n in range(1, 30)
)
SPEECH = {"model": "tts-1", "voice": "alloy", "response_format": "pcm"}
PROBES, PROBE_LIMIT_S = 100, 0.1
IDLE_MEMORY_LIMIT_BYTES = 2.5e9


def idle_share(service: Service, seconds: float) -> float:
    """CPU seconds the service used per second of a pause."""
    before = service.cpu_s()
    threading.Event().wait(seconds)
    return (service.cpu_s() - before) / seconds


def wait_until_idle(service: Service, limit_s: float = 60) -> None:
    ends_at = time.monotonic() + limit_s
    while idle_share(service, 0.5) > 0.2:
        assert time.monotonic() < ends_at, "the service does not come to rest"


def test_the_start_block_tells_backend_reason_and_addresses(service):
    log = service.log.read_text()
    for fact in ("embedded", "because", f"{service.base_url}/", f"{service.base_url}/v1", f"{service.base_url}/docs"):
        assert fact.replace("127.0.0.1", "") in log.replace("127.0.0.1", "").replace("localhost", "")


def test_idle_memory_is_bounded(service):
    assert service.memory_bytes() < IDLE_MEMORY_LIMIT_BYTES


def test_sound_flows_while_later_sentences_are_still_made(service):
    with httpx.stream(
        "POST", f"{service.base_url}/v1/audio/speech", json={**SPEECH, "input": LONG[:400]}, timeout=300
    ) as r:
        began = time.monotonic()
        arrivals = [(time.monotonic() - began, len(piece)) for piece in r.iter_bytes()]
    assert r.headers["transfer-encoding"] == "chunked"
    first_s, last_s = arrivals[0][0], arrivals[-1][0]
    assert first_s < last_s / 2
    assert sum(n for _, n in arrivals) / 2 / 24000 > 10


def test_events_carry_the_same_sound_as_the_plain_answer(client):
    import base64
    import json

    body = {**SPEECH, "input": "The same, but in events.", "extra_body": {"seed": 9}}
    plain = client.audio.speech.create(**body).content
    with client.audio.speech.with_streaming_response.create(**body, stream_format="sse") as answer:
        events = [json.loads(line[6:]) for line in answer.iter_lines() if line.startswith("data: ")]
    assert b"".join(base64.b64decode(e["audio"]) for e in events[:-1]) == plain
    assert events[-1]["type"] == "speech.audio.done"
    assert events[-1]["usage"]["total_tokens"] > 0


def test_probes_stay_quick_and_leaving_frees_the_machine_while_eight_long_jobs_run(service):
    def read_until(stop: threading.Event) -> None:
        with httpx.stream(
            "POST", f"{service.base_url}/v1/audio/speech", json={**SPEECH, "input": LONG}, timeout=600
        ) as r:
            for _ in r.iter_bytes():
                if stop.is_set():
                    return

    stop = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(read_until, stop) for _ in range(8)]
        with httpx.Client(base_url=service.base_url, timeout=10) as probe:
            while probe.get("/readyz").json().get("running", 0) < 8:
                time.sleep(0.1)
            times = []
            for _ in range(PROBES):
                began = time.monotonic()
                assert probe.get("/healthz").json() == {"status": "ok"}
                times.append(time.monotonic() - began)
                time.sleep(0.02)
        stop.set()
        for job in jobs:
            job.result(timeout=120)
    assert np.percentile(times, 99) < PROBE_LIMIT_S
    time.sleep(1.0)
    assert idle_share(service, 1.0) < 0.3, "abandoned requests still cost CPU a second later"


def test_a_client_that_leaves_before_the_first_sound_stops_its_job(service):
    wait_until_idle(service)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{service.base_url}/v1/audio/speech", json={**SPEECH, "input": LONG}, timeout=httpx.Timeout(5, read=0.3)
        )
    time.sleep(1.0)
    assert idle_share(service, 1.0) < 0.3


def test_a_short_request_does_not_wait_for_long_ones(service):
    wait_until_idle(service)
    with ThreadPoolExecutor(2) as pool:
        stop = threading.Event()

        def read() -> None:
            with httpx.stream(
                "POST", f"{service.base_url}/v1/audio/speech", json={**SPEECH, "input": LONG}, timeout=600
            ) as r:
                for _ in r.iter_bytes():
                    if stop.is_set():
                        return

        jobs = [pool.submit(read) for _ in range(2)]
        began = time.monotonic()
        answer = httpx.post(f"{service.base_url}/v1/audio/speech", json={**SPEECH, "input": "Quick."}, timeout=120)
        assert answer.status_code == 200
        assert not any(job.done() for job in jobs), "the long jobs are still at work when the short one is done"
        assert time.monotonic() - began < 60
        stop.set()
        for job in jobs:
            job.result(timeout=120)


def test_a_long_text_is_spoken_whole(client):
    text = (
        "The market opens before sunrise, when the first trucks arrive from the valley. Farmers unload boxes of apples "
        "and onions, while a baker sets out warm bread. By noon the square is full of voices. Children run about "
        "between the stalls, and an old man plays the violin."
    )
    answer = client.audio.speech.create(**SPEECH | {"response_format": "wav"}, input=text)
    written = client.audio.transcriptions.create(model="whisper-1", file=("long.wav", answer.content)).text
    assert word_error(text, written) <= 0.1
