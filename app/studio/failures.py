"""Failures kept with takes: an error as data, and the error again, for the doors to word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, cast

from app.engine.errors import EngineError
from app.engine.facts.fact import packed, unpacked


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a take was not made: the kind of error and its values, as JSON takes them."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, error: EngineError) -> Failure:
        """The failure that this error is."""
        return cls(type(error).__name__, {name: packed(value) for name, value in error.values().items()})

    @property
    def error(self) -> EngineError:
        """The error again; of a kind that this release does not know, one that says nothing but that it failed."""
        kind = next((kind for kind in _kinds(EngineError) if kind.__name__ == self.kind), EngineError)
        names = {field.name for field in fields(cast(Any, kind))}
        values = {name: unpacked(value) for name, value in self.values.items() if name in names}
        try:
            return kind(**values)
        except TypeError:  # another release keeps other values of it
            return EngineError()


def _kinds(kind: type[EngineError]) -> Iterator[type[EngineError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
