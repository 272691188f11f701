"""What the tokenizer does to a clip before it listens: 16 kHz, full scale, silent ends cut.

Both codebooks read the wave that comes out here, and its hash is the key under which the codes are cached.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from app.engine.errors import NotFinite
from app.engine.sound.audio import Audio, Samples
from app.engine.step_audio.waves import resampled

SAMPLE_RATE = 16_000

FULL_SCALE = 0.999
QUIETEST_PEAK = 0.01  # clips with a lower peak are raised as if they had this one, so that noise stays noise

# Trimming: frames of 32 ms every 8 ms; what lies more than 20 dB below the loudest frame counts as silent.
RMS_FRAME, RMS_HOP = 512, 128
SILENT_BELOW_DB = -20.0
LOWEST_POWER = 1e-10
LEAD, TAIL = 800, 3520  # 50 ms are kept before the first loud frame, 220 ms after the last
LENGTH_UNIT = 240  # a trimmed clip is a multiple of this


def preprocessed(audio: Audio, *, trim: bool = True) -> Audio:
    """The 16 kHz wave that both codebooks read; `trim` cuts and pads its silent ends. Raises BadAudio.

    The same clip gives the same samples, always: `preprocessed(audio).content_hash` identifies what is tokenized.
    """
    if not np.isfinite(audio.samples).all():
        raise NotFinite(param="audio")
    samples = normalised(resampled(audio.samples, audio.sample_rate, SAMPLE_RATE))
    return Audio(trimmed(samples) if trim else samples, SAMPLE_RATE)


def normalised(samples: Samples) -> Samples:
    """The samples with their peak at full scale; clips with a peak below 0.01 are raised by the same 40 dB."""
    peak = np.float32(np.abs(samples).max(initial=0.0))
    return samples / max(peak, np.float32(QUIETEST_PEAK)) * np.float32(FULL_SCALE)


def trimmed(samples: Samples) -> Samples:
    """16 kHz samples without their silent ends, but for 50 ms before and 220 ms after; zeros where there are fewer."""
    start, end = loud_span(samples)
    length = LENGTH_UNIT * math.ceil((end - start) / LENGTH_UNIT) + LEAD + TAIL
    kept = samples[max(0, start - LEAD) :]
    kept = np.pad(kept, (max(0, LEAD - start), 0))[:length]
    return np.pad(kept, (0, length - len(kept)))


def loud_span(samples: Samples) -> tuple[int, int]:
    """First and last sample (exclusive) of what is loud; the whole clip if nothing stands out.

    Frames, levels and bounds are those of librosa's `effects.trim(top_db=20, frame_length=512, hop_length=128)`.
    """
    power = _frame_powers(samples)
    levels_db = 10 * np.log10(np.maximum(power, LOWEST_POWER))
    loud = np.flatnonzero(levels_db - levels_db.max() > SILENT_BELOW_DB)
    return int(loud[0]) * RMS_HOP, min(len(samples), (int(loud[-1]) + 1) * RMS_HOP)


def _frame_powers(samples: Samples) -> NDArray[np.float64]:
    """Mean square of each centred frame, `[1 + n // 128]`; outside the clip there are zeros."""
    n_frames = 1 + len(samples) // RMS_HOP
    hops_a_frame = RMS_FRAME // RMS_HOP
    n_hops = n_frames + hops_a_frame - 1
    padded = np.zeros(n_hops * RMS_HOP, np.float32)
    before = RMS_FRAME // 2
    kept = samples[: len(padded) - before]
    padded[before : before + len(kept)] = kept
    hops = padded.reshape(n_hops, RMS_HOP)
    energies: NDArray[np.float64] = np.einsum("nk,nk->n", hops, hops, dtype=np.float64)
    powers: NDArray[np.float64] = sliding_window_view(energies, hops_a_frame).mean(axis=1) / RMS_HOP
    return powers
