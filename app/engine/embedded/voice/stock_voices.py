"""StockVoices: the 54 voices that come with Kokoro, as style vectors.

A voice is a table of 510 rows, one per number of phonemes, of 256 numbers each: 28 MB in all. Along its rows a voice
hardly leaves ten directions, so the asset keeps for each its mean row and ten singular vectors in float32: 1.7 MB.
Measured over all rows of all voices (`tools/make_stock_voices.py` prints it): relative error of a style vector 4e-6 in
the mean, 3e-5 at most. In speech (all voices, three passages): durations equal in 160 of 162, F0 within 0.01 semitone
in the mean and 0.05 at most. Log-spectra of the sound correlate 0.98 to 0.99, as they do after changing the original
style by 3e-7 of its size: that is the quantised graph's own rounding, so nothing is lost.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

ASSET = Path(__file__).parents[3] / "assets" / "embedded" / "stock_voices.npz"
TIMBRE_SIZE = 128  # the first half of a style is its timbre, the second its prosody

_LOCALES = {
    "a": "en-US",
    "b": "en-GB",
    "e": "es",
    "f": "fr",
    "h": "hi",
    "i": "it",
    "j": "ja",
    "p": "pt-BR",
    "z": "zh-CN",
}
_GENDERS = {"f": "female", "m": "male"}


class StockVoice(NamedTuple):
    """What a stock voice's name says of it."""

    locale: str
    gender: str


class _Table(NamedTuple):
    """Factors of all voices: styles of voice v are `means[v] + rows[v] @ directions[v]`."""

    names: tuple[str, ...]
    means: Floats  # [54, 256]
    rows: Floats  # [54, 510, rank]
    directions: Floats  # [54, rank, 256]


class StockVoices:
    """Styles of the stock voices. The asset is read at the first use, in a few milliseconds."""

    def __init__(self, asset: Path = ASSET) -> None:
        self._asset = asset

    @property
    def names(self) -> tuple[str, ...]:
        """The voices' names, sorted."""
        return self._table.names

    def info(self, name: str) -> StockVoice:
        """Locale and gender, read from the first two letters of the name. Raises KeyError for no voice's name."""
        self._place(name)
        return StockVoice(_LOCALES[name[0]], _GENDERS[name[1]])

    def style(self, name: str, n_phonemes: int) -> Floats:
        """The style `[256]` for a passage of that many phonemes. Raises KeyError for no voice's name."""
        table, voice = self._table, self._place(name)
        row = min(n_phonemes, table.rows.shape[1] - 1)
        style: Floats = table.means[voice] + table.rows[voice, row] @ table.directions[voice]
        return style

    def timbre(self, name: str, n_phonemes: int) -> Floats:
        """The half of the style that colours the sound, `[128]`."""
        return self.style(name, n_phonemes)[:TIMBRE_SIZE]

    def _place(self, name: str) -> int:
        return self._places[name]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def _table(self) -> _Table:
        with np.load(self._asset) as arrays:
            names = tuple(str(name) for name in arrays["names"])
            return _Table(names, arrays["means"], arrays["rows"], arrays["directions"])
