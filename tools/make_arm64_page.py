"""Write docs/arm64.md: what pip resolves the embedded set to on ARM64. By hand, with a network, when a pin has moved:

    python -m tools.make_arm64_page

A test fails while the page names another release than the requirements do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from app.settings import PROJECT

PAGE = PROJECT / "docs" / "arm64.md"
REQUIREMENTS = PROJECT / "requirements"
# glibc of Debian 12 and Raspberry Pi OS, and older
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64")
SOURCE_ONLY = "jieba"  # an archive of pure Python, which pip builds anywhere; it has no wheel to ask for

HEAD = """# The embedded set on ARM64

Made by `python -m tools.make_arm64_page`; do not edit. The files that pip takes for Python 3.11 on Linux and aarch64
(Raspberry Pi 5, Mac under Linux, Graviton), wheels only: nothing is compiled. `any` is pure Python.

| package | release | wheel for |
|---|---|---|
"""


def pins(*names: str) -> dict[str, str]:
    """The pinned releases in these files of `requirements/`, by package."""
    lines = [line.split("#")[0].strip() for name in names for line in (REQUIREMENTS / name).read_text().splitlines()]
    found = dict(line.split("==") for line in lines if "==" in line)
    return {package.split("[")[0]: release for package, release in found.items()}


def page(rows: list[tuple[str, str, str]]) -> str:
    """The whole page, of rows of package, release and platform."""
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in sorted(rows, key=lambda row: row[0].lower()))


def resolved(wanted: dict[str, str], *options: str) -> list[tuple[str, str, str]]:
    """What pip would install for these pins on ARM64. Raises CalledProcessError if a wheel is missing."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed"]
        command += ["--only-binary", ":all:", "--python-version", "3.11", "--target", folder, *options]
        command += [word for platform in PLATFORMS for word in ("--platform", platform)]
        command += ["-c", str(PROJECT / "constraints.txt"), "--report", str(report)]
        subprocess.run([*command, *(f"{package}=={release}" for package, release in wanted.items())], check=True)
        return [_row(item) for item in json.loads(report.read_text())["install"]]


def _row(item: dict[str, dict[str, str]]) -> tuple[str, str, str]:
    platform = item["download_info"]["url"].rsplit("/", 1)[1].removesuffix(".whl").rsplit("-", 1)[1]
    return item["metadata"]["name"], item["metadata"]["version"], platform


if __name__ == "__main__":
    asked = pins("base.txt", "embedded.txt")
    source = (SOURCE_ONLY, asked.pop(SOURCE_ONLY), "any (source archive)")
    alone = resolved(pins("embedded-nodeps.txt"), "--no-deps")
    PAGE.write_text(page([source, *alone, *resolved(asked)]), encoding="utf-8")
