"""Pictures of takes, drawn by matplotlib: spectrogram and pitch, as PNG that fits light and dark pages."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from app.engine.sound.analysis import RANGE_DB, pitch_curve, spectrogram
from app.engine.sound.audio import Audio

SIZE_INCHES = (6.4, 2.6)
DPI = 110
INK = {"light": "#475569", "dark": "#cbd5e1"}
LINE = {"light": "#4338ca", "dark": "#a5b4fc"}
MAX_HZ = 8000
PITCH_RANGE_HZ = (60, 600)
PITCH_TICKS_HZ = (75, 100, 150, 200, 300, 400, 600)
KINDS = ("spectrogram", "pitch")
Draw = Callable[[Any, str], None]  # onto axes, in a theme

_lock = threading.Lock()  # matplotlib is not thread-safe


def drawn(kind: str, audio: Audio, theme: str, span_s: float) -> bytes:
    """The picture as PNG; its time axis is `span_s` long, so that two takes can stand beside each other."""
    from matplotlib.figure import Figure

    draw = _spectrogram(audio) if kind == "spectrogram" else _pitch(audio)

    with _lock:
        figure = Figure(figsize=SIZE_INCHES, dpi=DPI, layout="constrained")
        axes: Any = figure.subplots()
        draw(axes, theme)
        axes.set_xlim(0, span_s)
        axes.set_xlabel("s", color=INK[theme])
        axes.tick_params(colors=INK[theme], labelsize=8)
        for edge in axes.spines.values():
            edge.set_color(INK[theme])
        out = io.BytesIO()
        figure.savefig(out, format="png", transparent=True)
    return out.getvalue()


def _spectrogram(audio: Audio) -> Draw:
    shown = spectrogram(audio)
    n_bins, n_frames = shown.levels_db.shape
    extent = (0, n_frames * shown.hop_s, 0, n_bins * shown.bin_hz / 1000)

    def draw(axes: Any, theme: str) -> None:
        axes.imshow(shown.levels_db, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=-RANGE_DB, vmax=0)
        axes.set_ylim(0, MAX_HZ / 1000)
        axes.set_ylabel("kHz", color=INK[theme])

    return draw


def _pitch(audio: Audio) -> Draw:
    shown = pitch_curve(audio)
    times_s = np.arange(len(shown.f0_hz)) * shown.hop_s
    voiced_hz = np.where(shown.f0_hz > 0, shown.f0_hz, np.nan)  # gaps where there is no voice

    def draw(axes: Any, theme: str) -> None:
        axes.plot(times_s, voiced_hz, color=LINE[theme], linewidth=1.8)
        axes.set_yscale("log")
        axes.set_yticks(PITCH_TICKS_HZ, [str(tick) for tick in PITCH_TICKS_HZ])
        axes.minorticks_off()
        axes.set_ylim(*PITCH_RANGE_HZ)
        axes.set_ylabel("Hz", color=INK[theme])
        axes.grid(visible=True, alpha=0.25)

    return draw
