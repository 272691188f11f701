"""Files of a package that is installed, without importing it: what it does at import is memory and time."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def package_file(package: str, *names: str) -> Path:
    """The path of a file in a package. Raises ModuleNotFoundError where the package is absent."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    return Path(spec.submodule_search_locations[0]).joinpath(*names)
