"""Addresses are fetched from the open internet only, whatever dress an inner address wears."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.api.incoming.fetch import Fetcher, is_public
from app.api.refusals import UrlNotAllowed, UrlUnreachable
from app.engine.errors import AudioTooLarge, EngineError

BODY = b"sound" * 100
INNER = (
    *(
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "0.0.0.0",
    ),
    *(
        "0.1.2.3",
        "192.0.0.192",
        "168.63.129.16",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "203.0.113.9",
    ),
    *(
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
    ),
    *("2002:7f00:1::", "64:ff9b::7f00:1", "2001:db8::1", "fec0::1"),
)
OUTER = ("8.8.8.8", "1.1.1.1", "2001:4860:4860::8888", "64:ff9b::808:808")


class Site(BaseHTTPRequestHandler):
    """Pages for the tests: a body, redirects, oddities."""

    def do_GET(self) -> None:
        port = self.server.server_address[1]
        match self.path.split("/")[1:]:
            case ["ok"]:
                self._send(200, BODY)
            case ["hop", "0"]:
                self._redirect("/ok")
            case ["hop", count]:
                self._redirect(f"/hop/{int(count) - 1}")
            case ["inner"]:
                self._redirect(f"http://127.0.0.1:{port}/ok")
            case ["file"]:
                self._redirect("file:///etc/hostname")
            case ["endless"]:
                self.send_response(200)
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(BODY * 100)
                except OSError:
                    pass
            case ["declared"]:
                self.send_response(200)
                self.send_header("Content-Length", "99999999")
                self.end_headers()
            case ["nowhere"]:
                self._redirect("http://localhost:99999/")
            case ["silent"]:
                self.server.release.wait(10)  # type: ignore[attr-defined]
            case _:
                self._send(404, b"")

    def _redirect(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.release = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_address[1]
    server.release.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def fetcher(*allowed: str, is_on: bool = True, timeout_s: float = 5.0, max_bytes: int = 10_000) -> Fetcher:
    return Fetcher(is_on=is_on, allowed_hosts=allowed, timeout_s=timeout_s, max_bytes=max_bytes)


async def refusal(url: str, of: Fetcher) -> EngineError:
    with pytest.raises(EngineError) as error:
        await of.fetch(url, "prompt_audio_url")
    assert error.value.param == "prompt_audio_url"
    return error.value


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses_are_not_public(address: str):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", OUTER)
def test_outer_addresses_are_public(address: str):
    assert is_public(ipaddress.ip_address(address))


async def test_a_named_host_is_fetched_though_its_address_is_inner(port: int):
    assert await fetcher("localhost").fetch(f"http://localhost:{port}/ok", "x") == BODY
    assert await fetcher(f"localhost:{port}").fetch(f"http://LOCALHOST:{port}/ok", "x") == BODY


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "127.1", "0"])
async def test_loopback_is_refused_however_it_is_written(port: int, host: str):
    assert isinstance(await refusal(f"http://{host}:{port}/ok", fetcher("example.org")), UrlNotAllowed)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname",
        "ftp://example.org/x",
        "gopher://example.org",
        "//example.org",
        "",
        "http://",
        "http://a:b@c/",
        "x" * 70_000,
    ],
)
async def test_only_plain_web_addresses_are_taken(url: str):
    assert isinstance(await refusal(url, fetcher("example.org")), UrlNotAllowed)


async def test_a_redirect_to_an_inner_address_is_refused(port: int):
    assert isinstance(await refusal(f"http://localhost:{port}/inner", fetcher("localhost")), UrlNotAllowed)
    assert isinstance(await refusal(f"http://localhost:{port}/file", fetcher("localhost")), UrlNotAllowed)


async def test_three_redirects_are_followed_and_no_more(port: int):
    assert await fetcher("localhost").fetch(f"http://localhost:{port}/hop/2", "x") == BODY
    assert isinstance(await refusal(f"http://localhost:{port}/hop/3", fetcher("localhost")), UrlUnreachable)


async def test_a_name_cannot_change_its_mind(port: int, monkeypatch: pytest.MonkeyPatch):
    """The first answer is public, every later one loopback: the connection must go to the first or nowhere."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, *args: object, **kwargs: object) -> object:
        if host != "rebind.example":
            return real(host, *args, **kwargs)  # type: ignore[arg-type]
        asked.append(host)
        address = "127.0.0.2" if len(asked) == 1 else "127.0.0.1"  # nobody listens on the first
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr("app.api.incoming.fetch.is_public", lambda address: str(address) == "127.0.0.2")
    error = await refusal(f"http://rebind.example:{port}/ok", fetcher())
    assert isinstance(error, UrlUnreachable)
    assert len(asked) == 1


async def test_sizes_are_limited_declared_and_counted(port: int):
    for path in ("declared", "endless"):
        assert isinstance(await refusal(f"http://localhost:{port}/{path}", fetcher("localhost")), AudioTooLarge)


async def test_a_silent_server_is_given_up(port: int):
    slow = fetcher("localhost", timeout_s=0.3)
    assert isinstance(await refusal(f"http://localhost:{port}/silent", slow), UrlUnreachable)


async def test_missing_files_and_names_are_unreachable(port: int):
    assert isinstance(await refusal(f"http://localhost:{port}/none", fetcher("localhost")), UrlUnreachable)
    assert isinstance(await refusal("http://no-such-name.invalid/", fetcher()), UrlUnreachable)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org:99999/",
        "http://example.org:-1/",
        "http://a..b/",
        "http://./",
        f"http://{'a' * 70}.example/",
        "http://xn--/",
        "http://[::1",
    ],
)
async def test_what_is_no_address_is_refused_not_failed_on(url: str):
    assert isinstance(await refusal(url, fetcher()), UrlNotAllowed | UrlUnreachable)


async def test_a_redirect_to_no_address_is_refused(port: int):
    assert isinstance(await refusal(f"http://localhost:{port}/nowhere", fetcher("localhost")), UrlNotAllowed)


async def test_fetching_can_be_turned_off(port: int):
    assert isinstance(await refusal(f"http://localhost:{port}/ok", fetcher("localhost", is_on=False)), UrlNotAllowed)
