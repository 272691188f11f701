"""What Prometheus reads: requests by route, jobs by their end, sound, and the state of the service."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.api.conftest import Api, Serve

KEY = {"authorization": "Bearer first-key"}


def read(api: Api, **options: Any) -> dict[tuple[str, ...], float]:
    """Values by name and the values of their labels, whose names are in order."""
    with api.http() as http:
        answer = http.get("/metrics", **options)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def test_requests_and_jobs_are_counted(api: Api):
    before = read(api)
    with api.http() as http:
        for text, status in (("One.", 200), ("", 400), ("fail", 400)):
            body = {"model": "tts-1", "voice": "alloy", "input": text, "response_format": "pcm"}
            assert http.post("/v1/audio/speech", json=body).status_code == status
        http.get("/v1/audio/voices/nobody/preview")
        http.get("/v1/no/such/path")
    after = read(api)
    grown = {name: value - before.get(name, 0) for name, value in after.items()}
    assert grown["editx_requests_total", "/v1/audio/speech", "200"] == 1
    assert grown["editx_requests_total", "/v1/audio/speech", "400"] == 2
    assert grown["editx_requests_total", "/v1/audio/voices/{voice_id}/preview", "404"] == 1
    assert grown["editx_requests_total", "/v1/{rest:path}", "404"] == 1
    assert grown["editx_request_seconds_count", "/v1/audio/speech"] == 3
    assert grown["editx_jobs_total", "done", "clone"] == 1
    assert grown["editx_jobs_total", "invalid_audio", "clone"] == 1
    assert grown["editx_audio_seconds_total", "clone"] == pytest.approx(0.6, abs=0.01)
    assert grown["audio_ttfp_s_count", "clone"] == grown["audio_rtf_count", "clone"] == 1
    assert grown["editx_job_queue_seconds_count",] == 2


def test_the_state_of_the_service_is_told(api: Api):
    told = read(api)
    assert told["editx_ready",] == 1
    assert told["editx_places",] == 8
    assert told["editx_jobs_running",] == told["editx_jobs_waiting",] == 0
    assert told["process_resident_memory_bytes",] > 10_000_000


def test_metrics_need_a_key_unless_they_are_opened(serve: Serve):
    with serve(api_keys=("first-key",)).http() as http:
        assert http.get("/metrics").status_code == 401
        assert http.get("/metrics", headers=KEY).status_code == 200
        refused = http.post("/metrics", headers=KEY)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET")
    api = serve(api_keys=("first-key",), public_metrics=True)
    assert read(api)["editx_ready",] == 1
    with api.http() as http:
        assert http.get("/v1/models").status_code == 401
        assert http.post("/metrics").status_code == 401
