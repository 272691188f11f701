"""Mandarin has no spaces: characters cut into words by jieba, and how common a word is there."""

from __future__ import annotations

import sys
import threading
from functools import cache
from typing import Any

from app.engine.dictionaries.chinese_words import chinese_words


def words_of(text: str) -> list[str]:
    """The words of a run of characters. jieba's time for unknown ones is quadratic in their number."""
    return [word for word in _cutter().lcut(text) if word]


def frequency(word: str) -> int:
    """How often the word stands in the texts that jieba counted; 0 for what it does not know as one."""
    return chinese_words().get(word) or 0


def is_adverbial(word: str) -> bool:
    """Whether 地 behind the word makes an adverb of it: 高兴地, 轻轻地, 沉甸甸地."""
    return word[-2:-1] == word[-1:] or chinese_words().tag(word) in ("a", "ad", "z", "d", "i", "l", "o")


@cache
def _cutter() -> Any:
    """jieba's word cutter over our compact form of its list.

    jieba asks pkg_resources for that list, 13 MB and a warning for what is not needed; it goes on without.
    """
    with _LOADING:
        is_loaded = "pkg_resources" in sys.modules
        if not is_loaded:
            sys.modules["pkg_resources"] = None  # type: ignore[assignment]  # how Python is told that there is none
        try:
            import jieba
        finally:
            if not is_loaded:
                del sys.modules["pkg_resources"]
        cutter, words = jieba.Tokenizer(), chinese_words()
        cutter.FREQ, cutter.total, cutter.initialized = words, words.n_counted, True
    return cutter


_LOADING = threading.Lock()
