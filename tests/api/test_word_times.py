"""Word times of results: the timestamps route, events of streams, words of takes, messages of the WebSocket."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
import soundfile
from websockets.sync.client import connect

from tests.api.conftest import Api
from tests.fakes import TONE_S
from tests.waiting import PATIENCE_S

TEXT = "Hello there. Good world."
BODY = {"model": "tts-1", "voice": "alloy", "input": TEXT}


def events(api: Api, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    with api.http() as http:
        answer = http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n") if line]


def test_timestamps_answer_sound_words_and_sentences(api: Api) -> None:
    with api.http() as http:
        answer = http.post("/v1/audio/speech/timestamps", json=BODY | {"response_format": "wav"})
    told = answer.json()
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(told["audio"])))
    assert (rate, len(samples) / rate) == (told["sample_rate"], pytest.approx(told["duration"], abs=0.001))
    assert [word["word"] for word in told["words"]] == ["Hello", "there.", "Good", "world."]
    assert [word["id"] for word in told["words"]] == [0, 1, 2, 3]
    assert [segment["text"] for segment in told["segments"]] == ["Hello there.", "Good world."]
    assert told["phonemes"] is None  # this backend knows none
    assert answer.headers["x-seed"]


def test_what_is_wrong_with_timed_speech_is_refused_as_elsewhere(api: Api) -> None:
    with api.http() as http:
        answer = http.post("/v1/audio/speech/timestamps", json=BODY | {"input": ""})
        unused = http.post("/v1/audio/speech/timestamps", json=BODY | {"stream_format": "sse"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "input")
    assert "stream_format" in unused.headers["x-warning"]


def test_events_tell_of_words_when_they_are_asked_for(api: Api) -> None:
    body = BODY | {"stream_format": "sse", "step_audio": {"timestamps": True}}
    told = events(api, "/v1/audio/speech", body)
    (words,) = [event["words"] for event in told if event["type"] == "speech.audio.words"]
    assert [word["word"] for word in words] == ["Hello", "there.", "Good", "world."]
    assert told[-1]["type"] == "speech.audio.done"
    silent = events(api, "/v1/audio/speech", BODY | {"stream_format": "sse"})
    assert all(event["type"] != "speech.audio.words" for event in silent)


def test_words_are_told_of_in_events_of_edits_and_takes(api: Api) -> None:
    asked = {"steps": [{"task": "vad"}], "stream_format": "sse", "timestamps": True}
    told = events(api, "/v1/audio/edits", asked | {"voice": "low_tone"})
    assert [event["type"] for event in told[-2:]] == ["speech.audio.words", "speech.audio.done"]
    with api.http() as http:
        session = http.post("/v1/sessions").json()["id"]
        http.post(f"/v1/sessions/{session}/takes", json={"voice": "low_tone"})
        told = events(api, f"/v1/sessions/{session}/takes", asked)
        assert [event["type"] for event in told[-2:]] == ["speech.audio.words", "speech.audio.done"]
        takes = http.get(f"/v1/sessions/{session}/takes").json()["data"]
    assert takes[0]["words"] is None
    assert [word["id"] for word in takes[1]["words"]] == list(range(len(told[-2]["words"])))


def test_timestamps_without_events_are_told_to_have_no_effect(api: Api) -> None:
    with api.http() as http:
        answer = http.post("/v1/audio/speech", json=BODY | {"step_audio": {"timestamps": True}})
        session = http.post("/v1/sessions").json()["id"]
        http.post(f"/v1/sessions/{session}/takes", json={"voice": "low_tone"})
        asked = {"steps": [{"task": "vad"}], "timestamps": True}
        take = http.post(f"/v1/sessions/{session}/takes", json=asked)
        edit = http.post("/v1/audio/edits", json=asked | {"voice": "low_tone"})
    assert "step_audio.timestamps" in answer.headers["x-warning"]
    assert all("timestamps" in told.headers["x-warning"] for told in (take, edit))


@pytest.mark.parametrize("is_asked", [True, False])
def test_the_socket_tells_of_each_word_where_it_is_known_or_asked_for(api: Api, is_asked: bool) -> None:
    fields = {"model": "tts-1", "voice": "low_tone", "response_format": "pcm", "step_audio": {"timestamps": is_asked}}
    with connect(api.url.replace("http", "ws") + "/v1/audio/speech/stream") as socket:
        for message in (fields, {"text": TEXT}, {"end": True}):
            socket.send(json.dumps(message))
        told = []
        while not told or told[-1]["type"] != "done":
            message = socket.recv(PATIENCE_S)
            if isinstance(message, str):
                told.append(json.loads(message))
    rows = [event["words"] for event in told if event["type"] == "words"]
    assert not [event for event in told if event["type"] == "error"]
    if not is_asked:
        assert rows == [None] * len(rows)
        return
    words = [word for row in rows for word in row]
    assert [word["id"] for word in words] == list(range(len(words)))
    assert len(rows) < 2 or rows[1][0]["start"] >= TONE_S
