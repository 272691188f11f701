"""Changing words over HTTP: what is refused before anybody listens, and how an answer tells what is new."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from app.api.answers.rewritten import MAX_HEADER_BYTES, rewrite_header
from app.engine.content.stretches import Span, Stretch
from tests.api.conftest import Api

TEXT = "One two three four."
DELETE = {"op": "delete", "word": 1}


def refused(api: Api, step: dict[str, Any], clip_wav: bytes, words: str = TEXT) -> tuple[int, str, str | None]:
    body = {"input_audio_base64": base64.b64encode(clip_wav).decode(), "audio_text": words, "steps": [step]}
    with api.http() as http:
        error = (answer := http.post("/v1/audio/edits", json=body)).json()["error"]
    return answer.status_code, error["code"], error["param"]


@pytest.mark.parametrize(
    ("step", "code", "param"),
    [
        ({}, "empty_text", "steps[1].text"),
        ({"text": "?!"}, "empty_text", "steps[1].text"),
        ({"text": "one TWO 3, four"}, "nothing_changes", "steps[1].text"),
        ({"text": "Five six seven four."}, "too_much_new", "steps[1].text"),
        ({"edits": [{"op": "delete", "word": 4}]}, "unknown_word", "steps[1].edits"),
        ({"edits": [{"op": "replace", "word": 1}]}, "empty_text", "steps[1].edits[0].text"),
        (
            {"edits": [DELETE, {"op": "delete", "word": 0, "to": 2}]},
            "edits_overlap",
            "steps[1].edits",
        ),
        ({"edits": [DELETE], "text": "One three four."}, "text_or_edits", "steps[1].edits"),
        ({"edits": [{"op": "swap", "word": 1}]}, "invalid_value", "steps"),
        ({"edits": [{"op": "delete"}]}, "invalid_value", "steps"),
        ({"edits": "one"}, "invalid_value", "steps"),
        ({"text": "One five three four.", "speed": 1.2}, "invalid_value", "steps"),
        ({"text": "One five three four.", "iterations": 2}, "invalid_value", "steps"),
        ({"text": "One five three four.", "info": "happy"}, "unknown_tag", "steps[1].tag"),
    ],
)
def test_what_is_no_change_of_words_is_a_400_with_a_code_of_its_own(
    api: Api, clip_wav: bytes, step: dict[str, Any], code: str, param: str
):
    assert refused(api, {"task": "rewrite"} | step, clip_wav) == (400, code, param)
    assert api.script.clones == []
    assert api.script.transcriptions == []


@pytest.mark.parametrize(
    "step",
    [
        {"task": "denoise", "edits": [DELETE]},
        {"task": "rewrite", "text": "One five three four.", "remove": ["fillers"]},
        {"task": "fillers", "remove": ["everything"]},
        {"task": "fillers", "remove": []},
        {"task": "fillers", "text": "One two."},
    ],
)
def test_what_a_step_does_not_know_is_refused(api: Api, clip_wav: bytes, step: dict[str, Any]):
    assert refused(api, step, clip_wav) == (400, "invalid_value", "steps")


def test_speech_refuses_the_same_and_names_its_own_fields(api: Api, clip_wav: bytes):
    step = {"mode": "rewrite", "input_audio_base64": base64.b64encode(clip_wav).decode(), "audio_text": TEXT}
    with api.http() as http:
        for options, code, param in (
            ({"input": "One, two, three, four?"}, "nothing_changes", "input"),
            ({"step_audio": step | {"edits": [{"op": "delete", "word": 9}]}}, "unknown_word", "step_audio.edits"),
            (
                {"step_audio": {"mode": "rewrite"}},
                "missing_required_parameter",
                "step_audio.input_audio_base64",
            ),
        ):
            answer = http.post("/v1/audio/speech", json={"step_audio": step} | options)
            error = answer.json()["error"]
            assert (answer.status_code, error["code"], error["param"]) == (400, code, param)


@pytest.mark.parametrize("route", ["edits", "speech", "takes"])
def test_the_last_event_tells_the_stretches_of_a_whole_answer(api: Api, clip_wav: bytes, route: str):
    words, target = "Hello there 你好 world.", "Hello there 你好 wide world."
    clip = {"input_audio_base64": base64.b64encode(clip_wav).decode(), "audio_text": words}
    step = {"task": "rewrite", "text": target, "seed": 1}
    with api.http() as http:
        whole = http.post("/v1/audio/edits", json={**clip, "steps": [step], "stream": False})
        body: dict[str, Any] = {**clip, "steps": [step]}
        path = f"/v1/audio/{route}"
        if route == "speech":
            body = {"input": target, "seed": 1, "step_audio": clip | {"mode": "rewrite"}}
        if route == "takes":
            path = f"{http.post('/v1/sessions').headers['location']}/takes"
            http.post(path, json=clip, headers={"prefer": "wait"})
            body = {"steps": [step]}
        lines = http.post(path, json=body | {"stream_format": "sse"}).text.splitlines()
    last = json.loads([line for line in lines if line.startswith("data: ")][-1].removeprefix("data: "))
    assert last["type"] == "speech.audio.done"
    assert last["stretches"] == json.loads(whole.headers["x-rewrite"])["stretches"]
    assert len(last["stretches"]) == 1


def test_the_header_tells_the_stretches_and_stays_short():
    assert rewrite_header(None) == {}
    one = Stretch(Span(0.1234567, 0.5), Span(0.1234567, 0.7))
    told = json.loads(rewrite_header([one])["x-rewrite"])
    assert told == {"stretches": [{"old": {"start": 0.123457, "end": 0.5}, "new": {"start": 0.123457, "end": 0.7}}]}
    many = rewrite_header([one] * 500)["x-rewrite"]
    assert len(many) <= MAX_HEADER_BYTES
    told = json.loads(many)
    assert len(told["stretches"]) + told["left_out"] == 500


LONG = " ".join(f"word{'abcdefghij'[n % 10]}" for n in range(800))  # longer than what may be spoken at once


@pytest.mark.parametrize("route", ["edits", "speech", "takes"])
def test_what_is_said_in_a_long_recording_may_be_longer_than_a_text_to_be_spoken(api: Api, clip_wav: bytes, route: str):
    clip = {"input_audio_base64": base64.b64encode(clip_wav).decode(), "audio_text": LONG}
    edits = [{"op": "replace", "word": 2, "text": "another"}]
    with api.http() as http:
        body: dict[str, Any] = clip | {"steps": [{"task": "rewrite", "edits": edits}]}
        path = f"/v1/audio/{route}"
        if route == "speech":
            body = {"step_audio": clip | {"mode": "rewrite", "edits": edits}}
        if route == "takes":
            path = f"{http.post('/v1/sessions').headers['location']}/takes"
            assert http.post(path, json=clip, headers={"prefer": "wait"}).status_code == 201
            body = {"steps": [{"task": "rewrite", "edits": edits}]}
        answer = http.post(path, json=body, headers={"prefer": "wait"})
        too_long = http.post("/v1/audio/edits", json=clip | {"audio_text": "x" * 15_001, "steps": [{"task": "vad"}]})
    assert answer.json()["error"]["code"] == "transcript_unlike"  # it was listened to: other words are heard
    assert too_long.json()["error"]["code"] == "text_too_long"
