"""`backup`, `restore`, `erase`: what is kept in the cache folder of these settings."""

from __future__ import annotations

import sys
from pathlib import Path

from app.cli.asked import Asked
from app.cli.files import print_json
from app.cli.sentences import told
from app.cli.statuses import DONE, FAILED, WRONG_USE, CommandFailed
from app.engine.errors import EngineError
from app.keeping import erasing
from app.keeping.archive import Held, back_up
from app.keeping.faults import CannotKeep
from app.keeping.opening import opened
from app.keeping.restoring import restore as put_back
from app.wording.english import english

FINDERS = {
    "voice": erasing.of_voice,
    "consent": erasing.of_consent,
    "session": erasing.of_session,
    "key": erasing.of_key,
}


def backup(asked: Asked) -> int:
    """Write every store into one file."""
    try:
        with opened(asked.settings.cache_dir):  # what a killed restore left is ended first
            held = back_up(asked.settings.cache_dir, asked.options.archive.absolute())
    except CannotKeep as fault:
        raise CommandFailed(told(fault)) from None
    except OSError as fault:
        raise CommandFailed(f"{asked.options.archive} cannot be written: {fault.strerror}", FAILED) from None
    _say(asked, held, f"written to {asked.options.archive}")
    return DONE


def restore(asked: Asked) -> int:
    """Bring every store back from a file."""
    archive: Path = asked.options.archive
    if not archive.is_file():
        raise CommandFailed(f"{archive}: there is no such file", WRONG_USE)
    try:
        held = put_back(archive, asked.settings.cache_dir, replaces=asked.options.replace)
    except CannotKeep as fault:
        raise CommandFailed(told(fault)) from None
    except OSError as fault:
        raise CommandFailed(f"{asked.settings.cache_dir} cannot be written: {fault.strerror}", FAILED) from None
    _say(asked, held, f"restored to {asked.settings.cache_dir}")
    return DONE


def erase(asked: Asked) -> int:
    """Remove what is kept of a voice, a consent, a session or a key; without --yes only say what that is."""
    options, cache_dir = asked.options, asked.settings.cache_dir
    given = [name for name in FINDERS if getattr(options, name)]
    if len(given) != 1:
        raise CommandFailed("erase: takes one of --voice, --consent, --session and --key", WRONG_USE)
    try:
        with opened(cache_dir):
            found = FINDERS[given[0]](cache_dir, getattr(options, given[0]))
            if options.yes:
                found.carry_out()
    except CannotKeep as fault:
        raise CommandFailed(told(fault)) from None
    except EngineError as error:
        raise CommandFailed(english(error), WRONG_USE) from None
    row = {"voices": found.voices, "consents": found.consents, "sessions": found.sessions, "takes": found.n_takes}
    if options.json:
        print_json(row | {"entries": found.n_entries, "erased": options.yes})
    else:
        names = "; ".join(
            f"{name} {', '.join(found)}" for name, found in row.items() if isinstance(found, list) and found
        )
        verb = "erased" if options.yes else "would be erased (say --yes to do it)"
        sys.stdout.write(f"{verb}: {names}; {found.n_takes} takes; {found.n_entries} entries of the cache\n")
    return DONE


def _say(asked: Asked, held: Held, where: str) -> None:
    if asked.options.json:
        print_json({"files": held.n_files, "bytes": held.n_bytes, **held.n_by_store})
        return
    counts = ", ".join(f"{n} {name}" for name, n in held.n_by_store.items())
    sys.stdout.write(f"{where}: {counts}; {held.n_files} files, {held.n_bytes / 1e6:.1f} MB, verified\n")
