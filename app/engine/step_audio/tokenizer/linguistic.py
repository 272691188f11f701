"""vq02, the linguistic codes: the nearest of 1024 centroids to each frame of the Paraformer's encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from app.engine.facts.files import FormatRefused, NotOfFormat
from app.engine.facts.tokenizer import ArrayShape, NotFloats, ShiftsAndScales
from app.engine.sound.audio import Samples
from app.engine.step_audio.codes import N_VQ02
from app.engine.step_audio.tokenizer.encoder import SinglePassEncoder
from app.engine.step_audio.tokenizer.features import FrontEnd, read_cmvn
from app.engine.step_audio.tokenizer.files import TokenizerFiles, unusable
from app.engine.step_audio.tokenizer.paraformer import ParaformerConfig, load_encoder


class LinguisticTokenizer:
    """Samples to vq02 codes. Only read after construction: safe from any thread."""

    def __init__(self, front_end: FrontEnd, encoder: SinglePassEncoder, centroids: Tensor) -> None:
        """`centroids` `[n <= 1024, width of the encoder]`."""
        self._front_end = front_end
        self._encoder = encoder
        self._centroids = centroids.T.contiguous()
        self._half_norms = centroids.square().sum(dim=1) / 2

    @classmethod
    def from_files(cls, files: TokenizerFiles, device: str, dither: float) -> LinguisticTokenizer:
        """Raises PartMissing, which names the file that cannot be used and why."""
        config = ParaformerConfig.read(files.config)
        encoder = SinglePassEncoder(load_encoder(config, files, device))
        shift, scale = _read_cmvn(files.cmvn, config.n_features)
        front_end = FrontEnd(config.n_mels, shift, scale, dither)
        return cls(front_end, encoder, _read_centroids(files.centroids, encoder.width))

    def codes(self, clips: Sequence[Samples], checkpoint: Callable[[], None] | None = None) -> list[list[int]]:
        """The codes of preprocessed 16 kHz clips, 16.7 a second of each; all clips in one pass.

        `checkpoint` is called several times a second and may raise to give up.
        """
        features = [self._front_end.features(torch.from_numpy(np.ascontiguousarray(clip))) for clip in clips]
        return [self._nearest(encoded) for encoded in self._encoder.encode(features, checkpoint)]

    def _nearest(self, encoded: Tensor) -> list[int]:
        """Index of the centroid nearest to each frame; the distance without what all centroids have in common."""
        return (encoded @ self._centroids - self._half_norms).argmax(dim=1).tolist()


def _read_centroids(path: Path, width: int) -> Tensor:
    try:
        centroids = np.load(path, allow_pickle=False)
    except (ValueError, EOFError):
        raise unusable(path, NotOfFormat("numpy")) from None
    if centroids.ndim != 2 or centroids.shape[1] != width or not 0 < len(centroids) <= N_VQ02:
        raise unusable(path, ArrayShape("centroids", centroids.shape, (N_VQ02, width)))
    if centroids.dtype.kind != "f" or not np.isfinite(centroids).all():
        raise unusable(path, NotFloats())
    return torch.from_numpy(centroids.astype(np.float32))


def _read_cmvn(path: Path, n_features: int) -> tuple[Tensor, Tensor]:
    try:
        shift, scale = read_cmvn(path)
    except ValueError as fault:
        raise unusable(path, FormatRefused("Kaldi", str(fault))) from None
    if len(shift) != n_features or len(scale) != n_features:
        raise unusable(path, ShiftsAndScales(len(shift), len(scale), n_features))
    return shift, scale
