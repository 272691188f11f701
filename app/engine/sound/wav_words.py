"""WAV files whose samples have fewer valid bits than their words: 24 in 32, 20 in 24, 12 in 16.

The valid bits stand at the top of a word (Multiple Channel Audio Data and WAVE Files, Microsoft 2007), so that it can
be read whole. FFmpeg takes the valid bits for the size of the word, and reads noise.
"""

from __future__ import annotations

import struct

PCM, EXTENSIBLE = 1, 0xFFFE
WORD_BITS = (8, 16, 24, 32)
MAX_HEADER_BYTES = 1 << 16  # the format stands among the first chunks


def with_whole_words(data: bytes) -> bytes:
    """The file with the size of its words where its valid bits stood; the same bytes where nothing is to be mended."""
    at = _format_chunk(data)
    if at is None:
        return data
    tag, n_channels, _, _, block_bytes, bits = struct.unpack_from("<HHIIHH", data, at)
    is_extensible = tag == EXTENSIBLE and len(data) >= at + 26
    kind = struct.unpack_from("<H", data, at + 24)[0] if is_extensible else tag
    word_bits = 8 * block_bytes // n_channels if n_channels else 0
    valid_bits = struct.unpack_from("<H", data, at + 18)[0] if is_extensible else bits
    if kind != PCM or word_bits not in WORD_BITS or not 0 < valid_bits < word_bits:
        return data
    mended = bytearray(data)
    struct.pack_into("<H", mended, at + 14, word_bits)
    if is_extensible:
        struct.pack_into("<H", mended, at + 18, word_bits)
    return bytes(mended)


def _format_chunk(data: bytes) -> int | None:
    """Where the content of a WAV file's `fmt ` chunk begins; None where there is none."""
    if data[:4] not in (b"RIFF", b"RF64", b"BW64") or data[8:12] != b"WAVE":
        return None
    at = 12
    while at + 24 <= min(len(data), MAX_HEADER_BYTES):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"fmt ":
            return at + 8 if size >= 16 else None
        at += 8 + size + size % 2
    return None
