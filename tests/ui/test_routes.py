"""What the page's scripts fetch, asked as a browser asks, over the scripted engine."""

from __future__ import annotations

import asyncio
import html
import io
import json
import logging
import re
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from starlette.types import Message

from app import logs
from app.bodies import DRAIN_FACTOR
from app.engine.errors import Cancelled, QueueFull
from app.engine.job import JobControl
from app.engine.requests import CloneRequest, Reference
from app.engine.script import parse_script
from app.engine.sound.audio import Audio
from app.engine.sound.decoding import DecodeLimits, decode
from app.engine.sound.encoding import MEDIA, encode_whole
from app.studio import pictures
from app.studio.recipes import parse_recipe
from app.studio.session import Session
from app.studio.takes import Step, Take
from app.ui.live import MAX_OPEN
from app.ui.shell import COOKIE
from tests.fakes import TONE_HZ, tone
from tests.ui.scripted import POLL_S, ScriptedPage, scripted_page
from tests.waiting import until

UPLOAD_LIMIT_BYTES = 200_000
LIMITS = DecodeLimits(10_000_000, 60.0, 10_000_000)
HOSTILE_IDS = ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "a" * 500, "%00", "session", "*", "0123456789abcdef", "<b>"]
HOSTILE_NAMES = [
    "<script>alert(1)",
    "{{value}} ${value} {what}",
    "@task_emotion",
    '"><img onerror=x>',
    "你好 & co",
]


@pytest.fixture(scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ScriptedPage]:
    folder = tmp_path_factory.mktemp("page")
    async with scripted_page(folder, max_upload_bytes=UPLOAD_LIMIT_BYTES, max_audio_s=10) as running:
        yield running


class User:
    """A browser with a session, and what the engine keeps for it."""

    def __init__(self, page: ScriptedPage) -> None:
        cookie = page.new_cookie()
        self.cookie = cookie
        self.browser = page.user(cookie)
        self.session: Session = page.session(cookie)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.browser.get(f"/page/{path}", **options)

    async def upload(self, data: bytes, name: str = "") -> dict[str, str]:
        answer = await self.browser.post("/page/recordings", params={"name": name}, content=data)
        assert answer.status_code == 200
        return dict(answer.json())

    def take(self, seconds: float = 0.5, **facts: Any) -> Take:
        return self.session.add(tone(seconds), **facts)


@pytest.fixture
async def user(page: ScriptedPage) -> AsyncIterator[User]:
    made = User(page)
    async with made.browser:
        yield made


@pytest.fixture
async def other(page: ScriptedPage) -> AsyncIterator[User]:
    made = User(page)
    async with made.browser:
        yield made


def wav(seconds: float = 1.0) -> bytes:
    return encode_whole(MEDIA["wav"], tone(seconds))


# ---- sessions -----------------------------------------------------------------------------------------------------


async def test_sessions_do_not_see_each_other(user: User, other: User):
    take = user.take()
    for path in (f"takes/{take.id}.wav", f"takes/{take.id}/recipe", f"takes/{take.id}/picture"):
        assert (await user.get(path)).status_code == 200
        assert (await other.get(path)).status_code == 404
    assert take.id not in (await other.get("compare", params={"a": take.id})).text


async def test_without_a_session_nothing_is_given(page: ScriptedPage, user: User):
    take = user.take()
    async with page.user() as nobody:
        for path in (f"takes/{take.id}.flac", f"takes/{take.id}/recipe", "compare", "state", "machine"):
            assert (await nobody.get(f"/page/{path}")).status_code == 403
        assert (await nobody.post("/page/cache/clear")).status_code == 403
        told = (await nobody.post("/page/recordings", content=wav())).json()
        assert 'data-word="error_no_cookie"' in told["error"]


async def test_a_deleted_take_is_gone(user: User):
    take = user.take()
    with user.session.changing() as tree:
        tree.delete(take.id)
    assert (await user.get(f"takes/{take.id}.wav")).status_code == 404


@pytest.mark.parametrize("take_id", HOSTILE_IDS)
async def test_a_hostile_id_is_a_take_that_does_not_exist(user: User, take_id: str):
    user.take()
    for path in (f"takes/{take_id}.flac", f"takes/{take_id}/recipe", f"takes/{take_id}/picture"):
        assert (await user.get(path)).status_code == 404
    assert (await user.get("compare", params={"a": take_id, "b": take_id})).status_code == 200


# ---- recordings come in -------------------------------------------------------------------------------------------


