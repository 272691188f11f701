"""A span of written Mandarin: how it is found, what reads it, and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

LOOK_BACK, LOOK_AHEAD = 24, 12  # characters; bounded, so that reading stays linear

NUM = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d{1,20})?|\d{1,25}(?:\.\d{1,20})?)"
BIG = "万亿|[十百千万亿]"
DASH = r"\s?[-–—~～]{1,2}\s?"


@dataclass(frozen=True, slots=True)
class Span:
    """`read` says what a match of `pattern` is read as; None: it is none of this kind."""

    kind: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], str | None]


def span(kind: str, pattern: str, read: Callable[[re.Match[str]], str | None]) -> Span:
    """A span with its pattern compiled."""
    return Span(kind, re.compile(pattern), read)


def text_before(found: re.Match[str]) -> str:
    """The characters before the match."""
    return found.string[max(0, found.start() - LOOK_BACK) : found.start()]


def text_after(found: re.Match[str]) -> str:
    """The characters behind the match, without spaces in front."""
    return found.string[found.end() : found.end() + LOOK_AHEAD].lstrip(" ")
