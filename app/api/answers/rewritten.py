"""What was made anew in a recording that was left alone otherwise, as answers tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson

from app.engine.content.stretches import Stretch

HEADER = "x-rewrite"
MAX_HEADER_BYTES = 6000  # clients and proxies refuse answers whose headers are long


def stretch_rows(stretches: Sequence[Stretch]) -> list[dict[str, Any]]:
    """The stretches in seconds, to a microsecond: that tells every sample from the next."""
    return [
        {side: {end: round(at_s, 6) for end, at_s in span.items()} for side, span in asdict(stretch).items()}
        for stretch in stretches
    ]


def rewrite_header(stretches: Sequence[Stretch] | None) -> dict[str, str]:
    """`x-rewrite`; of more stretches than fit, the first, and how many are `left_out`. None where none is due."""
    if stretches is None:
        return {}
    rows = stretch_rows(stretches)
    told, n = orjson.dumps({"stretches": rows}), len(rows)
    while len(told) > MAX_HEADER_BYTES:
        n = n * MAX_HEADER_BYTES // (len(told) + 1)
        told = orjson.dumps({"stretches": rows[:n], "left_out": len(rows) - n})
    return {HEADER: told.decode()}
