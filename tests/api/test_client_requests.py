"""Requests of other clients, sent byte for byte as they write them (`tests/data/client_requests`)."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from app.settings import PROJECT
from tests.api.conftest import Api
from tests.fakes import HEARD
from tests.waiting import PATIENCE_S

FILE = PROJECT / "tests" / "data" / "client_requests" / "requests.http"
CHUNK = 1000


def requests() -> Iterator[tuple[str, str]]:
    """Name and text of every request of the file."""
    for section in re.split(r"^### ", FILE.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        name, _, text = section.partition("\n")
        yield name, text


def wire(text: str, host: str, clip: bytes) -> bytes:
    """The request as it goes over the line."""
    head, _, body = text.partition("\n\n")
    end = "\r\n" if "multipart" in head else ""
    data = (body.rstrip("\n").replace("\n", "\r\n") + end).encode()
    data = data.replace(b"{clip}", clip).replace(b"{bom}", b"\xef\xbb\xbf")
    first, _, fields = head.partition("\n")
    if "chunked" in head:
        pieces = [data[n : n + CHUNK] for n in range(0, len(data), CHUNK)]
        data = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    else:
        fields += f"\nContent-Length: {len(data)}"
    lines = [first, f"Host: {host}", *fields.split("\n"), "", ""]
    return "\r\n".join(lines).encode() + data


@pytest.mark.parametrize(("name", "text"), [pytest.param(*request, id=request[0]) for request in requests()])
def test_what_other_clients_send_is_answered(api: Api, clip_wav: bytes, name: str, text: str):
    del name
    address = urlsplit(api.url)
    assert address.hostname
    assert address.port
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S) as line:
        line.sendall(wire(text, address.netloc, clip_wav))
        answer = HTTPResponse(line)
        answer.begin()
        data = answer.read()
    assert answer.status == 200, data
    if "/transcriptions" not in text.partition("\n")[0]:
        assert (answer.headers["content-type"] or "").startswith("audio/")
        assert len(data) > 1000
    elif (answer.headers["content-type"] or "").startswith("text/plain"):
        assert data.decode().startswith(HEARD.strip())
    else:
        assert json.loads(data)["text"].startswith(HEARD.strip())
