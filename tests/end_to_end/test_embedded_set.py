"""The service with the packages of the embedded set alone, as on a machine without a GPU: everything works."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.settings import PROJECT
from tests.engine.step_audio.weights.stand_in_hub import standing_in
from tests.serving import Service, embedded_set_service

CLIP = PROJECT / "tests" / "data" / "clips" / "ref_en_male.flac"
WHISPER = PROJECT / "models" / "embedded" / "whisper-base"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose hub offers Whisper base under the name of another model."""
    with pytest.MonkeyPatch.context() as patch, standing_in() as hub:
        hub.repositories["Systran/faster-whisper-tiny"] = {path.name: path.read_bytes() for path in WHISPER.iterdir()}
        patch.setenv("HF_ENDPOINT", hub.url)
        with embedded_set_service(tmp_path_factory.mktemp("embedded_set")) as running:
            running.wait_until("/readyz")
            yield running


def test_the_page_is_served(service: Service) -> None:
    assert "EditX" in httpx.get(service.base_url + "/", timeout=60).text


def test_a_voice_is_cloned_and_edited(service: Service) -> None:
    for payload, field in (
        ('{"input": "All is well.", "step_audio": {"mode": "clone"}, "response_format": "wav"}', "prompt_audio_file"),
        ('{"step_audio": {"mode": "emotion", "edit_info": "happy"}, "response_format": "wav"}', "input_audio_file"),
    ):
        answer = httpx.post(
            service.base_url + "/v1/audio/speech/upload",
            data={"payload": payload},
            files={field: CLIP.open("rb")},
            timeout=120,
        )
        assert answer.status_code == 200, answer.text
        assert len(answer.content) > 24_000


@pytest.mark.parametrize("model", ["base", "tiny"])
def test_speech_is_transcribed_by_the_model_on_disk_and_by_one_that_is_downloaded(service: Service, model: str) -> None:
    answer = httpx.post(
        service.base_url + "/v1/audio/transcriptions",
        data={"model": model, "language": "en"},
        files={"file": CLIP.open("rb")},
        timeout=180,
    )
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["text"].split()) > 5
