"""Consents as OpenAI's client uploads, lists, renames and deletes them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from openai import APIStatusError, BadRequestError, NotFoundError

from tests.api.conftest import Api, Serve

NO_ID = "cons_" + "0" * 24


def create(api: Api, clip: bytes, name: str = "Ada", language: str = "en-US") -> Any:
    return api.client.audio.voice_consents.create(name=name, language=language, recording=("a.wav", clip))


def test_a_consent_is_made_renamed_and_deleted(api: Api, clip_wav: bytes):
    consents = api.client.audio.voice_consents
    made = create(api, clip_wav)
    assert made.id.startswith("cons_")
    assert (made.object, made.name, made.language) == ("audio.voice_consent", "Ada", "en-US")
    assert abs(made.created_at - time.time()) < 60
    assert consents.retrieve(made.id) == made
    renamed = consents.update(made.id, name="Bea")
    assert renamed == consents.retrieve(made.id) == made.model_copy(update={"name": "Bea"})
    deleted = consents.delete(made.id)
    assert deleted.to_dict() == {"id": made.id, "deleted": True, "object": "audio.voice_consent"}
    with pytest.raises(NotFoundError):
        consents.retrieve(made.id)


def test_the_client_walks_all_pages(api: Api, clip_wav: bytes):
    made = [create(api, clip_wav, name).id for name in "abc"]
    page = api.client.audio.voice_consents.list(limit=2)
    assert [consent.id for consent in page.data] == made[:0:-1]
    assert page.has_more is True
    assert [consent.id for consent in api.client.audio.voice_consents.list(limit=1)] == made[::-1]


def test_a_list_names_its_ends(api: Api, clip_wav: bytes):
    with api.http() as http:
        empty = http.get("/v1/audio/voice_consents").json()
        old, new = create(api, clip_wav).id, create(api, clip_wav).id
        full = http.get("/v1/audio/voice_consents", params={"limit": 2}).json()
        rest = http.get("/v1/audio/voice_consents", params={"after": new}).json()
    assert empty == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}
    assert (full["object"], full["first_id"], full["last_id"], full["has_more"]) == ("list", new, old, False)
    assert set(full["data"][0]) == {"object", "id", "name", "language", "created_at"}
    assert (rest["first_id"], rest["last_id"]) == (old, old)


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"after": "nobody"}])
def test_wrong_pages_are_refused_by_field(api: Api, query: dict[str, Any]):
    with api.http() as http:
        answer = http.get("/v1/audio/voice_consents", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == next(iter(query))


@pytest.mark.parametrize("consent_id", [NO_ID, "nobody", "cons_%2e%2e", "%00"])
def test_unknown_consents_are_404(api: Api, consent_id: str):
    with api.http() as http:
        path = f"/v1/audio/voice_consents/{consent_id}"
        answers = [http.get(path), http.post(path, json={"name": "Bea"}), http.delete(path)]
    for answer in answers:
        error = answer.json()["error"]
        assert answer.status_code == 404
        assert (error["type"], error["code"]) == ("not_found_error", "consent_not_found")
        assert error["param"] == "consent_id"


def test_wrong_consents_are_refused_by_field(api: Api, clip_wav: bytes):
    for fields, param in (
        ({"clip": b"no sound"}, "recording"),
        ({"clip": clip_wav, "name": "a" * 65}, "name"),
        ({"clip": clip_wav, "name": ""}, "name"),
        ({"clip": clip_wav, "language": "English (US)"}, "language"),
        ({"clip": clip_wav, "language": ""}, "language"),
    ):
        with pytest.raises(BadRequestError) as error:
            create(api, fields.pop("clip"), **fields)
        assert error.value.param == param
    with api.http() as http:
        answer = http.post("/v1/audio/voice_consents", data={"name": "a", "language": "en"}, files={"x": b"x"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "recording")
    assert not api.client.audio.voice_consents.list().data


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": 5}, {"name": " "}, {"name": "a" * 65}])
def test_a_wrong_new_name_is_refused(api: Api, clip_wav: bytes, body: dict[str, Any]):
    made = create(api, clip_wav)
    with api.http() as http:
        answer = http.post(f"/v1/audio/voice_consents/{made.id}", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "name")
    assert api.client.audio.voice_consents.retrieve(made.id) == made


def test_a_recording_above_the_upload_limit_is_413(serve: Serve, clip_wav: bytes):
    with pytest.raises(APIStatusError) as error:
        create(serve(max_upload_bytes=len(clip_wav) - 1), clip_wav)
    assert (error.value.status_code, error.value.param) == (413, "recording")


def test_consents_are_for_those_with_a_key(serve: Serve):
    with serve(api_keys=("key",)).http() as http:
        assert http.get("/v1/audio/voice_consents").status_code == 401
        assert http.get(f"/v1/audio/voice_consents/{NO_ID}").status_code == 401
