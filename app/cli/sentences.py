"""Sentences for what cannot be done with kept things."""

from __future__ import annotations

from app.keeping.faults import CannotKeep, Kind

SENTENCES: dict[Kind, str] = {
    "newer_store": "'{store}' was written by a newer EditX (version {version}, this one knows {known}). Nothing was "
    "changed: take that EditX, or another --cache-dir.",
    "damaged_versions": "'{file}' of the cache folder cannot be read. Nothing was changed.",
    "not_an_archive": "this is no archive of `editx backup`",
    "newer_archive": "a newer EditX ({program}) made this archive. Nothing was changed: restore it with that one.",
    "damaged_archive": "the archive is damaged or was cut short, at '{file}'. Nothing was changed.",
    "not_empty": "'{store}' in {folder} holds something already. Nothing was changed: --replace sets it aside.",
    "several_voices": "several people have a voice '{name}'; name one by its id: {ids}",
    "half_restored": "a restore to {folder} was stopped in its midst, and it cannot be ended now: {reason}",
    "in_use": "a service uses {folder}: stop it first",
}


def told(fault: CannotKeep) -> str:
    """The fault in a sentence."""
    return SENTENCES[fault.kind].format(**fault.values)
