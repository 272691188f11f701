"""POST /v1/audio/speech through the official client: every format, every way to name a voice, every edit."""

from __future__ import annotations

import base64
import io
import json
import struct
import wave
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from openai import BadRequestError, NotFoundError

from app.api.schemas import SpeechRequest, StepAudio
from app.engine.errors import VariantMissing
from app.engine.facts.reasons import NoSuchVariant
from app.engine.script import Script, Sound
from app.engine.sound.audio import Audio
from app.engine.sound.decoding import DecodeLimits, decode
from app.engine.sound.encoding import MEDIA
from tests.api.conftest import Api, Serve
from tests.fakes import TONE_HZ, TONE_S, ScriptedBackend, tone
from tests.waiting import PATIENCE_S

LIMITS = DecodeLimits(10**8, 600, 10**9)
TELEPHONE = {"pcm_mulaw": "mulaw", "pcm_alaw": "alaw"}  # as FFmpeg calls what has no header
ONE = "One sentence."
THREE = "This is the first sentence. This is the second one. And this is the third."


def heard(data: bytes, name: str) -> Audio:
    if name == "pcm":
        return Audio((np.frombuffer(data, "<i2") / 32768).astype(np.float32), 24000)
    if name in TELEPHONE:
        with av.open(io.BytesIO(data), format=TELEPHONE[name], options={"sample_rate": "8000"}) as container:
            values = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
        return Audio((values / 32768).astype(np.float32), 8000)
    return decode(data, LIMITS, "answer")


def pitch_of(audio: Audio) -> float:
    spectrum = np.abs(np.fft.rfft(audio.samples))
    return float(np.argmax(spectrum)) * audio.sample_rate / len(audio.samples)


def speak(api: Api, text: str = ONE, voice: Any = "alloy", **extra: Any) -> bytes:
    return api.client.audio.speech.create(model="tts-1", voice=voice, input=text, **extra).content


def edit(api: Api, clip: bytes, mode: str, text: str = "", **step: Any) -> Any:
    body = {"mode": mode, "input_audio_base64": base64.b64encode(clip).decode(), **step}
    return api.client.audio.speech.with_raw_response.create(
        model="step-audio-editx", voice="alloy", input=text, extra_body={"stream": False, "step_audio": body}
    )


@pytest.mark.parametrize("name", MEDIA)
def test_each_format_holds_the_whole_sound(api: Api, name: str):
    audio = heard(speak(api, THREE, response_format=name), name)
    assert 3 * TONE_S - 0.01 <= audio.duration_s <= 3 * TONE_S + 0.25
    assert pitch_of(audio) == pytest.approx(TONE_HZ, abs=3)
    assert np.sqrt(np.mean(audio.slice_s(audio.duration_s - 0.2, audio.duration_s).samples ** 2)) > 0.1


def test_the_default_is_mp3_and_with_step_audio_wav(api: Api):
    plain = api.client.audio.speech.with_raw_response.create(model="tts-1", voice="alloy", input=ONE)
    assert plain.headers["content-type"] == "audio/mpeg"
    ours = api.client.audio.speech.with_raw_response.create(
        model="tts-1", voice="alloy", input=ONE, extra_body={"step_audio": {}}
    )
    assert ours.headers["content-type"] == "audio/wav"
    assert heard(ours.content, "wav").sample_rate == 24000


