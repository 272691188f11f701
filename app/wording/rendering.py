"""How a fact becomes a sentence: a row of a table is a template, and the values of the fact go into it.

`{low:g}` is a value in Python's own formats. Beyond them: `{param}` is the field as the door calls it, a fact inside a
fact is its own sentence, several values are put in a row (`:or`, `:and`, `:quoted or` with quotation marks, `:few` for
the first of many, `:lines` and `:sentences` for facts), `:gb` and `:mib` write bytes, `:hash` the beginning of a hash.
A value that is None leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

from app.engine.facts.fact import Fact

Table = Mapping[type[Fact], str]
DIGEST_CHARS = 12
MIB = 2**20
MAX_NAMED = 5  # of many names


class Wording(Formatter):
    """One language of one door. A kind of fact without a row has that of its nearest ancestor."""

    def __init__(
        self,
        table: Table,
        field: Callable[[str], str],
        *,
        comma: str = ", ",
        last: str = " {} ",
        more: str = " and {} more",
    ) -> None:
        """`field` gives the door's name of a field of the request; the others put several values in a row."""
        self._table = table
        self._field = field
        self._comma = comma
        self._last = last
        self._more = more

    def of(self, fact: Fact) -> str:
        """The sentence. Raises LookupError for a kind that no row is for."""
        row = next((self._table[kind] for kind in type(fact).__mro__ if kind in self._table), None)
        if row is None:
            raise LookupError(type(fact).__name__)
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
        if format_spec == "lines":
            return "\n".join(f"  {self.of(value)}" for value in values)
        spec = format_spec.split()
        told = [self.of(value) if isinstance(value, Fact) else str(value) for value in values]
        if "sentences" in spec:
            return " ".join(told)
        if "quoted" in spec:
            told = [f"'{text}'" for text in told]
        if "or" in spec or "and" in spec:
            *first, last = told
            return self._last.format(spec[-1]).join([self._comma.join(first), last]) if first else last
        if "few" in spec and len(told) > MAX_NAMED:
            return self._comma.join(told[:MAX_NAMED]) + self._more.format(len(told) - MAX_NAMED)
        comma = "; " if values and isinstance(values[0], Fact) else self._comma
        return comma.join(told)
