"""The golden data of the tokenizer, made by the original: what it was given, and what came out of it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.engine.sound.audio import Audio, Samples

FOLDER = Path(__file__).parents[3] / "data" / "reference" / "tokenizer"
WEIGHTS = ("linguistic_tokenizer.npy", "speech_tokenizer_v1.onnx", "dengcunqin")
FACTS: dict[str, Any] = json.loads((FOLDER / "goldens.json").read_text())
CASES: dict[str, dict[str, Any]] = FACTS["cases"]


@cache
def _arrays() -> dict[str, NDArray[Any]]:
    with np.load(FOLDER / "goldens.npz") as arrays:
        return dict(arrays)


def golden(case: str, stage: str) -> NDArray[Any]:
    """What one stage gave."""
    return _arrays()[f"{case}/{stage}"]


def golden_parts(case: str, stage: str) -> list[tuple[slice, NDArray[Any]]]:
    """What was kept of a stage's result, and where it stands: the whole of it, head and tail, or nothing."""
    parts = []
    for suffix in ("", "_head", "_tail"):
        rows = _arrays().get(f"{case}/{stage}{suffix}")
        if rows is not None:
            parts.append((slice(-len(rows), None) if suffix == "_tail" else slice(len(rows)), rows))
    return parts


@cache
def golden_clip(case: str) -> Audio:
    """The clip that a case began with."""
    return clip(CASES[case])


def clip(recipe: dict[str, Any]) -> Audio:
    """The clip a recipe describes: speech-like or silent, with silence around it, louder or softer."""
    rate = recipe["sr"]
    if recipe["kind"] == "silence":
        samples = np.zeros(recipe["samples"], np.float32)
    elif recipe["kind"] == "voice_samples":
        samples = voice(recipe["seed"], rate, recipe["samples"] / rate)[: recipe["samples"]]
    else:
        samples = voice(recipe["seed"], rate, recipe["seconds"])
    before_s, after_s = recipe.get("pad", (0.0, 0.0))
    samples = np.pad(samples, (int(before_s * rate), int(after_s * rate)))
    return Audio((samples * np.float32(recipe.get("gain", 1.0))).astype(np.float32), rate)


def voice(seed: int, rate: int, seconds: float) -> Samples:
    """Twenty-four harmonics of a gliding pitch below two moving formants, in syllables, with a little noise."""
    rng = np.random.RandomState(seed)  # whose streams numpy has frozen
    phases = rng.uniform(0.0, 2.0 * np.pi, size=8)
    n = round(seconds * rate)
    t = np.arange(n, dtype=np.float64) / rate
    f0 = 130.0 + 35.0 * np.sin(2 * np.pi * 0.63 * t + phases[0]) + 12.0 * np.sin(2 * np.pi * 2.9 * t + phases[1])
    turns = 2 * np.pi * np.cumsum(f0) / rate
    formant_1 = 550.0 + 250.0 * np.sin(2 * np.pi * 1.3 * t + phases[2])
    formant_2 = 1700.0 + 600.0 * np.sin(2 * np.pi * 0.9 * t + phases[3])
    sound = np.zeros(n)
    for harmonic in range(1, 25):
        hz = harmonic * f0
        near_1 = np.exp(-(((hz - formant_1) / 260.0) ** 2))
        near_2 = 0.6 * np.exp(-(((hz - formant_2) / 400.0) ** 2))
        sound += (near_1 + near_2 + 0.03) * np.where(hz < 0.45 * rate, 1.0, 0.0) * np.sin(harmonic * turns)
    syllables = 0.25 + 0.75 * np.clip(np.sin(2 * np.pi * 2.1 * t + phases[4]), 0.0, 1.0)
    return (sound * syllables * 0.12 + 0.002 * rng.standard_normal(n)).astype(np.float32)
