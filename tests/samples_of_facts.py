"""One example of every kind of fact, made from the types of its fields."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, get_type_hints

from app.engine import errors
from app.engine.errors import EngineError
from app.engine.facts.fact import Fact, Note
from app.engine.facts.reasons import DidYouMean

ERRORS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, EngineError)]
RAISED = [kind for kind in ERRORS if not any(other is not kind and issubclass(other, kind) for other in ERRORS)]
NOTES = list(Note._kinds.values())

_VALUES: dict[Any, Any] = {
    int: 3,
    float: 2.5,
    str: "abc",
    tuple[str, ...]: ("abc", "xyz"),
    tuple[int, ...]: (2, 3),
    tuple[str | int, ...]: (2, "n"),
    str | None: "input",
}


def sample(kind: type[Fact]) -> Fact:
    """A fact of that kind, every field of it set."""
    hints = get_type_hints(kind)
    return kind(**{field.name: _value(hints[field.name]) for field in dataclasses.fields(kind)})  # type: ignore[arg-type]


def _value(hint: Any) -> Any:
    if hint in _VALUES:
        return _VALUES[hint]
    return (DidYouMean(("abc",)),) if getattr(hint, "__origin__", None) is tuple else DidYouMean(("abc",))
