"""HiFT's generator: mel and excitation to wave, through the inverse short-time Fourier transform.

Source: Kaneko et al., "iSTFTNet", 2022 (arXiv:2203.02395), with the neural source filter of `source.py`; snake
activations after Ziyin et al., 2020 (arXiv:2006.08195). F: mel frames, P: spectrum columns of a frame.

Inside, signals are images of height one with their channels last in memory, (1, C, 1, L): oneDNN convolves them 1.5
times as fast as (1, C, L), which it must rearrange for every layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from app.engine.step_audio.decoder.config import VocoderConfig
from app.engine.step_audio.decoder.layers import Checkpoint, unhindered
from app.engine.step_audio.decoder.params import Params

SNAKE_EPS = 1e-9
LAST_SLOPE = 0.01  # of the activation before the last convolution; not `lrelu_slope`
MAX_MAGNITUDE = 100.0
EDGE_KERNEL = 7  # of the first and the last convolution


@dataclass(frozen=True, slots=True)
class _Conv:
    weight: Tensor  # (out, in, 1, kernel), or (in, out, 1, kernel) of a transposed one; channels last
    bias: Tensor

    @classmethod
    def of(cls, params: Params, name: str) -> _Conv:
        return cls(_as_image(params[f"{name}.weight"]), params[f"{name}.bias"])

    @property
    def kernel(self) -> int:
        return self.weight.shape[3]

    def same(self, x: Tensor, dilation: int = 1) -> Tensor:
        """The convolution that keeps the length."""
        padding = (self.kernel - 1) * dilation // 2
        return F.conv2d(x, self.weight, self.bias, padding=(0, padding), dilation=(1, dilation))


class _Snake:
    """`x + sin^2(alpha x) / alpha` with an alpha for each channel."""

    def __init__(self, alpha: Tensor) -> None:
        self._alpha = alpha.view(1, -1, 1, 1)
        self._inverse = 1 / (self._alpha + SNAKE_EPS)

    def __call__(self, x: Tensor) -> Tensor:
        return torch.addcmul(x, (x * self._alpha).sin_().square_(), self._inverse)


class _ResidualBlock:
    """Pairs of convolutions, the first of each dilated, added to their input."""

    def __init__(self, params: Params, dilations: tuple[int, ...]) -> None:
        places = range(len(dilations))
        self._dilations = dilations
        self._firsts = [_Conv.of(params, f"convs1.{i}") for i in places]
        self._seconds = [_Conv.of(params, f"convs2.{i}") for i in places]
        self._first_snakes = [_Snake(params[f"activations1.{i}.alpha"]) for i in places]
        self._second_snakes = [_Snake(params[f"activations2.{i}.alpha"]) for i in places]

    def __call__(self, x: Tensor) -> Tensor:
        for i, dilation in enumerate(self._dilations):
            inner = self._firsts[i].same(self._first_snakes[i](x), dilation)
            x = x + self._seconds[i].same(self._second_snakes[i](inner))
        return x


class Generator:
    """See the module. Holds only weights: safe to call from several threads."""

    def __init__(self, params: Params, config: VocoderConfig) -> None:
        self._config = config
        n_stages, n_kernels = len(config.upsample_rates), len(config.resblock_kernel_sizes)
        self._first = _Conv.of(params, "conv_pre")
        self._ups = [_Conv.of(params, f"ups.{i}") for i in range(n_stages)]
        self._source_downs = [_Conv.of(params, f"source_downs.{i}") for i in range(n_stages)]
        self._source_blocks = [
            _ResidualBlock(params.below(f"source_resblocks.{i}"), dilations)
            for i, dilations in enumerate(config.source_resblock_dilation_sizes)
        ]
        self._blocks = [
            [
                _ResidualBlock(params.below(f"resblocks.{i * n_kernels + j}"), dilations)
                for j, dilations in enumerate(config.resblock_dilation_sizes)
            ]
            for i in range(n_stages)
        ]
        self._last = _Conv.of(params, "conv_post")
        weight = self._last.weight
        self._window = torch.hann_window(config.istft_n_fft, device=weight.device, dtype=weight.dtype)
        self._strides = [math.prod(config.upsample_rates[i + 1 :]) for i in range(n_stages)]

    @property
    def context(self) -> int:
        """Mel frames to each side on which a sample can depend: the sum over all layers, rounded up."""
        config = self._config
        frames = EDGE_KERNEL // 2 / 1.0
        per_frame = 1
        for i, (rate, kernel) in enumerate(zip(config.upsample_rates, config.upsample_kernel_sizes, strict=True)):
            frames += kernel / rate / per_frame
            per_frame *= rate
            reach = max(
                _reach(size, dilations)
                for size, dilations in zip(config.resblock_kernel_sizes, config.resblock_dilation_sizes, strict=True)
            )
            own = _reach(config.source_resblock_kernel_sizes[i], config.source_resblock_dilation_sizes[i])
            frames += (reach + own + 2) / per_frame
        spectrum = EDGE_KERNEL // 2 + config.istft_n_fft / config.istft_hop
        return math.ceil(frames + spectrum / per_frame)

    def spectrum(self, source: Tensor) -> Tensor:
        """The excitation (1, 1, N) as real rows over imaginary rows, (1, n_fft + 2, P F + 1)."""
        n_fft, hop = self._config.istft_n_fft, self._config.istft_hop
        complex_spectrum = torch.stft(
            source[:, 0], n_fft, hop, window=self._window, center=True, pad_mode="reflect", return_complex=True
        )
        return torch.cat((complex_spectrum.real, complex_spectrum.imag), dim=1)

    def columns(self, mel: Tensor, spectrum: Tensor, checkpoint: Checkpoint = unhindered) -> Tensor:
        """Mel (1, M, F) and the excitation's spectrum (1, n_fft + 2, P F + 1) to as many columns of the result."""
        x = self._first.same(_as_image(mel))
        spectrum = _as_image(spectrum)
        for i, (up, rate) in enumerate(zip(self._ups, self._config.upsample_rates, strict=True)):
            checkpoint()
            x = F.leaky_relu(x, self._config.lrelu_slope)
            x = F.conv_transpose2d(x, up.weight, up.bias, stride=(1, rate), padding=(0, (up.kernel - rate) // 2))
            if i == len(self._ups) - 1:
                x = torch.cat((x[..., 1:2], x), dim=3)  # reflects one sample
            x = x + self._source_blocks[i](self._source_at(i, spectrum))
            blocks = self._blocks[i]
            total = blocks[0](x)
            for block in blocks[1:]:
                checkpoint()
                total += block(x)
            x = total / len(blocks)
        return self._last.same(F.leaky_relu(x, LAST_SLOPE)).squeeze(2)

    def wave(self, columns: Tensor) -> Tensor:
        """Columns (1, n_fft + 2, P F + 1) to samples (1, N), not yet limited."""
        n_fft, hop = self._config.istft_n_fft, self._config.istft_hop
        logarithm, phase = columns.chunk(2, dim=1)
        magnitude, phase = logarithm.exp().clamp(max=MAX_MAGNITUDE), phase.sin()
        complex_spectrum = torch.complex(magnitude * phase.cos(), magnitude * phase.sin())
        return torch.istft(complex_spectrum, n_fft, hop, window=self._window, center=True)

    def limited(self, wave: Tensor) -> Tensor:
        """The wave cut at the model's limit."""
        return wave.clamp(-self._config.audio_limit, self._config.audio_limit)

    def _source_at(self, stage: int, spectrum: Tensor) -> Tensor:
        """The excitation's spectrum brought down to the rate of a stage."""
        down, stride = self._source_downs[stage], self._strides[stage]
        padding = stride // 2 if stride > 1 else 0
        return F.conv2d(spectrum, down.weight, down.bias, stride=(1, stride), padding=(0, padding))


def _as_image(x: Tensor) -> Tensor:
    """(a, b, L) as (a, b, 1, L) with its channels last in memory."""
    return x.unsqueeze(2).contiguous(memory_format=torch.channels_last)


def _reach(kernel: int, dilations: tuple[int, ...]) -> int:
    """Samples to each side that a residual block sees."""
    return (kernel - 1) // 2 * sum(dilation + 1 for dilation in dilations)
