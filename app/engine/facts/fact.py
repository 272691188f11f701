"""What a fact is: a kind with a code, and its values in fields of a dataclass."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, cast


class Fact:
    """Base of errors and notes. Subclasses are dataclasses of text, numbers, other facts, and tuples of them."""

    code: ClassVar[str] = "fact"

    def values(self) -> dict[str, Any]:
        """The values by the names of their fields."""
        return {field.name: getattr(self, field.name) for field in fields(cast(Any, self))}

    def __str__(self) -> str:
        """For logs: the code and the values that are set."""
        told = (f"{name}={_logged(value)}" for name, value in self.values().items() if value not in (None, "", ()))
        return " ".join([self.code, *told])


@dataclass(frozen=True)
class Note(Fact):
    """A fact that is not raised: a warning or a reason. Its code is the name of its class in lower case.

    Warnings are kept with takes, by their code: a class that is renamed loses the words of old takes.
    """

    _kinds: ClassVar[dict[str, type[Note]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        Note._kinds[cls.code] = cls

    def to_json(self) -> dict[str, Any]:
        """The code and the values, as JSON takes them."""
        return {"code": self.code} | {name: packed(value) for name, value in self.values().items()}


@dataclass(frozen=True)
class Plain(Note):
    """Words of another release, kept with an old take: they are shown as they stand."""

    text: str


Report = Callable[[Note], None]  # what a long step tells of itself while it is done


class UnknownNote(ValueError):
    """A note of a kind, or with values, that this release does not know."""


def note_from_json(row: Mapping[str, Any] | str) -> Note:
    """The note again; a sentence of an earlier release becomes Plain. Raises UnknownNote for one of a later release."""
    if isinstance(row, str):
        return Plain(row)
    try:
        kind = Note._kinds[row["code"]]
        return kind(**{name: unpacked(value) for name, value in row.items() if name != "code"})
    except (KeyError, TypeError) as fault:
        raise UnknownNote from fault


def packed(value: Any) -> Any:
    """A value of a fact as JSON takes it."""
    if isinstance(value, Note):
        return value.to_json()
    return [packed(item) for item in value] if isinstance(value, tuple) else value


def unpacked(value: Any) -> Any:
    """The value again. Raises UnknownNote."""
    if isinstance(value, dict):
        return note_from_json(value)
    return tuple(unpacked(item) for item in value) if isinstance(value, list) else value


def _logged(value: Any) -> str:
    if isinstance(value, Fact):
        return f"({value})"
    if isinstance(value, tuple):
        return f"({', '.join(map(_logged, value))})"
    return repr(value)
