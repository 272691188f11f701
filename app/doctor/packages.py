"""Installed libraries against the pinned ones."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

from app.doctor.findings import Finding, failed, passed, warned
from app.settings import PROJECT

PIN_FILES = ("requirements.txt", "requirements-nodeps.txt")
SET_UP = "Run ./start_unified.sh --setup-only: it installs the pinned releases."
FRESH_SET_UP = "Delete .venv and run ./start_unified.sh --setup-only."


def package_findings(folder: Path = PROJECT) -> Iterator[Finding]:
    """Python, each package that differs from its pin, and the one onnxruntime that may be there."""
    yield _python()
    wanted = pins(folder)
    faults = [fault for name, release in wanted.items() if (fault := _fault(name, release))]
    yield from faults
    if not faults:
        yield passed("packages", f"all {len(wanted)} are the pinned releases")
    yield from _onnxruntime()


def pins(folder: Path) -> dict[str, str]:
    """Package and pinned release, from the files that a set-up installs."""
    lines = (line.split("#")[0].strip() for file in PIN_FILES for line in (folder / file).read_text().splitlines())
    return dict(line.split("==") for line in lines if "==" in line)


def pin_fault(name: str, wanted: str, installed: str | None) -> Finding | None:
    """What an installed release is worth; a local build such as 2.13.0+cpu counts as 2.13.0."""
    if installed is None:
        return failed(name, f"not installed; {wanted} is pinned", SET_UP)
    if installed.split("+")[0] != wanted:
        return warned(name, f"{installed} instead of the pinned {wanted}", SET_UP)
    return None


def _fault(name: str, wanted: str) -> Finding | None:
    try:
        return pin_fault(name, wanted, version(name))
    except PackageNotFoundError:
        return pin_fault(name, wanted, None)


def _python() -> Finding:
    found = platform.python_version()
    if found.startswith("3.11."):
        return passed("Python", found)
    return warned("Python", f"{found}; the pinned releases are for 3.11", f"Install Python 3.11. {FRESH_SET_UP}")


def _onnxruntime() -> Iterator[Finding]:
    """`onnxruntime` and `onnxruntime-gpu` write over each other's files."""
    releases: Mapping[str, str] = {d.name.lower(): d.version for d in distributions() if d.name}
    if "onnxruntime" in releases:
        yield failed("onnxruntime", "installed beside onnxruntime-gpu, whose files it overwrites", FRESH_SET_UP)
