"""The two hubs that publish the weights: what each lists of a repository, and where its files are.

`HF_ENDPOINT` and `MODELSCOPE_DOMAIN` name mirrors, as for the hubs' own tools. Sources of the answers' shapes:
https://huggingface.co/docs/hub/api (model info with `blobs`, tree with `expand`), and for ModelScope its own client's
`repo/files` call.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from app.engine.facts.downloads import BadStatus, HubSilent, ListUnreadable, NotJson
from app.engine.facts.fact import Note

if TYPE_CHECKING:
    import httpx

HUGGINGFACE_URL = "https://huggingface.co"
MODELSCOPE_DOMAIN = "www.modelscope.cn"
MODELSCOPE_REVISION = "master"
MAX_NAME_BYTES = 255  # of a file or folder, on the disks we know
# What reading a list of another shape may raise: a field that is absent, of another kind, or out of bounds.
ODDITIES = (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError)


class HubFailed(Exception):
    """This hub could not give something, for this reason. Another hub may."""

    def __init__(self, reason: Note) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file as a hub lists it. Small files of Hugging Face have git's own hash (`git_sha1`) instead of `sha256`.

    `date`: the day on which the hub got it, as 2026-01-29; "" where it does not say.
    """

    name: str
    size_bytes: int
    url: str
    sha256: str | None = None
    git_sha1: str | None = None
    date: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a repository at one revision."""

    source: str
    repository: str
    revision: str
    files: tuple[RemoteFile, ...]


class Hub(Protocol):
    """One place that has the repositories."""

    source: str
    title: str

    def listing(self, client: httpx.Client, repository: str) -> Listing:
        """What the repository holds now, without code and hidden files. Raises HubFailed."""


class HuggingFace:
    """Hugging Face, or a mirror that speaks its API."""

    source = "huggingface"
    title = "Hugging Face"

    def __init__(self, url: str = HUGGINGFACE_URL) -> None:
        self._url = url.rstrip("/")

    def listing(self, client: httpx.Client, repository: str) -> Listing:
        answer = _json(client, f"{self._url}/api/models/{repository}", {"blobs": "true"})
        try:
            revision = str(answer["sha"])  # files of one commit: the repository may change while we fetch
            rows = [row for row in answer["siblings"] if _is_wanted(row["rfilename"])]
            dates = self._dates(client, repository, revision)
            files = tuple(self._file(repository, revision, row, dates) for row in rows)
        except ODDITIES as fault:
            raise HubFailed(ListUnreadable(repository)) from fault
        return Listing(self.source, repository, revision, files)

    def _dates(self, client: httpx.Client, repository: str, revision: str) -> dict[str, str]:
        """When each file of the root came, by name. Nothing where a mirror does not say: weights come without, too."""
        try:
            rows = _json(client, f"{self._url}/api/models/{repository}/tree/{revision}", {"expand": "true"})
            return {str(row["path"]): str(row["lastCommit"]["date"])[: len("2026-01-29")] for row in rows}
        except (HubFailed, *ODDITIES):
            return {}

    def _file(self, repository: str, revision: str, row: Mapping[str, Any], dates: Mapping[str, str]) -> RemoteFile:
        name, large = str(row["rfilename"]), row.get("lfs")
        return RemoteFile(
            name,
            _size_of(large["size"] if large else row["size"]),
            f"{self._url}/{repository}/resolve/{revision}/{quote(name)}",
            sha256=large["sha256"].lower() if large else None,
            git_sha1=None if large else row.get("blobId"),
            date=dates.get(name, ""),
        )


class ModelScope:
    """ModelScope, or another domain of it."""

    source = "modelscope"
    title = "ModelScope"

    def __init__(self, domain: str = MODELSCOPE_DOMAIN) -> None:
        self._url = (domain if "://" in domain else f"https://{domain}").rstrip("/")

    def listing(self, client: httpx.Client, repository: str) -> Listing:
        query = {"Revision": MODELSCOPE_REVISION, "Recursive": "true"}
        answer = _json(client, f"{self._url}/api/v1/models/{repository}/repo/files", query)
        try:
            rows = [row for row in answer["Data"]["Files"] if row["Type"] != "tree" and _is_wanted(row["Path"])]
            files = tuple(self._file(repository, row) for row in rows)
        except ODDITIES as fault:
            raise HubFailed(ListUnreadable(repository)) from fault
        return Listing(self.source, repository, MODELSCOPE_REVISION, files)

    def _file(self, repository: str, row: Mapping[str, Any]) -> RemoteFile:
        name = str(row["Path"])
        place = f"repo?Revision={MODELSCOPE_REVISION}&FilePath={quote(name, safe='')}"
        url = f"{self._url}/api/v1/models/{repository}/{place}"
        committed_s = row.get("CommittedDate")
        date = datetime.fromtimestamp(committed_s, UTC).date().isoformat() if isinstance(committed_s, int) else ""
        return RemoteFile(name, _size_of(row["Size"]), url, sha256=(row.get("Sha256") or "").lower() or None, date=date)


def hubs_for(source: str, environ: Mapping[str, str] = os.environ) -> list[Hub]:
    """The hubs to ask, in this order, for "huggingface", "modelscope" or "auto" (both)."""
    hubs: list[Hub] = [
        HuggingFace(environ.get("HF_ENDPOINT") or HUGGINGFACE_URL),
        ModelScope(environ.get("MODELSCOPE_DOMAIN") or MODELSCOPE_DOMAIN),
    ]
    return [hub for hub in hubs if source in ("auto", hub.source)]


def _json(client: httpx.Client, url: str, query: Mapping[str, str]) -> Any:
    import httpx

    try:
        response = client.get(url, params=dict(query))
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise HubFailed(HubSilent(str(fault) or type(fault).__name__)) from fault
    if response.status_code != 200:
        raise HubFailed(BadStatus(response.status_code))
    try:
        return response.json()
    except ValueError as fault:
        raise HubFailed(NotJson()) from fault


def _size_of(value: Any) -> int:
    size_bytes = int(value)
    if size_bytes < 0:
        raise ValueError(f"{size_bytes} is no size")
    return size_bytes


def _is_wanted(name: str) -> bool:
    """True for data. Remote code is never run, so it is not fetched. Raises ValueError for a path that leads out."""
    path = PurePosixPath(name)
    is_odd = not path.parts or any(part == ".." or len(part.encode()) > MAX_NAME_BYTES for part in path.parts)
    if is_odd or path.is_absolute() or "\\" in name or not name.isprintable():
        raise ValueError(f"'{name}' is no name of a file in a repository")
    return path.suffix != ".py" and not any(part.startswith(".") for part in path.parts)
