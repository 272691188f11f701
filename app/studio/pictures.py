"""What the pictures of a take show, in the form that browsers draw: computed once per take, kept beside its sound."""

from __future__ import annotations

import base64
import json

import numpy as np
from numpy.typing import NDArray

from app.engine.job import JobControl
from app.engine.sound.analysis import RANGE_DB, pitch_curve, spectrogram
from app.engine.sound.audio import Audio

NAME = "picture-1.json"  # of the kept file; another number for another form
BINS_PER_ROW = 2  # a picture has fewer rows than the spectrum has bins


def picture(audio: Audio, control: JobControl | None = None) -> bytes:
    """Spectrogram and pitch as JSON, at most 0.25 MB however long the sound.

    `spectrogram.levels` is Base64 of uint8 `[n_rows, n_frames]`, 0 for RANGE_DB below the loudest point and 255 for
    that; row 0 is the lowest, rows are `row_hz` high and frames `frame_s` apart. `pitch.f0_hz` is 0 where there is no
    voice; its points are `point_s` apart. Raises what stops `control`.
    """
    spectrum, curve = spectrogram(audio), pitch_curve(audio, control)
    levels = _rows(spectrum.levels_db)
    shown = {
        "duration_s": round(audio.duration_s, 4),
        "spectrogram": {
            "n_rows": levels.shape[0],
            "n_frames": levels.shape[1],
            "row_hz": spectrum.bin_hz * BINS_PER_ROW,
            "frame_s": spectrum.hop_s,
            "levels": base64.b64encode(levels.tobytes()).decode(),
        },
        "pitch": {"point_s": curve.hop_s, "f0_hz": [round(float(f0_hz), 1) for f0_hz in curve.f0_hz]},
    }
    return json.dumps(shown, separators=(",", ":")).encode()


def _rows(levels_db: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The loudest of each BINS_PER_ROW bins, in 256 steps; the bin at half the rate is left out."""
    n_rows = (levels_db.shape[0] - 1) // BINS_PER_ROW
    rows = levels_db[: n_rows * BINS_PER_ROW].reshape(n_rows, BINS_PER_ROW, -1).max(axis=1)
    levels: NDArray[np.uint8] = np.round(255 * (rows + RANGE_DB) / RANGE_DB).astype(np.uint8)
    return levels