async def test_an_upload_becomes_a_take_with_the_name_of_its_file(user: User):
    told = await user.upload(wav(0.8), "Grandma tells.wav")
    tree = user.session.tree()
    assert tree.current is not None
    assert told == {"take": tree.current.id}
    assert tree.current.name == "Grandma tells"
    assert tree.current.duration_s == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("name", ["../../etc/passwd.wav", "a" * 300 + ".wav", "", ".wav", "\x00\n", "..", "C:\\x.wav"])
async def test_any_file_name_will_do(user: User, name: str):
    await user.upload(wav(), name)
    tree = user.session.tree()
    assert tree.current is not None
    assert "/" not in tree.current.name
    assert len(tree.current.name) <= 60
    assert tree.current.name.isprintable()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"I am a text, called .wav by mistake." * 9, "invalid_audio"),
        (b"", "invalid_audio"),
        (bytes(UPLOAD_LIMIT_BYTES + 1), "audio_too_large"),
        (encode_whole(MEDIA["wav"], tone(1.0, level=0.0)), "silent_audio"),
        (encode_whole(MEDIA["wav"], tone(0.05)), "audio_too_short"),
        (encode_whole(MEDIA["mp3"], tone(11.0, rate=8000)), "audio_too_long"),
    ],
)
async def test_what_is_no_recording_is_told_in_words_and_not_kept(user: User, data: bytes, word: str):
    told = await user.upload(data, "clip.wav")
    assert f'data-fact="{word}"' in told["error"]
    tree = user.session.tree()
    assert tree.all == {}


async def test_a_file_that_is_too_large_is_not_read_to_its_end(user: User):
    n_sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal n_sent
        while True:
            n_sent += 50_000
            yield bytes(50_000)

    answer = await user.browser.post("/page/recordings", content=endless())
    assert "audio_too_large" in answer.json()["error"]
    assert n_sent <= (1 + DRAIN_FACTOR) * UPLOAD_LIMIT_BYTES + 2 * 50_000


async def test_a_recording_takes_a_place_before_it_is_decoded(page: ScriptedPage, user: User):
    taken = [JobControl() for _ in range(page.engine.max_jobs)]
    for control in taken:
        page.engine.reserve(control)
    answer = await user.browser.post("/page/recordings", content=b"nothing that could be decoded")
    assert answer.status_code == 429
    assert 'data-fact="queue_full"' in answer.json()["error"]
    for control in taken:
        control.cancel()
    await user.upload(wav())
    assert not page.engine.is_busy  # its place is free again


async def test_recordings_are_bounded_in_sum_together_with_what_the_api_reads(page: ScriptedPage, user: User):
    room = page.desk.bodies
    half = room._max_bytes // 2
    for other in ("anna", "berta"):
        room.take(other, half)
    answer = await user.browser.post("/page/recordings", content=bytes(100_000))
    for other in ("anna", "berta"):
        room.give_back(other, half)
    assert answer.status_code == 429
    assert 'data-fact="too_many_uploads"' in answer.json()["error"]
    assert room.n_bytes == 0


# ---- whoever left --------------------------------------------------------------------------------------------------


async def test_nothing_is_drawn_or_encoded_for_a_reader_who_has_left(page: ScriptedPage, user: User):
    take = user.take()
    go = threading.Event()
    pools = (page.engine.drawing, page.engine.media, page.engine.media)  # which have one thread and two
    n_held = threading.Semaphore(0)

    def hold() -> None:
        n_held.release()
        go.wait(10)

    blocked = [asyncio.create_task(pool.run(hold)) for pool in pools]
    for _ in pools:
        await until(lambda: n_held.acquire(blocking=False), "a thread to be held")
    headers = [(b"cookie", f"{COOKIE}={user.cookie}".encode()), (b"host", b"testserver")]
    for path in (f"/page/takes/{take.id}/picture", "/page/voices/heart_en.wav"):
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
        scope |= {"asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "root_path": ""}

        async def left() -> Message:
            await until(lambda: any(pool.n_waiting for pool in pools), "the work")
            return {"type": "http.disconnect"}

        sent: list[Message] = []

        async def keep(message: Message, sent: list[Message] = sent) -> None:
            sent.append(message)

        await page.app(scope, left, keep)
        assert sent[0]["status"] == 499
        assert not any(pool.n_waiting for pool in pools)
    go.set()
    await asyncio.gather(*blocked)


def test_drawing_and_encoding_stop_between_two_stretches():
    stopped = JobControl()
    stopped.cancel()
    with pytest.raises(Cancelled):
        pictures.picture(tone(1.0), stopped)
    with pytest.raises(Cancelled):
        encode_whole(MEDIA["mp3"], tone(1.0), control=stopped)


# ---- sound goes out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac"])
async def test_a_take_can_be_played_and_kept_in_three_formats(user: User, kind: str):
    take = user.take(1.0)
    played = await user.get(f"takes/{take.id}.{kind}")
    assert played.headers["content-type"] == MEDIA[kind].mime
    assert "content-disposition" not in played.headers
    assert "private" in played.headers["cache-control"]
    heard = decode(played.content, LIMITS, "file")
    assert heard.duration_s == pytest.approx(1.0, abs=0.01)
    assert loudest_hz(heard.samples, heard.sample_rate) == pytest.approx(TONE_HZ, abs=3)
    kept = await user.get(f"takes/{take.id}.{kind}", params={"download": 1})
    assert kept.content == played.content
    assert f"editx-take-{take.number}.{kind}" in kept.headers["content-disposition"]


def loudest_hz(samples: np.ndarray, rate: int) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples)))) * rate / len(samples)


