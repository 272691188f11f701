"""With keys the page is closed: somebody signs in with one, and a cookie stands for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest

from app.access.keys import digest_of
from app.engine.sound.encoding import MEDIA, encode_whole
from app.ui.routes import router
from app.ui.shell import COOKIE
from tests.fakes import tone
from tests.ui.scripted import ScriptedPage, post_event, scripted_page
from tests.waiting import until

KEY, OTHER_KEY = "the-key", "the-other-key"
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ScriptedPage]:
    async with scripted_page(tmp_path_factory.mktemp("page"), api_keys=(KEY, OTHER_KEY)) as running:
        yield running


@pytest.fixture
async def browser(page: ScriptedPage) -> AsyncIterator[httpx.AsyncClient]:
    async with page.user() as made:
        yield made


async def signed_in(browser: httpx.AsyncClient, key: str = KEY, **fields: str) -> httpx.Response:
    return await browser.post("/sign-in", data={"key": key, **fields})


async def test_without_a_key_nothing_of_the_page_answers(browser: httpx.AsyncClient):
    closed = {getattr(route, "path", "") for route in router.routes}
    assert len(closed) > 5
    gradio = {"/config", "/gradio_api/info", "/gradio_api/queue/data", "/gradio_api/startup-events"}
    for path in closed | gradio | {"/anything", "/openapi.json", "/page", "/page/staticx", "/metrics"}:
        for method in ("GET", "POST", "OPTIONS"):
            assert (await browser.request(method, path)).status_code == 401, (method, path)


async def test_probes_and_what_is_the_same_for_all_stay_open(browser: httpx.AsyncClient):
    for path in ("/healthz", "/readyz", "/page/static/studio.css", "/theme.css"):
        assert (await browser.get(path)).status_code == 200


async def test_a_visitor_is_sent_to_the_sign_in_and_back(browser: httpx.AsyncClient):
    sent = await browser.get("/", headers=HTML)
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2F")
    assert "set-cookie" not in sent.headers
    form = await browser.get("/sign-in?next=/docs", headers={"accept-language": "zh-CN,zh"})
    assert 'value="/docs"' in form.text
    assert 'lang="zh-CN"' in form.text
    answer = await signed_in(browser, next="/docs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    assert (await browser.get("/", headers=HTML)).status_code == 200
    assert (await browser.get("/page/state")).status_code == 200
    assert (await browser.get("/docs", headers=HTML)).status_code == 200


async def test_the_link_of_a_session_is_still_there_after_the_sign_in(browser: httpx.AsyncClient):
    sent = await browser.get("/?session=abc&lang=zh", headers=HTML)
    form = await browser.get(sent.headers["location"])
    assert 'name="next" value="/?session=abc&amp;lang=zh"' in form.text
    answer = await signed_in(browser, next="/?session=abc&lang=zh")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?session=abc&lang=zh")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(page: ScriptedPage, browser: httpx.AsyncClient):
    cookie = SimpleCookie((await signed_in(browser)).headers["set-cookie"])["editx_key"]
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "lax"
    assert not cookie["secure"]
    assert KEY not in cookie.value
    transport = httpx.ASGITransport(page.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://testserver") as behind_tls:
        assert SimpleCookie((await signed_in(behind_tls)).headers["set-cookie"])["editx_key"]["secure"]


async def test_the_cookie_opens_no_route_of_the_api(browser: httpx.AsyncClient):
    await signed_in(browser)
    assert (await browser.get("/v1/models")).status_code == 401
    assert (await browser.get("/v1/models", headers={"authorization": f"Bearer {KEY}"})).status_code == 200


@pytest.mark.parametrize("key", ["", "the-ke", "x" * 10_000, "é", "\x00"])
async def test_a_wrong_key_is_told_and_gives_no_cookie(browser: httpx.AsyncClient, key: str):
    answer = await signed_in(browser, key)
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_sign_in_leads_to_no_other_site(browser: httpx.AsyncClient):
    for address in ("https://evil.example", "//evil.example?/", "/\\evil.example", "/page/state?session=1"):
        assert (await signed_in(browser, next=address)).headers["location"] == "/"
    form = await browser.get("/sign-in", params={"next": '"><script>alert(1)</script>'})
    assert "<script>" not in form.text


async def test_who_signs_out_is_out(browser: httpx.AsyncClient):
    await signed_in(browser)
    assert (await browser.post("/sign-out")).headers["location"] == "/sign-in"
    assert (await browser.get("/page/state")).status_code == 401


@pytest.mark.slow
async def test_the_page_can_be_left_open_on_purpose(tmp_path: Path):
    async with scripted_page(tmp_path, api_keys=(KEY,), public_page=True) as page, page.user() as browser:
        assert "gradio_config" in (await browser.get("/", headers=HTML)).text
        assert (await browser.get("/page/state")).status_code == 200
        assert (await browser.get("/v1/models")).status_code == 401
        assert (await browser.get("/openapi.json")).status_code == 401


@pytest.mark.slow
async def test_jobs_of_the_page_count_against_the_limits_of_its_key(tmp_path: Path):
    """The places of a key are shared by page and API, and so are its seconds of sound."""
    file = tmp_path / "keys.toml"
    file.write_text(f'[alice]\nsha256 = "{digest_of("a")}"\nmax_jobs = 1\naudio_s_per_hour = 0.5\n')
    async with scripted_page(tmp_path, key_file=file) as page, page.user(page.new_cookie()) as browser:
        session = page.session(browser.cookies[COOKIE])
        voice = session.add(tone(1.0), transcript="Hello.")
        with session.changing() as tree:
            tree.use_voice(voice.id)
        await signed_in(browser, "a")
        bearer = {"authorization": "Bearer a"}
        speech = {"model": "tts-1", "voice": "heart_en", "input": "Hello."}
        await post_event(browser, "clone", "click", {"text": "wait"}, reader="alice")
        await until(page.script.begun.is_set, "the job")
        refused = await browser.post("/v1/audio/speech", json=speech, headers=bearer)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "queue_full")
        page.script.go.set()
        await until(lambda: len(session.tree().all) == 2, "the take")
        await until(lambda: not page.engine.is_busy, "its end")
        refused = await browser.post("/v1/audio/speech", json=speech, headers=bearer)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "allowance_spent")
        (used,) = (await browser.get("/v1/usage", headers=bearer)).json()["data"]
    assert used["name"] == "alice"


async def test_takes_of_the_page_are_in_a_session_of_the_key_that_signed_in(page: ScriptedPage):
    async with page.user(page.new_cookie()) as browser:
        assert (await signed_in(browser)).status_code == 303
        answer = await browser.post("/page/recordings?name=a.wav", content=encode_whole(MEDIA["wav"], tone(1.0)))
        take = answer.json()["take"]
        with_key = {"authorization": f"Bearer {KEY}"}
        (session,) = (await browser.get("/v1/sessions", headers=with_key)).json()["data"]
        listed = await browser.get(f"/v1/sessions/{session['id']}/takes", headers=with_key)
        assert [row["id"] for row in listed.json()["data"]] == [take]


async def test_a_browser_in_which_another_key_signs_in_begins_a_session_of_its_own(page: ScriptedPage):
    """Whoever signed in before left takes and voices behind, with or without signing out."""
    for signs_out in (True, False):
        async with page.user() as browser:
            await signed_in(browser, KEY)
            await browser.get("/", headers=HTML)
            cookie = browser.cookies[COOKIE]
            await browser.post("/page/recordings?name=a.wav", content=encode_whole(MEDIA["wav"], tone(1.0)))
            assert page.desk.session_of(browser.cookies).owner == "key-1"  # type: ignore[union-attr]
            if signs_out:
                await browser.post("/sign-out")
                assert COOKIE not in browser.cookies
                browser.cookies.set(COOKIE, cookie, domain="testserver.local", path="/")
            await signed_in(browser, OTHER_KEY)
            assert (await browser.get("/page/state")).status_code == 403
            recorded = await browser.post("/page/recordings", content=encode_whole(MEDIA["wav"], tone(1.0)))
            assert "error_no_cookie" in recorded.json()["error"]
            await browser.get("/", headers=HTML)
            assert browser.cookies[COOKIE] != cookie
            assert (await browser.get("/page/state")).json()["revision"] == 0
            fresh = page.session(browser.cookies[COOKIE])
            assert fresh.tree().all == {}


async def test_a_session_begun_without_a_key_is_the_first_key_s_with_its_voices(page: ScriptedPage):
    async with page.user(page.new_cookie()) as browser:
        session = page.session(browser.cookies[COOKIE])
        session.add(tone(1.0))
        page.engine.voices.create("Ann", tone(1.0), "A tone.", owner=session.reader)
        await signed_in(browser, OTHER_KEY)
        assert (await browser.get("/page/state")).json()["revision"] == 2
        assert page.engine.voices.info("Ann", reader="key key-2").owner == "key key-2"
        await browser.post("/sign-in", data={"key": KEY})
        assert (await browser.get("/page/state")).status_code == 403


async def test_a_voice_that_nobody_owns_is_deleted_by_a_key_of_the_operator(page: ScriptedPage):
    page.engine.voices.create("Old", tone(1.0), "A tone.")
    async with page.user() as browser:
        answer = await browser.delete("/v1/audio/voices/Old", headers={"authorization": f"Bearer {OTHER_KEY}"})
    assert answer.status_code == 200
