"""Other sites and other names: what a browser may be made to ask, and what it is told to do with answers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.conftest import Api, Serve
from tests.ui.scripted import ScriptedPage, scripted_page

EVIL = {"origin": "https://evil.example"}
PAGE_ROUTES = [
    ("GET", "/"),
    ("GET", "/config"),
    ("POST", "/gradio_api/queue/join"),
    ("OPTIONS", "/gradio_api/queue/join"),
    ("GET", "/gradio_api/queue/data?session_hash=x"),
    ("GET", "/page/state"),
    ("POST", "/page/cache/clear"),
    ("POST", "/page/recordings"),
    ("POST", "/sign-in"),
]


@pytest.fixture(scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ScriptedPage]:
    origins = ("https://studio.example",)
    async with scripted_page(tmp_path_factory.mktemp("page"), allowed_origins=origins) as running:
        yield running


@pytest.fixture
async def browser(page: ScriptedPage) -> AsyncIterator[httpx.AsyncClient]:
    async with page.user() as made:
        yield made


@pytest.mark.parametrize(("method", "path"), PAGE_ROUTES)
@pytest.mark.parametrize("host", ["testserver", "editx.lan:7860"])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://testserver.evil.example", "http://testserver:1"]
)
async def test_other_sites_may_not_use_the_page(
    browser: httpx.AsyncClient, method: str, path: str, host: str, origin: str
):
    asked = {"host": host, "origin": origin, "access-control-request-method": "POST"}
    answer = await browser.request(method, path, headers=asked)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "foreign_origin"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", ["http://testserver", "https://testserver", "https://studio.example"])
async def test_the_page_itself_and_named_origins_may(browser: httpx.AsyncClient, origin: str):
    await browser.get("/")
    answer = await browser.get("/page/state", headers={"origin": origin})
    assert answer.status_code == 200


async def test_what_is_the_same_for_all_is_nobodys_secret(browser: httpx.AsyncClient):
    for path in ("/healthz", "/page/static/main.js"):
        answer = await browser.get(path, headers=EVIL)
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers


def test_unknown_names_are_refused_once_names_are_given(serve: Serve):
    with serve(allowed_hosts=("editx.example", "10.0.0.5:8080")).http() as http:
        for host in ("editx.example", "EditX.example:443", "10.0.0.5:8080"):
            assert http.get("/v1/models", headers={"host": host}).status_code == 200
        for host in ("evil.example", "10.0.0.5", "10.0.0.5:81", "editx.example.evil", ""):
            answer = http.get("/v1/models", headers={"host": host})
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unknown_host")
        assert http.get("/readyz", headers={"host": "10.1.2.3"}).status_code == 200


async def test_documents_and_files_say_what_a_browser_may_do_with_them(browser: httpx.AsyncClient):
    for path in ("/", "/docs", "/v1/models", "/page/static/main.js", "/healthz", "/nothing", "/sign-in"):
        headers = (await browser.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        if headers["content-type"].startswith("text/html"):
            policy = headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert policy.endswith("frame-ancestors 'self' https://studio.example")
    refused = await browser.get("/page/state", headers=EVIL)
    assert refused.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("origin", "status"), [(EVIL["origin"], 403), ("https://app.example", 101)])
def test_other_sites_open_no_socket(serve: Serve, origin: str, status: int):
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "origin": origin}
    nonce = {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version": "13"}
    api = serve(cors_origins=("https://app.example",))
    with api.http() as http, http.stream("GET", "/v1/audio/speech/stream", headers=upgrade | nonce) as answer:
        assert answer.status_code == status


def test_metadata_in_headers_is_bounded(api: Api):
    for metadata in ({str(n): "x" * 512 for n in range(16)}, {str(n): "界" * 512 for n in range(16)}):
        body = {"model": "tts-1", "input": "Hi.", "metadata": metadata}
        with api.http() as http:
            answer = http.post("/v1/audio/speech", json=body)
        assert answer.status_code == 200
        sent = [name + value for name, value in answer.headers.items() if name.startswith("x-metadata")]
        assert sum(map(len, sent)) <= 1024
