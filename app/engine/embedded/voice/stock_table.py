"""The table of what the stock voices sound like: their speaker embeddings and long-term spectra, made once.

`tools/make_stock_table.py` makes the asset from ten seconds of each voice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.engine.embedded.voice.equaliser import Decibels
from app.engine.embedded.voice.non_negative import non_negative
from app.engine.hearing.speaker import Embedding

TABLE_PATH = Path(__file__).parents[3] / "assets" / "embedded" / "stock_table.npz"
BLENDED_VOICES = 4
NEAR_VOICES, NEAR = 3, 0.08  # voices that may lend their prosody; how much less similar than the nearest they may be

Blend = dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class StockTable:
    """`names` [n], `embeddings` [n, 256], `spectra` [n, 46] in dB on the equaliser's grid."""

    names: tuple[str, ...]
    embeddings: NDArray[np.float32]
    spectra: NDArray[np.float32]

    def near(self, embedding: Embedding, pool: Sequence[str]) -> tuple[str, ...]:
        """The voice of the pool most similar to the embedding, and at most two that are nearly as similar."""
        rows = self._rows(pool)
        similarity = self.embeddings[rows] @ embedding
        places = [
            place for place in np.argsort(-similarity)[:NEAR_VOICES] if similarity[place] > similarity.max() - NEAR
        ]
        return tuple(self.names[int(rows[place])] for place in places)

    def blend(self, embedding: Embedding, pool: Sequence[str]) -> Blend:
        """At most four voices of the pool with positive weights that sum to 1, whose mixed embeddings come nearest.

        Non-negative least squares over the pool, and again over its four largest weights.
        """
        rows = self._rows(pool)
        weights = non_negative(self.embeddings[rows].T, embedding)
        rows = rows[np.argsort(-weights)[:BLENDED_VOICES]]
        weights = non_negative(self.embeddings[rows].T, embedding)
        weights = weights / max(float(weights.sum()), 1e-9)
        return {self.names[row]: round(float(w), 4) for row, w in zip(rows, weights, strict=True) if w > 0}

    def spectrum(self, blend: Blend) -> Decibels:
        """Long-term spectrum to be expected of a blend, in dB: the weighted mean of its voices' spectra."""
        rows = self._rows(tuple(blend))
        return np.asarray(list(blend.values())) @ self.spectra[rows].astype(np.float64)

    def _rows(self, names: Sequence[str]) -> NDArray[np.intp]:
        return np.array([self.names.index(name) for name in names])


@cache
def stock_table() -> StockTable:
    """The packaged table."""
    with np.load(TABLE_PATH) as data:
        names = tuple(str(name) for name in data["names"])
        return StockTable(names, data["embeddings"].astype(np.float32), data["spectra"].astype(np.float32))
