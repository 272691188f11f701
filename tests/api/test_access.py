"""API keys and origins: closed where it should be, open where stock clients need it."""

from __future__ import annotations

import httpx
import pytest
from openai import AuthenticationError, OpenAI

from app.access.guesses import FREE
from tests.api.conftest import Api, Serve

KEYS = {"api_keys": ("first-key", "second-key")}


def client_of(api: Api, key: str) -> OpenAI:
    return api.client.with_options(api_key=key)


@pytest.mark.parametrize("key", ["first-key", "second-key"])
def test_each_key_opens(serve: Serve, key: str):
    assert list(client_of(serve(**KEYS), key).models.list())


def test_wrong_keys_are_401_before_the_body_is_read(serve: Serve):
    api = serve(**KEYS)
    with pytest.raises(AuthenticationError) as error:
        client_of(api, "first-ke").audio.speech.create(model="nonsense", voice="alloy", input="")
    assert error.value.code == "invalid_api_key"
    with api.http() as http:
        for header in (
            {},
            {"authorization": "first-key"},
            {"authorization": "Basic first-key"},
            {"authorization": b"Bearer \xff"},
        ):
            answer = http.get("/v1/models", headers=header)
            assert answer.status_code == 401
            assert answer.json()["error"]["type"] == "authentication_error"
            assert answer.headers["www-authenticate"] == "Bearer"
        assert http.get("/v1/nothing").status_code == 401


def test_who_guesses_keys_is_slowed_and_who_was_let_in_stays_in(serve: Serve):
    with serve(**KEYS).http() as http:

        def asked(key: str, path: str = "/v1/models") -> httpx.Response:
            return http.get(path, headers={"authorization": f"Bearer {key}"})

        assert asked("first-key").status_code == 200
        assert [asked(f"guess-{n}").status_code for n in range(FREE)] == FREE * [401]
        refused = asked("second-key")  # a right guess is not told from a wrong one
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_guesses")
        assert int(refused.headers["retry-after"]) >= 1
        assert asked("first-key").status_code == 200
        assert asked("guess", "/healthz").status_code == 200
        assert http.get("/v1/models").status_code == 401


def test_probes_alone_stay_open(serve: Serve):
    with serve(**KEYS).http() as http:
        for path in ("/healthz", "/readyz"):
            assert http.get(path).status_code == 200
        for path in ("/docs", "/redoc", "/openapi.json", "/nothing"):
            assert http.get(path).status_code == 401
            assert http.get(path, headers={"authorization": "Bearer first-key"}).status_code in (200, 404)


def test_the_public_lists_tell_names_only(serve: Serve):
    api = serve(**KEYS, public_voice_list=True)
    with api.http() as http:
        assert set(http.get("/v1/audio/voices").json()["voices"][0]) == {"id", "name"}
        assert http.get("/v1/audio/models").status_code == 200
        assert http.get("/v1/voices").status_code == 401
        assert http.delete("/v1/audio/voices/x").status_code == 401
        full = http.get("/v1/audio/voices", headers={"authorization": "Bearer first-key"}).json()["voices"][0]
    assert "description" in full


def test_the_lists_are_closed_unless_asked_for(serve: Serve):
    with serve(**KEYS).http() as http:
        assert http.get("/v1/audio/voices").status_code == 401


def test_named_origins_may_call_with_the_sdks_headers(serve: Serve):
    api = serve(**KEYS, cors_origins=("https://page.example",))
    asked = {"origin": "https://page.example", "access-control-request-method": "POST"}
    wanted = {"access-control-request-headers": "authorization,content-type,x-stainless-lang,x-stainless-retry-count"}
    with api.http() as http:
        answer = http.options("/v1/audio/speech", headers=asked | wanted)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://page.example"
        assert "x-stainless-lang" in answer.headers["access-control-allow-headers"]
        refused = http.get("/v1/models", headers={"origin": "https://page.example"})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "https://page.example"
        assert {"x-seed", "x-finish-reason"} <= set(refused.headers["access-control-expose-headers"].split(", "))
        other = http.get("/v1/models", headers={"origin": "https://other.example"})
        assert "access-control-allow-origin" not in other.headers


def test_without_origins_nothing_is_shared(api: Api):
    with api.http() as http:
        answer = http.get("/v1/models", headers={"origin": "https://page.example"})
    assert "access-control-allow-origin" not in answer.headers
