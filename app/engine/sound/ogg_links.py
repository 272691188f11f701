"""Ogg files that were joined (RFC 3533, section 4, calls it chaining): FFmpeg gives up where the rate or the channels
of a link are others than before, so each link is read by itself.
"""

from __future__ import annotations

CAPTURE = b"OggS"
HEADER_BYTES = 27  # up to the table of segments, whose length is its last byte
BEGINS = 2  # the flag of the first page of a stream


def links_of(data: bytes) -> list[bytes]:
    """The links of a chained Ogg file; the file itself where it is another one, or not chained."""
    starts = [0]
    position, is_in_heads = 0, True  # the first pages of all streams of a link stand together
    while data.startswith(CAPTURE, position) and len(data) >= position + HEADER_BYTES:
        begins = bool(data[position + 5] & BEGINS)
        if begins and not is_in_heads:
            starts.append(position)
        is_in_heads = begins
        n_segments = data[position + HEADER_BYTES - 1]
        table = data[position + HEADER_BYTES : position + HEADER_BYTES + n_segments]
        position += HEADER_BYTES + n_segments + sum(table)
    if len(starts) == 1:
        return [data]
    return [data[start:end] for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]
