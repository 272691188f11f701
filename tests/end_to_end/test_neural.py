"""The whole program on a tiny model root, asked by the official client: all of the neural backend but sense."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import openai
import pytest
import soundfile

from app.engine.edits import CATALOGUE, WORD_TASKS
from tests.serving import Service

pytestmark = pytest.mark.slow

WORDS = "It was a bright cold day."
TRANSCRIPT = "What the clip says."
STOP_LIMIT_S = 5.0  # generous: tests share the machine; the engine's own limit is proven beside it


@pytest.fixture(scope="module")
def speech(neural: Service) -> Iterator[Any]:
    """The client's speech resource; it tries once."""
    with openai.OpenAI(base_url=f"{neural.base_url}/v1", api_key="unused", max_retries=0, timeout=120) as client:
        yield client.audio.speech


@pytest.fixture(scope="module")
def clip_b64(load_clip) -> str:
    clip = load_clip("ref_en_female").slice_s(0.0, 2.0)
    return as_base64(clip.samples, clip.sample_rate)


def as_base64(samples: np.ndarray, rate: int) -> str:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV")
    return base64.b64encode(file.getvalue()).decode()


def asked(clip_b64: str, mode: str = "clone", **step: Any) -> dict[str, Any]:
    """The arguments of a request about the clip."""
    clip = {"prompt_audio_base64": clip_b64, "prompt_text": TRANSCRIPT}
    if mode != "clone":
        clip = {"input_audio_base64": clip_b64, "audio_text": TRANSCRIPT}
    body = {"seed": 3, "step_audio": {"mode": mode, **clip, **step}}
    return {"model": "step-audio-editx", "voice": "", "input": WORDS, "response_format": "wav", "extra_body": body}


def heard(content: bytes) -> np.ndarray:
    samples, rate = soundfile.read(io.BytesIO(content), dtype="float32")
    assert rate == 24_000
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() > 0.001
    return samples


def test_the_start_block_and_the_probe_tell_what_is_there(neural):
    log = neural.log.read_text()
    assert "step-audio, because asked for with --backend" in log
    assert "base, awq, bnb" in log
    assert "runs on the CPU" in log
    ready = httpx.get(f"{neural.base_url}/readyz").json()
    assert ready["backend"] == "step-audio"
    assert set(ready["variants"]) == {"base", "awq", "bnb"}
    assert {"audio-tokenizer", "decoder", "base"} <= set(ready["memory_bytes"])


@pytest.mark.parametrize("mode", [name for name in CATALOGUE if name not in WORD_TASKS])
def test_every_mode_answers_with_sound(speech, clip_b64, mode):
    tag = next(iter(CATALOGUE[mode].tags), None)
    request = asked(clip_b64, mode, edit_info=tag)
    answer = speech.with_raw_response.create(**request | {"input": "What the [Laughter] clip says."})
    heard(answer.content)
    assert answer.headers["x-backend"] == "step-audio"
    assert answer.headers["x-model-variant"] == "base"


def test_words_are_changed_and_the_rest_is_left_alone(speech, clip_b64):
    """The tiny model says nothing that Whisper could hear, which is told of; the clip is heard, and cut into."""
    words = "The small boat drifted slowly."
    request = asked(clip_b64, "rewrite", audio_text=words)
    answer = speech.with_raw_response.create(**request | {"input": words.replace("small", "big")})
    (stretch,) = json.loads(answer.headers["x-rewrite"])["stretches"]
    before, _ = soundfile.read(io.BytesIO(base64.b64decode(clip_b64)), dtype="int16")
    after, rate = soundfile.read(io.BytesIO(answer.content), dtype="int16")
    n = round(stretch["old"]["start"] * rate)
    assert answer.headers["x-backend"] == "step-audio"
    assert np.array_equal(after[:n], before[:n])
    assert np.array_equal(after[round(stretch["new"]["end"] * rate) :], before[round(stretch["old"]["end"] * rate) :])


def test_a_preset_voice_speaks(speech):
    heard(speech.create(model="tts-1", voice="alloy", input=WORDS, response_format="wav").content)


def test_equal_seeds_give_equal_sound_and_intensity_another(speech, clip_b64):
    first, again, strong = (
        heard(speech.create(**asked(clip_b64, "emotion", edit_info="happy", intensity=intensity)).content)
        for intensity in (1.0, 1.0, 2.5)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, strong)


