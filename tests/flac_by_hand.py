"""FLAC streams written by hand: encoders make none that are so small and so dear to read."""

from __future__ import annotations


def flac_of(n_frames: int, block: int, rate: int) -> bytes:
    """A FLAC stream written by hand, as encoders make none so small: constant frames of `block` samples."""
    info = block.to_bytes(2, "big") * 2 + bytes(6) + (rate << 44 | 15 << 36 | n_frames * block).to_bytes(8, "big")
    head = b"fLaC\x80" + (34).to_bytes(3, "big") + info + bytes(16)
    return head + b"".join(flac_frame(number, block) for number in range(n_frames))


def flac_frame(number: int, block: int) -> bytes:
    """The frame's number is written as UTF-8 writes characters."""
    frame = b"\xff\xf8\x70\x08" + chr(number).encode() + (block - 1).to_bytes(2, "big")
    frame += bytes([crc(frame, 0x07, 8)]) + b"\x00" + (8000 * (-1) ** (number // 4)).to_bytes(2, "big", signed=True)
    return frame + crc(frame, 0x8005, 16).to_bytes(2, "big")


def crc(data: bytes, polynomial: int, bits: int) -> int:
    value = 0
    for byte in data:
        value ^= byte << (bits - 8)
        for _ in range(8):
            value = (value << 1) ^ (polynomial if value >> (bits - 1) & 1 else 0)
        value &= (1 << bits) - 1
    return value
