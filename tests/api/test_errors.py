"""Every refusal has one shape; malformed requests never become a 500."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import orjson
import pytest
from starlette.requests import ClientDisconnect

from app.api import refusals
from app.api.entrance.middleware import ErrorBoundary
from app.api.errors import STATUS, error_response, status_of
from app.api.incoming import forms
from app.api.incoming.forms import parse_json
from app.api.wording import ENGLISH_OF_THE_API, worded
from app.engine import errors as engine_errors
from app.engine.errors import (
    DeadlineExceeded,
    EngineError,
    FileTooLarge,
    NoSound,
    NotReady,
    OutOfMemory,
    QueueFull,
    SilentClip,
    StorageFull,
)
from tests.api.conftest import Api, Serve
from tests.samples_of_facts import sample

SPEECH = {"model": "tts-1", "voice": "alloy", "input": "One sentence."}
FAMILY = [kind for _, kind in inspect.getmembers(engine_errors, inspect.isclass) if issubclass(kind, EngineError)]


def refusal(answer: httpx.Response) -> tuple[int, str | None, str | None]:
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert answer.headers["x-request-id"]
    return answer.status_code, error["param"], error["code"]


@pytest.mark.parametrize("kind", FAMILY)
def test_every_engine_error_has_a_status_of_its_own_family(kind: type[EngineError]):
    error = kind.__new__(kind)
    assert 400 <= status_of(error) < 600
    assert kind in (EngineError, NoSound) or status_of(error) != STATUS[EngineError]


OWN = [kind for _, kind in inspect.getmembers(refusals, inspect.isclass) if kind.__module__ == refusals.__name__]
RAISED = [kind for kind in OWN if kind in ENGLISH_OF_THE_API or not kind.__subclasses__()]


@pytest.mark.parametrize("kind", RAISED)
def test_a_refusal_that_only_the_api_knows_has_a_sentence_and_a_status(kind: type[EngineError]):
    error = sample(kind)
    assert worded(error).endswith(".") or kind is refusals.Refused, "its words are the framework's"
    assert kind is refusals.Refused or 400 <= status_of(error) <= 500


def test_the_api_has_no_sentence_for_what_nobody_raises():
    api = Path(refusals.__file__).parent
    code = "".join(file.read_text() for file in api.rglob("*.py") if file.stem not in ("refusals", "wording"))
    assert [kind for kind in RAISED if not re.search(rf"\b{kind.__name__}\b", code)] == []


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("input", "a\0b", "'input': a null character is not text."),
        ("speed", 9, "'speed': Input should be less than or equal to 4."),
        ("metadata", {"a b": "c"}, "'metadata': a key is 1 to 64 letters, digits, '-' and '_'."),
        ("metadata", {"a": "b" * 513}, "'metadata': a value has at most 512 characters."),
        ("metadata", {str(n): "" for n in range(17)}, "'metadata' may have at most 16 entries."),
    ],
)
def test_a_field_that_cannot_be_as_it_is_is_named_with_its_limit(api: Api, field: str, value: Any, message: str):
    with api.http() as http:
        answer = http.post("/v1/audio/speech", json=SPEECH | {field: value})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)
    assert answer.json()["error"]["param"] == field


def test_the_nearest_ancestor_decides():
    assert status_of(SilentClip(-60.0)) == 400
    assert status_of(FileTooLarge(1)) == 413


def test_a_full_disk_is_insufficient_storage_and_not_worth_a_retry():
    answer = error_response(StorageFull())
    assert (answer.status_code, answer.headers["x-should-retry"]) == (507, "false")
    assert json.loads(bytes(answer.body))["error"]["code"] == "storage_full"


def test_hints_for_clients():
    assert error_response(QueueFull(3, 7.4)).headers["retry-after"] == "7"
    assert error_response(NotReady("x", 0.2)).headers["retry-after"] == "1"
    assert error_response(DeadlineExceeded(5)).headers["x-should-retry"] == "false"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "route_not_found"),
        ("POST", "/v1", 404, "route_not_found"),
        ("GET", "/v1/audio/speech", 405, "method_not_allowed"),
        ("PUT", "/v1/models", 405, "method_not_allowed"),
        ("POST", "/v1/models/tts-1", 405, "method_not_allowed"),
        ("PATCH", "/v1/audio/voices/x", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("GET", "/nothing", 404, "route_not_found"),
        ("GET", "/v1/audio/translations", 405, "method_not_allowed"),
        ("POST", "/v1/realtime", 404, "route_not_found"),
        ("GET", "/v1/live/sessions", 404, "route_not_found"),
    ],
)
def test_unknown_routes_and_methods_answer_in_shape(api: Api, method: str, path: str, status: int, code: str):
    with api.http() as http:
        answer = http.request(method, path)
    assert refusal(answer) == (status, None, code)
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize("path", ["/v1//models", "//v1/models/", "/v1/models//", "/healthz/", "/v1/audio/voices/"])
def test_double_and_trailing_slashes_do_not_count(api: Api, path: str):
    with api.http() as http:
        answer = http.get(f"{api.url}{path}")
        assert answer.status_code == 200
        assert http.post(f"{api.url}/v1//audio/speech/", json=SPEECH).status_code == 200
        assert refusal(http.get(f"{api.url}//v1//nothing//")) == (404, None, "route_not_found")


def test_slashes_are_no_way_around_a_key(serve: Serve):
    with serve(api_keys=("secret",)).http() as http:
        for path in ("/v1//models", "//v1/models", "/v1/models/", "///v1///models///"):
            assert http.get(f"{str(http.base_url).rstrip('/')}{path}").status_code == 401


def test_a_byte_order_mark_before_json_is_passed_over(api: Api):
    with api.http() as http:
        headers = {"content-type": "application/json"}
        body = b"\xef\xbb\xbf" + json.dumps(SPEECH).encode()
        assert http.post("/v1/audio/speech", content=body, headers=headers).status_code == 200


BAD_BODIES: list[tuple[str, bytes, str, int, str]] = [
    ("nothing", b"", "application/json", 400, "invalid_json"),
    ("no json", b"{", "application/json", 400, "invalid_json"),
    ("nan", b'{"model":"tts-1","input":"a","voice":"alloy","speed":NaN}', "application/json", 400, "invalid_json"),
    (
        "infinite",
        b'{"model":"tts-1","input":"a","voice":"alloy","speed":1e999}',
        "application/json",
        400,
        "invalid_json",
    ),
    ("surrogate", rb'{"model":"tts-1","input":"\ud800","voice":"alloy"}', "application/json", 400, "invalid_json"),
    ("surrogate key", rb'{"\ud800":1}', "application/json", 400, "invalid_json"),
    ("not utf-8", b'{"model":"\xff"}', "application/json", 400, "invalid_json"),
    ("deep", b"[" * 100_000, "application/json", 400, "invalid_json"),
    ("list", b"[]", "application/json", 400, "invalid_value"),
    ("number", b"3", "application/json", 400, "invalid_value"),
    ("form", b"model=tts-1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    ("text", b"{}", "text/plain", 415, "unsupported_media_type"),
]


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"), [b[1:] for b in BAD_BODIES], ids=[b[0] for b in BAD_BODIES]
)
def test_malformed_json_is_refused(api: Api, body: bytes, kind: str, status: int, code: str):
    with api.http() as http:
        answer = http.post("/v1/audio/speech", content=body, headers={"content-type": kind})
    assert refusal(answer)[::2] == (status, code)


def part(name: str, value: str, filename: str = "") -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n{value}\r\n'


FORM = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    "head",
    [
        "Content-Disposition: form-data; name=file; filename=a.wav; filename*=utf-8''a.wav",  # .NET
        "Content-Disposition: form-data; name=\"file\"; filename*=utf-8''%E5%BD%95.wav",  # reqwest
        'Content-Type: audio/wav\r\nContent-Disposition: form-data; name="file"',
    ],
)
def test_a_file_is_known_by_its_name_or_its_type(api: Api, clip_wav: bytes, head: str):
    text = "Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=model\r\n\r\nwhisper-1"
    body = f"--b\r\n{text}\r\n--b\r\n{head}\r\n\r\n".encode() + clip_wav + b"\r\n--b--\r\n"
    with api.http() as http:
        answer = http.post("/v1/audio/transcriptions", content=body, headers={"content-type": FORM})
    assert answer.status_code == 200, answer.text


BAD_FORMS: list[tuple[str, str, str, int, str | None]] = [
    ("no boundary", "x", "multipart/form-data", 400, None),
    ("rubbish", "x", FORM, 400, None),
    ("no payload", part("x", "1") + "--b--\r\n", FORM, 400, "payload"),
    ("twice", part("payload", "{}") * 2 + "--b--\r\n", FORM, 400, "payload"),
    ("no json", part("payload", "{") + "--b--\r\n", FORM, 400, "payload"),
    ("list", part("payload", "[]") + "--b--\r\n", FORM, 400, None),
    (
        "text for file",
        part("payload", "{}") + part("prompt_audio_file", "x") + "--b--\r\n",
        FORM,
        400,
        "prompt_audio_file",
    ),
    (
        "many",
        "".join(part(f"p{n}", "") for n in range(2000)) + "--b--\r\n",
        FORM,
        400,
        None,
    ),
    ("json", "{}", "application/json", 415, None),
]


@pytest.mark.parametrize(("body", "kind", "status", "param"), [f[1:] for f in BAD_FORMS], ids=[f[0] for f in BAD_FORMS])
def test_malformed_forms_are_refused(api: Api, body: str, kind: str, status: int, param: str | None):
    with api.http() as http:
        answer = http.post("/v1/audio/speech/upload", content=body.encode(), headers={"content-type": kind})
    assert refusal(answer)[:2] == (status, param)


def test_a_body_over_the_limit_is_413_declared_and_counted(serve: Serve):
    api = serve(max_upload_bytes=1024)
    body = json.dumps(SPEECH | {"user": "x" * 2_000_000}).encode()

    def unsized() -> Any:
        yield from (body[i : i + 65536] for i in range(0, len(body), 65536))

    with api.http(headers={"content-type": "application/json"}) as http:
        assert refusal(http.post("/v1/audio/speech", content=body)) == (413, None, "request_too_large")
        assert refusal(http.post("/v1/audio/speech", content=unsized())) == (413, None, "request_too_large")


def test_a_file_over_the_limit_is_413_and_named(serve: Serve):
    api = serve(max_upload_bytes=1024)
    files = {"file": ("a.wav", bytes(2000))}
    with api.http() as http:
        answer = http.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files=files)
        assert refusal(answer) == (413, "file", "audio_too_large")
        body = SPEECH | {"step_audio": {"prompt_audio_base64": "A" * 3000}}
        answer = http.post("/v1/audio/speech", json=body)
        assert refusal(answer) == (413, "step_audio.prompt_audio_base64", "audio_too_large")


@pytest.mark.parametrize("sent", ["my-id-1", "req_0:a.b"])
def test_a_sane_request_id_of_the_client_is_kept(api: Api, sent: str):
    with api.http() as http:
        for path in ("/healthz", "/v1/nothing", "/v1/models"):
            assert http.get(path, headers={"x-request-id": sent}).headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "a b", "x" * 129, "a/b"])
def test_any_other_request_id_is_replaced(api: Api, sent: str):
    with api.http() as http:
        assert http.get("/healthz", headers={"x-request-id": sent}).headers["x-request-id"].startswith("req_")


async def test_a_client_that_leaves_during_its_body_is_499_at_info(caplog: pytest.LogCaptureFixture):
    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        raise ClientDisconnect

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    caplog.set_level("INFO")
    scope = {"type": "http", "method": "POST", "path": "/gradio_api/queue/join", "headers": []}
    await ErrorBoundary(app)(scope, None, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 499
    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_out_of_memory_is_503_and_no_fault_of_the_request(monkeypatch: pytest.MonkeyPatch):
    def refuse(_text: object) -> None:
        raise orjson.JSONDecodeError("Not enough memory to allocate buffer for parsing", "", 0)

    monkeypatch.setattr(forms, "orjson", SimpleNamespace(loads=refuse, JSONDecodeError=orjson.JSONDecodeError))
    with pytest.raises(OutOfMemory) as failure:
        parse_json(b"{}")
    assert status_of(failure.value) == 503