@pytest.mark.parametrize("kind", ["opus", "exe", "json", ""])
async def test_other_formats_are_not_there(user: User, kind: str):
    assert (await user.get(f"takes/{user.take().id}.{kind}")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=100-299", slice(100, 300)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-50", slice(-50, None)),
        ("bytes=0-0", slice(0, 1)),
        ("bytes=5-99999999", slice(5, None)),
    ],
)
async def test_a_player_can_jump_within_a_take(user: User, asked: str, part: slice):
    take = user.take(1.0)
    whole = (await user.get(f"takes/{take.id}.flac")).content
    answer = await user.get(f"takes/{take.id}.flac", headers={"range": asked})
    first, last, _ = part.indices(len(whole))
    assert (answer.status_code, answer.content) == (206, whole[part])
    assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(whole)}"
    assert answer.headers["content-length"] == str(last - first)


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "bytes=9-3", "lines=1-2", "bytes=", "bytes=a-b"])
async def test_what_is_no_single_range_gets_the_whole_take(user: User, asked: str):
    take = user.take()
    whole = await user.get(f"takes/{take.id}.flac")
    answer = await user.get(f"takes/{take.id}.flac", headers={"range": asked})
    assert (answer.status_code, answer.content) == (200, whole.content)
    assert whole.headers["accept-ranges"] == "bytes"


async def test_a_range_past_the_end_of_a_take_is_refused_with_its_length(user: User):
    take = user.take()
    n_bytes = len((await user.get(f"takes/{take.id}.flac")).content)
    answer = await user.get(f"takes/{take.id}.flac", headers={"range": f"bytes={n_bytes}-"})
    assert (answer.status_code, answer.content, answer.headers["content-range"]) == (416, b"", f"bytes */{n_bytes}")


async def test_the_rest_of_a_take_is_sent_only_to_who_has_the_beginning_of_the_same_one(user: User):
    take = user.take()
    whole = await user.get(f"takes/{take.id}.flac")
    for known, status in ((whole.headers["etag"], 206), ('"another"', 200)):
        answer = await user.get(f"takes/{take.id}.flac", headers={"range": "bytes=9-", "if-range": known})
        assert answer.status_code == status


async def test_the_sound_of_a_take_is_read_by_the_bounded_executor(
    page: ScriptedPage, user: User, monkeypatch: pytest.MonkeyPatch
):
    take = user.take()

    async def full(*_: object) -> None:
        raise QueueFull(1, 1.0)

    monkeypatch.setattr(page.engine.files, "run", full)
    assert (await user.get(f"takes/{take.id}.flac")).status_code == 429


async def test_the_recipe_of_a_take_can_be_fetched(user: User):
    source = user.take()
    step = Step("emotion", "happy", 1.5, 2, seed=7)
    take = user.take(steps=(step,), parent_id=source.id)
    answer = await user.get(f"takes/{take.id}/recipe")
    assert answer.headers["content-type"] == "application/json"
    assert parse_recipe(answer.text) == (step,)


async def test_a_voice_of_the_library_can_be_heard(page: ScriptedPage, user: User):
    heard = await user.get("voices/heart_en.wav")
    samples, rate = soundfile.read(io.BytesIO(heard.content), dtype="float32")
    assert len(samples) / rate == pytest.approx(page.engine.voices.find("heart_en").reference.duration_s, abs=0.01)
    for voice_id in ("nobody", "..%2fvoices", "voice_0"):
        assert (await user.get(f"voices/{voice_id}.wav")).status_code == 404


