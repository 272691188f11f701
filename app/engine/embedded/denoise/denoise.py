"""Denoising by DeepFilterNet3: its three ONNX graphs, run block by block.

The network sees 48 kHz in frames of 10 ms: 32 band levels and the lowest 96 bins, both normalised by running means. It
answers with a gain for each band and, below 4.8 kHz, with a filter over five frames for each bin. Source: Schroeter
et al., "DeepFilterNet: Perceptually Motivated Real-Time Speech Enhancement", 2023 (arXiv:2305.08227), and the
`config.ini` beside the graphs.

The normalisation runs through the whole clip; the recurrent layers begin anew in each block and are warmed up on the
frames before it.
"""

from __future__ import annotations

import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.engine.edits import Edit
from app.engine.embedded.denoise.deepfilter_signal import (
    DF_BINS,
    DF_ORDER,
    HOP,
    LOOKAHEAD,
    RATE_HZ,
    Features,
    Floats,
    Normaliser,
    Spectrum,
    analysed,
    band_gains,
    deep_filtered,
    post_filtered,
    synthesised,
)
from app.engine.job import JobControl
from app.engine.large_work import LARGE_WORK
from app.engine.machine import give_back_memory
from app.engine.sound.audio import Audio, Samples
from app.engine.steps import Pace, Steps, finished

if TYPE_CHECKING:
    from app.engine.parts.onnx_model import OnnxModel
    from app.engine.parts.parts import Parts

BLOCK = 300  # frames, 3 s: bounds the memory of the layers to some 60 MB; 5 s would cost 6 % less and take 30 more
WARM_UP = 150  # frames before a block

LEAST_LIMIT_DB, LIMIT_SLOPE_DB = 6.0, 18.0
POST_FILTER_SLOPE, MAX_POST_FILTER = 0.02, 0.1


@dataclass(frozen=True, slots=True)
class Strength:
    """How far to go. `floor`: the share of the noisy sound that stays, 0 to 1; `post_filter`: 0 is none, 0.02 mild."""

    floor: float
    post_filter: float

    @classmethod
    def of(cls, edit: Edit) -> Strength:
        """Below intensity 1 the noise falls by at most 6 + 18 i dB; from 1 on without limit, and above ever cleaner.

        Iterations count as so much more intensity: running the network on its own answer costs words.
        """
        total = edit.intensity * edit.iterations
        if total < 1:
            return cls(10 ** (-(LEAST_LIMIT_DB + LIMIT_SLOPE_DB * total) / 20), 0.0)
        return cls(0.0, min(MAX_POST_FILTER, POST_FILTER_SLOPE * (total - 1)))


class Denoiser:
    """DeepFilterNet3. Safe to call from several threads.

    Loaded while it is used: that takes 0.1 s of CPU, and what it would keep is 70 MiB, 140 after two clips at once.
    """

    def __init__(self, parts: Parts, threads: int) -> None:
        self._parts = parts
        self._threads = threads
        self._network: _Network | None = None
        self._n_users = 0
        self._loading = threading.Lock()

    def denoise(self, audio: Audio, edit: Edit, control: JobControl) -> Audio:
        """The clip with its background noise taken down: same rate, same length, sample for sample in step.

        Speech keeps its level. What lies above 24 kHz is dropped. Raises PartMissing, Cancelled, DeadlineExceeded.
        """
        return finished(self.denoising(audio, edit, control, Pace()))

    def denoising(self, audio: Audio, edit: Edit, control: JobControl, pace: Pace) -> Steps[Audio]:
        """The same in steps."""
        if not len(audio.samples):
            return audio
        samples = yield from self._cleaned(_Padded.around(audio), Strength.of(edit), control, pace)
        give_back_memory()
        clean = Audio(samples, RATE_HZ).resampled(audio.sample_rate)
        return Audio(_of_length(clean.samples, len(audio.samples)), audio.sample_rate)

    def _cleaned(self, clip: _Padded, strength: Strength, control: JobControl, pace: Pace) -> Steps[Samples]:
        """The whole clip, clean. Minutes at 48 kHz are large: they are laid into one array as they come."""
        clean, n_done = np.empty(clip.n_samples, np.float32), 0
        with self._loaded() as network:
            for block in _enhanced(clip, network, strength, control):
                kept = clean[n_done : n_done + len(block)]
                kept[:] = block[: len(kept)]
                n_done += len(kept)
                yield from pace.pause()
        return clean

    @contextmanager
    def _loaded(self) -> Iterator[_Network]:
        with self._loading:
            network = self._network = self._network or _Network(self._parts.path("deepfilternet3"), self._threads)
            self._n_users += 1
        try:
            yield network
        finally:
            with self._loading:
                self._n_users -= 1
                if not self._n_users:
                    self._network = None


