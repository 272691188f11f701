"""Reading `flow.pt` and `hift.pt` strictly: every name known, every name there, every shape right.

The files are plain dictionaries from name to tensor, read with `weights_only=True`, so that nothing in them is run.
Weight norm is folded here; modules see one weight.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from app.engine.errors import PartMissing
from app.engine.facts.decoder import DecoderFileFaulty, DoesNotFit, NoPlainTensors, NoTorchFile
from app.engine.facts.fact import Note
from app.engine.facts.files import TensorShape, TensorsMisshaped, TensorsMissing, TensorsUnknown
from app.engine.step_audio.decoder.config import EncoderConfig, EstimatorConfig, FlowConfig, VocoderConfig
from app.engine.step_audio.weights.layout import DECODER_CONFIG, FLOW, VOCODER

TIME_FREQUENCIES = 256  # width of the estimator's sinusoidal time embedding
GAIN, DIRECTION = "parametrizations.weight.original0", "parametrizations.weight.original1"
OLD_NAMES = {"weight_g": GAIN, "weight_v": DIRECTION}  # of torch's first weight norm

Shapes = dict[str, tuple[int, ...]]


class Params:
    """A part of a checkpoint: tensors by name below a prefix."""

    def __init__(self, tensors: Mapping[str, Tensor], prefix: str = "") -> None:
        self._tensors = tensors
        self._prefix = prefix

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[self._prefix + name]

    def get(self, name: str) -> Tensor | None:
        """The tensor, or None where this checkpoint has none."""
        return self._tensors.get(self._prefix + name)

    def below(self, name: str) -> Params:
        """The part whose names begin with `name` and a dot."""
        return Params(self._tensors, f"{self._prefix}{name}.")


def load_flow(folder: Path, config: FlowConfig, device: torch.device) -> Params:
    """The verified tensors of `flow.pt`. Raises PartMissing."""
    return _loaded(folder / FLOW, flow_shapes(config), device)


def load_vocoder(folder: Path, config: VocoderConfig, device: torch.device) -> Params:
    """The verified tensors of `hift.pt`, weight norm folded. Raises PartMissing."""
    return _loaded(folder / VOCODER, vocoder_shapes(config), device)


def _loaded(path: Path, shapes: Shapes, device: torch.device) -> Params:
    tensors = _modern_names(_read(path))
    _verify(tensors, shapes, path.name)
    return Params(_folded({name: tensor.to(device, torch.float32) for name, tensor in tensors.items()}))


def _read(path: Path) -> dict[str, Tensor]:
    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what torch raises depends on where a file is cut
        size = path.stat().st_size
        raise PartMissing(DecoderFileFaulty(path.name, NoTorchFile(size))) from error
    if not isinstance(tensors, dict) or not all(isinstance(value, Tensor) for value in tensors.values()):
        raise PartMissing(DecoderFileFaulty(path.name, NoPlainTensors()))
    return tensors


def _modern_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    def renamed(name: str) -> str:
        stem, _, last = name.rpartition(".")
        return f"{stem}.{OLD_NAMES[last]}" if last in OLD_NAMES else name

    return {renamed(str(name)): tensor for name, tensor in tensors.items()}


def _verify(tensors: Mapping[str, Tensor], shapes: Shapes, file: str) -> None:
    faults: list[Note] = []
    if absent := sorted(shapes.keys() - tensors.keys()):
        faults.append(TensorsMissing(tuple(absent)))
    if extra := sorted(tensors.keys() - shapes.keys()):
        faults.append(TensorsUnknown(tuple(extra)))
    wrong = [
        TensorShape(name, tuple(tensors[name].shape), shape)
        for name, shape in shapes.items()
        if name in tensors and tuple(tensors[name].shape) != shape
    ]
    if wrong:
        faults.append(TensorsMisshaped(tuple(wrong)))
    if faults:
        raise PartMissing(DecoderFileFaulty(file, DoesNotFit(DECODER_CONFIG, tuple(faults))))


def _folded(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weight norm multiplied out: `w = g v / |v|`, the norm over all axes but the first."""
    for name in [name for name in tensors if name.endswith(GAIN)]:
        stem = name.removesuffix(GAIN)
        gain, direction = tensors.pop(name), tensors.pop(stem + DIRECTION)
        norm = direction.flatten(1).norm(dim=1).view(gain.shape)
        tensors[f"{stem}weight"] = gain * direction / norm
    return tensors


