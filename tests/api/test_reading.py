"""The route that shows how a text will be read."""

from __future__ import annotations

import pytest

from app.engine.embedded.text.phonemes import read_spans
from app.engine.lexicon import Lexicon, Pronunciation
from tests.api.conftest import Api

NGUYEN = Pronunciation("Nguyen", "win", "respelling")


def test_a_text_is_shown_with_what_is_said_for_it(api: Api) -> None:
    with api.http() as http:
        answer = http.post("/v1/audio/speech/reading", json={"input": "One [pause 1s] sentence."})
    assert answer.status_code == 200
    (part,) = answer.json()["parts"]
    assert part["readings"] == [{"written": "One sentence.", "spoken": "One sentence.", "kind": "word"}]
    assert part["words"] == [{"word": "one", "phonemes": "one"}, {"word": "sentence", "phonemes": "sentence"}]
    assert part["phonemes"] == "one sentence."


@pytest.mark.parametrize(("text", "code"), [("", "empty_text"), ("x" * 4097, "text_too_long")])
def test_a_text_that_cannot_be_read_is_400_and_names_the_field(api: Api, text: str, code: str) -> None:
    with api.http() as http:
        answer = http.post("/v1/audio/speech/reading", json={"input": text})
    assert answer.status_code == 400
    assert (answer.json()["error"]["param"], answer.json()["error"]["code"]) == ("input", code)


@pytest.mark.slow
def test_the_embedded_engine_names_the_rule_of_each_span() -> None:
    english, mandarin = read_spans("It costs $5/month. 我有2个苹果。")
    assert {("$5/month", "five dollars per month", "money")} <= {
        (r.written, r.spoken, r.kind) for r in english.readings
    }
    assert ("2", "两", "number") in {(r.written, r.spoken, r.kind) for r in mandarin.readings}
    assert english.phonemes
    assert mandarin.phonemes


def test_each_word_is_shown_with_its_phonemes() -> None:
    english, mandarin = read_spans("Ask Nguyen about the FBI. 不是一个好地方。", Lexicon((NGUYEN,)))
    assert [(word.text, word.phonemes) for word in english.words if word.text in ("Nguyen", "FBI")] == [
        ("Nguyen", "wˈɪn"),
        ("FBI", "ˌɛfbˌiˈI"),
    ]
    assert [(word.text, word.phonemes) for word in mandarin.words if not word.is_mark] == [
        ("不是", "pu↗ʂɨ↘"),
        ("一个", "i↗kɤ"),
        ("好", "xau↓"),
        ("地方", "ti↘faŋ"),
    ]


def test_pronunciations_of_a_request_reach_the_reading(api: Api) -> None:
    body = {"input": "Ask Nguyen.", "step_audio": {"pronunciations": {"Nguyen": "win"}}}
    with api.http() as http:
        answer = http.post("/v1/audio/speech/reading", json=body)
    (part,) = answer.json()["parts"]
    assert part["readings"][0]["spoken"] == "Ask win."


@pytest.mark.parametrize("path", ["/v1/audio/speech", "/v1/audio/speech/reading"])
@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"Good": "good", "Nguyen": "/#/"}, "step_audio.pronunciations"),
        ({"Nguyen": ""}, "step_audio.pronunciations"),
        ({"Nguyen": 3}, "step_audio.pronunciations.Nguyen"),
        ({f"Nguyen{n}": "win" for n in range(101)}, "step_audio.pronunciations"),
    ],
)
def test_a_bad_pronunciation_is_400_and_named(api: Api, path: str, said: dict[str, object], param: str) -> None:
    body = {"model": "step-audio-editx", "input": "Hello.", "voice": "alloy", "step_audio": {"pronunciations": said}}
    with api.http() as http:
        answer = http.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert "Nguyen" in answer.text or len(said) > 100
