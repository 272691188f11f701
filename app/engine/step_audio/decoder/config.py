"""The decoder's hyperparameters, read from `cosyvoice.yaml` without importing anything the file names.

The file is HyperPyYAML: a mapping may carry a tag `!new:<dotted path>` of the class it configures. Only the last
component of the path counts, because packages differ between releases. Unknown keys at the top level and in
`flow.decoder` are allowed, as released files carry them; anywhere else they are an error, because an argument that
is not understood would change the sound silently.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import yaml

from app.engine.errors import PartMissing
from app.engine.facts.decoder import (
    Contradiction,
    DecoderFileFaulty,
    LacksKeys,
    LacksSection,
    NoMapping,
    NoNumber,
    OtherClass,
    UnknownKeys,
    WrongKind,
    YamlInvalid,
)
from app.engine.facts.fact import Note
from app.engine.facts.files import NotOfFormat, NotText
from app.engine.facts.tokenizer import OtherMake
from app.engine.step_audio.weights.layout import DECODER_CONFIG

logger = logging.getLogger(__name__)

SAME_SIZES = ("flow.vocab_size==flow.input_embedding.vocab_size", "flow.input_size==flow.input_embedding.input_size")

ACTIVATIONS = ("swish", "silu", "relu", "gelu", "tanh")

Config = TypeVar("Config")


@dataclass(frozen=True, slots=True)
class MelConfig:
    """The prompt's mel spectrogram; sizes in samples, rates and limits in Hz."""

    num_mels: int
    n_fft: int
    hop_size: int
    win_size: int
    sampling_rate: int
    fmin: float
    fmax: float


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """The conformer encoder with its doubling of the frame rate."""

    input_size: int
    output_size: int = 256
    pre_lookahead_len: int = 3
    num_blocks: int = 6
    num_up_blocks: int = 4
    up_stride: int = 2
    up_scale_factor: int = 2
    attention_heads: int = 4
    key_bias: bool = True
    linear_units: int = 2048
    activation_type: str = "swish"
    # Read to be checked: only these forms exist in released checkpoints.
    input_layer: str = "linear"
    pos_enc_layer_type: str = "rel_pos_espnet"
    selfattention_layer_type: str = "rel_selfattn"
    normalize_before: bool = True
    # Training only.
    dropout_rate: float = 0.0
    positional_dropout_rate: float = 0.0
    attention_dropout_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class EstimatorConfig:
    """The diffusion transformer that predicts the velocity of the flow."""

    in_channels: int
    out_channels: int
    mlp_ratio: float = 4.0
    depth: int = 28
    num_heads: int = 8
    head_dim: int = 64
    hidden_size: int = 256


@dataclass(frozen=True, slots=True)
class EmbeddingConfig:
    """The table of tokens; a frame's two tokens share its width."""

    vocab_size: int
    input_size: int


@dataclass(frozen=True, slots=True)
class FlowConfig:
    """Tokens to mel."""

    input_size: int
    output_size: int
    spk_embed_dim: int
    vocab_size: int
    encoder: EncoderConfig
    estimator: EstimatorConfig
    inference_cfg_rate: float = 0.7


@dataclass(frozen=True, slots=True)
class F0Config:
    """The fundamental frequency predictor of the vocoder."""

    num_class: int = 1
    in_channels: int = 80
    cond_channels: int = 512


@dataclass(frozen=True, slots=True)
class VocoderConfig:
    """HiFT: mel to wave. `hop` is the number of samples of a mel frame."""

    f0_predictor: F0Config
    in_channels: int = 80
    base_channels: int = 512
    nb_harmonics: int = 8
    sampling_rate: int = 22050
    nsf_alpha: float = 0.1
    nsf_sigma: float = 0.003
    nsf_voiced_threshold: float = 10.0
    upsample_rates: tuple[int, ...] = (8, 8)
    upsample_kernel_sizes: tuple[int, ...] = (16, 16)
    istft_n_fft: int = 16
    istft_hop: int = 4
    resblock_kernel_sizes: tuple[int, ...] = (3, 7, 11)
    resblock_dilation_sizes: tuple[tuple[int, ...], ...] = ((1, 3, 5),) * 3
    source_resblock_kernel_sizes: tuple[int, ...] = (7, 11)
    source_resblock_dilation_sizes: tuple[tuple[int, ...], ...] = ((1, 3, 5),) * 2
    lrelu_slope: float = 0.1
    audio_limit: float = 0.99

    @property
    def columns_per_frame(self) -> int:
        """Spectrum columns of one mel frame."""
        product = 1
        for rate in self.upsample_rates:
            product *= rate
        return product

    @property
    def hop(self) -> int:
        """Samples of one mel frame."""
        return self.columns_per_frame * self.istft_hop

    @property
    def n_tones(self) -> int:
        """The fundamental and its overtones."""
        return self.nb_harmonics + 1


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """Everything `cosyvoice.yaml` says."""

    mel: MelConfig
    flow: FlowConfig
    vocoder: VocoderConfig