def flow_shapes(config: FlowConfig) -> Shapes:
    """Every name of `flow.pt` with its shape."""
    n_mels, width = config.output_size, config.encoder.output_size
    shapes: Shapes = {"input_embedding.embedding.weight": (config.vocab_size, config.input_size // 2)}
    shapes |= _linear("spk_embed_affine_layer", n_mels, config.spk_embed_dim)
    shapes |= _linear("encoder_proj", n_mels, width)
    shapes |= _below("encoder", _encoder_shapes(config.encoder))
    return shapes | _below("decoder.estimator", _estimator_shapes(config.estimator))


def _encoder_shapes(config: EncoderConfig) -> Shapes:
    width, hidden, heads = config.output_size, config.linear_units, config.attention_heads
    block: Shapes = {}
    for name in ("linear_q", "linear_k", "linear_v", "linear_out"):
        block |= _linear(f"self_attn.{name}", width, width, bias=name != "linear_k" or config.key_bias)
    block |= _linear("self_attn.linear_pos", width, width, bias=False)
    block |= dict.fromkeys(("self_attn.pos_bias_u", "self_attn.pos_bias_v"), (heads, width // heads))
    block |= _linear("feed_forward.w_1", hidden, width) | _linear("feed_forward.w_2", width, hidden)
    block |= _norm("norm_mha", width) | _norm("norm_ff", width)
    shapes: Shapes = {}
    for embed in ("embed", "up_embed"):
        shapes |= _linear(f"{embed}.out.0", width, config.input_size) | _norm(f"{embed}.out.1", width)
    shapes |= _conv("pre_lookahead_layer.conv1", width, width, config.pre_lookahead_len + 1)
    shapes |= _conv("pre_lookahead_layer.conv2", width, width, 3)
    shapes |= _conv("up_layer.conv", width, width, 2 * config.up_stride + 1)
    for i in range(config.num_blocks):
        shapes |= _below(f"encoders.{i}", block)
    for i in range(config.num_up_blocks):
        shapes |= _below(f"up_encoders.{i}", block)
    return shapes | _norm("after_norm", width)


def _estimator_shapes(config: EstimatorConfig) -> Shapes:
    width, inner = config.hidden_size, config.num_heads * config.head_dim
    hidden = int(width * config.mlp_ratio)
    block: Shapes = {}
    for name in ("to_q", "to_k", "to_v"):
        block |= _linear(f"attn.{name}", inner, width)
    block |= _norm("attn.q_norm", config.head_dim) | _norm("attn.k_norm", config.head_dim)
    block |= _linear("attn.proj", width, inner)
    block |= _linear("mlp.fc1", hidden, width) | _linear("mlp.fc2", width, hidden)
    block |= _conv("conv.block.1", width, width, 3) | _norm("conv.block.3", width)
    block |= _conv("conv.block.6", width, width, 3) | _linear("adaLN_modulation.1", 9 * width, width)
    shapes = _linear("t_embedder.mlp.0", width, TIME_FREQUENCIES) | _linear("t_embedder.mlp.2", width, width)
    shapes |= _linear("in_proj", width, config.in_channels)
    for i in range(config.depth):
        shapes |= _below(f"blocks.{i}", block)
    shapes |= _linear("final_layer.adaLN_modulation.1", 2 * width, width)
    return shapes | _linear("final_layer.linear", config.out_channels, width)


def vocoder_shapes(config: VocoderConfig) -> Shapes:
    """Every name of `hift.pt` with its shape."""
    bins = config.istft_n_fft + 2
    shapes = _linear("m_source.l_linear", 1, config.n_tones)
    shapes |= _normed_conv("conv_pre", config.base_channels, config.in_channels, 7)
    below = config.columns_per_frame
    for i, (rate, kernel) in enumerate(zip(config.upsample_rates, config.upsample_kernel_sizes, strict=True)):
        above, channels = config.base_channels >> i, config.base_channels >> (i + 1)
        shapes |= _normed_conv(f"ups.{i}", above, channels, kernel) | {f"ups.{i}.bias": (channels,)}
        below //= rate
        shapes |= _conv(f"source_downs.{i}", channels, bins, 2 * below if below > 1 else 1)
        source_kernel, dilations = config.source_resblock_kernel_sizes[i], config.source_resblock_dilation_sizes[i]
        shapes |= _residual(f"source_resblocks.{i}", channels, source_kernel, len(dilations))
        n_kernels = len(config.resblock_kernel_sizes)
        for j, block_kernel in enumerate(config.resblock_kernel_sizes):
            n_dilations = len(config.resblock_dilation_sizes[j])
            shapes |= _residual(f"resblocks.{i * n_kernels + j}", channels, block_kernel, n_dilations)
    shapes |= _normed_conv("conv_post", bins, config.base_channels >> len(config.upsample_rates), 7)
    f0 = config.f0_predictor
    for i in range(5):
        shapes |= _normed_conv(
            f"f0_predictor.condnet.{2 * i}", f0.cond_channels, f0.cond_channels if i else f0.in_channels, 3
        )
    return shapes | _linear("f0_predictor.classifier", f0.num_class, f0.cond_channels)


def _residual(name: str, channels: int, kernel: int, n_dilations: int) -> Shapes:
    shapes: Shapes = {}
    for i in range(n_dilations):
        shapes |= _normed_conv(f"{name}.convs1.{i}", channels, channels, kernel)
        shapes |= _normed_conv(f"{name}.convs2.{i}", channels, channels, kernel)
        shapes |= {f"{name}.activations1.{i}.alpha": (channels,), f"{name}.activations2.{i}.alpha": (channels,)}
    return shapes


def _below(prefix: str, shapes: Shapes) -> Shapes:
    return {f"{prefix}.{name}": shape for name, shape in shapes.items()}


def _linear(name: str, n_out: int, n_in: int, *, bias: bool = True) -> Shapes:
    return {f"{name}.weight": (n_out, n_in)} | ({f"{name}.bias": (n_out,)} if bias else {})


def _norm(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _conv(name: str, n_out: int, n_in: int, kernel: int) -> Shapes:
    return {f"{name}.weight": (n_out, n_in, kernel), f"{name}.bias": (n_out,)}


def _normed_conv(name: str, first: int, second: int, kernel: int) -> Shapes:
    """A weight-normed convolution. Its bias has the first axis's size, or the second's if it is transposed."""
    return {f"{name}.{GAIN}": (first, 1, 1), f"{name}.{DIRECTION}": (first, second, kernel), f"{name}.bias": (first,)}
