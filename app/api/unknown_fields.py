"""What a request sends that no field here reads: no reason to refuse, but told of, with the field that was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from app.engine.facts.warnings import FieldMisspelt, FieldsUnknown
from app.engine.job import JobControl

LIKENESS = 0.6  # of a slip among few names: "intensty" is 0.94 like "intensity"
MAX_NAME_CHARS, MAX_MISSPELT = 40, 5
MAX_LOOKED_AT = 100  # clients send some dozens; each is compared with all that there is


def warn_of_unknown(
    names: Iterable[str], known: Mapping[str, str], control: JobControl, *, prefix: str = "", likeness: float = LIKENESS
) -> None:
    """Warn of the fields `names` of a document, which stand behind `prefix`.

    `known` maps the name of a field, folded or not, to where it stands.
    """
    places = {_folded(name): place for name, place in known.items()}
    unknown, n_misspelt = [], 0
    for name in islice(names, MAX_LOOKED_AT):
        close = difflib.get_close_matches(_folded(name[:MAX_NAME_CHARS]), places, n=1, cutoff=likeness)
        shown = f"{prefix}{name[:MAX_NAME_CHARS]}"
        if close and n_misspelt < MAX_MISSPELT:
            control.warn(FieldMisspelt(shown, places[close[0]]))
            n_misspelt += 1
        else:
            unknown.append(shown)
    if unknown:
        control.warn(FieldsUnknown(tuple(unknown)))


def at_home(names: Collection[str], prefix: str = "") -> dict[str, str]:
    """These fields with where they stand: behind `prefix`."""
    return {name: f"{prefix}{name}" for name in names}


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
