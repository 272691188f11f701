"""Named keys with limits of their own, over a real server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from app.access import keys as keys_module
from app.access.keys import digest_of
from tests.api.conftest import Serve
from tests.waiting import PATIENCE_S

SPEECH = {"model": "tts-1", "input": "Hello there."}


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def write(file: Path, **limits: str) -> Path:
    file.write_text("\n".join(f'[{name}]\nsha256 = "{digest_of(name)}"\n{more}' for name, more in limits.items()))
    return file


def speech(http: httpx.Client, key: str) -> httpx.Response:
    return http.post("/v1/audio/speech", json=SPEECH, headers=bearer(key))


def test_a_file_that_changes_lets_others_in_without_a_restart(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(keys_module, "LOOK_AGAIN_S", 0.0)
    file = write(tmp_path / "keys.toml", alice="")
    with serve(key_file=file).http() as http:
        assert http.get("/v1/models").status_code == 401
        assert http.get("/v1/models", headers=bearer("alice")).status_code == 200
        write(file, bob="")
        assert http.get("/v1/models", headers=bearer("alice")).status_code == 401
        assert http.get("/v1/models", headers=bearer("bob")).status_code == 200


def test_a_key_has_its_seconds_of_sound_and_no_more(serve: Serve, tmp_path: Path):
    api = serve(key_file=write(tmp_path / "keys.toml", alice="audio_s_per_hour = 0.1", bob=""), api_keys=("operator",))
    with api.http() as http:
        assert speech(http, "alice").status_code == 200
        refused = speech(http, "alice")
        assert refused.status_code == 429
        assert refused.json()["error"]["code"] == "allowance_spent"
        assert 3500 < int(refused.headers["retry-after"]) <= 3600
        assert speech(http, "bob").status_code == 200
        own = http.get("/v1/usage", headers=bearer("alice")).json()["data"]
        assert [use["name"] for use in own] == ["alice"]
        assert own[0]["audio_s"] == own[0]["audio_s_last_hour"] > 0.1
        assert (own[0]["requests"], own[0]["audio_s_per_hour"], own[0]["max_jobs"]) == (3, 0.1, None)
        every = http.get("/v1/usage", headers=bearer("operator")).json()["data"]
        assert {use["name"] for use in every} == {"key-1", "alice", "bob"}


def test_a_key_has_its_places_and_no_more(serve: Serve, tmp_path: Path):
    api = serve(key_file=write(tmp_path / "keys.toml", alice="max_jobs = 1", bob=""))
    with ThreadPoolExecutor(1) as pool, api.http() as http:
        first = pool.submit(http.post, "/v1/audio/speech", json=SPEECH | {"input": "wait"}, headers=bearer("alice"))
        assert api.script.begun.wait(PATIENCE_S)
        with api.http() as other:
            refused = speech(other, "alice")
            assert (refused.status_code, refused.json()["error"]["code"]) == (429, "queue_full")
            assert speech(other, "bob").status_code == 200
            api.script.go.set()
            assert first.result(PATIENCE_S).status_code == 200
            assert speech(other, "alice").status_code == 200
