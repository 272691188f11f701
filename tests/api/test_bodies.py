"""What a request may carry: every text, part and body has a limit, and what passes it is refused unread."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app import bodies
from app.api.incoming.forms import MAX_JSON_VALUES, parse_json
from app.api.refusals import TooManyValues
from app.bodies import BodyRoom
from app.engine.errors import TooManyBodies
from app.engine.library.voices import MAX_TRANSCRIPT_CHARS
from tests.api.conftest import Api, Serve
from tests.waiting import wait_until

SPEECH: dict[str, Any] = {"model": "tts-1", "voice": "alloy", "input": "One sentence."}
FORM = {"content-type": "multipart/form-data; boundary=b"}


def refusal(answer: httpx.Response) -> tuple[int, str | None, str | None]:
    error = answer.json()["error"]
    return answer.status_code, error["param"], error["code"]


def part(name: str, value: str, more: str = "") -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'


# ---- texts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": "m" * 129}, "model"),
        ({"voice": "v" * 129}, "voice"),
        ({"voice": {"id": "v" * 129}}, "voice"),
        ({"input": "a" * 4097}, "input"),
        ({"instructions": "a" * 4097}, "instructions"),
        ({"step_audio": {"mode": "m" * 129}}, "step_audio.mode"),
        ({"step_audio": {"edit_info": "e" * 129}}, "step_audio.edit_info"),
        ({"step_audio": {"prompt_text": "p" * 4097}}, "step_audio.prompt_text"),
        ({"step_audio": {"audio_text": "p" * 15_001}}, "step_audio.audio_text"),
        ({"step_audio": {"prompt_audio_url": "http://x/" + "u" * 8192}}, "step_audio.prompt_audio_url"),
        ({"step_audio": {"input_audio_url": "http://x/" + "u" * 8192}}, "step_audio.input_audio_url"),
    ],
)
def test_a_text_over_its_limit_is_400_and_named(api: Api, fields: dict[str, Any], param: str):
    with api.http() as http:
        answer = http.post("/v1/audio/speech", json=SPEECH | fields)
    assert refusal(answer) == (400, param, "text_too_long")
    assert "limit" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "file", "field", "value"),
    [
        ("transcriptions", "file", "prompt", "word " * 2000),
        ("transcriptions", "file", "language", "e" * 129),
        ("transcriptions", "file", "model", "m" * 129),
        ("transcriptions", "file", "prompt", "word " * 200_000),
        ("voices", "audio_sample", "name", "a " * 1000),
        ("voices", "audio_sample", "ref_text", "word " * 1000),
        ("voices", "audio_sample", "language", "e" * 65),
        ("voices", "audio_sample", "speaker_description", "d" * 1025),
        ("voices", "audio_sample", "gender", "female" * 5),
        ("voices", "audio_sample", "consent", "c" * 129),
        ("voice_consents", "recording", "name", "a " * 1000),
        ("voice_consents", "recording", "language", "e" * 65),
    ],
)
def test_a_field_of_a_form_over_its_limit_is_400_and_named(
    api: Api, clip_wav: bytes, path: str, file: str, field: str, value: str
):
    fields = {"model": "whisper-1", "name": "Ada", "language": "en", field: value}
    with api.http() as http:
        answer = http.post(f"/v1/audio/{path}", data=fields, files={file: ("a.wav", clip_wav)})
    assert refusal(answer)[:2] == (400, field)


@pytest.mark.parametrize(
    "path", ["audio/voices/{}", "audio/voices/{}/preview", "audio/voice_consents/{}", "audio/voice_consents?after={}"]
)
def test_a_word_of_an_address_has_a_limit_too(api: Api, path: str):
    with api.http() as http:
        assert http.get("/v1/" + path.format("x" * 129)).status_code == 400


def strings(schema: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every text in a schema."""
    if isinstance(schema, list):
        for n, item in enumerate(schema):
            yield from strings(item, f"{where}[{n}]")
    if isinstance(schema, dict):
        if schema.get("type") == "string":
            yield where, schema
        inner = {key: value for key, value in schema.items() if key not in ("default", "examples", "enum", "const")}
        for key, value in inner.items():
            bound = {"maxLength": schema["maxLength"]} if "maxLength" in schema and key == "anyOf" else {}
            items = [bound | item for item in value] if bound else value
            yield from strings(items, f"{where}/{key}")