def test_a_short_answer_has_true_sizes_and_says_how_long_it_is(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.api.answers.sound.WHOLE_WITHIN_S", PATIENCE_S)  # on a busy machine the end comes late
    answer = api.client.audio.speech.with_raw_response.create(
        model="tts-1", voice="alloy", input=ONE, response_format="wav"
    )
    n_bytes = len(answer.content)
    assert int(answer.headers["content-length"]) == n_bytes
    assert int.from_bytes(answer.content[4:8], "little") == n_bytes - 8
    assert float(answer.headers["x-audio-seconds"]) == pytest.approx(TONE_S, abs=0.001)
    assert answer.headers["x-finish-reason"] == "end"


def test_without_streaming_a_long_answer_is_a_whole_file(api: Api):
    fields = {"model": "tts-1", "voice": "alloy", "input": THREE}
    for name in ("wav", "flac", "mp3"):
        answer = api.client.audio.speech.with_raw_response.create(
            **fields, response_format=name, extra_body={"stream": False}
        )
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert answer.headers["x-finish-reason"] == "end"
        if name == "wav":
            assert struct.unpack_from("<I", answer.content, 4)[0] == len(answer.content) - 8
            with wave.open(io.BytesIO(answer.content)) as file:
                assert file.getnframes() / 24000 == pytest.approx(3 * TONE_S, abs=0.01)
        assert soundfile.info(io.BytesIO(answer.content)).duration == pytest.approx(3 * TONE_S, abs=0.01)


def test_each_ogg_answer_has_a_serial_number_of_its_seed_and_text(api: Api):
    def serial(text: str, seed: int | None) -> int:
        extra = {} if seed is None else {"seed": seed}
        return int.from_bytes(speak(api, text, response_format="opus", extra_body=extra)[14:18], "little")

    assert serial(ONE, 7) == serial(ONE, 7)
    assert len({serial(ONE, 7), serial(ONE, 8), serial(THREE, 7), serial(ONE, None), serial(ONE, None)}) == 5


@pytest.mark.parametrize("is_marked", [True, False])
def test_files_say_that_the_speech_is_synthetic_unless_told_not_to(serve: Serve, is_marked: bool):
    api = serve(mark=is_marked)
    for text in (ONE, THREE):
        for name in ("mp3", "opus", "flac", "wav"):
            assert (b"Synthetic speech" in speak(api, text, response_format=name)) == is_marked


def test_the_openapi_document_describes_every_header_of_an_answer_that_is_our_own(api: Api):
    described = api.app.openapi()["paths"]["/v1/audio/speech"]["post"]["responses"]["200"]["headers"]
    answer = api.client.audio.speech.with_raw_response.create(model="tts-1", voice="alloy", input="[laughs] One.")
    own = {name for name in answer.headers if name.startswith("x-")}
    of_others = {name for name in described if name == "x-rewrite" or name.startswith("x-check-")}
    assert own - {"x-request-id", "x-accel-buffering", "x-content-type-options"} == described.keys() - of_others


def test_a_variant_that_is_not_here_is_refused_by_the_field_that_asks_for_it(api: Api, monkeypatch: pytest.MonkeyPatch):
    def variant_for(_: ScriptedBackend, variant: str | None, param: str = "variant") -> str:
        raise VariantMissing(variant or "", NoSuchVariant(), ("base",), param=param)

    monkeypatch.setattr(ScriptedBackend, "variant_for", variant_for)
    with pytest.raises(BadRequestError, match="'awq' is not available: there is no such variant") as refused:
        speak(api, extra_body={"step_audio": {"model_variant": "awq"}})
    assert refused.value.param == "step_audio.model_variant"


def test_an_answer_that_was_cut_short_says_so(api: Api):
    answer = api.client.audio.speech.with_raw_response.create(
        model="tts-1", voice="alloy", input="overlong", extra_body={"stream": False}
    )
    assert answer.headers["x-finish-reason"] == "length"


def test_headers_tell_what_answered(api: Api):
    answer = api.client.audio.speech.with_raw_response.create(
        model="gpt-4o-mini-tts",
        voice="alloy",
        input=ONE,
        extra_body={
            "seed": 7,
            "metadata": {"job": "a-1", "who": "Zoë", "n": 3},
            "step_audio": {"model_variant": "awq"},
        },
    )
    assert answer.headers["x-stepaudio-model"] == "gpt-4o-mini-tts"
    assert answer.headers["x-backend"] == "scripted"
    assert answer.headers["x-model-variant"] == "base"
    assert answer.headers["x-seed"] == "7"
    assert answer.headers["x-digital-source-type"] == "trainedAlgorithmicMedia"
    assert answer.headers["x-metadata-job"] == "a-1"
    assert answer.headers["x-metadata-who"] == "Zo%C3%AB"
    assert answer.headers["x-metadata-n"] == "3"
    assert answer.headers["content-disposition"] == "attachment; filename=speech.wav"
    assert api.script.clones[0].seed == 7


def test_a_seed_is_drawn_and_told(api: Api):
    speech = api.client.audio.speech.with_raw_response
    answers = [speech.create(model="tts-1", voice="alloy", input=ONE) for _ in range(2)]
    seeds = [int(answer.headers["x-seed"]) for answer in answers]
    assert seeds == [job.seed for job in api.script.clones]
    assert seeds[0] != seeds[1]


@pytest.mark.parametrize("voice", ["low_tone", "LOW_TONE", {"id": "low_tone"}])
def test_a_voice_is_found_by_name_and_by_id_object(api: Api, voice: Any):
    speak(api, voice=voice)
    assert api.script.clones[0].voice.id == "low_tone"


def test_an_alias_speaks_in_its_preset(api: Api):
    speak(api, voice="alloy")
    assert api.script.clones[0].voice.id == "high_tone"


@pytest.mark.parametrize("voice", [{}, {"voice": None}, {"voice": ""}, {"voice": " "}])
def test_without_a_voice_the_default_one_speaks(api: Api, voice: dict[str, Any]):
    with api.http() as http:
        answer = http.post("/v1/audio/speech", json={"model": "tts-1", "input": ONE, **voice})
    assert answer.status_code == 200
    assert api.script.clones[0].voice.id == "high_tone"


@pytest.mark.parametrize("voice", ["bm_fable", "bm_fable+bm_george", "bm_fable(2)+bm_george(1)"])
def test_a_voice_of_kokoro_has_a_preset_for_it(api: Api, voice: str):
    answer = api.client.audio.speech.with_raw_response.create(model="kokoro", voice=voice, input=ONE)
    assert api.script.clones[0].voice.id == "low_tone"
    assert ("'bm_fable'" in answer.headers.get("x-warning", "")) == ("+" in voice)


def test_a_voice_that_is_the_models_name_is_the_default_one(api: Api):
    answer = api.client.audio.speech.with_raw_response.create(model="tts-1", voice="tts-1", input=ONE)
    assert api.script.clones[0].voice.id == "high_tone"
    assert "'tts-1' is the model's name" in answer.headers["x-warning"]


def test_an_unknown_voice_is_404_and_named(api: Api):
    with pytest.raises(NotFoundError) as error:
        speak(api, voice="nobody")
    assert (error.value.param, error.value.code) == ("voice", "voice_not_found")
    assert "nobody" in str(error.value)


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_speed_changes_the_length_and_not_the_pitch(api: Api, speed: float):
    audio = heard(speak(api, speed=speed, response_format="wav"), "wav")
    assert audio.duration_s == pytest.approx(TONE_S / speed, rel=0.1)
    assert pitch_of(audio) == pytest.approx(TONE_HZ, abs=6)


def test_sample_rate_is_heeded(api: Api):
    audio = heard(speak(api, response_format="wav", extra_body={"sample_rate": 16000}), "wav")
    assert audio.sample_rate == 16000
    assert pitch_of(audio) == pytest.approx(TONE_HZ, abs=3)


def test_a_prompt_gives_the_voice_its_sound_and_transcript(api: Api, clip_wav: bytes):
    step = {
        "prompt_audio_base64": "data:audio/wav;base64," + base64.encodebytes(clip_wav).decode(),
        "prompt_text": "A tone.",
        "intensity": 1.5,
    }
    speak(api, voice="", extra_body={"step_audio": step})
    job = api.script.clones[0]
    assert (job.voice.transcript, job.intensity) == ("A tone.", 1.5)
    assert job.voice.reference.duration_s == pytest.approx(1.0)
    assert pitch_of(job.voice.reference) == pytest.approx(TONE_HZ, abs=2)


@pytest.mark.parametrize("mode", ["emotion", "Emotion", " EMOTION"])
def test_a_recording_is_edited(api: Api, clip_wav: bytes, mode: str):
    answer = edit(api, clip_wav, mode, edit_info="HAPPY", intensity=2.0, n_edit_iter=3, audio_text="A tone.")
    job = api.script.edits[0]
    assert (job.edit.task, job.edit.tag, job.edit.intensity, job.edit.iterations) == ("emotion", "happy", 2.0, 3)
    assert job.transcript == "A tone."
    assert heard(answer.content, "wav").duration_s == pytest.approx(1.0, abs=0.01)


def test_a_paralinguistic_edit_takes_the_input_as_its_new_text(api: Api, clip_wav: bytes):
    edit(api, clip_wav, "paralinguistic", "Hello [laughter] there.", audio_text="Hello there.")
    (job,) = api.script.edits
    assert (job.script, job.transcript) == (Script("Hello there.", (Sound("laugh", 6),)), "Hello there.")


@pytest.mark.parametrize("transcript", ["He said [laughs] no [later].", "He said[Laughter] no."])
def test_brackets_in_a_transcript_are_no_error_and_tags_of_sounds_are_left_out(
    api: Api, clip_wav: bytes, transcript: str
):
    edit(api, clip_wav, "emotion", edit_info="sad", audio_text=transcript)
    assert api.script.edits[0].transcript == transcript.replace("[Laughter]", "")


def test_a_near_miss_of_a_sound_is_spoken_and_warned_of(api: Api):
    answer = api.client.audio.speech.with_raw_response.create(model="tts-1", voice="alloy", input="A [laughtr] [sign].")
    assert api.script.clones[0].script == Script("A laughtr [sign].")
    assert "[laugh]" in answer.headers["x-warning"]


def test_an_edit_without_a_recording_speaks_first(api: Api):
    speak(api, extra_body={"step_audio": {"mode": "style", "edit_info": "whisper", "intensity": 1.2}})
    assert api.script.clones[0].intensity == 1.0
    assert (api.script.edits[0].edit.tag, api.script.edits[0].edit.intensity) == ("whisper", 1.2)


def test_an_upload_is_the_same_as_base64(api: Api, clip_wav: bytes):
    payload = {"model": "step-audio-editx", "stream": False, "step_audio": {"mode": "denoise"}}
    with api.http() as http:
        answer = http.post(
            "/v1/audio/speech/upload",
            data={"payload": json.dumps(payload)},
            files={"input_audio_file": ("a.wav", clip_wav, "audio/wav")},
        )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.content == edit(api, clip_wav, "denoise").content


def test_an_upload_clones_from_a_prompt_file(api: Api, clip_wav: bytes):
    with api.http() as http:
        answer = http.post(
            "/v1/audio/speech/upload",
            data={"payload": json.dumps({"input": ONE})},
            files={"prompt_audio_file": ("a.wav", clip_wav, "audio/wav")},
        )
    assert answer.status_code == 200, answer.text
    assert api.script.clones[0].voice.reference.duration_s == pytest.approx(1.0)


def test_instructions_become_edits(api: Api):
    speak(api, instructions="Please whisper, and sound sad.")
    assert [job.edit.tag for job in api.script.edits] == ["whisper", "sad"]


def test_instructions_that_name_nothing_are_told_of(api: Api):
    answer = api.client.audio.speech.with_raw_response.create(
        model="tts-1", voice="alloy", input=ONE, instructions="Gründlich."
    )
    assert "'instructions'" in answer.headers["x-warning"]
    assert not api.script.edits


def test_text_that_an_edit_does_not_read_is_told_of(api: Api, clip_wav: bytes):
    assert "'input'" in edit(api, clip_wav, "vad", "Other words.").headers["x-warning"]
    for mode, text in (("vad", ""), ("paralinguistic", "Well [Sigh].")):
        assert "x-warning" not in edit(api, clip_wav, mode, text).headers


def test_a_sound_that_those_in_the_text_overrule_is_told_of(api: Api, clip_wav: bytes):
    told = edit(api, clip_wav, "paralinguistic", "Well [Sigh].", edit_info="laugh").headers["x-warning"]
    assert told == "'step_audio.edit_info' has no effect here."
    assert [sound.tag for sound in api.script.edits[-1].script.sounds] == ["sigh"]
    for text, tag in (("Well [Sigh].", "sigh"), ("Well.", "laugh")):
        assert "x-warning" not in edit(api, clip_wav, "paralinguistic", text, edit_info=tag).headers


def test_fields_of_other_servers_are_accepted_and_told_of(api: Api):
    extra = {"stream": True, "lang_code": "a", "return_timestamps": False, "step_audio": {}}
    assert warnings(api, **extra) == ["Unknown here and without effect: lang_code, return_timestamps."]
    assert warnings(api, **{f"x{n}": n for n in range(9)}) == [
        "Unknown here and without effect: x0, x1, x2, x3, x4 and 4 more."
    ]


@pytest.mark.parametrize(
    ("fields", "param", "meant"),
    [
        ({"step_audio": {"intensty": 2}}, "step_audio.intensty", "step_audio.intensity"),
        ({"step_audio": {"promptText": "A tone."}}, "step_audio.promptText", "step_audio.prompt_text"),
        ({"step_audio": {"speed": 2}}, "step_audio.speed", "speed"),
        ({"instruction": "Sad."}, "instruction", "instructions"),
        ({"edit_info": "sad"}, "edit_info", "step_audio.edit_info"),
    ],
)
def test_a_misspelt_or_misplaced_field_is_told_of_with_the_nearest(
    api: Api, fields: dict[str, Any], param: str, meant: str
):
    assert warnings(api, **fields) == [f"'{param}' is no field and has no effect; did you mean '{meant}'?"]


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_field_that_says_nothing_counts_as_left_out(api: Api, nothing: Any):
    names = [name for name in SpeechRequest.model_fields if name not in ("model", "input")]
    step = dict.fromkeys(StepAudio.model_fields, nothing)
    assert warnings(api, **dict.fromkeys(names, nothing)) == warnings(api, step_audio=step) == []
    assert warnings(api, metadata={"a": None}) == []
    assert [job.voice.id for job in api.script.clones] == ["high_tone"] * 3


@pytest.mark.parametrize("part", [{"files": {"prompt_audio_file": ("", b"")}}, {"data": {"prompt_audio_file": ""}}])
def test_a_form_in_which_no_file_was_chosen_speaks(api: Api, part: dict[str, Any]):
    data = part.get("data", {}) | {"payload": json.dumps({"input": ONE, "voice": "alloy"})}
    with api.http() as http:
        answer = http.post(
            "/v1/audio/speech/upload", data=data, files=part.get("files", {"input_audio_file": ("", b"")})
        )
    assert answer.status_code == 200
    assert api.script.clones[0].voice.id == "high_tone"


def warnings(api: Api, **fields: Any) -> list[str]:
    """What is told of a speech request with these fields that succeeds."""
    with api.http() as http:
        answer = http.post("/v1/audio/speech", json={"model": "tts-1", "input": ONE, **fields})
    assert answer.status_code == 200, answer.text
    return answer.headers.get_list("x-warning")


PROMPT_BASE64, PROMPT_URL = "step_audio.prompt_audio_base64", "step_audio.prompt_audio_url"
RECORDING_BASE64 = "step_audio.input_audio_base64"
REFUSED: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("no model", {"model": None}, "model", "missing_required_parameter"),
    ("no input", {"input": None}, "input", "missing_required_parameter"),
    ("empty input", {"input": " \n"}, "input", "empty_text"),
    ("long input", {"input": "a" * 4097}, "input", "text_too_long"),
    ("null character", {"input": "a\0b"}, "input", "invalid_value"),
    ("unspeakable", {"input": "привет"}, "input", "unsupported_language"),
    ("slow", {"speed": 0.24}, "speed", "out_of_range"),
    ("fast", {"speed": 4.01}, "speed", "out_of_range"),
    ("format", {"response_format": "aiff"}, "response_format", "invalid_value"),
    ("stream format", {"stream_format": "ws"}, "stream_format", "invalid_value"),
    ("sample rate", {"sample_rate": 7999}, "sample_rate", "out_of_range"),
    ("seed", {"seed": -1}, "seed", "out_of_range"),
    ("seed kind", {"seed": "x"}, "seed", "invalid_value"),
    ("metadata key", {"metadata": {"a b": "1"}}, "metadata", "invalid_value"),
    ("header injection", {"metadata": {"a\r\nb": "1"}}, "metadata", "invalid_value"),
    ("instructions", {"instructions": "a" * 4097}, "instructions", "text_too_long"),
    ("voice kind", {"voice": {"name": "x"}}, "voice", "invalid_value"),
    ("mode", {"step_audio": {"mode": "emotoin"}}, "step_audio.mode", "unknown_task"),
    ("tag", {"step_audio": {"mode": "style", "edit_info": "wisper"}}, "step_audio.edit_info", "unknown_tag"),
    ("no tag", {"step_audio": {"mode": "emotion"}}, "step_audio.edit_info", "unknown_tag"),
    ("intensity", {"step_audio": {"intensity": 3.1}}, "step_audio.intensity", "out_of_range"),
    ("iterations", {"step_audio": {"n_edit_iter": 5}}, "step_audio.n_edit_iter", "out_of_range"),
    ("variant", {"step_audio": {"model_variant": "int3"}}, "step_audio.model_variant", "invalid_value"),
    ("base64", {"step_audio": {"prompt_audio_base64": "a$b="}}, PROMPT_BASE64, "invalid_audio"),
    (
        "no audio",
        {"step_audio": {"prompt_audio_base64": "aGVsbG8="}},
        "step_audio.prompt_audio_base64",
        "invalid_audio",
    ),
    (
        "both",
        {"step_audio": {"prompt_audio_base64": "aGVsbG8=", "prompt_audio_url": "http://a.example/x"}},
        PROMPT_URL,
        "conflicting_parameters",
    ),
    (
        "recording to clone",
        {"step_audio": {"input_audio_base64": "aGVsbG8="}},
        RECORDING_BASE64,
        "conflicting_parameters",
    ),
    (
        "address",
        {"step_audio": {"prompt_audio_url": "file:///etc/passwd"}},
        PROMPT_URL,
        "url_not_allowed",
    ),
    (
        "inner address",
        {"step_audio": {"prompt_audio_url": "http://127.0.0.1:1/"}},
        PROMPT_URL,
        "url_not_allowed",
    ),
]


