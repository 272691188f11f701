"""Changed words, with the real embedded engine over HTTP: what Whisper hears then, and what is left bit for bit."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from tests.listening import pinyin_error, word_error
from tests.serving import Service, scripted_service
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
CLIPS = Path(__file__).parents[1] / "data" / "clips"


def recording(name: str, n_bits: int) -> tuple[bytes, np.ndarray]:
    """A mono WAV of the clip, as deep as that, and its samples as whole numbers at the top of 32 bits."""
    samples, rate = soundfile.read(CLIPS / name, dtype="float64")
    noise = np.random.default_rng(1).standard_normal(len(samples)) * 3e-4
    whole = np.round((samples + noise) * 2 ** (n_bits - 1)).astype(np.int64) << (32 - n_bits)
    sink = io.BytesIO()
    soundfile.write(sink, whole.astype(np.int32), rate, format="WAV", subtype=f"PCM_{n_bits}")
    return sink.getvalue(), whole.astype(np.int32)


def changed(service: Service, wav: bytes, step: dict[str, object], words: str) -> httpx.Response:
    payload = json.dumps({"audio_text": words, "steps": [{"task": "rewrite", "seed": 1} | step]})
    files = {"input_audio_file": ("a.wav", wav)}
    url = f"{service.base_url}/v1/audio/edits"
    answer = httpx.post(url, data={"payload": payload}, files=files, timeout=300)
    assert answer.status_code == 200, answer.text
    return answer


def heard(service: Service, wav: bytes) -> str:
    url = f"{service.base_url}/v1/audio/transcriptions"
    answer = httpx.post(url, data={"model": "whisper-1"}, files={"file": ("a.wav", wav)}, timeout=300)
    return str(answer.json()["text"])


def assert_rest_is_bit_identical(answer: httpx.Response, before: np.ndarray) -> None:
    after, rate = soundfile.read(io.BytesIO(answer.content), dtype="int32")
    old = new = 0
    stretches = json.loads(answer.headers["x-rewrite"])["stretches"]
    assert stretches
    for stretch in stretches:
        a, b = round(stretch["old"]["start"] * rate), round(stretch["new"]["start"] * rate)
        assert np.array_equal(after[new:b], before[old:a])
        old, new = round(stretch["old"]["end"] * rate), round(stretch["new"]["end"] * rate)
    assert np.array_equal(after[new:], before[old:])


def test_a_word_of_an_english_recording_of_16_bits_is_another(service: Service):
    wav, before = recording("ref_en_gb_male.flac", 16)
    words = "Please leave the parcel beside the green door at the end of the hall."
    answer = changed(service, wav, {"text": words.replace("green", "yellow")}, words)
    assert_rest_is_bit_identical(answer, before)
    assert word_error(heard(service, answer.content), words.replace("green", "yellow")) < 0.1


def test_a_word_of_a_mandarin_recording_of_24_bits_is_changed_by_its_id(service: Service):
    wav, before = recording("ref_zh_male.flac", 24)
    words = "他把那封信放在桌子上，然后慢慢走出了房间。"
    edits = [{"op": "replace", "word": 5, "text": "箱子"}]
    answer = changed(service, wav, {"edits": edits}, words)
    assert_rest_is_bit_identical(answer, before)
    assert soundfile.info(io.BytesIO(answer.content)).subtype == "PCM_24"
    assert pinyin_error(heard(service, answer.content), words.replace("桌子", "箱子")) < 0.1


def test_words_that_were_being_changed_when_the_process_was_killed_are_changed_by_the_next_start(tmp_path: Path):
    """The scripted Whisper hears "Hello there." and more in everything; speech with "wait" in it waits."""
    with scripted_service(tmp_path) as service:
        service.wait_until("/readyz")
        with httpx.Client(base_url=service.base_url, timeout=60) as http:
            at = http.post("/v1/sessions").headers["location"]
            voice = http.post(f"{at}/takes", json={"voice": "alloy", "audio_text": "Hello there."}).json()
            steps = [{"task": "rewrite", "edits": [{"op": "insert", "word": 1, "text": "wait"}]}]
            take = http.post(f"{at}/takes", json={"steps": steps}).json()
            wait_until(lambda: http.get(f"{at}/takes/{take['id']}").json()["state"] == "running", "it to begin")
            service.process.kill()
            service.process.wait(10)
    with scripted_service(tmp_path, ["--go"]) as service:
        service.wait_until("/readyz")
        with httpx.Client(base_url=service.base_url, timeout=60) as http:

            def row() -> dict[str, Any]:
                told: dict[str, Any] = http.get(f"{at}/takes/{take['id']}").json()
                return told

            wait_until(lambda: row()["state"] in ("done", "failed"), "the take to be made")
            assert (row()["state"], row()["transcript"], row()["parent"]) == ("done", "Hello wait there.", voice["id"])
            assert len(row()["stretches"]) == 1
