"""Probes, tags, cache and docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.api import create_api
from app.engine.edits import CATALOGUE
from app.settings import Settings
from tests.api.conftest import Api, Serve
from tests.fakes import Script, scripted_engine, scripted_studio


def test_ready_once_the_engine_answers(api: Api):
    with api.http() as http:
        answer = http.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert answer.json()["missing"] == {"denoise": "the part is not installed"}


def test_not_ready_before_the_start_though_alive(tmp_path: Path, presets: Path):
    engine = scripted_engine(Script(), tmp_path, presets)
    client = TestClient(
        create_api(scripted_studio(engine, tmp_path), Settings(cache_dir=tmp_path))
    )  # without its lifespan: never started
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not_ready")
    assert answer.json()["reason"]
    answer = client.post("/v1/audio/speech", json={"model": "tts-1", "input": "One.", "voice": "alloy"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_ready")
    assert int(answer.headers["retry-after"]) >= 1


def test_tags_are_the_catalogue(api: Api):
    with api.http() as http:
        answer = http.get("/v1/tags").json()
    assert answer["data"] == {name: list(task.tags) for name, task in CATALOGUE.items()}
    assert [task["label_zh"] for task in answer["tasks"]] == [task.label_zh for task in CATALOGUE.values()]
    told = {task["name"]: task for task in answer["tasks"]}
    assert {tag["name"]: tag["spellings"] for tag in told["paralinguistic"]["tags"]}["laugh"] == ["laugh", "Laughter"]
    assert told["emotion"]["advised_n_edit_iter"] == {"en": 3, "zh": 3}
    assert told["style"]["advised_n_edit_iter"] == {"en": 3, "zh": 2}
    assert told["speed"]["advised_n_edit_iter"] == {}
    assert answer["intensity"] == {"minimum": 0.1, "maximum": 3.0, "default": 1.0}
    assert answer["n_edit_iter"]["maximum"] == 4


def test_the_cache_is_told_and_cleared(api: Api):
    api.engine.cache.put("a", {"x": 1}, 0.5)
    with api.http() as http:
        stats = http.get("/v1/cache").json()
        assert {"entries", "capacity", "bytes", "hits", "misses", "hit_rate", "evictions", "saved_s"} <= set(stats)
        assert stats["entries"] == 1
        assert http.delete("/v1/cache").json() == {"cleared": 1}
        assert http.get("/v1/cache").json()["entries"] == 0


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_docs_pages_load_nothing_from_elsewhere(api: Api, path: str):
    with api.http() as http:
        page = http.get(path).text
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert loaded
        for url in loaded:
            assert "//" not in url
            assert http.get("/" + url.lstrip("/")).status_code == 200


def test_the_api_can_be_left_out_and_probes_stay(serve: Serve):
    api = serve(api=False)
    with api.http() as http:
        assert http.get("/healthz").status_code == 200
        for path in ("/v1/models", "/docs", "/openapi.json"):
            answer = http.get(path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "route_not_found")


def test_probes_answer_head_requests_as_health_checkers_send_them(api):
    with api.http() as http:
        assert http.head("/healthz").status_code == 200
        assert http.head("/readyz").status_code == 200
