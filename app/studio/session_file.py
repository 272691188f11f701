"""`session.json`: the tree of one session on disk, with a version, so that no program writes over what it cannot read.

Version 1 named no version; up to version 2 a take had one step at most, and the voice stood outside the views. A field
with a default may be added within a version: rows without it get the default, and a program that does not know the
field refuses to change the session. What changes the meaning of a field needs a new version, and here the step from
the older one.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from app.engine.errors import SessionTooNew, StorageFailed
from app.engine.facts.fact import Note, UnknownNote, note_from_json
from app.engine.library.folders import storing, write_json
from app.files import make_folder
from app.studio.takes import Step, Take, TakeTree, View

logger = logging.getLogger(__name__)

NAME = "session.json"
DAMAGED = "damaged-"  # what the name of a file that was set aside begins with
VERSION = 3
_FIELDS = {"version", "revision", "owner", "created_at", "at", "views", "takes"}
# Rows become what they stand for, or a ValueError: a value of another type would break whoever reads the take.
_TAKES, _VIEWS, _ABOUT = TypeAdapter(Take), TypeAdapter(View), TypeAdapter(tuple[int, str, float])


def read_session(folder: Path) -> TakeTree:
    """The tree of a session; an empty one if there is no file. A damaged file is set aside, and the tree is empty.

    Raises SessionTooNew for what a newer program wrote, StorageFailed for a file that the disk does not give.
    """
    path = folder / NAME
    try:
        return _tree(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return TakeTree()
    except OSError as fault:
        logger.error("a session cannot be read: %s", fault.strerror)
        raise StorageFailed from fault
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        logger.warning("a session's file is damaged and was set aside: %s", folder.name)
        with storing():
            path.rename(path.with_name(f"{DAMAGED}{time.time_ns()}-{NAME}"))
        return TakeTree()


def write_session(folder: Path, tree: TakeTree) -> None:
    """Keep the tree. Raises StorageFailed."""
    views, at = tree.views
    row = {
        "version": VERSION,
        "revision": tree.revision,
        "owner": tree.owner,
        "created_at": tree.created_at,
        "at": at,
        "views": [_view_row(view) for view in views],
        "takes": [_row(take) for take in tree.all.values()],
    }
    with storing():
        make_folder(folder)
        write_json(folder / NAME, row)


def _tree(row: dict[str, Any]) -> TakeTree:
    version = row.get("version", 1)
    if version > VERSION:
        raise SessionTooNew
    if version < 3:
        row = _with_steps(row)
    _require_known(row, _FIELDS)
    takes = {take.id: take for take in map(_take, row["takes"])}
    views = [_view(view) for view in row["views"]]
    if row["at"] not in range(len(views)) or any(_is_out_of_order(take, takes) for take in takes.values()):
        raise ValueError("no tree of a session")
    about = (row.get("revision", 0), row.get("owner", ""), row.get("created_at", 0.0))
    revision, owner, created_at = _ABOUT.validate_python(about)
    return TakeTree(takes, views, row["at"], revision=revision, owner=owner, created_at=created_at)


def _with_steps(row: dict[str, Any]) -> dict[str, Any]:
    """A session of version 2 or before, as version 3 has it."""
    rest = {name: value for name, value in row.items() if name != "voice_id"}
    takes = [{**take, "steps": [take["step"]] if take["step"] else []} for take in row["takes"]]
    for take in takes:
        del take["step"]
    return rest | {"views": [{**view, "voice": row["voice_id"]} for view in row["views"]], "takes": takes}


def _is_out_of_order(take: Take, takes: Mapping[str, Take]) -> bool:
    """Whether a take would be older than its parent: a lineage could then go round for ever."""
    parent = takes.get(take.parent_id or "")
    return parent is not None and parent.number >= take.number


def _view(row: dict[str, Any]) -> View:
    _require_known(row, _names(View))
    return _VIEWS.validate_python(row)


def _take(row: dict[str, Any]) -> Take:
    _require_known(row, _names(Take))
    for step in row["steps"]:
        _require_known(step, _names(Step))
    return _TAKES.validate_python({**row, "warnings": _warnings(row.get("warnings", []))})


def _view_row(view: View) -> dict[str, Any]:
    return asdict(view) | {name: sorted(getattr(view, name)) for name in ("deleted", "starred", "voices_gone")}


def _row(take: Take) -> dict[str, Any]:
    return asdict(take) | {"warnings": [note.to_json() for note in take.warnings]}


def _warnings(rows: list[Any]) -> tuple[Note, ...]:
    """Version 1 kept sentences."""
    try:
        return tuple(map(note_from_json, rows))
    except UnknownNote:
        raise SessionTooNew from None


def _require_known(row: Mapping[str, Any], names: set[str]) -> None:
    if row.keys() - names:
        raise SessionTooNew


def _names(kind: type[Step | Take | View]) -> set[str]:
    return {field.name for field in fields(kind)}
