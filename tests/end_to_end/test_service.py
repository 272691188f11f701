"""The running service under load: probes that answer, early sound, and nothing computed for those who left.

How quick probes are under load is measured by `benchmarks/responsiveness.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.listening import word_error
from tests.serving import Service

pytestmark = pytest.mark.slow

LONG = " ".join(
    f"Sentence number {n} of this story is here only to keep the machine busy for a while." for n in range(1, 30)
)
SPEECH = {"model": "tts-1", "voice": "alloy", "response_format": "pcm"}
PROBES = 100
IDLE_MEMORY_LIMIT_BYTES = 2.5e9


@contextmanager
def long_jobs(service: Service, n: int) -> Iterator[list[Future[None]]]:
    """So many readers of a long speech, who all leave at the end."""
    stop = threading.Event()

    def read() -> None:
        body = {**SPEECH, "input": LONG}
        with httpx.stream("POST", f"{service.base_url}/v1/audio/speech", json=body, timeout=600) as answer:
            for _ in answer.iter_bytes():
                if stop.is_set():
                    return

    with ThreadPoolExecutor(n) as pool:
        jobs = [pool.submit(read) for _ in range(n)]
        try:
            service.wait_for_jobs(lambda running, waiting: running + waiting == n)
            yield jobs
        finally:
            stop.set()
        for job in jobs:
            job.result(timeout=120)


def test_the_start_block_tells_backend_reason_and_addresses(service):
    log = service.log.read_text()
    for fact in ("embedded", "because", f"{service.base_url}/", f"{service.base_url}/v1", f"{service.base_url}/docs"):
        assert fact.replace("127.0.0.1", "") in log.replace("127.0.0.1", "").replace("localhost", "")


def test_idle_memory_is_bounded(service):
    assert service.memory_bytes() < IDLE_MEMORY_LIMIT_BYTES


def test_sound_flows_while_later_sentences_are_still_made(service):
    body = {**SPEECH, "input": LONG[:400]}
    with httpx.stream("POST", f"{service.base_url}/v1/audio/speech", json=body, timeout=300) as answer:
        pieces = answer.iter_bytes()
        first = next(pieces)
        assert httpx.get(f"{service.base_url}/readyz").json()["running"] == 1
        n_bytes = len(first) + sum(map(len, pieces))
    assert answer.headers["transfer-encoding"] == "chunked"
    assert n_bytes / 2 / 24000 > 10


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


def test_probes_answer_and_leaving_frees_the_machine_while_eight_long_jobs_run(service):
    with long_jobs(service, 8), httpx.Client(base_url=service.base_url, timeout=10) as probe:
        for _ in range(PROBES):
            assert probe.get("/healthz").json() == {"status": "ok"}
    service.wait_for_jobs(lambda running, waiting: running + waiting == 0)


def test_a_client_that_leaves_before_the_first_sound_stops_its_job(service):
    body = {**SPEECH, "input": LONG}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{service.base_url}/v1/audio/speech", json=body, timeout=httpx.Timeout(5, read=0.3))
    service.wait_for_jobs(lambda running, waiting: running + waiting == 0)


def test_a_short_request_does_not_wait_for_long_ones(service):
    with long_jobs(service, 2) as jobs:
        answer = httpx.post(f"{service.base_url}/v1/audio/speech", json={**SPEECH, "input": "Quick."}, timeout=120)
        assert answer.status_code == 200
        assert not any(job.done() for job in jobs), "the long jobs are still at work when the short one is done"


def test_a_long_text_is_spoken_whole(client):
    text = (
        "The market opens before sunrise, when the first trucks arrive from the valley. Farmers unload boxes of apples "
        "and onions, while a baker sets out warm bread. By noon the square is full of voices. Children run about "
        "between the stalls, and an old man plays the violin."
    )
    answer = client.audio.speech.create(**SPEECH | {"response_format": "wav"}, input=text)
    written = client.audio.transcriptions.create(model="whisper-1", file=("long.wav", answer.content)).text
    assert word_error(text, written) <= 0.1