# ---- pictures and comparison --------------------------------------------------------------------------------------


async def test_what_pictures_show_is_sent_once_and_kept_by_the_browser(user: User):
    take = user.take()
    answer = await user.get(f"takes/{take.id}/picture")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.json()["duration_s"] == take.duration_s
    again = await user.get(f"takes/{take.id}/picture", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]


async def test_pictures_are_computed_once_per_take(user: User, monkeypatch: pytest.MonkeyPatch):
    take = user.take()
    n_computed = 0

    def counted(audio: Audio, control: JobControl) -> bytes:
        del control
        nonlocal n_computed
        n_computed += 1
        return str(audio.duration_s).encode()

    monkeypatch.setattr(pictures, "picture", counted)
    answers = await asyncio.gather(*(user.get(f"takes/{take.id}/picture") for _ in range(8)))
    assert [answer.content for answer in answers] == 8 * [str(take.duration_s).encode()]
    assert n_computed == 1


@pytest.mark.slow
async def test_probes_are_answered_while_many_pictures_are_asked_for(page: ScriptedPage, user: User):
    takes = [user.take(2.0) for _ in range(12)]
    asked = [asyncio.create_task(user.get(f"takes/{take.id}/picture")) for take in takes]
    while not all(task.done() for task in asked):
        assert (await user.browser.get("/healthz")).status_code == 200
        assert page.engine.media.n_waiting + page.engine.decoding.n_waiting == 0  # for downloads and recordings
        await asyncio.sleep(POLL_S)
    assert [task.result().status_code for task in asked] == 12 * [200]


async def test_two_takes_are_compared(user: User):
    first, second = user.take(), user.take(1.0)
    shown = (await user.get("compare", params={"a": second.id, "b": first.id})).text
    assert 'data-side="a"><figcaption><b>A</b> <span data-word="take_recording"' in shown
    sounds = re.findall(r'src="\./page/takes/(\w+)\.flac"', shown)
    assert sounds == [second.id, first.id]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_a_recording_called_anything_is_shown_by_that_name(user: User, name: str):
    for _ in range(2):
        await user.upload(wav(), f"{name}.wav")
    shown = (await user.get("compare")).text
    assert "<script" not in shown
    assert "<img onerror" not in shown
    assert not re.search(r"[{}$]", shown)
    values = [json.loads(html.unescape(found)) for found in re.findall(r'<option [^>]*data-values="([^"]*)"', shown)]
    assert [value["what"]["values"]["what"] for value in values] == 4 * [name]  # two choices of two takes


# ---- live sound ---------------------------------------------------------------------------------------------------


async def test_sound_is_heard_while_it_is_made_by_one_reader(page: ScriptedPage, user: User):
    name, sound = page.desk.live.open(page.engine.media)
    await sound.put(tone(0.4))
    reading = asyncio.create_task(user.get(f"live/{name}.mp3"))
    await sound.put(tone(0.6, pitch_hz=500.0))
    await sound.put(tone(0.5))
    await sound.end()
    heard = await reading
    assert heard.headers["content-type"] == "audio/mpeg"
    assert heard.headers["cache-control"] == "no-store"
    assert decode(heard.content, LIMITS, "file").duration_s == pytest.approx(1.5, abs=0.1)
    assert (await user.get(f"live/{name}.mp3")).status_code == 404


async def test_a_reader_who_comes_after_the_end_hears_it_whole(page: ScriptedPage, user: User):
    name, sound = page.desk.live.open(page.engine.media)
    await sound.put(tone(0.7))
    await sound.end()
    heard = (await user.get(f"live/{name}.mp3")).content
    assert decode(heard, LIMITS, "file").duration_s == pytest.approx(0.7, abs=0.1)


async def test_a_sound_without_pieces_ends_as_nothing(page: ScriptedPage, user: User):
    name, sound = page.desk.live.open(page.engine.media)
    await sound.end()
    answer = await user.get(f"live/{name}.mp3")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_only_the_last_sounds_are_kept(page: ScriptedPage, user: User):
    sounds = [page.desk.live.open(page.engine.media) for _ in range(MAX_OPEN + 1)]
    assert sounds[0][1].is_over
    assert not sounds[1][1].is_over
    assert (await user.get(f"live/{sounds[0][0]}.mp3")).status_code == 404
    assert (await user.get("live/..%2fx.mp3")).status_code == 404


