"""A dictionary of strings in two arrays answers as a dict does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.dictionaries.packed import PackedStrings

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(st.dictionaries(WORDS, WORDS), st.text("ab好\0"))
def test_it_holds_what_a_dict_holds_and_nothing_else(entries: dict[str, str], other: str) -> None:
    packed = PackedStrings(entries.items())
    assert dict(packed) == entries
    assert (other in packed) == (other in entries)
    assert packed.get(other) == entries.get(other)


def test_of_two_entries_with_one_key_the_last_counts() -> None:
    assert dict(PackedStrings([("a", "1"), ("b", "2"), ("a", "3")])) == {"a": "3", "b": "2"}


@pytest.mark.parametrize("entry", [("a\0b", "1"), ("a", "\0")])
def test_what_would_end_a_string_within_it_is_refused(entry: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="holds"):
        PackedStrings([entry])
