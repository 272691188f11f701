"""One table of models behind every list and every check."""

from __future__ import annotations

import pytest
from openai import NotFoundError

from app.api.model_names import TRANSCRIPTION_ALIASES
from app.api.models import SPEECH_MODELS
from app.engine.backend import BackendStatus
from tests.api.conftest import Api
from tests.fakes import ScriptedBackend


def test_every_listed_model_is_retrieved(api: Api):
    models = list(api.client.models.list())
    assert [m.id for m in models] == [*SPEECH_MODELS, *TRANSCRIPTION_ALIASES, "base", "small"]
    for model in models:
        assert api.client.models.retrieve(model.id) == model
        assert (model.object, model.owned_by) == ("model", "editx")
        assert model.created > 0


def test_every_speech_model_speaks(api: Api):
    for name in SPEECH_MODELS:
        assert api.client.audio.speech.create(model=name, voice="alloy", input="One sentence.").content


@pytest.mark.parametrize("name", ["tts-1-1106", "gpt-4o-mini-tts-2025-03-20", "gpt-4o-mini-transcribe-2025-12-15"])
def test_a_dated_name_is_its_model(api: Api, clip_wav: bytes, name: str):
    assert api.client.models.retrieve(name).id == name
    if "transcribe" in name:
        api.client.audio.transcriptions.create(model=name, file=("clip.wav", clip_wav))
        assert api.script.transcriptions[0].model is None
    else:
        assert api.client.audio.speech.create(model=name, voice="alloy", input="One sentence.").content


@pytest.mark.parametrize("name", ["openai/gpt-4o-mini-tts", "hexgrad/Kokoro-82M", "speaches-ai/Kokoro-82M-v1.0-ONNX"])
def test_a_name_from_elsewhere_speaks(api: Api, name: str):
    answer = api.client.audio.speech.with_raw_response.create(model=name, voice="alloy", input="One sentence.")
    assert answer.headers["x-stepaudio-model"] == name


@pytest.mark.parametrize(
    ("name", "whisper"),
    [
        ("openai/whisper-1", None),
        ("openai/gpt-4o-transcribe-2025-12-15", None),
        ("whisper-small", "small"),
        ("openai/whisper-small", "small"),
        ("Systran/faster-whisper-base", "base"),
    ],
)
def test_a_whisper_is_known_by_the_names_of_its_files(api: Api, clip_wav: bytes, name: str, whisper: str | None):
    api.client.audio.transcriptions.create(model=name, file=("clip.wav", clip_wav))
    assert api.script.transcriptions[0].model == whisper


@pytest.mark.parametrize(
    ("asked", "task"), [("text-to-speech", "speech"), ("automatic-speech-recognition", "transcription")]
)
def test_models_are_listed_by_task(api: Api, asked: str, task: str):
    listed = list(api.client.models.list(extra_query={"task": asked}))
    assert {model.model_dump()["task"] for model in listed} == {task}


def test_a_speech_model_lists_its_voices(api: Api, clip_wav: bytes):
    saved = api.client.audio.voices.create(name="Ann", audio_sample=("a.wav", clip_wav), consent="none")
    models = {model.id: model.model_dump()["voices"] for model in api.client.models.list()}
    assert [voice["id"] for voice in models["tts-1"]] == ["low_tone", "high_tone", saved.id, "alloy"]
    assert models["kokoro"][0] == {"id": "bm_fable", "name": "bm_fable", "language": "en-US", "gender": "male"}
    assert models["kokoro"][1:] == models["tts-1"]
    assert models["whisper-1"] is None


@pytest.mark.parametrize("name", ["gpt-9", "org/model", "base-2025", "step-audio-editx-2025"])
def test_an_unknown_model_is_404_in_shape(api: Api, name: str):
    with pytest.raises(NotFoundError) as error:
        api.client.models.retrieve(name)
    assert (error.value.param, error.value.code) == ("model", "model_not_found")


def test_open_webui_gets_its_list(api: Api):
    with api.http() as http:
        answer = http.get("/v1/audio/models").json()
    assert answer["object"] == "list"
    assert answer["models"][0] == {"id": SPEECH_MODELS[0], "name": SPEECH_MODELS[0]}


def test_a_whisper_cannot_speak(api: Api):
    with pytest.raises(NotFoundError):
        api.client.audio.speech.create(model="whisper-1", voice="alloy", input="One sentence.")


def test_variants_are_models_of_their_own(api: Api, monkeypatch: pytest.MonkeyPatch):
    status = BackendStatus("scripted", ("base", "awq"), memory_bytes={"base": 1})
    monkeypatch.setattr(ScriptedBackend, "status", lambda _: status)
    listed = {model.id: model.model_dump() for model in api.client.models.list()}
    assert [listed[f"step-audio-editx-{name}"]["loaded"] for name in ("base", "awq")] == [True, False]
    api.client.audio.speech.create(model="step-audio-editx-awq", voice="alloy", input="One sentence.")
    assert api.script.clones[0].variant == "awq"
    with pytest.raises(NotFoundError):
        api.client.models.retrieve("step-audio-editx-int3")