def test_the_document_states_the_limit_of_every_text_that_is_sent(serve: Serve):
    api = serve(max_input_chars=1234, max_upload_bytes=3000)
    with api.http() as http:
        document = http.get("/openapi.json").json()
    unlimited, limits = [], {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            sent = {"parameters": operation.get("parameters", []), "body": operation.get("requestBody", {})}
            for where, schema in strings(sent):
                is_bound = {"maxLength", "enum", "const"} & schema.keys() or schema.get("format") == "binary"
                if not is_bound and not where.endswith("/payload"):  # which holds the document with its own limits
                    unlimited.append(f"{method} {path} {where}")
                limits[where.rsplit("properties/", 1)[-1].partition("/")[0]] = schema.get("maxLength")
    assert unlimited == []
    assert (limits["input"], limits["prompt_text"]) == (1234, 1234)
    assert limits["input_audio_base64"] >= 4000


def test_a_saved_text_of_an_earlier_release_is_listed_within_the_limit(api: Api, clip_wav: bytes):
    made = api.client.audio.voices.create(
        name="Ada", audio_sample=("a.wav", clip_wav), consent="c", extra_body={"ref_text": "A tone."}
    )
    file = next(api.engine.voices._saved.glob(f"{made.id}/voice.json"))
    file.write_text(json.dumps(json.loads(file.read_text()) | {"transcript": "word " * 100_000}))
    with api.http() as http:
        texts = [voice["prompt_text"] for voice in http.get("/v1/voices").json()]
    assert max(map(len, texts)) == MAX_TRANSCRIPT_CHARS


# ---- documents and forms -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", [b"[],", b'{"k":', b'"a",'])
def test_a_document_of_very_many_values_is_refused_unread(many: bytes):
    with pytest.raises(TooManyValues):
        parse_json(b'{"x":[' + many * (MAX_JSON_VALUES + 1))


@pytest.mark.parametrize(
    "body",
    [
        part("n" * 65, "x"),
        "".join(part(f"p{n}", "") for n in range(65)),
        part("x", "1", "; x=" + "y" * 3000),
        "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n",
        "--b\r\n" + "a: b\r\n" * 9 + 'Content-Disposition: form-data; name="x"\r\n\r\nx\r\n',
    ],
    ids=["name", "number", "header", "nameless", "headers"],
)
def test_parts_have_limits_of_number_name_and_headers(api: Api, body: str):
    with api.http() as http:
        answer = http.post("/v1/audio/transcriptions", content=body.encode() + b"--b--\r\n", headers=FORM)
    assert refusal(answer) == (400, None, "invalid_form")


def test_each_route_takes_bodies_as_large_as_it_can_use(serve: Serve, clip_wav: bytes):
    limit = len(clip_wav)
    api = serve(max_upload_bytes=limit)
    with api.http(headers={"content-type": "application/json"}) as http:
        for path, fits in (("speech", limit * 4 // 3 + 2**20), ("voice_consents/cons_1", 2**20)):
            assert refusal(http.post(f"/v1/audio/{path}", content=bytes(fits)))[2] == "invalid_json"
            assert refusal(http.post(f"/v1/audio/{path}", content=bytes(fits + 9)))[2] == "request_too_large"
    with api.http() as http:
        answer = http.post("/v1/audio/transcriptions", files={"file": ("a", bytes(limit + 2**20))})
        assert refusal(answer) == (413, None, "request_too_large")


# ---- all bodies together -------------------------------------------------------------------------------------------


def test_bodies_are_bounded_in_sum_and_one_caller_takes_half():
    room = BodyRoom(100)
    room.take("a", 50)
    with pytest.raises(TooManyBodies):
        room.take("a", 1)
    room.take("b", 30)
    with pytest.raises(TooManyBodies):
        room.take("c", 21)
    room.give_back("a", 50)
    room.take("c", 50)


async def test_bodies_of_one_caller_together_are_read_no_faster_than_the_rate(monkeypatch: pytest.MonkeyPatch):
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(bodies.asyncio, "sleep", sleep)
    monkeypatch.setattr(bodies.time, "monotonic", lambda: 100.0)
    room, n_bytes = BodyRoom(100), bodies.MAX_RATE_BYTES_S // 10
    for caller in ("a", "a", "b", "c"):
        await room.pace(caller, n_bytes if caller != "c" else 1000)
    assert slept == pytest.approx([0.1, 0.2, 0.1, 0])


def test_unfinished_bodies_are_429_beyond_their_sum_and_given_back_when_their_senders_leave(serve: Serve):
    api = serve(max_upload_bytes=200_000)
    head = b"POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Length: 1300000\r\n"
    head += b"Content-Type: application/json\r\n\r\n"
    host, port = api.url.removeprefix("http://").split(":")
    room = api.app.state.service.bodies
    senders = [socket.create_connection((host, int(port))) for _ in range(3)]
    for n, sender in enumerate(senders[:2], 1):
        sender.sendall(head + b" " * 1_250_000)
        wait_until(lambda: room.n_bytes >= n * 1_100_000, "the body to be counted")  # noqa: B023
    senders[2].sendall(head + b" " * 1_250_000)
    assert b" 429 " in senders[2].recv(20)
    for sender in senders:
        sender.close()
    wait_until(lambda: room.n_bytes == 0, "the bytes to be given back")
