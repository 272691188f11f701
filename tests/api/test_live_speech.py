"""The WebSocket for text that arrives in pieces, through the websockets package's own client."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import pytest
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.api.live import session
from app.api.live.session import closing_code
from app.api.live.waiting import Waiting
from app.engine.clauses import Clauses
from app.engine.errors import (
    DeadlineExceeded,
    EngineError,
    NotReady,
    PartMissing,
    StorageFailed,
    TextTooLong,
    TooManySounds,
)
from app.engine.facts.fact import Plain
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


@pytest.mark.slow
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


def failure_of(socket: ClientConnection) -> tuple[dict[str, Any], int | None]:
    """The error that a conversation ends with, and the code it is closed with; nothing comes between."""
    while (event := json.loads(socket.recv(PATIENCE_S)))["type"] != "error":
        pass
    with pytest.raises(ConnectionClosed):
        socket.recv(PATIENCE_S)
    return event["error"], socket.close_code


@pytest.mark.parametrize(
    ("fields", "message", "param", "code", "closing"),
    [
        ({**FIELDS, "voice": "nobody"}, {"text": SENTENCE}, "voice", "voice_not_found", 1008),
        ({**FIELDS, "speed": 9}, None, "speed", "out_of_range", 1008),
        ({**FIELDS, "model": "gpt-9"}, None, "model", "model_not_found", 1008),
        ([], None, None, "unknown_message", 1007),
        (FIELDS, {"txt": "Hello."}, None, "unknown_message", 1007),
        (FIELDS, {"text": "a" * 5000}, "text", "text_too_long", 1008),
        (FIELDS, {"text": "Ha [laugh]. " * 41}, "text", "too_many_sounds", 1008),
        (FIELDS, {"text": "So [pause 9s]. " * 7}, "text", "pauses_too_long", 1008),
        (FIELDS, {"text": "This must fail. "}, "prompt_audio", "invalid_audio", 1008),
        (FIELDS, {"text": "Привет мир. "}, "input", "unsupported_language", 1008),
    ],
)
def test_a_fault_is_an_event_and_the_end(
    api: Api, fields: Any, message: Any, param: str | None, code: str, closing: int
):
    with talking(api, fields) as socket:
        if message is not None:
            say(socket, **message)
        error, closed_with = failure_of(socket)
    assert (error["param"], error["code"]) == (param, code), error
    assert closed_with == closing


def test_what_is_no_json_is_told_of_and_closed_as_such(api: Api):
    with talking(api) as socket:
        socket.send("{")
        error, closed_with = failure_of(socket)
    assert (error["code"], closed_with) == ("invalid_json", 1007)


def test_a_bug_is_one_event_without_details_and_a_traceback_under_the_request_id(
    api: Api, caplog: pytest.LogCaptureFixture
):
    caplog.handler.setFormatter(OneLine(FORMAT))
    with talking(api, additional_headers={"x-request-id": "find-the-bug"}) as socket:
        say(socket, text="This is a bug. ")
        error, closed_with = failure_of(socket)
    assert (error["type"], error["code"], closed_with) == ("server_error", "internal_error", 1011)
    assert "secret" not in json.dumps(error)
    told = caplog.text[caplog.text.index("socket failed") :]
    assert told.splitlines()[0].endswith(" request_id=find-the-bug")
    assert "ZeroDivisionError: a secret of the server" in told


def test_a_busy_queue_says_try_again_later(serve: Serve):
    api = serve(workers=1, max_jobs=1)
    with talking(api) as first, talking(api) as second:
        say(first, text="Please wait for me. ")
        assert api.script.begun.wait(PATIENCE_S)
        say(second, text=SENTENCE)
        error, closed_with = failure_of(second)
    assert (error["code"], closed_with) == ("queue_full", 1013)


@pytest.mark.parametrize(
    ("failure", "closing"),
    [
        (NotReady(Plain("loading")), 1013),
        (PartMissing(Plain("gone")), 1011),
        (DeadlineExceeded(3), 1011),
        (StorageFailed(), 1011),
    ],
)
def test_only_what_passes_by_itself_is_closed_as_such(failure: EngineError, closing: int):
    assert closing_code(failure) == closing


@pytest.mark.parametrize("has_fields", [False, True])
def test_a_peer_that_writes_nothing_is_told_so_and_cut(api: Api, has_fields: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "IDLE_S", 0.01)
    address = api.url.replace("http", "ws") + "/v1/audio/speech/stream"
    with connect(address, close_timeout=PATIENCE_S) as socket:
        if has_fields:
            with suppress(ConnectionClosed):  # the peer may be cut before it has written them
                socket.send(json.dumps(FIELDS))
        error, closed_with = failure_of(socket)
    assert (error["code"], closed_with) == ("idle_timeout", 1008)


def test_a_peer_that_takes_no_sound_is_cut(api: Api, monkeypatch: pytest.MonkeyPatch):
    async def takes_nothing(_self: WebSocket, _data: bytes) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(session, "SLOW_S", 0.01)
    monkeypatch.setattr(WebSocket, "send_bytes", takes_nothing)
    with talking(api) as socket:
        say(socket, text=SENTENCE)
        with pytest.raises(ConnectionClosed):
            until(socket, "done")


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


def test_a_tag_of_language_holds_for_the_clauses_after_it(api: Api):
    with talking(api) as socket:
        say(socket, text="[Sichuanese] One sentence. Another sentence. ")
        say(socket, end=True)
        until(socket, "done")
    assert [job.script.language for job in api.script.clones] == ["Sichuanese"] * 2


async def test_sounds_of_many_messages_count_until_all_is_spoken_or_dropped():
    waiting = Waiting(10_000)
    waiting.put(["[laugh]" * 20])
    await waiting.get()
    waiting.put(["[laugh]" * 20])
    with pytest.raises(TooManySounds):
        waiting.put(["[laugh]"])
    waiting.clear()
    waiting.put(["[laugh]" * 40])
    await waiting.get()
    async with asyncio.TaskGroup() as tasks:
        speaking = tasks.create_task(waiting.get())
        await asyncio.sleep(0)
        assert waiting.is_quiet
        waiting.put(["[laugh]" * 40])
    assert speaking.result() == "[laugh]" * 40


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
    clauses.clear()
    assert clauses.add("word " * 30 + "[clears throat] " + "word " * 5)[0].endswith("word ")
    with pytest.raises(TextTooLong):
        Clauses(10).add("a" * 11)