class _Network:
    """The encoder and the two decoders."""

    def __init__(self, archive: Path, threads: int) -> None:
        from app.engine.parts.onnx_model import OnnxModel

        def loaded(name: str) -> OnnxModel:
            return OnnxModel(Path(folder, name), threads=threads, frees_memory=True)

        self._threads = threads
        with tempfile.TemporaryDirectory() as folder:
            _unpack(archive, Path(folder))
            self._encoder = loaded("enc.onnx")
            self._band_decoder = loaded("erb_dec.onnx")
            self._filter_decoder = loaded("df_dec.onnx")

    def answer(self, features: Features, control: JobControl) -> tuple[Floats, Floats]:
        """Band gains `[n_frames, 32]` and filters `[n_frames, 96, 10]`; the features come two frames late."""
        feeds = {"feat_erb": features.bands[None, None], "feat_spec": features.bins[None]}
        with LARGE_WORK.taken(self._threads, control):  # in one turn: what the encoder found stays for the decoders
            found = dict(zip(self._encoder.outputs, self._encoder.run(feeds, control), strict=True))
            band_feeds = {name: found[name] for name in self._band_decoder.inputs}
            filter_feeds = {name: found[name] for name in self._filter_decoder.inputs}
            gains = self._band_decoder.run(band_feeds, control)[0][0, 0].copy()
            filters = self._filter_decoder.run(filter_feeds, control)[0].copy()
            del found, band_feeds, filter_feeds
        return gains, filters.reshape(len(gains), DF_BINS, 2 * DF_ORDER)


def _unpack(archive: Path, folder: Path) -> None:
    """Write the graphs of the archive into `folder`, by their bare names."""
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            if member.name.endswith(".onnx") and (stream := tar.extractfile(member)):
                (folder / Path(member.name).name).write_bytes(stream.read())


@dataclass(frozen=True, slots=True)
class _Padded:
    """A clip of `n_samples` at 48 kHz with silence around it: frame n of `n_frames` is centred on its sample 480 n.

    The network wants two more frames after the last one.
    """

    samples: Samples
    n_samples: int
    n_frames: int

    @classmethod
    def around(cls, audio: Audio) -> _Padded:
        samples = audio.resampled(RATE_HZ).samples
        n_frames = -(-len(samples) // HOP) + 1
        return cls(
            np.pad(samples, (HOP, (n_frames + LOOKAHEAD) * HOP - len(samples))),
            len(samples),
            n_frames,
        )


def _enhanced(clip: _Padded, network: _Network, strength: Strength, control: JobControl) -> Iterator[Samples]:
    """Yield the clean clip block by block; together at least as long as the clip."""
    padded, n_frames = clip.samples, clip.n_frames
    features = _features(padded, n_frames + LOOKAHEAD, control)
    for first in range(0, n_frames - 1, BLOCK):
        last = min(first + BLOCK + 1, n_frames)  # one frame more: the blocks overlap by half a frame
        begin = max(0, first - WARM_UP)
        noisy = analysed(padded[begin * HOP : (last + LOOKAHEAD + 1) * HOP])
        late = slice(begin + LOOKAHEAD, last + LOOKAHEAD)
        answer = network.answer(Features(features.bands[late], features.bins[:, late]), control)
        yield synthesised(_applied(noisy, *answer, strength)[first - begin : last - begin])


def _features(padded: Samples, n_frames: int, control: JobControl) -> Features:
    normaliser = Normaliser()
    stretches = []
    for first in range(0, n_frames, BLOCK):
        control.checkpoint()
        last = min(first + BLOCK, n_frames)
        stretches.append(normaliser.features(analysed(padded[first * HOP : (last + 1) * HOP])))
    return Features(np.concatenate([s.bands for s in stretches]), np.concatenate([s.bins for s in stretches], axis=1))


def _applied(noisy: Spectrum, gains: Floats, filters: Floats, strength: Strength) -> Spectrum:
    """The network's answer on the spectrum, which is two frames longer than the answer."""
    n_frames = len(gains)
    filtered = deep_filtered(noisy, np.pad(filters, ((0, len(noisy) - n_frames), (0, 0), (0, 0))))[:n_frames]
    noisy = noisy[:n_frames]
    clean = band_gains(noisy, gains)
    clean[:, :DF_BINS] = filtered
    if strength.post_filter > 0:
        clean = post_filtered(clean, noisy, strength.post_filter)
    return clean + strength.floor * (noisy - clean)


def _of_length(samples: Samples, n_samples: int) -> Samples:
    """Resampling there and back may give a sample more or less."""
    return np.pad(samples[:n_samples], (0, max(0, n_samples - len(samples))))