# ---- what the machine does ----------------------------------------------------------------------------------------


async def test_the_machine_panel_gets_the_log_from_a_line_on(user: User):
    seen = (await user.get("machine")).json()["last_line"]
    mine = logs.owner.set(user.session.id)
    logging.getLogger("app.test").warning("first <b>line</b>")
    logging.getLogger("app.test").warning("second line")
    logs.owner.reset(mine)
    told = (await user.get("machine", params={"after": seen})).json()
    texts = [line["text"].partition(" request_id=")[0] for line in told["lines"]]
    assert texts == ["app.test: first <b>line</b>", "app.test: second line"]
    assert told["last_line"] == seen + 2
    assert (await user.get("machine", params={"after": seen + 2})).json()["lines"] == []
    assert (await user.get("machine", params={"after": "x"})).status_code == 400


async def test_without_a_key_the_log_shows_lines_of_the_own_requests_alone(user: User, other: User):
    seen = (await user.get("machine")).json()["last_line"]
    mine = logs.owner.set("")
    logging.getLogger("app.test").warning("of nobody")
    logs.owner.set(other.session.id)
    logging.getLogger("app.test").warning("of another")
    logs.owner.reset(mine)
    assert (await user.get("machine", params={"after": seen})).json()["lines"] == []
    theirs = (await other.get("machine", params={"after": seen})).json()["lines"]
    assert [line["text"].partition(" request_id=")[0] for line in theirs] == ["app.test: of another"]


async def test_who_has_a_key_sees_the_whole_log(tmp_path: Path):
    async with scripted_page(tmp_path, api_keys=("k",)) as page, page.user(page.new_cookie()) as browser:
        logging.getLogger("app.test").warning("of nobody")
        told = await browser.get("/page/machine", headers={"authorization": "Bearer k"})
        assert "app.test: of nobody" in [line["text"] for line in told.json()["lines"]]


async def test_a_visit_leaves_nothing_on_the_disk_and_what_is_kept_is_private(user: User):
    with user.session.changing():
        pass
    await user.get("compare")
    folder = user.session.path("x").parent
    assert not folder.exists()
    user.take()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.name not in user.cookie


async def test_the_machine_panel_gets_engine_and_cache(user: User):
    told = (await user.get("machine")).json()
    assert "scripted" in told["engine"]
    assert "the part is not installed" in told["engine"]
    assert told["cache_entries"] == 0


async def test_the_state_is_no_more_than_a_chip_what_is_heard_and_whether_the_takes_have_changed(user: User):
    before = (await user.get("state")).json()
    assert before.keys() == {"chip", "revision", "heard"}
    assert 'class="dot ready"' in before["chip"]
    user.take()
    assert (await user.get("state")).json()["revision"] > before["revision"]


async def test_a_running_job_shows_in_the_state(page: ScriptedPage, user: User):
    job = page.engine.clone(CloneRequest(parse_script("wait"), Reference(voice="heart_en")), JobControl())
    running = asyncio.ensure_future(anext(job))
    await asyncio.to_thread(page.script.begun.wait, 5)
    assert 'class="dot busy"' in (await user.get("state")).json()["chip"]
    page.script.go.set()
    await running
    await job.aclose()
    page.script.forget()


async def test_the_cache_can_be_cleared(page: ScriptedPage, user: User):
    cache = page.engine.cache
    cache.put("a voice", {"codes": [1, 2]}, cost_s=0.5)
    assert (await user.get("machine")).json()["cache_entries"] == 1
    said = (await user.browser.post("/page/cache/clear")).json()["said"]
    assert "cache_cleared" in said
    assert cache.stats().entries == 0


async def test_a_tab_that_names_a_session_gets_that_one_and_others_their_own(user: User, other: User) -> None:
    mine, theirs = user.take(), other.take()
    named = {"x-editx-session": other.session.id}
    assert (await user.get(f"takes/{theirs.id}.wav")).status_code == 404
    assert (await user.get(f"takes/{theirs.id}.wav?session={other.session.id}")).status_code == 200
    assert (await user.get(f"takes/{mine.id}.wav", headers=named)).status_code == 404
    assert (await user.get(f"takes/{mine.id}.wav")).status_code == 200
    assert (await user.get("state", headers=named)).json()["revision"] == other.session.revision
    assert (await user.get("state", headers={"x-editx-session": "f" * 32})).status_code == 404
