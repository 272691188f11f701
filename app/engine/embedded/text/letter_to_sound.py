"""English words that no lexicon has: a small convolutional tagger that gives each letter its sounds.

The weights come from `tools/train_letter_to_sound.py`, which also states how they are trained. Residual convolutions
look at the whole spelling; for each letter one head names a chunk of zero to two phonemes, another the stress of its
vowel. Runs in numpy, about a millisecond a word.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VOWELS = frozenset("AIOWYaiuæɑɔəɛɜɪʊʌᵊᵻ")
UNSTRESSABLE = frozenset("ᵊᵻ")
Array = NDArray[Any]


class LetterToSound:
    """Pronounces a word from its spelling. Read-only after construction, so threads may share it."""

    def __init__(self, weights: Path) -> None:
        with np.load(weights) as stored:
            self._chunks: list[str] = [str(chunk) for chunk in stored["chunks"]]
            self._weights = {name: stored[name].astype(np.float32) for name in stored.files if name != "chunks"}

    def __call__(self, word: str) -> str:
        """Phonemes of `word`, with stress marks. Only its letters a to z count; without any, the answer is empty."""
        letters = [ord(letter) - ord("a") + 1 for letter in word.lower() if "a" <= letter <= "z"]
        if not letters:
            return ""
        states = self._states(letters)
        chunk_scores = states @ self._weights["chunk_weight"].T + self._weights["chunk_bias"]
        stress_scores = states @ self._weights["stress_weight"].T + self._weights["stress_bias"]
        chunks = [self._chunks[i] for i in chunk_scores.argmax(axis=1)]
        return _with_stress(chunks, stress_scores)

    def _states(self, letters: list[int]) -> Array:
        """[n, width]: what the tagger knows of each letter in its word."""
        w = self._weights
        x = w["embedding_weight"][letters]
        for block in range(sum(name.startswith("blocks_") and name.endswith("weight") for name in w)):
            kernel = w[f"blocks_{block}_weight"]  # [width out, width in, taps]
            given = _normalised(x) * w[f"norms_{block}_weight"] + w[f"norms_{block}_bias"]
            n_taps = kernel.shape[2]
            padded = np.pad(given, ((n_taps // 2, n_taps // 2), (0, 0)))
            windows = np.stack([padded[tap : tap + len(x)] for tap in range(n_taps)], axis=2)
            x = x + np.maximum(
                np.einsum("nit,oit->no", windows, kernel, optimize=True) + w[f"blocks_{block}_bias"], 0.0
            )
        return np.asarray(x)


def _normalised(x: Array) -> Array:
    """Zero mean and unit variance over the features (layer normalisation)."""
    centred = x - x.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5))


def _with_stress(chunks: list[str], stress_scores: Array) -> str:
    """Join the chunks; the vowel with the best claim takes the one primary stress, others a secondary where it wins."""
    stressable = [i for i, chunk in enumerate(chunks) if any(c in VOWELS - UNSTRESSABLE for c in chunk)]
    if not stressable:
        return "".join(chunks)
    primary = max(stressable, key=lambda i: float(stress_scores[i, 2] - stress_scores[i, :2].max()))
    marked = []
    for i, chunk in enumerate(chunks):
        if i == primary:
            marked.append(_marked(chunk, "ˈ"))
        elif i in stressable and stress_scores[i, 0] < stress_scores[i, 1:].max():
            marked.append(_marked(chunk, "ˌ"))
        else:
            marked.append(chunk)
    return "".join(marked)


def _marked(chunk: str, mark: str) -> str:
    """The chunk with a stress mark straight before its first full vowel."""
    at = next(i for i, symbol in enumerate(chunk) if symbol in VOWELS - UNSTRESSABLE)
    return chunk[:at] + mark + chunk[at:]


@cache
def _model() -> LetterToSound:
    return LetterToSound(Path(str(files("app") / "assets" / "embedded" / "lts_english.npz")))


@lru_cache(maxsize=4096)
def letter_to_sound(word: str) -> str:
    """Phonemes of an unknown English word. Kept for repeats: names recur within a text."""
    return _model()(word)
