"""What cannot be done with kept things: kinds with values. The command line has a sentence for each."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "newer_store",
    "damaged_versions",
    "not_an_archive",
    "newer_archive",
    "damaged_archive",
    "not_empty",
    "in_use",
    "half_restored",
    "several_voices",
]


class CannotKeep(Exception):
    """It was not done, and nothing was changed."""

    def __init__(self, kind: Kind, **values: str | int) -> None:
        super().__init__(kind)
        self.kind: Kind = kind
        self.values = values
