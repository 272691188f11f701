"""A hub on loopback that answers like Hugging Face and like ModelScope, and misbehaves on command.

Large files of the Hugging Face side are sent on by a redirect and listed with SHA-256, small ones with git's hash, as
the real one does.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

LARGE_BYTES = 500  # from here on a file is "LFS"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
_HUGGINGFACE_LIST = re.compile(r"/api/models/([^/]+/[^/]+)")
_HUGGINGFACE_FILE = re.compile(rf"/([^/]+/[^/]+)/resolve/{COMMIT}/(.+)")
_HUGGINGFACE_TREE = re.compile(rf"/api/models/([^/]+/[^/]+)/tree/{COMMIT}")
_CDN_FILE = re.compile(r"/cdn/([^/]+/[^/]+)/(.+)")
_MODELSCOPE = re.compile(r"/api/v1/models/([^/]+/[^/]+)/repo(/files)?")


@dataclass
class StandInHub:
    """Repositories by name, each a dictionary from path to content, and what goes wrong with them."""

    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    url: str = ""
    is_down: bool = False  # lists nothing
    date: str = ""  # of the commit that all files came with; "" is not told
    knows_ranges: bool = True
    cut_after: dict[str, int] = field(default_factory=dict)  # path -> the connection ends there, once
    busy: dict[str, int] = field(default_factory=dict)  # path -> so many answers with status 503
    sent_instead: dict[str, bytes] = field(default_factory=dict)  # path -> other bytes than listed
    asked: list[tuple[str, str]] = field(default_factory=list)  # path and Range header of each file asked for

    def ranges_of(self, path: str) -> list[str]:
        """The Range header of each request for the file, in order."""
        return [asked for name, asked in self.asked if name == path]


@contextmanager
def standing_in() -> Iterator[StandInHub]:
    """A running hub."""
    hub = StandInHub()
    server = _Server(("127.0.0.1", 0), lambda *arguments: _Handler(hub, *arguments))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up in the middle of an answer is what some tests want."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 20  # head and body in one packet: two would wait for each other on loopback

    def __init__(self, hub: StandInHub, *arguments: object) -> None:
        self._hub = hub
        super().__init__(*arguments)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path, query = unquote(parts.path), parse_qs(parts.query)
        if found := _HUGGINGFACE_FILE.fullmatch(path):
            self._resolve(*found.groups())
        elif found := _CDN_FILE.fullmatch(path):
            self._send_file(*found.groups())
        elif found := _MODELSCOPE.fullmatch(path):
            if found[2]:
                self._list(found[1], self._modelscope_list)
            else:
                self._send_file(found[1], query["FilePath"][0])
        elif (found := _HUGGINGFACE_TREE.fullmatch(path)) and self._hub.date:
            self._list(found[1], self._huggingface_tree)
        elif found := _HUGGINGFACE_LIST.fullmatch(path):
            assert query == {"blobs": ["true"]}
            self._list(found[1], self._huggingface_list)
        else:
            self._answer(404)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""

    def _list(self, repository: str, form: object) -> None:
        files = self._hub.repositories.get(repository)
        if self._hub.is_down or files is None:
            self._answer(404 if files is None else 503)
            return
        self._answer(200, json.dumps(form(files)).encode())

    def _huggingface_list(self, files: dict[str, bytes]) -> object:
        return {"sha": COMMIT, "siblings": [_sibling(name, content) for name, content in files.items()]}

    def _huggingface_tree(self, files: dict[str, bytes]) -> object:
        commit = {"id": COMMIT, "date": f"{self._hub.date}T08:00:00.000Z"}
        return [{"type": "file", "path": name, "lastCommit": commit} for name in files if "/" not in name]

    def _modelscope_list(self, files: dict[str, bytes]) -> object:
        folders = [{"Type": "tree", "Path": name.split("/")[0], "Size": 0} for name in files if "/" in name]
        blobs = [
            {"Type": "blob", "Path": name, "Size": len(content), "Sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        ]
        if self._hub.date:
            committed_s = int(datetime.fromisoformat(self._hub.date).replace(tzinfo=UTC).timestamp())
            blobs = [blob | {"CommittedDate": committed_s} for blob in blobs]
        return {"Code": 200, "Success": True, "Data": {"Files": folders + blobs}}

    def _resolve(self, repository: str, path: str) -> None:
        if len(self._hub.repositories[repository][path]) < LARGE_BYTES:
            self._send_file(repository, path)
            return
        self._answer(302, headers={"Location": f"/cdn/{repository}/{path}"})

    def _send_file(self, repository: str, path: str) -> None:
        hub = self._hub
        asked = self.headers.get("Range", "")
        hub.asked.append((path, asked))
        if hub.busy.get(path):
            hub.busy[path] -= 1
            self._answer(503)
            return
        content = hub.sent_instead.get(path, hub.repositories[repository][path])
        begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and hub.knows_ranges else 0
        headers = {"Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"} if begin else {}
        self._answer(206 if begin else 200, content[begin:], headers, hub.cut_after.pop(path, None))

    def _answer(
        self, status: int, body: bytes = b"", headers: dict[str, str] | None = None, cut_after: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut_after])
        if cut_after is not None:
            self.close_connection = True


def _sibling(name: str, content: bytes) -> dict[str, object]:
    blob_id = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    row = {"rfilename": name, "blobId": blob_id, "size": len(content)}
    if len(content) < LARGE_BYTES:
        return row
    return row | {"lfs": {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 135}}
