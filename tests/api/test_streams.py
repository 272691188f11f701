"""Answers flow while they are made, and each of their three endings is heard: done, failed, left by the client."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
from collections.abc import AsyncGenerator, Iterable
from typing import Any

import httpx
import pytest
from openai import APIStatusError, RateLimitError

from app.api.answers.streams import Lookahead
from app.engine.sound.encoding import MEDIA
from app.logs import FORMAT, OneLine
from tests.api.conftest import Api, Serve
from tests.waiting import PATIENCE_S, wait_until

STREAMED = "This is the first sentence. Now wait for the second one."
FAILING = "This is the first sentence. Now wait, and then fail here."
ENDLESS = "This sentence goes on forever."
SPEECH = {"model": "tts-1", "voice": "alloy", "input": "One sentence."}


def events(lines: Iterable[str]) -> list[dict[str, Any]]:
    found = []
    for line in lines:
        assert line == "" or line.startswith("data: ")
        if line:
            found.append(json.loads(line.removeprefix("data: ")))
    return found


@pytest.mark.parametrize("name", MEDIA)
def test_the_first_bytes_come_before_the_job_ends(api: Api, name: str):
    speech = api.client.audio.speech.with_streaming_response
    with speech.create(model="tts-1", voice="alloy", input=STREAMED, response_format=name) as answer:
        assert "content-length" not in answer.headers
        assert answer.headers["x-accel-buffering"] == "no"
        chunks = answer.iter_bytes()
        head = next(chunks)
        assert len(head) > 20
        assert not api.script.go.is_set()
        api.script.go.set()
        rest = b"".join(chunks)
    whole = api.client.audio.speech.create(model="tts-1", voice="alloy", input=STREAMED, response_format=name).content
    assert len(head + rest) == pytest.approx(len(whole), rel=0.1)


def test_events_carry_the_same_file_and_one_end(api: Api):
    api.script.go.set()
    fields = {"model": "tts-1", "voice": "alloy", "input": STREAMED, "response_format": "pcm"}
    with api.client.audio.speech.with_streaming_response.create(**fields, stream_format="sse") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        found = events(answer.iter_lines())
    *deltas, done = found
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(e["audio"]) for e in deltas) == api.client.audio.speech.create(**fields).content
    assert (done["type"], done["finish_reason"]) == ("speech.audio.done", "end")
    assert done["usage"] == {"input_tokens": len(STREAMED), "output_tokens": 30, "total_tokens": len(STREAMED) + 30}


def test_a_failure_before_the_first_byte_is_a_status(api: Api):
    with pytest.raises(APIStatusError) as error:
        api.client.audio.speech.create(model="tts-1", voice="alloy", input="This must fail.")
    assert (error.value.status_code, error.value.code) == (400, "invalid_audio")


def test_a_failure_after_the_first_byte_cuts_the_connection(api: Api):
    with api.http() as http, http.stream("POST", "/v1/audio/speech", json=SPEECH | {"input": FAILING}) as answer:
        assert answer.status_code == 200
        chunks = answer.iter_bytes()
        next(chunks)
        api.script.go.set()
        with pytest.raises(httpx.RemoteProtocolError):
            list(chunks)


def test_a_failure_in_an_event_stream_is_its_last_event(api: Api):
    body = SPEECH | {"input": FAILING, "stream_format": "sse"}
    with api.http() as http, http.stream("POST", "/v1/audio/speech", json=body) as answer:
        lines = answer.iter_lines()
        head = next(lines)
        api.script.go.set()
        found = events([head, *lines])
    assert [event["type"] for event in found] == ["speech.audio.delta", "speech.audio.error"]
    assert found[-1]["error"]["code"] == "invalid_audio"


def test_a_bug_is_500_without_details(api: Api, caplog: pytest.LogCaptureFixture):
    caplog.handler.setFormatter(OneLine(FORMAT))
    with api.http() as http:
        answer = http.post("/v1/audio/speech", json=SPEECH | {"input": "A bug."}, headers={"x-request-id": "find-me"})
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal_error"
    assert "secret" not in answer.text
    assert re.search(r"request failed method=POST path=/v1/audio/speech request_id=find-me$", caplog.text, re.MULTILINE)


def test_every_log_line_of_a_job_carries_the_id_of_its_request(api: Api, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "app")
    caplog.handler.setFormatter(OneLine(FORMAT))
    with api.http() as http:
        body = SPEECH | {"input": "Say it in the log."}
        http.post("/v1/audio/speech", json=body, headers={"x-request-id": "find-me"})
        http.post("/v1/audio/speech", json=SPEECH, headers={"x-request-id": "not-me"})

    def ids_of(words: str) -> list[str]:
        return [line.rpartition(" request_id=")[2] for line in caplog.text.splitlines() if words in line]

    assert ids_of("the backend says") == ["find-me"]
    assert ids_of("job task=") == ["find-me", "not-me"]


def test_a_bug_in_mid_stream_cuts_the_connection(api: Api):
    body = SPEECH | {"input": "This is the first sentence. Now wait for the bug."}
    with api.http() as http, http.stream("POST", "/v1/audio/speech", json=body) as answer:
        chunks = answer.iter_bytes()
        next(chunks)
        api.script.go.set()
        with pytest.raises(httpx.RemoteProtocolError):
            list(chunks)


def test_leaving_a_stream_stops_the_job(api: Api):
    speech = api.client.audio.speech.with_streaming_response
    with speech.create(model="tts-1", voice="alloy", input=f"This is the first sentence. {ENDLESS}") as answer:
        next(answer.iter_bytes())
        wait_until(lambda: len(api.script.clones) == 2, "the second sentence to begin")
    assert api.script.stopped.wait(PATIENCE_S)
    wait_until(lambda: api.engine.status().n_running == 0, "the place to be free")


def test_leaving_before_the_first_sound_stops_the_job(api: Api):
    with api.http(headers={"connection": "close"}) as http, pytest.raises(httpx.ReadTimeout):
        http.post("/v1/audio/speech", json=SPEECH | {"input": ENDLESS}, timeout=0.3)
    assert api.script.stopped.wait(PATIENCE_S)
    wait_until(lambda: api.engine.status().n_running == 0, "the place to be free")


def test_leaving_the_queue_frees_the_place(serve: Serve):
    api = serve(workers=1, max_jobs=2)
    with api.http() as busy, busy.stream("POST", "/v1/audio/speech", json=SPEECH | {"input": STREAMED}) as first:
        chunks = first.iter_raw()
        next(chunks)
        assert api.script.begun.is_set()
        with api.http() as http, pytest.raises(httpx.ReadTimeout):
            http.post("/v1/audio/speech", json=SPEECH | {"input": ENDLESS}, timeout=0.3)
        wait_until(lambda: api.engine.status().n_waiting == 0, "the waiting job to be gone")
        api.script.go.set()
        list(chunks)
    assert "".join(job.script.text for job in api.script.clones).replace(" ", "") == STREAMED.replace(" ", "")


def test_a_full_queue_is_429_with_a_hint_that_clients_heed(serve: Serve):
    api = serve(workers=1, max_jobs=1)
    with api.http() as busy, busy.stream("POST", "/v1/audio/speech", json=SPEECH | {"input": STREAMED}) as first:
        chunks = first.iter_raw()
        next(chunks)
        with pytest.raises(RateLimitError) as error:
            api.client.audio.speech.create(model="tts-1", voice="alloy", input="One sentence.")
        assert int(error.value.response.headers["retry-after"]) >= 1
        assert error.value.code == "queue_full"
        api.script.go.set()
        list(chunks)
    patient = api.client.with_options(max_retries=2)
    assert patient.audio.speech.create(model="tts-1", voice="alloy", input="One sentence.").content


@pytest.mark.parametrize("source", ["prompt_audio_url", "prompt_audio_base64"])
def test_a_full_queue_refuses_before_a_clip_is_fetched_or_decoded(serve: Serve, source: str):
    api = serve(workers=1, max_jobs=1)
    body = SPEECH | {"step_audio": {source: "http://127.0.0.1:9/never-asked.wav"}}
    with api.http() as busy, busy.stream("POST", "/v1/audio/speech", json=SPEECH | {"input": STREAMED}) as first:
        chunks = first.iter_raw()
        next(chunks)
        with api.http() as http:
            assert http.post("/v1/audio/speech", json=body).json()["error"]["code"] == "queue_full"
        api.script.go.set()
        list(chunks)


def test_a_clip_that_cannot_be_read_gives_its_place_back(serve: Serve, clip_wav: bytes):
    api = serve(workers=1, max_jobs=1)
    with api.http() as http:
        for _ in range(2):
            answer = http.post("/v1/audio/speech", json=SPEECH | {"step_audio": {"prompt_audio_base64": "AAAA"}})
            assert answer.json()["error"]["code"] == "invalid_audio"
        files = {"audio_sample": ("a.wav", clip_wav)}
        saved = http.post("/v1/audio/voices", data={"name": "mine", "ref_text": "A tone."}, files=files)
        assert saved.status_code == 200
        assert http.post("/v1/audio/speech", json=SPEECH).status_code == 200


async def test_the_first_bytes_wait_a_fixed_time_for_all_pieces_together(monkeypatch: pytest.MonkeyPatch):
    loop, now_s = asyncio.get_running_loop(), 0.0
    monkeypatch.setattr(loop, "time", lambda: now_s)

    async def pieces() -> AsyncGenerator[int, None]:
        nonlocal now_s
        for n in range(10):
            now_s += 0.04
            yield n

    ahead = Lookahead(pieces())
    assert await ahead.ready(within_s=0.05) == ([0, 1, 2], False)
    assert await ahead.next() == 3
    await ahead.close()


async def test_pieces_that_are_all_there_at_once_are_told_to_be_all():
    async def pieces() -> AsyncGenerator[int, None]:
        yield 1
        yield 2

    assert await Lookahead(pieces()).ready(within_s=60) == ([1, 2], True)


@pytest.mark.slow
def test_a_job_past_its_limit_is_504_and_not_to_be_repeated(serve: Serve):
    api = serve(job_timeout_s=0.2)
    with api.http() as http:
        answer = http.post("/v1/audio/speech", json=SPEECH | {"input": ENDLESS})
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "deadline_exceeded")
    assert answer.headers["x-should-retry"] == "false"


def test_probes_answer_while_jobs_block_every_worker(api: Api):
    with api.http() as busy, busy.stream("POST", "/v1/audio/speech", json=SPEECH | {"input": STREAMED}) as first:
        chunks = first.iter_raw()
        next(chunks)
        with api.http() as http:
            assert http.get("/healthz").json() == {"status": "ok"}
        api.script.go.set()
        list(chunks)
