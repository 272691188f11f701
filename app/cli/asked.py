"""What the command line asks for."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """A command with what was given for it."""

    command: str
    settings: Settings
    options: Namespace  # of the command, beside the settings
    flags: tuple[str, ...]  # the settings that came as flags, not by the environment
