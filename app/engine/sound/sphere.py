"""NIST SPHERE files, in which corpora of speech are kept: FFmpeg reads them, unless Shorten has packed them."""

from __future__ import annotations

MAGIC, HEADER_BYTES = b"NIST_1A\n", 1024


def is_shortened(data: bytes) -> bool:
    """Whether these are samples packed by Shorten, of which the header tells."""
    return data.startswith(MAGIC) and b"shorten" in data[:HEADER_BYTES].lower()
