"""Installed libraries against the pinned ones."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distributions, requires, version
from pathlib import Path

from app.doctor.findings import Finding, failed, passed, warned
from app.settings import PROJECT

# The two sets of packages, each told by the onnxruntime that it brings.
FULL, EMBEDDED = "onnxruntime-gpu", "onnxruntime"
PIN_FILES = {
    FULL: ("requirements.txt", "requirements/full-nodeps.txt"),
    EMBEDDED: ("requirements/embedded.txt", "requirements/embedded-nodeps.txt"),
}
WHEEL = "editx"  # the distribution that pyproject.toml builds
SET_UP = "Run ./start_unified.sh --setup-only: it installs the pinned releases."
FRESH_SET_UP = "Delete .venv and run ./start_unified.sh --setup-only."


def package_findings(folder: Path = PROJECT) -> Iterator[Finding]:
    """Python, each package that differs from its pin, and the one onnxruntime that may be there."""
    yield _python()
    chosen = installed_set()
    wanted = pins(folder, chosen)
    faults = [fault for name, release in wanted.items() if (fault := _fault(name, release))]
    yield from faults
    if not faults:
        backends = "both backends" if chosen == FULL else "the embedded backend alone"
        yield passed("packages", f"all {len(wanted)} for {backends} are the pinned releases")
    yield from _onnxruntime()


def installed_set() -> str:
    """FULL or EMBEDDED: the set that the set-up has installed here."""
    return FULL if _release(FULL) else EMBEDDED


def pins(folder: Path, chosen: str) -> dict[str, str]:
    """Package and pinned release, from the files that the set-up of a set installs; of an installed wheel, from it."""
    if not (folder / PIN_FILES[chosen][0]).is_file():
        return _pins_of_wheel(chosen)
    rows = (row for file in PIN_FILES[chosen] for row in _rows(folder / file))
    return dict(row.split("==") for row in rows)


def _pins_of_wheel(chosen: str) -> dict[str, str]:
    """Its extra belongs to the full set, of which onnxruntime-gpu takes onnxruntime's place."""
    wanted: dict[str, str] = {}
    for requirement in requires(WHEEL) or ():
        pin, _, extra = requirement.partition(";")
        name, _, release = pin.strip().partition("==")
        if chosen == FULL or not extra:
            wanted[name] = release
    if chosen == FULL:
        wanted[FULL] = wanted.pop(EMBEDDED)
    return wanted


def _rows(file: Path) -> Iterator[str]:
    """The requirements in a file and in those that it includes."""
    for line in file.read_text().splitlines():
        row = line.split("#")[0].strip()
        if row.startswith("-r "):
            yield from _rows(file.parent / row.removeprefix("-r ").strip())
        elif row:
            yield row


def pin_fault(name: str, wanted: str, installed: str | None) -> Finding | None:
    """What an installed release is worth; a local build such as 2.13.0+cpu counts as 2.13.0."""
    if installed is None:
        return failed(name, f"not installed; {wanted} is pinned", SET_UP)
    if installed.split("+")[0] != wanted:
        return warned(name, f"{installed} instead of the pinned {wanted}", SET_UP)
    return None


def _fault(name: str, wanted: str) -> Finding | None:
    return pin_fault(name, wanted, _release(name))


def _release(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _python() -> Finding:
    found = platform.python_version()
    if found.startswith("3.11."):
        return passed("Python", found)
    return warned("Python", f"{found}; the pinned releases are for 3.11", f"Install Python 3.11. {FRESH_SET_UP}")


def _onnxruntime() -> Iterator[Finding]:
    """`onnxruntime` and `onnxruntime-gpu` write over each other's files: one of them alone may be there."""
    releases: Mapping[str, str] = {d.name.lower(): d.version for d in distributions() if d.name}
    if {EMBEDDED, FULL} <= releases.keys():
        yield failed("onnxruntime", "installed beside onnxruntime-gpu, whose files it overwrites", FRESH_SET_UP)
