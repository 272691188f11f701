"""Mandarin has no spaces: characters cut into words by jieba, and how common a word is there."""

from __future__ import annotations

import logging
import tempfile
import threading
import warnings
from functools import cache
from typing import Any


def words_of(text: str) -> list[str]:
    """The words of a run of characters. jieba's time for unknown ones is quadratic in their number."""
    return [word for word in _cutter().lcut(text) if word]


def frequency(word: str) -> int:
    """How often the word stands in the texts that jieba counted; 0 for what it does not know as one."""
    return int(_cutter().FREQ.get(word) or 0)


@cache
def _cutter() -> Any:
    """jieba's word cutter, loaded once and in silence.

    jieba keeps its compiled dictionary as a file in the shared temporary folder and trusts what it finds there; a
    private folder, gone after loading, avoids both. Its import warns of pkg_resources, which is no concern of users.
    """
    with _LOADING:
        warnings.filterwarnings("ignore", "pkg_resources is deprecated")  # for good: threads share the filters
        import jieba

        jieba.setLogLevel(logging.WARNING)
        cutter = jieba.Tokenizer()
        with tempfile.TemporaryDirectory() as private:
            cutter.tmp_dir = private
            cutter.initialize()
    return cutter


_LOADING = threading.Lock()
