"""Punctuation of both scripts as the marks the speech model knows."""

from __future__ import annotations

KEPT = frozenset(';:,.!?—…"()“” ')

_MARKS = {
    ", ": "、，､,",
    ". ": "。．｡",
    "! ": "！!",
    ": ": "：:",
    "; ": "；;",
    "? ": "？?",
    " “": "《〈「『【〔“",
    "” ": "》〉」』】〕”",
    " (": "（",
    ") ": "）",
    "— ": "—",
    "… ": "…",
    " ": "·・～",
    "": "‘’",
}
PUNCTUATION = str.maketrans({sign: mark for mark, signs in _MARKS.items() for sign in signs} | {"〇": "零"})
# In English text the ASCII marks stay where they stand: "3:05", "e.g.".
WIDE_PUNCTUATION = {code: mark for code, mark in PUNCTUATION.items() if code > 0x2000 and chr(code) not in "“”—…‘’·"}
