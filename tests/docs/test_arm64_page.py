"""docs/arm64.md lists the releases that are pinned, and wheels that ARM64 takes."""

from __future__ import annotations

import re

from tools.make_arm64_page import PAGE, pins

ROW = re.compile(r"^\| (\S+) \| (\S+) \| (.+) \|$", re.MULTILINE)


def _same_name(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def test_the_page_lists_every_pinned_package_of_the_embedded_set():
    listed = {_same_name(name): release for name, release, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))}
    pinned = pins("base.txt", "embedded.txt", "embedded-nodeps.txt")
    assert pinned
    assert {name: listed.get(_same_name(name)) for name in pinned} == pinned, "run python -m tools.make_arm64_page"


def test_each_of_its_wheels_is_pure_or_for_arm64():
    wheels = [row for row in ROW.findall(PAGE.read_text(encoding="utf-8")) if row[0] != "package"]
    assert len(wheels) > len(pins("base.txt"))
    assert all("aarch64" in platform or platform.startswith("any") for _, _, platform in wheels)
