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


# ---- waiting, and how it ended -------------------------------------------------------------------------------------


def test_an_answer_says_where_its_job_stood_and_what_it_took(api: Api):
    api.script.go.set()
    with api.http() as web:
        headers = web.post("/v1/audio/speech", json=SPEECH).headers
    assert headers["x-queue-position"] == "0"
    assert float(headers["x-queue-eta-s"]) == 0
    assert float(headers["x-queue-s"]) >= 0
    assert float(headers["x-compute-s"]) > 0


def test_events_tell_of_a_job_before_its_sound_is_there(api: Api):
    waiting = SPEECH | {"input": "Now wait for it.", "stream_format": "sse", "step_audio": {"progress": True}}
    with api.http() as web, web.stream("POST", "/v1/audio/speech", json=waiting) as answer:
        assert answer.status_code == 200
        lines = (line for line in answer.iter_lines() if line)
        told = json.loads(next(lines).removeprefix("data: "))
        assert told["type"] == "speech.audio.progress"
        assert told["state"] in ("queued", "running")
        api.script.go.set()
        *_, last = (json.loads(line.removeprefix("data: ")) for line in lines)
    assert last["type"] == "speech.audio.done"
    assert set(last["timing"]) == {"queue_s", "compute_s", "audio_s", "first_sound_s", "underrun_s"}
    assert last["timing"]["audio_s"] > 0


def test_who_waits_in_the_queue_is_told_the_place(serve: Serve):
    api = serve(workers=1)
    fields = SPEECH | {"input": "Now wait for it.", "stream_format": "sse", "step_audio": {"progress": True}}
    with api.http() as web, web.stream("POST", "/v1/audio/speech", json=fields) as first:
        lines = first.iter_lines()
        next(lines)
        assert api.script.begun.wait(PATIENCE_S)
        with web.stream("POST", "/v1/audio/speech", json=fields) as second:
            news = second.iter_lines()
            told = json.loads(next(news).removeprefix("data: "))
            assert (told["state"], told["position"]) == ("queued", 1)
            assert second.headers["x-queue-position"] == "1"
            assert told["eta_s"] > 0
            report = web.get(f"/v1/audio/speech/{second.headers['x-request-id']}").json()
            assert (report["state"], report["position"], report["audio_s"]) == ("queued", 1, None)
            api.script.go.set()


def test_a_refusal_keeps_its_status_where_progress_is_asked_for(api: Api):
    fields = SPEECH | {"voice": "nobody", "stream_format": "sse", "step_audio": {"progress": True}}
    with api.http() as web:
        assert web.post("/v1/audio/speech", json=fields).status_code == 404


def test_a_failure_behind_progress_is_the_last_event(api: Api):
    api.script.go.set()
    fields = SPEECH | {"input": "Now wait, and then fail here.", "stream_format": "sse"}
    with api.http() as web:
        web.post("/v1/audio/speech", json=fields | {"step_audio": {"progress": True}})
        answer = web.post("/v1/audio/speech", json=fields | {"step_audio": {"progress": True}})
    if answer.status_code == 200:  # let in before it failed
        assert events(answer.text.splitlines())[-1]["type"] == "speech.audio.error"
    else:
        assert answer.json()["error"]["code"]


def test_progress_without_events_is_said_to_be_unused(api: Api):
    api.script.go.set()
    with api.http() as web:
        headers = web.post("/v1/audio/speech", json=SPEECH | {"step_audio": {"progress": True}}).headers
    assert "step_audio.progress" in headers["x-warning"]


def test_one_can_ask_how_a_stream_ended(api: Api):
    api.script.go.set()
    with api.http() as web:
        request_id = web.post("/v1/audio/speech", json=SPEECH).headers["x-request-id"]
        report = web.get(f"/v1/audio/speech/{request_id}").json()
        assert (report["id"], report["state"], report["finish_reason"], report["error"]) == (
            request_id,
            "done",
            "end",
            None,
        )
        assert report["audio_s"] > 0
        unknown = web.get("/v1/audio/speech/req_unknown")
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "request_not_found")


def test_a_stream_that_its_reader_left_is_said_to_be_cancelled(api: Api):
    with api.http() as web:
        with web.stream(
            "POST", "/v1/audio/speech", json=SPEECH | {"input": STREAMED, "response_format": "pcm"}
        ) as answer:
            chunks = answer.iter_bytes()
            next(chunks)
            request_id = answer.headers["x-request-id"]
            assert web.get(f"/v1/audio/speech/{request_id}").json()["state"] == "running"
        state = lambda: web.get(f"/v1/audio/speech/{request_id}").json()["state"]  # noqa: E731
        wait_until(lambda: state() == "cancelled", "the job to be stopped")


def test_what_failed_is_told_by_its_code(api: Api):
    api.script.go.set()
    with api.http() as web:
        answer = web.post("/v1/audio/speech", json=SPEECH | {"input": "Please fail here."})
        report = web.get(f"/v1/audio/speech/{answer.headers['x-request-id']}").json()
    assert report["state"] == "failed"
    assert report["error"]


def test_a_refused_request_has_no_report(serve: Serve):
    api = serve(workers=1, max_jobs=1)
    with api.http() as web, web.stream("POST", "/v1/audio/speech", json=SPEECH | {"input": STREAMED}) as first:
        assert first.status_code == 200
        refused = web.post("/v1/audio/speech", json=SPEECH)
        assert refused.status_code == 429
        assert web.get(f"/v1/audio/speech/{refused.headers['x-request-id']}").status_code == 404
