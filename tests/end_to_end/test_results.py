"""Times of words and checks of results, with the real engine: what it knows of its speech, and what Whisper finds."""

from __future__ import annotations

import base64
import statistics

import httpx
import numpy as np
import pytest

from app.engine.sound.audio import frame_levels_db
from tests.listening import heard

pytestmark = pytest.mark.slow

ENGLISH = "The ferry leaves the harbour at 7, so please be there a little earlier. Bring both tickets."
MANDARIN = "明天早上七点，我们在学校门口集合。"
ON_TIME_S = 0.06  # the bar for the median


@pytest.mark.parametrize(("text", "voice"), [(ENGLISH, "alloy"), (MANDARIN, "xiaoxiao_cn")])
def test_speech_knows_its_words_and_whisper_finds_them_there(service, text: str, voice: str):
    with httpx.Client(base_url=f"{service.base_url}/v1", timeout=300) as http:
        body = {"model": "tts-1", "voice": voice, "input": text, "response_format": "wav", "seed": 0}
        told = http.post("/audio/speech/timestamps", json=body).json()
        assert "".join(word["word"] for word in told["words"]) == text.replace(" ", "")
        times = [time for word in told["words"] for time in (word["start"], word["end"])]
        assert times == sorted(times)
        assert times[-1] <= told["duration"]
        assert {sound["word"] for sound in told["phonemes"]} == {word["id"] for word in told["words"]}
        data = base64.b64decode(told["audio"])
        levels = frame_levels_db(heard(data), 0.01, 0.005)
        onset_s = 0.005 * float(np.argmax(levels > np.percentile(levels, 95) - 35))
        assert times[0] == pytest.approx(onset_s, abs=0.05)

        session = http.post("/sessions").json()["id"]
        files = {"input_audio_file": ("a.wav", data)}
        payload = {"payload": f'{{"audio_text": "{text}"}}'}
        take = http.post(f"/sessions/{session}/takes", data=payload, files=files).json()
        found = http.get(f"/sessions/{session}/takes/{take['id']}/transcript?response_format=verbose_json").json()
        pairs = zip(told["words"], found["words"], strict=True)
        assert statistics.median(abs(known["start"] - seen["start"]) for known, seen in pairs) <= ON_TIME_S


def test_speech_passes_its_check_and_what_cannot_is_made_again(service):
    with httpx.Client(base_url=f"{service.base_url}/v1", timeout=300) as http:
        body = {"model": "tts-1", "voice": "alloy", "input": "The year was 1984.", "seed": 0, "stream": False}
        passed = http.post("/audio/speech", json=body | {"step_audio": {"check": {}}}).headers
        strict = {"min_similarity": 1.0, "retries": 1}
        missed = http.post("/audio/speech", json=body | {"step_audio": {"check": strict}}).headers
    assert (passed["x-check-verdict"], passed["x-check-tries"], passed["x-check-seed"]) == ("passed", "1", "0")
    assert float(passed["x-check-word-error"]) == 0.0
    assert (missed["x-check-verdict"], missed["x-check-tries"]) == ("missed", "2")
