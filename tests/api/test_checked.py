"""Checked output over the API: headers, events, takes, recipes, refusals. Whisper hears HEARD whatever is said."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from app.engine.content import checking, checks
from app.engine.sound.encoding import MEDIA, encode_whole
from tests.api.conftest import Api
from tests.fakes import tone

HEARD = "Hello there 你好 to world."  # what the fake's "-->" is read as, too; within one piece of the scripted backend


@pytest.fixture(autouse=True)
def _tones_are_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """The backend's tones stay at their peak, as clipped speech does, and are as short whatever the text."""
    monkeypatch.setattr(checking, "is_clipped", lambda _: False)
    monkeypatch.setattr(checks, "LENGTHS", (0.0, 100.0))


BODY = {"model": "tts-1", "voice": "alloy", "stream": False, "seed": 5}


def speech(api: Api, text: str, check: Any, **extra: Any) -> Any:
    with api.http() as http:
        return http.post("/v1/audio/speech", json=BODY | extra | {"input": text, "step_audio": {"check": check}})


def test_a_result_that_passes_says_so(api: Api) -> None:
    headers = speech(api, HEARD, {}).headers
    told = {name: headers[f"x-check-{name}"] for name in ("word-error", "similarity", "tries", "seed", "verdict")}
    assert told == {"word-error": "0.000", "similarity": "1.000", "tries": "1", "seed": "5", "verdict": "passed"}
    assert len(api.script.clones) == 1


def test_a_miss_is_made_again_with_other_seeds_within_its_retries(api: Api) -> None:
    headers = speech(api, "Nothing of this.", {"retries": 1}).headers
    assert (headers["x-check-tries"], headers["x-check-verdict"]) == ("2", "missed")
    assert len({job.seed for job in api.script.clones}) == 2
    assert headers["x-check-seed"] in {str(job.seed_of_all) for job in api.script.clones}


def test_only_pieces_that_miss_are_made_again(api: Api) -> None:
    headers = speech(api, f"{HEARD} Now comes another sentence.", {"retries": 2}).headers
    assert [job.script.text for job in api.script.clones] == [HEARD, *["Now comes another sentence."] * 3]
    assert (headers["x-check-verdict"], len(headers["x-check-seed"].split(","))) == ("missed", 1)


def test_nothing_is_checked_unless_it_is_asked_for(api: Api) -> None:
    with api.http() as http:
        answer = http.post("/v1/audio/speech", json=BODY | {"input": "Anything."})
    assert not [name for name in answer.headers if name.startswith("x-check")]
    assert api.script.transcriptions == []


def test_a_text_of_signs_alone_is_not_passed(api: Api) -> None:
    assert speech(api, "...", {}).headers["x-check-verdict"] == "missed"


def test_the_last_event_has_the_scores(api: Api) -> None:
    answer = speech(api, HEARD, {}, stream=True, stream_format="sse")
    done = json.loads(answer.text.strip().split("\n\n")[-1].removeprefix("data: "))
    scores = done["scores"]
    assert (scores["verdict"], scores["word_error"], scores["missed"], scores["seeds"]) == ("passed", 0.0, [], [5])


@pytest.mark.parametrize(
    ("check", "param"),
    [
        ({"retries": 9}, "step_audio.check.retries"),
        ({"max_word_error": -1}, "step_audio.check.max_word_error"),
        ({"min_similarity": "x"}, "step_audio.check.min_similarity"),
        ({"retrys": 1}, "step_audio.check.retrys"),
        (True, "step_audio.check"),
    ],
)
def test_a_check_out_of_its_limits_is_refused_by_field(api: Api, check: Any, param: str) -> None:
    answer = speech(api, HEARD, check)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert api.script.clones == []


def test_an_edit_is_compared_with_what_it_was_made_of(api: Api) -> None:
    with api.http() as http:
        body = {"voice": "low_tone", "steps": [{"task": "vad", "check": {}}], "stream": False}
        answer = http.post("/v1/audio/edits", json=body)
    assert (answer.headers["x-check-verdict"], answer.headers["x-check-tries"]) == (
        "missed",
        "3",
    )  # the clip says "A tone."


def test_a_rewrite_is_compared_with_the_words_as_they_should_be(api: Api) -> None:
    """Whisper hears the words as they were: those of the input would pass."""
    step = {"task": "rewrite", "text": "Hello there 你好 wide world.", "check": {"retries": 1, "max_word_error": 0.1}}
    with api.http() as http:
        body = {"voice": "low_tone", "audio_text": "Hello there 你好 world.", "steps": [step], "stream": False}
        answer = http.post("/v1/audio/edits", json=body)
    assert answer.status_code == 200, answer.text
    told = [answer.headers[f"x-check-{name}"] for name in ("verdict", "tries", "word-error")]
    assert told == ["missed", "2", f"{1 / 6:.3f}"]  # of hello, there, ni, hao, wide, world
    assert "x-rewrite" in answer.headers


@pytest.mark.parametrize("path", ["edits", "speech"])
def test_without_fillers_the_words_that_stay_are_heard_once(api: Api, path: str) -> None:
    with api.http() as http:
        body: dict[str, Any] = {"voice": "low_tone", "steps": [{"task": "fillers", "check": {}}], "stream": False}
        if path == "speech":
            clip = base64.b64encode(encode_whole(MEDIA["wav"], tone(1.0))).decode()
            body = {"step_audio": {"mode": "fillers", "check": {}, "input_audio_base64": clip}, "stream": False}
        answer = http.post(f"/v1/audio/{path}", json=body)
    told = [answer.headers.get(f"x-check-{name}") for name in ("verdict", "tries", "word-error")]
    assert told == ["passed", "1", "0.000"]


def test_a_take_keeps_its_scores_and_its_recipe_the_check(api: Api) -> None:
    with api.http() as http:
        session = f"/v1/sessions/{http.post('/v1/sessions').json()['id']}"
        http.post(f"{session}/takes", json={"voice": "low_tone"})
        steps = [{"task": "clone", "text": HEARD, "check": {"retries": 1}}]
        made = http.post(f"{session}/takes", json={"steps": steps, "seed": 3}, headers={"prefer": "wait"}).json()
        again = http.get(f"{session}/takes/{made['id']}").json()
        recipe = http.get(f"{session}/takes/{made['id']}/recipe").json()
        refused = http.post(f"{session}/takes", json={"steps": [steps[0] | {"check": {"retries": 9}}]})
    assert made["scores"] == again["scores"]
    assert (made["scores"]["verdict"], made["scores"]["seeds"]) == ("passed", [3])
    assert made["steps"][0]["check"]["retries"] == 1
    assert recipe["steps"][-1]["check"]["max_word_error"] == 0.15
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "steps[1].check.retries")
