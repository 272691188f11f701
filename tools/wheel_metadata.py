"""What the wheel depends on, read from the requirements: the embedded set, and as extra `gpu` what the full set adds.

A hook of hatchling (pyproject.toml). onnxruntime-gpu is no part of the extra: it writes over onnxruntime's files, so it
has to take its place by hand, as docs/installation.md says.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

EMBEDDED = ("embedded.txt", "embedded-nodeps.txt")
FULL = ("../requirements.txt", "full-nodeps.txt")
IN_PLACE_OF = "onnxruntime-gpu"


class WheelMetadata(MetadataHookInterface):
    """Fills in `dependencies` and `optional-dependencies`."""

    def update(self, metadata: dict[str, object]) -> None:
        """As hatchling calls it."""
        folder = Path(self.root) / "requirements"
        embedded = dict.fromkeys(pin for name in EMBEDDED for pin in pins(folder / name))
        full = dict.fromkeys(pin for name in FULL for pin in pins(folder / name))
        metadata["dependencies"] = list(embedded)
        gpu = [pin for pin in full if pin not in embedded and not pin.startswith(IN_PLACE_OF)]
        metadata["optional-dependencies"] = {"gpu": gpu}


def pins(file: Path) -> Iterator[str]:
    """The requirements in a file and in those that it includes."""
    for line in file.read_text(encoding="utf-8").splitlines():
        row = line.partition("#")[0].strip()
        if row.startswith("-r "):
            yield from pins(file.parent / row.removeprefix("-r ").strip())
        elif row:
            yield row


def get_metadata_hook() -> type[MetadataHookInterface]:
    """As hatchling asks."""
    return WheelMetadata
