"""Which installed modules do not belong to the embedded set of packages."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

from app.settings import PROJECT


def canonical(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    """Package and pinned requirement, from a requirements file and those that it includes."""
    found: dict[str, str] = {}
    path = PROJECT / file
    for row in path.read_text(encoding="utf-8").splitlines():
        line = row.split("#")[0].strip()
        if line.startswith("-r "):
            found |= pins((path.parent / line[3:].strip()).relative_to(PROJECT).as_posix())
        elif line:
            found[canonical(line.split("==")[0])] = line
    return found


@cache
def needs(package: str) -> frozenset[str]:
    """What an installed package asks for without extras; nothing for one that is not installed."""
    try:
        rows = requires(package) or []
    except PackageNotFoundError:
        return frozenset()
    plain = (row for row in rows if not re.search(r"extra\s*==", row))
    return frozenset(canonical(re.split(r"[^A-Za-z0-9._-]", row, maxsplit=1)[0]) for row in plain)


def brought_along(roots: set[str]) -> set[str]:
    """The packages and all that they ask for."""
    found: set[str] = set()
    waiting = set(roots)
    while waiting:
        package = waiting.pop()
        found.add(package)
        waiting |= needs(package) - found
    return found


def foreign_modules() -> frozenset[str]:
    """Top-level modules of installed packages that the embedded set does not bring; both onnxruntimes are one."""
    own = brought_along(set(pins("requirements/embedded.txt"))) | set(pins("requirements/embedded-nodeps.txt"))
    modules = packages_distributions()
    return frozenset(
        module
        for module, packages in modules.items()
        if module != "onnxruntime" and not own & {canonical(name) for name in packages}
    )
