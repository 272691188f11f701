"""Folders that hold one saved thing each, and appear, change and disappear whole.

Everything is made beside its place and put there by a rename, so no reader and no crash ever sees half of it.
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from app.engine.sound.audio import Audio

logger = logging.getLogger(__name__)

T = TypeVar("T")


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """Give an empty draft to fill, which then becomes `folder`. Raises OSError when that exists already."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    try:
        yield draft
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def remove(folder: Path) -> None:
    """Delete the folder. Raises FileNotFoundError."""
    grave = Path(tempfile.mkdtemp(prefix=".deleted-", dir=folder.parent))
    try:
        folder.rename(grave / folder.name)
    finally:
        shutil.rmtree(grave, ignore_errors=True)


def write_json(path: Path, row: dict[str, Any]) -> None:
    """Write or replace the file. Raises FileNotFoundError when its folder is gone."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        draft.write_text(json.dumps(row, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_json(path: Path, parse: Callable[[dict[str, Any]], T]) -> T | None:
    """What the file describes; None, with a warning, when it is damaged, and without one when it is not there."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        logger.warning("a saved %s cannot be read and is left out: %s", path.stem, path.parent.name)
        return None


def write_flac(path: Path, audio: Audio) -> None:
    """Write the clip with 24 bits, at its own rate."""
    import soundfile

    with path.open("wb") as file:
        soundfile.write(file, audio.samples, audio.sample_rate, format="FLAC", subtype="PCM_24")
