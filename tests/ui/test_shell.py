"""The session cookie, and the head that is put into the page as it is served."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

import app.ui
from app import logs
from app.access.sessions import SessionCookies
from app.access.signer import Signer
from app.ui.presence import Presence
from app.ui.shell import COOKIE, PageShell
from app.ui.words import WORDS, tables

HTML = b"<html><head><title>x</title></head><body>a </head> in a text</body></html>"
TAB = "0123456789abcdef" * 2
SESSIONS = SessionCookies(Signer(b"x" * 32))
FORGED = [
    "k" * 32,
    "k" * 32 + "." + "0" * 64,
    "",
    "short",
    "../../etc/passwd0123456789",
    "x" * 65,
    "a b" * 10,
    'x"; Path=/' * 3,
    "é" * 30,
    "a" * 21 + "\n",
]


def serving(
    body: bytes = HTML,
    parts: int = 1,
    seen: list[Scope] | None = None,
    *,
    is_closed: bool = False,
    is_anothers: bool = False,
) -> PageShell:
    """The shell around an application that answers `body` in so many parts; a closed one asks for a key. In another's
    the browser's session is that of a key which is not signed in any more.
    """

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        if seen is not None:
            seen.append(scope)
        headers = [(b"content-type", b"text/html"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        size = -(-len(body) // parts)
        for n in range(parts):
            part = body[n * size : (n + 1) * size]
            await send({"type": "http.response.body", "body": part, "more_body": n + 1 < parts})

    async def opens(session_id: str, cookies: Mapping[str, str]) -> bool:
        del cookies
        return session_id == TAB

    facts: dict[str, object] = {"core": "./core.js", "max_upload_bytes": 5}

    async def keeps_open(_session_id: str, _cookies: Mapping[str, str]) -> bool:
        return not is_anothers

    return PageShell(application, facts, 3600.5, SESSIONS, Presence(), opens, keeps_open, lambda _: is_closed)


async def asked(shell: PageShell, path: str = "/", method: str = "GET", **options: Any) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(shell), base_url="http://testserver") as browser:
        return await browser.request(method, path, **options)


def cookie_of(answer: httpx.Response) -> Any:
    """The one cookie that is set."""
    given = answer.headers.get_list("set-cookie")
    assert len(given) == 1
    return SimpleCookie(given[0])[COOKIE]


async def test_a_new_visitor_gets_a_session_of_their_own():
    first, second = cookie_of(await asked(serving())), cookie_of(await asked(serving()))
    assert SESSIONS.public_id(first.value)
    assert first.value != second.value


async def test_scripts_and_other_sites_cannot_use_the_cookie():
    cookie = cookie_of(await asked(serving()))
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie["max-age"] == "3600"


async def test_a_session_is_kept_for_as_long_as_the_page_is_visited():
    known = SESSIONS.new()
    answer = await asked(serving(), headers={"cookie": f"other=1; {COOKIE}={known}"})
    assert cookie_of(answer).value == known
    assert cookie_of(answer)["max-age"] == "3600"


@pytest.mark.parametrize("forged", FORGED)
async def test_a_forged_session_is_replaced(forged: str):
    assert SESSIONS.public_id(forged) is None
    cookie = f"{COOKIE}={forged}".replace("\n", "%0a").encode()
    answer = await asked(serving(), headers=[(b"cookie", cookie)])
    assert SESSIONS.public_id(cookie_of(answer).value)
    assert cookie_of(answer).value != forged


async def test_what_the_client_invents_is_no_session_however_well_formed():
    invented = SessionCookies(Signer(b"y" * 32)).new()
    answer = await asked(serving(), headers={"cookie": f"{COOKIE}={invented}"})
    assert cookie_of(answer).value != invented


async def test_the_cookie_is_for_tls_alone_where_the_page_is_reached_by_it():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(serving()), base_url="https://testserver") as browser:
        assert cookie_of(await browser.get("/"))["secure"]
    assert not cookie_of(await asked(serving()))["secure"]


@pytest.mark.parametrize("parts", [1, 2, 7, len(HTML)])
async def test_the_head_is_put_in_once_however_the_page_arrives(parts: int):
    answer = await asked(serving(parts=parts))
    assert answer.text.count("window.editx") == 1
    assert re.sub(r"<script>.*main\.js\"></script>", "", answer.text) == HTML.decode()
    assert answer.text.index("window.editx") < answer.text.index("</head>")
    assert int(answer.headers["content-length"]) == len(answer.content)


async def test_scripts_are_told_all_words_and_facts():
    answer = await asked(serving())
    found = re.search(r"<script>window\.editx = (.*?);</script>", answer.text)
    assert found is not None
    assert json.loads(found[1]) == {"core": "./core.js", "max_upload_bytes": 5, "session": "", "words": tables()}
    assert WORDS.keys() == json.loads(found[1])["words"]["en"].keys()


async def test_all_that_the_head_asks_for_is_there():
    asked_for = re.findall(r'(?:src|href)="\./page/static/([^"]+)"', (await asked(serving())).text)
    assert len(asked_for) == 5
    assert all((Path(app.ui.__file__).parent / "static" / name).is_file() for name in asked_for)


async def test_the_page_itself_is_never_kept_by_the_browser():
    assert (await asked(serving())).headers["cache-control"] == "no-store"


async def test_the_page_is_asked_for_uncompressed():
    seen: list[Scope] = []
    await asked(serving(seen=seen), headers={"accept-encoding": "gzip", "accept": "text/html"})
    names = [name for name, _ in seen[0]["headers"]]
    assert b"accept-encoding" not in names
    assert b"accept" in names


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/models"), ("GET", "/page/state"), ("GET", "/theme.css"), ("POST", "/"), ("GET", "/index.htm")],
)
async def test_nothing_but_the_page_is_touched(method: str, path: str):
    answer = await asked(serving(), path, method)
    assert answer.content == HTML
    assert "set-cookie" not in answer.headers
    assert "cache-control" not in answer.headers


async def test_a_document_without_a_head_stays_as_it_is():
    assert (await asked(serving(body=b"not ready"))).content == b"not ready"


async def test_the_end_of_the_head_does_not_stand_in_the_words():
    # Or a word could end the script that carries it.
    script = (await asked(serving(body=b"</head>"))).text.split("</script>")[0]
    assert "</" not in script


async def test_a_tab_opens_a_session_by_its_id_and_the_browser_keeps_its_own() -> None:
    seen: list[Scope] = []
    shell, own = serving(seen=seen), SESSIONS.new()
    cookies = {"cookie": f"{COOKIE}={own}; other=1"}
    page = await asked(shell, f"/?session={TAB}", headers=cookies)
    assert f'"session": "{TAB}"' in page.text
    assert cookie_of(page).value == own
    for path, headers in ((f"/page/takes/x.wav?session={TAB}", {}), ("/page/state", {"x-editx-session": TAB})):
        await asked(shell, path, headers=cookies | headers)
    for scope in seen:
        inside = HTTPConnection(scope).cookies
        assert SESSIONS.public_id(inside[COOKIE]) == TAB
        assert inside["other"] == "1"


async def test_a_session_that_is_not_to_be_opened_is_not_found_and_no_address_of_the_api_reads_the_id() -> None:
    seen: list[Scope] = []
    shell = serving(seen=seen)
    for session_id in ("f" * 32, "x" * 5000, "../etc"):
        assert (await asked(shell, "/", params={"session": session_id})).status_code == 404
    assert seen == []
    assert (await asked(shell, f"/v1/sessions?session={TAB}")).status_code == 200
    assert COOKIE not in HTTPConnection(seen[0]).cookies


async def test_who_has_to_sign_in_first_learns_of_no_session_and_is_given_none() -> None:
    seen: list[Scope] = []
    for session_id in (TAB, "f" * 32):
        assert (await asked(serving(seen=seen, is_closed=True), f"/?session={session_id}")).content == HTML
    assert [COOKIE in HTTPConnection(scope).cookies for scope in seen] == [False, False]


async def test_what_stands_for_a_tab_cannot_be_made_elsewhere() -> None:
    assert SESSIONS.public_id(SESSIONS.of_tab(TAB)) == TAB
    assert SESSIONS.public_id(f"tab-{TAB}.{'0' * 64}") is None
    assert '"session": ""' in (await asked(serving())).text


async def test_a_session_of_a_key_that_is_not_signed_in_is_replaced_and_opens_nothing() -> None:
    seen: list[Scope] = []
    shell, cookies = serving(seen=seen, is_anothers=True), {"cookie": f"{COOKIE}={SESSIONS.new()}; other=1"}
    page = await asked(shell, headers=cookies)
    assert SESSIONS.public_id(cookie_of(page).value) not in ("", None, SESSIONS.public_id(cookies["cookie"][14:-9]))
    await asked(shell, "/page/state", headers=cookies)
    for scope in seen:
        assert HTTPConnection(scope).cookies == {COOKIE: "", "other": "1"}
        assert scope[logs.OWNER_KEY] == ""


async def test_a_socket_is_its_session_s_like_any_request() -> None:
    known, seen = SESSIONS.new(), []
    shell = serving()

    async def application(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope[logs.OWNER_KEY])

    shell._app = application
    for cookie in (known, "forged"):
        headers = [(b"cookie", f"{COOKIE}={cookie}".encode())]
        await shell({"type": "websocket", "path": "/v1", "headers": headers}, None, None)  # type: ignore[arg-type]
    assert seen == [SESSIONS.public_id(known), ""]
