"""The official Whisper models in CTranslate2's form, as Hugging Face has them: where they lie, and how they come."""

from __future__ import annotations

import logging
from pathlib import Path

from app.engine.errors import PartMissing
from app.engine.facts.fact import Note
from app.engine.facts.whisper import DownloadFailed, FolderReadOnly, NotInstalledOffline, WhisperNotLoaded
from app.files import put

logger = logging.getLogger(__name__)

# Names that openai-whisper has for other models, and the one model that another organisation converted.
SAME_AS = {"large": "large-v3", "turbo": "large-v3-turbo"}
REPOSITORIES = {"large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo"}
WEIGHTS = "model.bin"  # comes last: where it is, the model is whole
NEEDED = ("config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.json", "vocabulary.txt", WEIGHTS)


def official_model(name: str, folder: Path, *, offline: bool) -> Path:
    """The folder of an official model, fetched into a folder below `folder` if it is absent. Raises PartMissing."""
    name = SAME_AS.get(name, name)
    home = folder / f"faster-whisper-{name}"
    if (home / WEIGHTS).is_file():
        return home
    if offline:
        raise _missing(name, NotInstalledOffline(WEIGHTS))
    from app.engine.parts.hubs import HubFailed

    logger.info("downloading whisper model %s", name)
    try:
        _bring(REPOSITORIES.get(name, f"Systran/faster-whisper-{name}"), home)
    except HubFailed as failure:
        logger.warning("whisper model %s could not be downloaded: %s", name, failure)
        raise _missing(name, DownloadFailed()) from failure
    except OSError as failure:
        logger.warning("whisper model %s could not be kept: %s", name, failure)
        raise _missing(name, FolderReadOnly()) from failure
    return home


def _bring(repository: str, home: Path) -> None:
    """Fetch the files of a repository, each resumed where it was cut off, and verified. Raises HubFailed, OSError."""
    from app.engine.parts.hubs import hubs_for
    from app.engine.parts.transfer import bring, open_client, part_of

    (hub,) = hubs_for("huggingface")
    with open_client() as client:
        files = [file for file in hub.listing(client, repository).files if file.name in NEEDED]
        for file in sorted(files, key=lambda file: file.name == WEIGHTS):
            target = home / file.name
            if not target.is_file():
                bring(client, file, target, lambda _: None)
                put(part_of(target), target)


def _missing(name: str, reason: Note) -> PartMissing:
    return PartMissing(WhisperNotLoaded(name, reason), param="model")
