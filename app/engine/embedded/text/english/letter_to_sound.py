"""English words that no lexicon has: a small convolutional tagger that gives each letter its sounds.

The weights come from `tools/train_letter_to_sound.py`, which also states how they are trained. Residual convolutions
look at the whole spelling; for each letter one head names a chunk of zero to two phonemes, another the stress of its
vowel. Runs in numpy, many words at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

VOWELS = frozenset("AIOWYaiuæɑɔəɛɜɪʊʌᵊᵻ")
UNSTRESSABLE = frozenset("ᵊᵻ")
NOTHING = 0
MAX_KEPT = 8192  # words
Array = NDArray[Any]


class LetterToSound:
    """Pronounces a word from its spelling. Read-only after construction, so threads may share it."""

    def __init__(self, weights: Path) -> None:
        with np.load(weights) as stored:
            self._chunks: list[str] = [str(chunk) for chunk in stored["chunks"]]
            self._weights = {name: stored[name].astype(np.float32) for name in stored.files if name != "chunks"}
        kernels = sorted(name for name in self._weights if name.startswith("blocks_") and name.endswith("weight"))
        self._n_taps = self._weights[kernels[0]].shape[2]
        # [taps * width in, width out] each: a convolution is one product of matrices over windows side by side.
        self._kernels = [
            self._weights[name].transpose(2, 1, 0).reshape(-1, self._weights[name].shape[0]) for name in kernels
        ]

    def __call__(self, word: str) -> str:
        """Phonemes of `word`, with stress marks. Only its letters a to z count; without any, the answer is empty."""
        return self.pronounce([word])[0]

    def pronounce(self, words: Sequence[str]) -> list[str]:
        """Phonemes of several words at once, which costs a tenth of one by one."""
        rows: list[int] = []  # letters of all words, apart by as much nothing as the convolutions look around
        places = []
        for word in words:
            letters = [ord(letter) - ord("a") + 1 for letter in word.lower() if "a" <= letter <= "z"]
            places.append(slice(len(rows), len(rows) + len(letters)))
            rows += [*letters, *[NOTHING] * (self._n_taps // 2)]
        states = self._states(np.array(rows, np.int64))
        chunk_scores = states @ self._weights["chunk_weight"].T + self._weights["chunk_bias"]
        stress_scores = states @ self._weights["stress_weight"].T + self._weights["stress_bias"]
        chunks = [self._chunks[i] for i in chunk_scores.argmax(axis=1)]
        return [_with_stress(chunks[place], stress_scores[place]) for place in places]

    def _states(self, letters: Array) -> Array:
        """[n, width]: what the tagger knows of each letter in its word."""
        w, pad = self._weights, self._n_taps // 2
        x = w["embedding_weight"][letters]
        is_letter = (letters != NOTHING)[:, None]
        padded = np.zeros((len(x) + 2 * pad, x.shape[1]), np.float32)
        for block, kernel in enumerate(self._kernels):
            normal = _normalised(x) * w[f"norms_{block}_weight"] + w[f"norms_{block}_bias"]
            padded[pad : pad + len(x)] = normal * is_letter
            windows = np.concatenate([padded[tap : tap + len(x)] for tap in range(self._n_taps)], axis=1)
            x = x + np.maximum(windows @ kernel + w[f"blocks_{block}_bias"], 0.0)
        return np.asarray(x)


def _normalised(x: Array) -> Array:
    """Zero mean and unit variance over the features (layer normalisation)."""
    width = x.shape[1]
    centred = x - np.add.reduce(x, axis=1, keepdims=True) / width
    return np.asarray(centred / np.sqrt(np.add.reduce(centred * centred, axis=1, keepdims=True) / width + 1e-5))


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


_kept: dict[str, str] = {}


def letter_to_sound(word: str) -> str:
    """Phonemes of an unknown English word. Kept for repeats: names recur within a text."""
    prepare([word])
    return _kept.get(word) or _model()(word)


def prepare(words: Iterable[str]) -> None:
    """Pronounce many words at once, so that each is at hand when it is asked for."""
    new = [word for word in dict.fromkeys(words) if word not in _kept]
    if not new:
        return
    if len(_kept) + len(new) > MAX_KEPT:
        _kept.clear()
    _kept.update(zip(new, _model().pronounce(new), strict=True))
