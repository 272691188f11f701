"""How a fact becomes a sentence: a row of a table is a template, and the values of the fact go into it.

`{low:g}` is a value in Python's own formats. Beyond them: `{param}` is the field as the door calls it, a fact inside a
fact is its own sentence, several values are put in a row (`:or`, `:and`, `:quoted or` with quotation marks),
`:gb` and `:mib` write bytes, `:hash` the beginning of a digest. A value that is None leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

from app.engine.facts.fact import Fact

Table = Mapping[type[Fact], str]
DIGEST_CHARS = 12
MIB = 2**20


class Wording(Formatter):
    """One language of one door. A kind of fact without a row has that of its nearest ancestor."""

    def __init__(self, table: Table, field: Callable[[str], str], *, comma: str = ", ", last: str = " {} ") -> None:
        """`field` gives the door's name of a field of the request; `comma` and `last` put several values in a row."""
        self._table = table
        self._field = field
        self._comma = comma
        self._last = last

    def of(self, fact: Fact) -> str:
        """The sentence."""
        row = next(self._table[kind] for kind in type(fact).__mro__ if kind in self._table)
        values = fact.values()
        if values.get("param") is not None:
            values["param"] = self._field(values["param"])
        return self.vformat(row, (), values).strip()

    def format_field(self, value: Any, format_spec: str) -> str:
        """As Formatter, with the formats named above."""
        if value is None:
            return ""
        if isinstance(value, Fact):
            return self.of(value)
        if isinstance(value, tuple):
            return self._row(value, format_spec)
        if format_spec == "gb":
            return f"{value / 1e9:.1f} GB" if value >= 1e8 else f"{value / 1e6:.1f} MB"
        if format_spec == "mib":
            return f"{value / MIB:g}"
        if format_spec == "hash":
            return f"{value[:DIGEST_CHARS]}…"
        return format(value, format_spec)

    def _row(self, values: tuple[Any, ...], format_spec: str) -> str:
        if all(isinstance(value, Fact) for value in values):
            return "; ".join(map(self.of, values))
        spec = format_spec.split()
        told = [f"'{value}'" if "quoted" in spec else str(value) for value in values]
        if "or" in spec or "and" in spec:
            *first, last = told
            return self._last.format(spec[-1]).join([self._comma.join(first), last]) if first else last
        return self._comma.join(told)
