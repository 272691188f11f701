"""Bring one file over HTTP as a part beside its place: go on where it was cut off, and verify the whole.

A part, `<name>.part`, survives a lost connection and the end of the program; it is deleted when it is as long as the
file and not the file. Only a verified part may get the file's name.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from app.engine.errors import PartMissing
from app.engine.facts.downloads import (
    Disconnected,
    FileStatus,
    NothingMore,
    OtherRange,
    PassingStatus,
    ProxyUnusable,
    Stalled,
    TooMuch,
    WrongContent,
)
from app.engine.facts.fact import Note
from app.engine.facts.files import WrongGitHash, WrongHash, WrongSize
from app.engine.parts.hubs import HubFailed, RemoteFile
from app.files import sha256_of

PART_SUFFIX = ".part"  # a download under way; never taken for the file itself
CONNECT_TIMEOUT_S = 10.0  # where a hub is blocked, connections hang; `auto` shall reach the other one soon
READ_TIMEOUT_S = 60.0
MAX_TRIES = 6  # in a row without a new byte
LONGEST_PAUSE_S = 30.0
_PASSING = frozenset({408, 429, 500, 502, 503, 504})

OnBytes = Callable[[int], None]  # bytes that came; negative when they must come again


def open_client() -> httpx.Client:
    """A client for both hubs. It follows redirects and takes proxies and certificates from the environment.

    Raises PartMissing when those cannot be used, such as a SOCKS proxy.
    """
    try:
        return httpx.Client(follow_redirects=True, timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S))
    except (ImportError, ValueError, OSError) as fault:
        raise PartMissing(ProxyUnusable(str(fault))) from fault


def bring(client: httpx.Client, file: RemoteFile, target: Path, on_bytes: OnBytes, *, pause_s: float = 1.0) -> str:
    """Make the part of `target` the file that the hub lists; returns its SHA-256. Raises HubFailed, OSError.

    `pause_s` is the first pause between tries; each further one is twice as long.
    """
    part = part_of(target)
    part.parent.mkdir(parents=True, exist_ok=True)
    had_bytes = size_bytes(part)
    _fill(client, file, part, on_bytes, pause_s)
    fault = content_fault(part, file)
    if fault and had_bytes:  # its beginning may be of an older revision
        _discard(part, on_bytes)
        _fill(client, file, part, on_bytes, pause_s)
        fault = content_fault(part, file)
    if fault:
        _discard(part, on_bytes)
        raise HubFailed(WrongContent(file.name, fault))
    return file.sha256 or sha256_of(part)


def part_of(target: Path) -> Path:
    """Where the bytes of a file lie until they are verified."""
    return target.with_name(target.name + PART_SUFFIX)


def size_bytes(path: Path) -> int:
    """The size of a file; 0 if there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def content_fault(path: Path, file: RemoteFile) -> Note | None:
    """What tells the bytes at `path` from those the hub lists; None if nothing does. Raises OSError."""
    got_bytes = path.stat().st_size
    if got_bytes != file.size_bytes:
        return WrongSize(got_bytes, file.size_bytes)
    if file.sha256 and (digest := sha256_of(path)) != file.sha256:
        return WrongHash(digest, file.sha256)
    if file.git_sha1 and (digest := _git_sha1_of(path)) != file.git_sha1:
        return WrongGitHash(digest, file.git_sha1)
    return None


def _fill(client: httpx.Client, file: RemoteFile, part: Path, on_bytes: OnBytes, pause_s: float) -> None:
    """Add to the part until it has the size of the file."""
    if size_bytes(part) > file.size_bytes:
        _discard(part, on_bytes)
    part.touch()
    furthest_bytes, tries = size_bytes(part), 0
    while size_bytes(part) != file.size_bytes:
        fault = _one_try(client, file, part, on_bytes)
        reached_bytes = size_bytes(part)
        tries = 0 if reached_bytes > furthest_bytes else tries + 1
        furthest_bytes = max(furthest_bytes, reached_bytes)
        if tries >= MAX_TRIES:
            raise HubFailed(Stalled(file.name, fault or NothingMore()))
        if fault:
            time.sleep(min(pause_s * 2**tries, LONGEST_PAUSE_S))


def _one_try(client: httpx.Client, file: RemoteFile, part: Path, on_bytes: OnBytes) -> Note | None:
    """One request for what is still missing; returns why it ended early, None if it did not. Raises HubFailed."""
    begin = size_bytes(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begin}-"} if begin else {})
    try:
        with client.stream("GET", file.url, headers=headers) as response:
            if response.status_code in _PASSING:
                return PassingStatus(response.status_code)
            _append(response, file, part, begin, on_bytes)
    except httpx.RequestError as fault:
        return Disconnected(str(fault) or type(fault).__name__)
    return None


def _append(response: httpx.Response, file: RemoteFile, part: Path, begin: int, on_bytes: OnBytes) -> None:
    if response.status_code not in (200, 206):
        raise HubFailed(FileStatus(file.name, response.status_code))
    if response.status_code == 200 and begin:  # the server does not know ranges
        _discard(part, on_bytes)
    elif begin and not response.headers.get("content-range", "").startswith(f"bytes {begin}-"):
        raise HubFailed(OtherRange(file.name))
    with part.open("ab") as out:
        for block in response.iter_raw():  # as they come: blocks of a fixed size would be lost with the connection
            out.write(block)
            on_bytes(len(block))
            if out.tell() > file.size_bytes:
                raise HubFailed(TooMuch(file.name, file.size_bytes))


def _discard(part: Path, on_bytes: OnBytes) -> None:
    on_bytes(-size_bytes(part))
    part.unlink()


def _git_sha1_of(path: Path) -> str:
    """The name git gives a file's content: SHA-1 over "blob", its size, a zero byte, and the content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