def read_config(folder: Path) -> DecoderConfig:
    """The hyperparameters of a decoder folder. Raises PartMissing, which names the key at fault."""
    path = folder / DECODER_CONFIG
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _faulty(NotText()) from error
    return parsed_config(text)


def parsed_config(text: str) -> DecoderConfig:
    """The hyperparameters in the text of a `cosyvoice.yaml`. Raises PartMissing, which names the key."""
    try:
        root = yaml.load(text, _Loader)  # a SafeLoader: tags give mappings, never objects
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        raise _faulty(YamlInvalid(place.line + 1) if place else NotOfFormat("YAML")) from error
    if not isinstance(root, Mapping):
        raise _faulty(NoMapping())
    if extra := set(root) - {"mel_conf", "flow", "hift"}:
        logger.info("%s: unused keys %s", DECODER_CONFIG, ", ".join(sorted(map(str, extra))))
    config = DecoderConfig(
        mel=_made(MelConfig, _section(root, "mel_conf"), "mel_conf"),
        flow=_flow(_section(root, "flow", "CausalMaskedDiffWithXvec")),
        vocoder=_vocoder(_section(root, "hift", "HiFTGenerator")),
    )
    _check(config)
    return config


@dataclass(slots=True)
class _Tagged(Mapping[str, Any]):
    """A mapping with the class name of its `!new:` tag."""

    class_name: str
    values_by_key: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.values_by_key[key]

    def __iter__(self) -> Any:
        return iter(self.values_by_key)

    def __len__(self) -> int:
        return len(self.values_by_key)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML's safe loader, which also takes HyperPyYAML's tags as plain data."""


def _tagged(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _Tagged(suffix.rsplit(".", 1)[-1], loader.construct_mapping(node, deep=True))
    return _ignored(loader, suffix, node)


def _ignored(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("!new:", _tagged)
for _prefix in ("!apply:", "!name:", "!ref"):
    _Loader.add_multi_constructor(_prefix, _ignored)


def _faulty(fault: Note) -> PartMissing:
    return PartMissing(DecoderFileFaulty(DECODER_CONFIG, fault))


def _section(parent: Mapping[str, Any], key: str, class_name: str = "", *, path: str = "") -> Mapping[str, Any]:
    name = f"{path}.{key}" if path else key
    section = parent.get(key)
    if not isinstance(section, Mapping):
        raise _faulty(LacksSection(name))
    found = section.class_name if isinstance(section, _Tagged) else ""
    if class_name and found and found != class_name:
        raise _faulty(OtherClass(name, found, class_name))
    return section


def _flow(section: Mapping[str, Any]) -> FlowConfig:
    embedding = _section(section, "input_embedding", "DualCodebookEmbedding", path="flow")
    encoder = _section(section, "encoder", "UpsampleConformerEncoderV2", path="flow")
    solver = _section(section, "decoder", "CausalConditionalCFM", path="flow")
    estimator = _section(solver, "estimator", "DiT", path="flow.decoder")
    if extra := set(solver) - {"estimator", "inference_cfg_rate"}:
        logger.info("%s: unused keys in flow.decoder: %s", DECODER_CONFIG, ", ".join(sorted(map(str, extra))))
    own = {key: value for key, value in section.items() if key not in ("input_embedding", "encoder", "decoder")}
    if (output := own.pop("output_type", "mel")) != "mel":
        raise _faulty(OtherMake("flow.output_type", str(output), "mel"))
    if "inference_cfg_rate" in solver:
        own["inference_cfg_rate"] = solver["inference_cfg_rate"]
    config = _made(
        FlowConfig,
        own,
        "flow",
        encoder=_made(EncoderConfig, encoder, "flow.encoder"),
        estimator=_made(EstimatorConfig, estimator, "flow.decoder.estimator"),
    )
    if _made(EmbeddingConfig, embedding, "flow.input_embedding") != EmbeddingConfig(
        config.vocab_size, config.input_size
    ):
        raise _faulty(Contradiction(SAME_SIZES))
    return config


def _vocoder(section: Mapping[str, Any]) -> VocoderConfig:
    own = {key: value for key, value in section.items() if key not in ("f0_predictor", "istft_params")}
    istft = section.get("istft_params", {})
    if not isinstance(istft, Mapping):
        raise _faulty(WrongKind("hift.istft_params", repr(istft)))
    if extra := set(istft) - {"n_fft", "hop_len"}:
        raise _faulty(UnknownKeys("hift.istft_params", tuple(map(str, extra))))
    own |= {{"n_fft": "istft_n_fft", "hop_len": "istft_hop"}[key]: value for key, value in istft.items()}
    f0 = _section(section, "f0_predictor", "ConvRNNF0Predictor", path="hift")
    return _made(VocoderConfig, own, "hift", f0_predictor=_made(F0Config, f0, "hift.f0_predictor"))


def _made(kind: type[Config], values: Mapping[str, Any], path: str, **parts: Any) -> Config:
    """A config of `values`, each of the declared type. Raises PartMissing, which names what is at fault."""
    fields = {f.name: f for f in dataclasses.fields(kind) if f.name not in parts}  # type: ignore[arg-type]
    if extra := sorted(str(key) for key in values if key not in fields):
        raise _faulty(UnknownKeys(path, tuple(extra)))
    required = (n for n, f in fields.items() if f.default is f.default_factory is dataclasses.MISSING)
    if absent := sorted(name for name in required if name not in values):
        raise _faulty(LacksKeys(path, tuple(absent)))
    hints = get_type_hints(kind)
    checked = {key: _typed(value, hints[key], f"{path}.{key}") for key, value in values.items()}
    return kind(**checked, **parts)


def _typed(value: Any, hint: Any, path: str) -> Any:
    kind = str(hint)
    if kind.startswith("tuple[") and isinstance(value, list):
        inner = tuple[int, ...] if kind.count("tuple[") == 2 else int
        return tuple(_typed(item, inner, path) for item in value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if hint is float and is_number:
        return float(value)
    if hint is float and isinstance(value, str):  # YAML 1.1 reads 1e-06 as text
        try:
            return float(value)
        except ValueError:
            raise _faulty(NoNumber(path, repr(value))) from None
    if hint is int and is_number and float(value).is_integer() and value >= 0:
        return int(value)
    if hint in (str, bool) and isinstance(value, hint):
        return value
    raise _faulty(WrongKind(path, repr(value)))


def _check(config: DecoderConfig) -> None:
    """What the parts demand of each other. Raises PartMissing."""
    flow, encoder, estimator, vocoder = config.flow, config.flow.encoder, config.flow.estimator, config.vocoder
    n_mels = flow.output_size
    rules = {
        "flow.encoder.input_layer==linear": encoder.input_layer == "linear",
        "flow.encoder.pos_enc_layer_type==rel_pos_espnet": encoder.pos_enc_layer_type == "rel_pos_espnet",
        "flow.encoder.selfattention_layer_type==rel_selfattn": encoder.selfattention_layer_type == "rel_selfattn",
        "flow.encoder.normalize_before": encoder.normalize_before,
        f"flow.encoder.activation_type=={'|'.join(ACTIVATIONS)}": encoder.activation_type in ACTIVATIONS,
        "flow.input_size==flow.encoder.input_size==flow.encoder.output_size": (
            flow.input_size == encoder.input_size == encoder.output_size
        ),
        "flow.input_size%2==0": flow.input_size % 2 == 0,
        "flow.encoder.output_size%attention_heads==0": (
            encoder.attention_heads > 0 and encoder.output_size % encoder.attention_heads == 0
        ),
        "flow.decoder.estimator.in_channels==4*flow.output_size": (estimator.in_channels == 4 * n_mels),
        "flow.decoder.estimator.out_channels==mel_conf.num_mels==hift.in_channels==flow.output_size": (
            estimator.out_channels == config.mel.num_mels == vocoder.in_channels == n_mels
        ),
        "hift.f0_predictor.in_channels==hift.in_channels": (vocoder.f0_predictor.in_channels == vocoder.in_channels),
        "hift.f0_predictor.num_class==1": vocoder.f0_predictor.num_class == 1,
        "hift.sampling_rate==mel_conf.sampling_rate": vocoder.sampling_rate == config.mel.sampling_rate,
        "prod(hift.upsample_rates)*hift.istft_params.hop_len==mel_conf.hop_size": (vocoder.hop == config.mel.hop_size),
        "(hift.upsample_kernel_sizes[i]-hift.upsample_rates[i])%2==0": all(
            kernel >= rate and (kernel - rate) % 2 == 0
            for rate, kernel in zip(vocoder.upsample_rates, vocoder.upsample_kernel_sizes, strict=False)
        ),
        "len(hift.upsample_rates)==len(hift.upsample_kernel_sizes)==len(hift.source_resblock_kernel_sizes)": (
            len(vocoder.upsample_rates)
            == len(vocoder.upsample_kernel_sizes)
            == len(vocoder.source_resblock_kernel_sizes)
            == len(vocoder.source_resblock_dilation_sizes)
            and len(vocoder.resblock_kernel_sizes) == len(vocoder.resblock_dilation_sizes)
        ),
    }
    if broken := [rule for rule, holds in rules.items() if not holds]:
        raise _faulty(Contradiction(tuple(broken)))
