"""The WebSocket for text that arrives in pieces, through the websockets package's own client."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.api.live.clauses import Clauses
from app.engine.errors import TextTooLong
from app.logs import FORMAT, OneLine
from tests.api.conftest import Api, Serve
from tests.fakes import RATE_HZ, TONE_S
from tests.waiting import PATIENCE_S, wait_until

FIELDS = {"model": "tts-1", "voice": "low_tone", "response_format": "pcm"}
SENTENCE = "This is one whole sentence. "


@contextmanager
def talking(api: Api, fields: dict[str, Any] | None = None, **options: Any) -> Iterator[ClientConnection]:
    """A connection that has sent its fields."""
    address = api.url.replace("http", "ws") + "/v1/audio/speech/stream"
    with connect(address, close_timeout=PATIENCE_S, **options) as socket:
        socket.send(json.dumps(FIELDS if fields is None else fields))
        yield socket


def say(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))


def until(socket: ClientConnection, kind: str) -> tuple[dict[str, Any], bytes, list[str]]:
    """The next event of a kind, the sound before it, and the kinds of the events on the way."""
    sound, kinds = b"", []
    while True:
        message = socket.recv(PATIENCE_S)
        if isinstance(message, bytes):
            sound += message
            continue
        event = json.loads(message)
        kinds.append(event["type"])
        if event["type"] == kind:
            return event, sound, kinds
        assert event["type"] != "error", event


def seconds(pcm: bytes) -> float:
    return len(np.frombuffer(pcm, "<i2")) / RATE_HZ


def test_every_log_line_of_a_conversation_carries_its_id(api: Api, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "app")
    caplog.handler.setFormatter(OneLine(FORMAT))
    with talking(api, additional_headers={"x-request-id": "find-me"}) as socket:
        assert socket.response is not None
        assert socket.response.headers["x-request-id"] == "find-me"
        say(socket, text="Say it in the log.")
        say(socket, end=True)
        until(socket, "done")
    told = [line for line in caplog.text.splitlines() if "the backend says" in line or "job task=" in line]
    assert len(told) == 2
    assert all(line.endswith(" request_id=find-me") for line in told)


def test_text_sounds_while_more_is_still_being_written(api: Api):
    with talking(api) as socket:
        started, _, _ = until(socket, "started")
        assert (started["sample_rate"], started["response_format"]) == (RATE_HZ, "pcm")
        for n in range(2):
            say(socket, text=SENTENCE)
            words, sound, _ = until(socket, "words")
            assert words["text"] == SENTENCE.strip()
            assert (words["start_s"], words["end_s"]) == pytest.approx((n * TONE_S, (n + 1) * TONE_S), abs=0.01)
            assert seconds(sound) == pytest.approx(TONE_S, abs=0.05)
        say(socket, text="And the end")
        say(socket, end=True)
        done, sound, kinds = until(socket, "done")
    assert done["audio_s"] == pytest.approx(3 * TONE_S, abs=0.01)
    assert kinds == ["words", "done"]
    assert [job.script.text for job in api.script.clones] == [SENTENCE.strip()] * 2 + ["And the end"]
    assert len({job.seed for job in api.script.clones}) == 1
    assert {job.voice.id for job in api.script.clones} == {"low_tone"}


def test_words_without_any_mark_sound_after_a_pause_and_after_flush(api: Api):
    with talking(api) as socket:
        say(socket, text="hello ")
        say(socket, text="there")
        assert until(socket, "words")[0]["text"] == "hello there"
        say(socket, text="again")
        say(socket, flush=True)
        assert until(socket, "words")[0]["text"] == "again"


def test_cancelling_is_silence_frees_the_place_and_lets_the_talk_go_on(api: Api):
    with talking(api) as socket:
        say(socket, text="This goes on forever. This is never heard. ")
        assert api.script.begun.wait(PATIENCE_S)
        say(socket, cancel=True)
        _, sound, kinds = until(socket, "cancelled")
        assert (sound, kinds[-1]) == (b"", "cancelled")
        wait_until(lambda: api.engine.status().n_running == 0, "the place to be free")
        say(socket, text=SENTENCE)
        assert until(socket, "words")[0]["text"] == SENTENCE.strip()
    assert [job.script.text for job in api.script.clones] == ["This goes on forever.", SENTENCE.strip()]


def test_leaving_stops_the_job(api: Api):
    with talking(api) as socket:
        say(socket, text="This goes on forever. ")
        assert api.script.begun.wait(PATIENCE_S)
    assert api.script.stopped.wait(PATIENCE_S)


@pytest.mark.parametrize(
    ("fields", "message", "param", "code"),
    [
        ({**FIELDS, "voice": "nobody"}, {"text": SENTENCE}, "voice", "voice_not_found"),
        ({**FIELDS, "speed": 9}, None, "speed", "out_of_range"),
        ({**FIELDS, "model": "gpt-9"}, None, "model", "model_not_found"),
        ([], None, None, "unknown_message"),
        (FIELDS, {"txt": "Hello."}, None, "unknown_message"),
        (FIELDS, {"text": "a" * 5000}, "text", "text_too_long"),
        (FIELDS, {"text": "This must fail. "}, "prompt_audio", "invalid_audio"),
        (FIELDS, {"text": "Привет мир. "}, "input", "unsupported_language"),
    ],
)
def test_a_fault_is_an_event_and_the_end(api: Api, fields: Any, message: Any, param: str | None, code: str):
    with talking(api, fields) as socket:
        if message is not None:
            say(socket, **message)
        while json.loads(told := socket.recv(PATIENCE_S))["type"] != "error":
            pass
        error = json.loads(told)["error"]
        assert (error["param"], error["code"]) == (param, code), error
        with pytest.raises(Exception, match="1008"):
            socket.recv(PATIENCE_S)


def test_warnings_are_told_once(api: Api):
    with talking(api, {**FIELDS, "lang": "en"}) as socket:
        say(socket, text=SENTENCE * 2)
        say(socket, end=True)
        _, _, kinds = until(socket, "done")
    assert kinds.count("warning") == 1


def test_keys_and_origins_are_asked_for_as_elsewhere(serve: Serve):
    api = serve(api_keys=("secret",), cors_origins=("https://good.example",))
    key = {"Authorization": "Bearer secret"}
    for headers, origin, status in (
        ({}, None, 401),
        ({"Authorization": "Bearer wrong"}, None, 401),
        (key, "https://bad.example", 403),
    ):
        with pytest.raises(InvalidStatus) as refused, talking(api, additional_headers=headers, origin=origin):
            pass
        assert refused.value.response.status_code == status
        assert json.loads(refused.value.response.body)["error"]["message"]
    for origin in (None, "https://good.example", api.url):
        with talking(api, additional_headers=key, origin=origin) as socket:
            assert until(socket, "started")


@pytest.mark.parametrize("path", ["/v1/realtime", "/v1/live/abc", "/v1/realtime?model=gpt-realtime"])
def test_other_sockets_are_404_in_shape(api: Api, path: str):
    with pytest.raises(InvalidStatus) as refused, connect(api.url.replace("http", "ws") + path):
        pass
    assert refused.value.response.status_code == 404
    assert json.loads(refused.value.response.body)["error"]["code"] == "route_not_found"


def test_clauses_end_at_marks_and_never_inside_a_number():
    clauses = Clauses(1000)
    assert clauses.add("It costs 3") == []
    assert clauses.add(".14 dollars, and that") == ["It costs 3.14 dollars, "]
    assert clauses.add(" is all. Yes") == ["and that is all. "]
    assert clauses.add("。") == []
    assert clauses.is_ended
    assert clauses.rest() == "Yes。"
    assert clauses.is_empty
    clauses.clear()
    assert sum(map(len, clauses.add("word " * 60))) >= 150
    with pytest.raises(TextTooLong):
        Clauses(10).add("a" * 11)