def test_iterations_are_heard(speech, clip_b64):
    once, twice = (
        heard(speech.create(**asked(clip_b64, "style", edit_info="whisper", n_edit_iter=n)).content) for n in (1, 2)
    )
    assert not np.array_equal(once, twice)


def test_a_variant_is_chosen_by_field_or_by_model_name(speech, neural, clip_b64):
    by_field = speech.with_raw_response.create(**asked(clip_b64, model_variant="awq"))
    by_name = speech.with_raw_response.create(**asked(clip_b64) | {"model": "step-audio-editx-awq"})
    assert by_field.headers["x-model-variant"] == by_name.headers["x-model-variant"] == "awq"
    assert np.array_equal(heard(by_field.content), heard(by_name.content))  # a header depends on how quickly it comes
    models = httpx.get(f"{neural.base_url}/v1/models").json()["data"]
    loaded = {model["id"]: model["loaded"] for model in models if model["variant"]}
    assert loaded["step-audio-editx-awq"] is True
    heard(speech.create(**asked(clip_b64, model_variant="bnb")).content)
    assert set(loaded) == {f"step-audio-editx-{name}" for name in ("base", "awq", "bnb")}


def test_sound_flows_in_events_and_bytes_alike(speech, clip_b64):
    request = asked(clip_b64) | {"response_format": "pcm"}
    plain = speech.create(**request).content
    with speech.with_streaming_response.create(**request) as answer:
        assert b"".join(answer.iter_bytes()) == plain


def test_a_known_reference_is_found_in_the_cache(speech, neural, clip_b64):
    url = f"{neural.base_url}/v1/cache"
    speech.create(**asked(clip_b64))
    before = httpx.get(url).json()
    speech.create(**asked(clip_b64) | {"input": "Something else."})
    after = httpx.get(url).json()
    assert after["hits"] == before["hits"] + 1
    assert after["misses"] == before["misses"]
    assert "token cache HIT" in neural.log.read_text()


def test_a_client_that_leaves_stops_its_job_and_others_go_on(speech, neural, clip_b64):
    text = " ".join(f"Sentence number {n} is here to keep the model busy." for n in range(40))
    body = asked(clip_b64) | {"input": text}
    document = {**{k: v for k, v in body.items() if k != "extra_body"}, **body["extra_body"]}
    with httpx.stream("POST", f"{neural.base_url}/v1/audio/speech", json=document, timeout=60) as answer:
        next(answer.iter_bytes())
    neural.wait_for_jobs(lambda running, waiting: running + waiting == 0)
    heard(speech.create(**asked(clip_b64)).content)


def test_two_at_once_get_what_each_would_get_alone(speech, clip_b64):
    requests = [asked(clip_b64), asked(clip_b64, "emotion", edit_info="sad")]
    alone = [speech.create(**request).content for request in requests]
    together: dict[int, bytes] = {}

    def run(n: int) -> None:
        together[n] = speech.create(**requests[n]).content

    threads = [threading.Thread(target=run, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [together[0], together[1]] == alone


def test_a_reference_of_a_third_of_a_second_is_refused_by_name(speech, load_clip):
    clip = load_clip("ref_en_female").slice_s(1.0, 1.3)
    with pytest.raises(openai.BadRequestError) as error:
        speech.create(**asked(as_base64(clip.samples, clip.sample_rate)))
    assert error.value.code == "audio_too_short"
    assert error.value.param == "step_audio.prompt_audio_base64"


def test_a_recording_of_twenty_minutes_is_refused(speech):
    noise = np.random.default_rng(0).normal(0, 0.1, 20 * 60 * 8000).astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, noise, 8000, format="WAV", subtype="PCM_U8")
    with pytest.raises(openai.BadRequestError, match="limit of 600 s"):
        speech.create(**asked(base64.b64encode(file.getvalue()).decode(), "denoise"))


def test_marks_of_the_model_are_reported(speech, clip_b64):
    request = asked(clip_b64) | {"input": f"{WORDS} <audio_5><|EOT|>"}
    assert "audio_5" in speech.with_raw_response.create(**request).headers["x-warning"]


def test_the_service_is_alive_after_all_this(neural, speech):
    assert neural.process.poll() is None
    assert "Traceback" not in neural.log.read_text()
    heard(speech.create(model="tts-1", voice="alloy", input=WORDS, response_format="wav").content)
