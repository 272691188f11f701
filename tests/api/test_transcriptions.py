"""Transcriptions through the official client, in all formats, and the refusals."""

from __future__ import annotations

import base64
import io
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from openai import BadRequestError, NotFoundError

from tests.api.conftest import Api
from tests.waiting import PATIENCE_S

TEXT = "Hello there. 你好 --> world"


def transcribe(api: Api, clip: bytes, **extra: Any) -> Any:
    fields = {"model": "whisper-1"} | extra
    return api.client.audio.transcriptions.create(file=("a.wav", clip), **fields)


def test_json_is_the_default(api: Api, clip_wav: bytes):
    answer = transcribe(api, clip_wav)
    assert answer.text == TEXT
    assert (answer.usage.type, answer.usage.seconds) == ("duration", 1)


def test_plain_formats(api: Api, clip_wav: bytes):
    assert transcribe(api, clip_wav, response_format="text").strip() == TEXT
    srt = "1\n00:00:00,000 --> 00:00:01,000\nHello there.\n\n2\n00:00:01,000 --> 00:00:08,000\n你好 ->\n\n"
    srt += "3\n01:01:01,500 --> 01:01:02,500\nworld\n\n"
    assert transcribe(api, clip_wav, response_format="srt") == srt
    vtt = "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHello there.\n\n00:00:01.000 --> 00:00:08.000\n你好 ->\n\n"
    vtt += "01:01:01.500 --> 01:01:02.500\nworld\n\n"
    assert transcribe(api, clip_wav, response_format="vtt") == vtt


def test_verbose_json_has_segments_and_on_demand_words(api: Api, clip_wav: bytes):
    answer = transcribe(api, clip_wav, response_format="verbose_json")
    assert (answer.language, answer.duration, answer.text) == ("english", 1.0, TEXT)
    assert [s.id for s in answer.segments] == [0, 1]
    assert answer.segments[0].avg_logprob == -0.2
    assert answer.words is None
    answer = transcribe(api, clip_wav, response_format="verbose_json", timestamp_granularities=["word"])
    assert [(w.word, w.start) for w in answer.words] == [("Hello", 0.0), ("你好", 1.0)]
    assert answer.segments is None
    both = transcribe(api, clip_wav, response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert both.words
    assert both.segments


def test_events_flow_segment_by_segment(api: Api, clip_wav: bytes):
    events = transcribe(api, clip_wav, stream=True, prompt="wait")
    first = next(events)
    assert (first.type, first.delta) == ("transcript.text.delta", "Hello there.")
    api.script.go.set()
    second, done = list(events)
    assert first.delta + second.delta == done.text == TEXT
    assert done.type == "transcript.text.done"


def test_leaving_the_events_stops_the_job(api: Api, clip_wav: bytes):
    with transcribe(api, clip_wav, stream=True, prompt="forever") as events:
        next(iter(events))
        assert api.script.begun.wait(PATIENCE_S)
    assert api.script.stopped.wait(PATIENCE_S)


def test_the_fields_reach_the_engine(api: Api, clip_wav: bytes):
    transcribe(api, clip_wav, model="small", language="en", prompt="names", temperature=0.5)
    request = api.script.transcriptions[0]
    assert (request.model, request.language, request.prompt, request.temperature) == ("small", "en", "names", 0.5)


def test_a_recording_is_decoded_at_no_higher_rate_than_is_heard(api: Api):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.full(3 * 48_000, 0.1, np.float32), 48_000, format="WAV")
    assert transcribe(api, buffer.getvalue()).usage.seconds == 3
    audio = api.script.transcriptions[0].audio
    assert (audio.sample_rate, audio.duration_s) == (16_000, pytest.approx(3, abs=1e-3))


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": "docx"}, "response_format"),
        ({"temperature": 1.1}, "temperature"),
        ({"timestamp_granularities": ["phone"], "response_format": "verbose_json"}, "timestamp_granularities.0"),
    ],
)
def test_a_wrong_field_is_400_and_named(api: Api, clip_wav: bytes, fields: dict[str, Any], param: str):
    with pytest.raises(BadRequestError) as error:
        transcribe(api, clip_wav, **fields)
    assert error.value.param == param


@pytest.mark.parametrize(
    ("fields", "unused"),
    [
        ({"include[]": "logprobs"}, "'include'"),
        ({"known_speaker_names[]": "Ann", "known_speaker_references[]": "data:,"}, "'known_speaker_names'"),
        ({"known_speaker_references[]": "data:audio/wav;base64," + "A" * 9000}, "'known_speaker_references'"),
        ({"chunking_strategy": '{"type": "server_vad"}'}, "'chunking_strategy'"),
        ({"languages[]": ["en", "zh"]}, "'languages'"),
        ({"timestamp_granularities[]": "word"}, "'timestamp_granularities'"),
        ({"stream": "true", "response_format": "verbose_json"}, "'stream'"),
        ({"speaker": "Ann"}, "speaker"),
        ({"Temprature": "1"}, "'temperature'"),
    ],
)
def test_an_optional_field_without_effect_is_told_of(api: Api, clip_wav: bytes, fields: dict[str, Any], unused: str):
    answer = posted(api, clip_wav, **fields)
    assert answer.json()["text"] == TEXT
    assert unused in answer.headers["x-warning"]


