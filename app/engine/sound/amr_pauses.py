"""Pauses in recordings of telephones: AMR sends no sound while nobody speaks (3GPP TS 26.093 and 26.193).

FFmpeg knows no comfort noise and calls such frames corrupt; a recording with pauses then counts as damaged.
"""

from __future__ import annotations

from collections.abc import Mapping

# Of narrow and wide band: the types of frame without speech (3GPP TS 26.101 and 26.201: comfort noise, that of other
# systems, lost, no data), and the samples that a frame of 20 ms stands for.
_PAUSES: Mapping[str, tuple[frozenset[int], int]] = {
    "amrnb": (frozenset({8, 9, 10, 11, 15}), 160),
    "amrwb": (frozenset({9, 14, 15}), 320),
}


def pause_samples(codec: str, packet: bytes) -> int:
    """How many samples of silence a packet stands for; 0 where it is none."""
    types, n_samples = _PAUSES.get(codec, (frozenset(), 0))
    return n_samples if packet and (packet[0] >> 3) & 0b1111 in types else 0
