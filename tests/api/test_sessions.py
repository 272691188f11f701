"""Sessions and takes over HTTP: recordings, steps, waiting, hearing, undo, conflicts, and what is refused."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from tests.api.conftest import Api, Serve
from tests.waiting import wait_until

WAIT = {"prefer": "wait"}
HELLO = {"task": "clone", "text": "Hello.", "seed": 1}
FOR_EVER = {"task": "clone", "text": "One sentence that is soon there. forever"}


class Client:
    """One session, and short words for what is done to it."""

    def __init__(self, http: httpx.Client) -> None:
        made = http.post("/v1/sessions")
        assert made.status_code == 201, made.text
        self.http, self.id = http, made.json()["id"]
        self.at = made.headers["location"]

    def get(self, path: str = "", **options: Any) -> httpx.Response:
        return self.http.get(self.at + path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.http.post(self.at + path, json=body, **options)

    def take(self, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        """A take, made to its end."""
        answer = self.post("/takes", body, headers=WAIT | headers)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def ids(self) -> list[str]:
        return [take["id"] for take in self.get("/takes").json()["data"]]


@pytest.fixture
def session(api: Api) -> Iterator[Client]:
    with api.http() as http:
        yield Client(http)


def error_of(answer: httpx.Response) -> tuple[int, str, str | None]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["param"]


def wav_of(values: np.ndarray, rate: int, subtype: str) -> bytes:
    sink = io.BytesIO()
    soundfile.write(sink, values, rate, format="WAV", subtype=subtype)
    return sink.getvalue()


# ---- sessions -------------------------------------------------------------------------------------------------------


def test_a_session_is_made_described_and_deleted(session: Client):
    told = session.get().json()
    assert told["object"] == "session"
    assert (told["takes"], told["current"], told["can_undo"]) == (0, None, False)
    assert session.http.delete(session.at).json() == {"id": session.id, "object": "session.deleted", "deleted": True}
    assert error_of(session.get()) == (404, "session_not_found", "session")


@pytest.mark.parametrize("session_id", ["0" * 32, "short", "%2e%2e%2fvoices", "x" * 500])
def test_a_session_that_was_never_made_is_unknown(api: Api, session_id: str):
    with api.http() as http:
        assert http.get(f"/v1/sessions/{session_id}").status_code in (400, 404)
        assert http.post(f"/v1/sessions/{session_id}/undo").status_code in (400, 404)


def test_with_keys_a_session_opens_to_its_key_alone_and_is_listed_for_it(serve: Serve):
    api = serve(api_keys=("one", "two"))
    with api.http(headers={"authorization": "Bearer one"}) as http:
        own = Client(http)
        newer = Client(http)
        assert [row["id"] for row in http.get("/v1/sessions").json()["data"]] == [newer.id, own.id]
        page = http.get("/v1/sessions?limit=1").json()
        assert (page["has_more"], page["last_id"]) == (True, newer.id)
        assert [row["id"] for row in http.get(f"/v1/sessions?after={newer.id}").json()["data"]] == [own.id]
    with api.http(headers={"authorization": "Bearer two"}) as http:
        assert http.get(own.at).status_code == 404
        assert http.get("/v1/sessions").json()["data"] == []


def test_without_keys_nobody_lists_the_sessions_of_others(session: Client):
    assert session.http.get("/v1/sessions").json() == {"object": "list", "data": [], "has_more": False, "last_id": None}


def test_the_sessions_of_a_caller_are_bounded(serve: Serve):
    with serve(max_sessions=2).http() as http:
        assert [http.post("/v1/sessions").status_code for _ in range(3)] == [201, 201, 400]
        assert error_of(http.post("/v1/sessions")) == (400, "too_many_sessions", None)


# ---- recordings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("subtype", "n_bits"), [("PCM_16", 16), ("PCM_24", 24)])
@pytest.mark.parametrize("response_format", ["wav", "flac"])
def test_a_recording_comes_back_sample_for_sample(session: Client, subtype: str, n_bits: int, response_format: str):
    values = np.random.default_rng(1).integers(-(2**31), 2**31, 22_050, np.int32) >> (32 - n_bits) << (32 - n_bits)
    values[:2] = np.int32(-(2**31)), np.int32(2**31 - 1) >> (32 - n_bits) << (32 - n_bits)
    wav = wav_of(values, 44_100, subtype)
    answer = session.http.post(session.at + "/takes", files={"input_audio_file": ("a.wav", wav)}, headers=WAIT)
    take = answer.json()
    assert (answer.status_code, take["sample_rate"], take["seconds"], take["steps"]) == (201, 44_100, 0.5, [])
    heard = session.get(f"/takes/{take['id']}/audio?response_format={response_format}")
    back, rate = soundfile.read(io.BytesIO(heard.content), dtype="int32")
    assert rate == 44_100
    assert np.array_equal(back, values)


def test_a_recording_comes_as_base64_as_a_voice_and_with_its_words(session: Client, clip_wav: bytes):
    packed = base64.b64encode(clip_wav).decode()
    take = session.take({"input_audio_base64": packed, "audio_text": "A tone.", "name": "mine"})
    assert (take["transcript"], take["name"], take["state"]) == ("A tone.", "mine", "done")
    voice = session.take({"voice": "low_tone"})
    assert (voice["name"], voice["transcript"], voice["language"]) == ("low_tone", "A tone.", "en")
    assert session.get().json()["current"] == voice["id"]


def test_the_sound_of_a_take_is_sent_in_parts_and_its_head_alone(session: Client):
    take = session.take({"voice": "low_tone"})
    at = f"{session.at}/takes/{take['id']}/audio"
    whole = session.http.get(at)
    part = session.http.get(at, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert session.http.head(at).headers["content-length"] == str(len(whole.content))
    assert session.http.get(at, headers={"range": "bytes=99999999-"}).status_code == 416


# ---- steps ----------------------------------------------------------------------------------------------------------


def test_steps_make_one_take_from_the_current_one(session: Client, api: Api):
    source = session.take({"voice": "low_tone"})
    take = session.take({"steps": [HELLO, {"mode": "emotion", "edit_info": "happy", "n_edit_iter": 2}], "seed": 9})
    assert take["parent"] == source["id"]
    assert [(step["task"], step["info"], step["seed"]) for step in take["steps"]] == [
        ("clone", "", 1),
        ("emotion", "happy", 9),
    ]
    assert (take["transcript"], take["finish_reason"], take["error"]) == ("Hello.", "end", None)
    assert api.script.edits[0].edit.iterations == 2
    assert session.ids() == [source["id"], take["id"]]


def test_a_take_is_answered_before_it_is_made_and_can_be_waited_for(session: Client, api: Api):
    session.take({"voice": "low_tone"})
    answer = session.post("/takes", {"steps": [{"task": "clone", "text": "wait"}]})
    take = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"{session.at}/takes/{take['id']}")
    wait_until(lambda: session.get(f"/takes/{take['id']}").json()["state"] == "running", "the take to begin")
    assert error_of(session.get(f"/takes/{take['id']}/audio")) == (409, "take_not_ready", "take")
    late = session.post("/takes", {"steps": [{"task": "vad"}]}, headers={"prefer": "wait=0"})
    assert (late.status_code, late.json()["parent"]) == (202, take["id"])
    api.script.go.set()
    wait_until(lambda: session.get(f"/takes/{late.json()['id']}").json()["state"] == "done", "both takes")


def test_variants_have_seeds_of_their_own(session: Client):
    session.take({"voice": "low_tone"})
    answer = session.post("/takes", {"steps": [HELLO], "n": 3}, headers=WAIT)
    assert [take["steps"][0]["seed"] for take in answer.json()["data"]] == [1, 2, 3]


@pytest.mark.parametrize("stream_format", ["audio", "sse"])
def test_a_take_is_heard_while_it_is_made_and_kept(session: Client, stream_format: str):
    session.take({"voice": "low_tone"})
    answer = session.post("/takes", {"steps": [HELLO], "stream_format": stream_format, "response_format": "pcm"})
    take = session.get(f"/takes/{answer.headers['x-take-id']}").json()
    assert take["state"] == "done"
    if stream_format == "audio":
        assert len(answer.content) == pytest.approx(take["seconds"] * 48_000, abs=2)
    else:
        last = json.loads(answer.text.strip().splitlines()[-1].removeprefix("data: "))
        assert (last["type"], last["finish_reason"]) == ("speech.audio.done", "end")


def test_a_step_that_fails_is_told_to_who_waits_and_kept_with_the_take(session: Client):
    source = session.take({"voice": "low_tone"})
    body = {"steps": [{"task": "vad"}, {"task": "clone", "text": "fail"}]}
    assert error_of(session.post("/takes", body, headers=WAIT))[:2] == (400, "invalid_audio")
    assert error_of(session.post("/takes", body | {"stream_format": "audio"}))[:2] == (400, "invalid_audio")
    failed = session.get("/takes").json()["data"][1]
    assert (failed["state"], failed["error"]["code"], failed["finish_reason"]) == ("failed", "invalid_audio", None)
    assert session.get().json()["current"] == source["id"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "steps"),
        ({"steps": []}, "steps"),
        ({"steps": "vad"}, "steps"),
        ({"steps": [{"task": "dance"}]}, "steps[1].task"),
        ({"steps": [{"task": "vad"}, {"task": "emotion", "info": "hungry"}]}, "steps[2].tag"),
        ({"steps": [{"task": "vad", "seed": -1}]}, "steps[1].seed"),
        ({"steps": [{"task": "vad", "mood": 1}]}, "steps"),
        ({"steps": [HELLO] * 21}, "steps"),
        ({"steps": [HELLO], "n": 9}, "n"),
        ({"steps": [HELLO], "n": 2, "stream_format": "audio"}, "stream_format"),
        ({"steps": [HELLO], "voice": "low_tone"}, "steps"),
        ({"steps": [HELLO], "parent": "0" * 16}, "take"),
        ({"steps": [HELLO], "name": "x" * 81}, "name"),
        ({"steps": [{"task": "clone", "text": "Привет."}]}, "input"),
        ({"voice": "nobody"}, "voice"),
        ({"input_audio_base64": "AAAA"}, "input_audio_base64"),
        ({"input_audio_base64": "AAAA", "voice": "low_tone"}, "voice"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_kept(session: Client, body: dict[str, Any], param: str):
    source = session.take({"voice": "low_tone"})
    answer = session.post("/takes", body)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["param"] == param
    assert session.ids() == [source["id"]]


def test_a_step_without_any_take_to_begin_from_is_refused(session: Client):
    assert error_of(session.post("/takes", {"steps": [HELLO]})) == (404, "take_not_found", "parent")


# ---- what is done to takes ------------------------------------------------------------------------------------------


def test_a_take_is_named_starred_and_written_down_at_once_and_that_is_undone_at_once(session: Client):
    take = session.take({"voice": "low_tone"})
    at = f"{session.at}/takes/{take['id']}"
    changed = session.http.patch(at, json={"name": "The one", "starred": True, "transcript": ""}).json()
    assert (changed["name"], changed["starred"], changed["transcript"]) == ("The one", True, "")
    session.post("/undo")
    assert session.get(f"/takes/{take['id']}").json() == take
    session.post("/redo")
    assert session.get(f"/takes/{take['id']}").json()["name"] == "The one"


def test_undo_takes_back_a_take_and_at_the_beginning_is_refused(session: Client):
    take = session.take({"voice": "low_tone"})
    assert session.post("/undo").json()["takes"] == 0
    assert error_of(session.get(f"/takes/{take['id']}"))[0] == 404
    assert error_of(session.post("/undo")) == (409, "nothing_to_undo", None)
    assert session.post("/redo").json()["current"] == take["id"]
    assert error_of(session.post("/redo")) == (409, "nothing_to_redo", None)


def test_a_change_of_what_was_not_seen_is_refused_with_the_revision(session: Client):
    seen = session.get().headers["etag"]
    take = session.take({"voice": "low_tone"}, **{"if-match": seen})
    at = f"{session.at}/takes/{take['id']}"
    refused = session.http.patch(at, json={"name": "x"}, headers={"if-match": seen})
    assert error_of(refused) == (409, "revision_conflict", "if-match")
    now = session.get()
    assert refused.headers["etag"] == now.headers["etag"]
    assert str(now.json()["revision"]) in refused.json()["error"]["message"]
    assert session.http.patch(at, json={"name": "x"}, headers={"if-match": now.headers["etag"]}).status_code == 200
    assert error_of(session.post("/undo", headers={"if-match": "soon"})) == (400, "invalid_value", "if-match")


def test_a_deleted_take_is_gone_until_it_is_brought_back(session: Client):
    take = session.take({"voice": "low_tone"})
    at = f"{session.at}/takes/{take['id']}"
    assert session.http.delete(at).json() == {"id": take["id"], "object": "take.deleted", "deleted": True}
    assert error_of(session.http.delete(at)) == (404, "take_not_found", "take")
    session.post("/undo")
    assert session.http.get(at).json() == take


def test_cancel_keeps_what_was_heard_and_delete_does_not(session: Client, api: Api):
    session.take({"voice": "low_tone"})
    takes = [session.post("/takes", {"steps": [FOR_EVER]}).json()["id"] for _ in range(1)]
    wait_until(lambda: len(api.script.clones) > 1, "the second sentence")
    cut = session.post(f"/takes/{takes[0]}/cancel").json()
    assert (cut["state"], cut["finish_reason"]) == ("cancelled", "cut_short")
    assert session.get(f"/takes/{takes[0]}/audio").status_code == 200
    assert error_of(session.post(f"/takes/{takes[0]}/cancel"))[:2] == (409, "take_not_under_way")
    dropped = session.post("/takes", {"steps": [FOR_EVER]}).json()["id"]
    session.http.delete(f"{session.at}/takes/{dropped}")
    assert dropped not in session.ids()
    wait_until(lambda: api.engine.status().n_running == 0, "the job to stop")


def test_selecting_a_take_makes_it_the_parent_of_what_follows(session: Client):
    first, _ = session.take({"voice": "low_tone"}), session.take({"voice": "high_tone"})
    assert session.post(f"/takes/{first['id']}/select").json()["current"] == first["id"]
    assert session.take({"steps": [{"task": "vad"}]})["parent"] == first["id"]


def test_takes_are_listed_page_by_page(session: Client):
    ids = [session.take({"voice": "low_tone"})["id"] for _ in range(3)]
    page = session.get("/takes?limit=2").json()
    assert ([row["id"] for row in page["data"]], page["has_more"], page["last_id"]) == (ids[:2], True, ids[1])
    rest = session.get(f"/takes?after={ids[1]}").json()
    assert ([row["id"] for row in rest["data"]], rest["has_more"]) == (ids[2:], False)
    assert session.get("/takes?after=nothing").status_code == 400
    assert session.get("/takes?limit=101").status_code == 400


@pytest.mark.parametrize("response_format", ["json", "text", "srt", "vtt", "verbose_json"])
def test_a_transcript_is_what_somebody_wrote_else_what_is_heard_with_times(
    session: Client, api: Api, clip_wav: bytes, response_format: str
):
    take = session.take({"input_audio_base64": base64.b64encode(clip_wav).decode()})
    heard = session.get(f"/takes/{take['id']}/transcript?response_format={response_format}")
    assert "Hello there." in heard.text
    session.get(f"/takes/{take['id']}/transcript?response_format=srt")
    assert len(api.script.transcriptions) == 1  # once, then kept
    words = session.get(f"/takes/{take['id']}").json()["words"]
    assert words is None or all(word["start"] <= word["end"] for word in words)
    session.http.patch(f"{session.at}/takes/{take['id']}", json={"transcript": "My words."})
    assert "My words." in session.get(f"/takes/{take['id']}/transcript").text


def test_a_recipe_is_replayed_on_another_recording(session: Client):
    session.take({"voice": "low_tone"})
    made = session.take({"steps": [{"task": "emotion", "info": "happy", "seed": 5}]})
    recipe = session.get(f"/takes/{made['id']}/recipe").json()
    answer = session.post("/replay", {"recipe": recipe, "voice": "high_tone"}, headers=WAIT)
    again = answer.json()
    assert (answer.status_code, again["steps"]) == (201, made["steps"])
    assert session.get(f"/takes/{again['parent']}").json()["name"] == "high_tone"
    assert error_of(session.post("/replay", {"recipe": {"steps": []}}))[1:] == ("invalid_value", "recipe")


def test_a_session_is_exported_whole(session: Client):
    source = session.take({"voice": "low_tone"})
    made = session.take({"steps": [HELLO]})
    with zipfile.ZipFile(io.BytesIO(session.get("/export").content)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        assert [row["id"] for row in manifest["takes"]] == [source["id"], made["id"]]
        sound, _ = soundfile.read(io.BytesIO(archive.read(manifest["takes"][1]["sound"])))
        assert len(sound) / 24_000 == pytest.approx(made["seconds"], abs=0.001)
        assert json.loads(archive.read(manifest["takes"][1]["recipe"]))["steps"][0]["text"] == "Hello."


# ---- without a session ----------------------------------------------------------------------------------------------


def test_a_chain_of_edits_is_done_in_one_call(api: Api, clip_wav: bytes):
    steps = [{"task": "emotion", "info": "happy", "seed": 1}, {"task": "vad", "seed": 2}]
    with api.http() as http:
        form = {"payload": (None, json.dumps({"steps": steps})), "input_audio_file": ("a.wav", clip_wav)}
        answer = http.post("/v1/audio/edits", files=form)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
        assert soundfile.info(io.BytesIO(answer.content)).duration == pytest.approx(1.0, abs=0.01)
        assert [job.edit.task for job in api.script.edits] == ["emotion", "vad"]
        for body, param in (({"steps": steps}, "input_audio_file"), ({"voice": "low_tone"}, "steps")):
            assert error_of(http.post("/v1/audio/edits", json=body))[1:] == ("missing_required_parameter", param)
        events = http.post("/v1/audio/edits", json={"voice": "low_tone", "steps": steps, "stream_format": "sse"}).text
        assert '"speech.audio.done"' in events
