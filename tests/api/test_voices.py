"""Voices: the lists clients read, and a voice's life from recording to deletion."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from openai import BadRequestError, ConflictError, NotFoundError

from app.engine.sound.audio import Audio
from app.engine.sound.decoding import DecodeLimits, decode
from app.engine.sound.encoding import MEDIA, encode_whole
from tests.api.conftest import Api
from tests.fakes import HEARD

CONSENT = "cons_1"


def create(api: Api, clip: bytes, name: str = "Ada", **extra: Any) -> Any:
    return api.client.audio.voices.create(name=name, audio_sample=("a.wav", clip), consent=CONSENT, **extra)


def test_the_list_suits_its_readers(api: Api):
    with api.http() as http:
        answer = http.get("/v1/audio/voices").json()
        legacy = http.get("/v1/audio/voices", params={"legacy": "true"}).json()
        kokoro = http.get("/v1/audio/voices", params={"model": "hexgrad/Kokoro-82M"}).json()
        unknown = http.get("/v1/audio/voices", params={"model": "other"})
        bare = http.get("/v1/voices").json()
    assert answer["object"] == "list"
    assert answer["voices"] == answer["data"]
    by_id = {voice["id"]: voice for voice in answer["data"]}
    assert by_id["low_tone"]["source"] == "builtin"
    assert (by_id["alloy"]["source"], by_id["alloy"]["gender"]) == ("alias", "female")
    assert legacy["voices"] == list(by_id)
    assert {voice["id"] for voice in kokoro["voices"]} - set(by_id) == {"bm_fable"}
    assert [group["model"] for group in kokoro["data"]] == ["hexgrad/Kokoro-82M"]  # as LocalAI groups them
    assert [voice["name"] for voice in kokoro["data"][0]["voices"]] == [voice["id"] for voice in kokoro["voices"]]
    assert unknown.status_code == 404
    assert isinstance(bare, list)
    assert set(bare[0]) == {"id", "description", "prompt_audio", "prompt_text", "locale", "gender"}


def test_speaches_older_list_is_a_bare_array(api: Api):
    with api.http() as http:
        voices = http.get("/v1/audio/speech/voices", params={"model_id": "hexgrad/Kokoro-82M"}).json()
        every = http.get("/v1/audio/speech/voices").json()
        unknown = http.get("/v1/audio/speech/voices", params={"model_id": "other"})
    assert {(voice["model_id"], voice["object"]) for voice in voices} == {("hexgrad/Kokoro-82M", "voice")}
    assert {voice["voice_id"] for voice in voices} - {voice["voice_id"] for voice in every} == {"bm_fable"}
    assert unknown.status_code == 404


def test_a_preview_is_the_reference_clip(api: Api):
    with api.http() as http:
        path = http.get("/v1/voices").json()[0]["prompt_audio"]
        answer = http.get(path)
        mp3 = http.get(path, params={"response_format": "mp3"})
    assert answer.headers["content-type"] == "audio/wav"
    assert decode(answer.content, DecodeLimits(10**6, 9, 10**7), "x").duration_s == pytest.approx(1.0)
    assert mp3.headers["content-type"] == "audio/mpeg"


def test_a_preview_is_sent_in_parts_and_described_without_its_bytes(api: Api):
    path = "/v1/audio/voices/alloy/preview"
    with api.http() as http:
        whole = http.get(path)
        part = http.get(path, headers={"Range": "bytes=4-7"})
        beyond = http.get(path, headers={"Range": f"bytes={len(whole.content)}-"})
        head = http.head(path)
    assert (part.status_code, part.content) == (206, whole.content[4:8])
    assert beyond.status_code == 416
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(whole.content)))
    assert head.headers["accept-ranges"] == "bytes"


def test_a_preset_says_that_it_is_synthetic_and_a_saved_voice_does_not(api: Api, clip_wav: bytes):
    saved = create(api, clip_wav)
    with api.http() as http:
        assert b"Synthetic speech" in http.get("/v1/audio/voices/low_tone/preview").content
        assert b"Synthetic speech" not in http.get(f"/v1/audio/voices/{saved.id}/preview").content


def test_a_voice_is_made_used_and_deleted(api: Api, clip_wav: bytes):
    extra = {"ref_text": "A tone.", "language": "en-GB", "gender": "Female", "speaker_description": "hums"}
    voice = create(api, clip_wav, extra_body=extra)
    assert (voice.object, voice.name, voice.type) == ("audio.voice", "Ada", "audio_sample")
    for wanted in ({"id": voice.id}, voice.id, "ada"):
        assert api.client.audio.speech.create(model="tts-1", voice=wanted, input="One sentence.").content
    used = api.script.clones[0].voice
    assert (used.transcript, used.locale, used.gender, used.description) == ("A tone.", "en-GB", "female", "hums")
    assert [request.audio.duration_s for request in api.script.transcriptions] == [1.0]  # to compare its transcript
    deleted = api.client.audio.voices.delete(voice.id)
    assert (deleted.id, deleted.deleted, deleted.object) == (voice.id, True, "audio.voice.deleted")
    with pytest.raises(NotFoundError):
        api.client.audio.speech.create(model="tts-1", voice=voice.id, input="One sentence.")


def test_a_missing_transcript_is_heard(api: Api, clip_wav: bytes):
    voice = create(api, clip_wav)
    api.client.audio.speech.create(model="tts-1", voice=voice.id, input="One sentence.")
    assert api.script.clones[0].voice.transcript.startswith(HEARD.strip())


def test_a_taken_name_is_409_and_not_tried_again(api: Api, clip_wav: bytes):
    create(api, clip_wav)
    for name in ("ada", "low_tone", "Alloy"):
        with pytest.raises(ConflictError) as error:
            create(api, clip_wav, name=name)
        assert (error.value.code, error.value.param) == ("voice_name_taken", "name")
        assert error.value.response.headers["x-should-retry"] == "false"


def test_wrong_voices_are_refused_by_field(api: Api, clip_wav: bytes):
    for fields, param in (
        ({"clip": b"no sound"}, "audio_sample"),
        ({"clip": clip_wav, "name": "a" * 65}, "name"),
        ({"clip": clip_wav, "name": "a\nb\0"}, "name"),
        ({"clip": clip_wav, "extra_body": {"gender": "x"}}, "gender"),
        ({"clip": clip_wav, "extra_body": {"prompt": "a deep voice"}}, "prompt"),
    ):
        with pytest.raises(BadRequestError) as error:
            create(api, fields.pop("clip"), **fields)
        assert error.value.param == param


def test_presets_stay_and_unknown_voices_are_404(api: Api):
    with pytest.raises(BadRequestError):
        api.client.audio.voices.delete("low_tone")
    with pytest.raises(NotFoundError) as error:
        api.client.audio.voices.delete("voice_none")
    assert error.value.param == "voice_id"
    with api.http() as http:
        assert http.get("/v1/audio/voices/none").status_code == 404
        assert http.get("/v1/audio/voices/none/preview").status_code == 404
        assert http.get("/v1/audio/voices/Alloy").json()["id"] == "high_tone"


def test_a_voice_of_type_prompt_is_refused_in_words(api: Api, clip_wav: bytes):
    fields = {"type": "prompt", "name": "Ann", "prompt": "A warm voice."}
    with api.http() as http:
        for answer in (
            http.post("/v1/audio/voices", json=fields),
            http.post("/v1/audio/voices", files={name: (None, text) for name, text in fields.items()}),
        ):
            error = answer.json()["error"]
            assert (answer.status_code, error["param"], error["code"]) == (400, "prompt", "unsupported_parameter")
        answer = http.post("/v1/audio/voices", data={"name": "Ann", "prompt": ""}, files={"audio_sample": clip_wav})
        assert answer.status_code == 200
        spoken = http.post("/v1/audio/speech", json={"model": "tts-1", "input": "Hi.", "voice": fields})
    assert "prompt" in spoken.json()["error"]["message"]


def test_a_voice_is_taken_only_from_somebody_who_speaks(api: Api):
    noise = encode_whole(MEDIA["wav"], Audio(np.full(24000, 0.95, np.float32), 24000))
    with pytest.raises(BadRequestError) as refused:
        create(api, noise)
    assert (refused.value.param, refused.value.code) == ("audio_sample", "no_speech")
    step = {"prompt_audio_base64": base64.b64encode(noise).decode()}
    with pytest.raises(BadRequestError) as refused:
        api.client.audio.speech.create(model="tts-1", voice="", input="Hi.", extra_body={"step_audio": step})
    assert (refused.value.param, refused.value.code) == ("step_audio.prompt_audio_base64", "no_speech")


def test_a_voice_whose_words_are_given_is_saved_with_a_warning_where_no_speech_is_found(api: Api):
    noise = encode_whole(MEDIA["wav"], Audio(np.full(24000, 0.95, np.float32), 24000))
    with api.http() as http:
        form = {"name": "Whisperer", "ref_text": "Hello."}
        answer = http.post("/v1/audio/voices", data=form, files={"audio_sample": ("a.wav", noise)})
    assert answer.status_code == 200
    assert "No speech is found in the recording" in answer.headers["x-warning"]


def test_a_consent_that_does_not_exist_is_told(api: Api, clip_wav: bytes):
    with api.http() as http:
        form = {"name": "Dora", "ref_text": "Hello.", "consent": "cons_1"}
        answer = http.post("/v1/audio/voices", data=form, files={"audio_sample": ("a.wav", clip_wav)})
    assert answer.status_code == 200
    assert "There is no consent 'cons_1'; the voice was saved without one." in answer.headers["x-warning"]


def test_a_transcript_that_is_not_said_is_told_of(api: Api, clip_wav: bytes):
    for text, is_told in (("The ferry leaves at noon.", True), ("Hello there, 你好 world.", False)):
        answer = api.client.audio.voices.with_raw_response.create(
            name=text, audio_sample=("a.wav", clip_wav), consent=CONSENT, extra_body={"ref_text": text}
        )
        assert ("is not what is heard" in answer.headers.get("x-warning", "")) == is_told
