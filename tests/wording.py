"""Failures, by the sentences that the API would say of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.engine.errors import EngineError
from app.wording.english import english


@contextmanager
def refused(kind: type[EngineError], match: str) -> Iterator[pytest.ExceptionInfo[EngineError]]:
    """While inside, an error of that kind is raised, whose English sentence has `match` in it."""
    with pytest.raises(kind) as caught:
        yield caught
    sentence = english(caught.value)
    assert re.search(match, sentence), sentence