@pytest.mark.parametrize(
    "fields",
    [
        {"language": "auto"},
        {"language": ""},
        {"languages[]": "auto"},
        {"chunking_strategy": "auto"},
        {"language": "undefined", "prompt": "null", "response_format": "undefined", "languages[]": "null"},
        {"prompt": "", "temperature": "", "response_format": "", "stream": "", "timestamp_granularities[]": ""},
    ],
)
def test_a_field_that_leaves_it_open_counts_as_left_out(api: Api, clip_wav: bytes, fields: dict[str, Any]):
    answer = posted(api, clip_wav, **fields)
    assert answer.status_code == 200, answer.text
    assert "x-warning" not in answer.headers
    assert api.script.transcriptions[0].language is None


def test_keywords_and_a_single_language_are_used(api: Api, clip_wav: bytes):
    answer = posted(api, clip_wav, **{"languages[]": "zh", "keywords[]": ["EditX", "Kokoro"], "prompt": "Then"})
    request = api.script.transcriptions[0]
    assert (request.language, request.prompt) == ("zh", "EditX, Kokoro. Then")
    assert "x-warning" not in answer.headers


def test_a_recording_may_come_as_json(api: Api, clip_wav: bytes):
    recording = {"data": base64.b64encode(clip_wav).decode(), "format": "wav"}
    with api.http() as http:
        answer = http.post(
            "/v1/audio/transcriptions", json={"model": "whisper-1", "input_audio": recording, "language": None}
        )
        assert answer.json()["text"] == TEXT
        for wrong, param in (
            ({"data": "a$b"}, "input_audio.data"),
            ({}, "input_audio.data"),
            ("text", "input_audio.data"),
        ):
            answer = http.post("/v1/audio/transcriptions", json={"model": "whisper-1", "input_audio": wrong})
            assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_diarized_json_has_one_speaker_and_says_so(api: Api, clip_wav: bytes):
    answer = transcribe(api, clip_wav, model="gpt-4o-transcribe-diarize", response_format="diarized_json")
    assert [(s.id, s.start, s.text.strip(), s.speaker) for s in answer.segments] == [
        ("seg_000", 0.0, "Hello there.", "A"),
        ("seg_001", 1.0, "你好 --> world", "A"),
    ]
    told = posted(api, clip_wav, response_format="diarized_json").headers["x-warning"]
    assert "told apart" in told
    events = [event.type for event in transcribe(api, clip_wav, response_format="diarized_json", stream=True)]
    assert events == [*["transcript.text.delta", "transcript.text.segment"] * 2, "transcript.text.done"]


def posted(api: Api, clip: bytes, **fields: Any) -> httpx.Response:
    """The plain answer to a form with these fields."""
    with api.http() as http:
        return http.post("/v1/audio/transcriptions", data={"model": "whisper-1", **fields}, files={"file": clip})


def test_wrong_files_and_models_are_refused(api: Api, clip_wav: bytes):
    with pytest.raises(BadRequestError) as error:
        transcribe(api, b"no sound")
    assert (error.value.param, error.value.code) == ("file", "invalid_audio")
    with pytest.raises(NotFoundError) as missing:
        transcribe(api, clip_wav, model="whisper-9")
    assert missing.value.param == "model"
    with api.http() as http:
        answer = http.post("/v1/audio/transcriptions", files={"file": ("a.wav", clip_wav)})
        assert answer.json()["error"]["param"] == "model"
        answer = http.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"other": ("a", b"")})
        assert answer.json()["error"]["param"] == "file"


def test_a_translation_is_asked_for_in_english(api: Api, clip_wav: bytes):
    answer = api.client.audio.translations.create(
        model="whisper-1", file=("a.wav", clip_wav), response_format="verbose_json"
    )
    assert (answer.text, answer.language) == (TEXT, "english")
    assert api.script.transcriptions[0].translates
    transcribe(api, clip_wav)
    assert not api.script.transcriptions[1].translates


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timestamp_granularities[]", ["word", "segment"]),
        ("timestamp_granularities[0]", "word"),
        ("timestamp_granularities", "word,segment"),
        ("timestamp_granularities[]", '["word"]'),
    ],
)
def test_a_list_in_a_form_is_read_however_it_is_written(api: Api, clip_wav: bytes, name: str, value: Any):
    answer = posted(api, clip_wav, **{"response_format": "verbose_json", name: value})
    assert answer.json()["words"]
    assert "x-warning" not in answer.headers