@pytest.mark.parametrize(("fields", "param", "code"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_wrong_field_is_400_and_named(api: Api, fields: dict[str, Any], param: str, code: str):
    body = {"model": "tts-1", "voice": "alloy", "input": ONE} | fields
    with api.http() as http:
        answer = http.post("/v1/audio/speech", json={key: value for key, value in body.items() if value is not None})
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["code"]) == (400, param, code), error
    assert error["type"] == "invalid_request_error"
    assert error["message"]
    assert not api.script.clones


def test_silent_and_short_clips_are_refused_by_the_callers_name(api: Api):
    from app.engine.sound.audio import silence
    from app.engine.sound.encoding import encode_whole

    for clip, code in ((silence(1.0, 24000), "silent_audio"), (tone(0.05), "audio_too_short")):
        with pytest.raises(BadRequestError) as error:
            edit(api, encode_whole(MEDIA["wav"], clip), "denoise")
        assert (error.value.param, error.value.code) == ("step_audio.input_audio_base64", code)
        assert "step_audio.input_audio_base64" in error.value.message


def test_an_unknown_model_is_404(api: Api):
    with pytest.raises(NotFoundError) as error:
        api.client.audio.speech.create(model="tts-9", voice="alloy", input=ONE)
    assert (error.value.param, error.value.code) == ("model", "model_not_found")
