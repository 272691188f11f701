"""Loads the encoder of the streaming Paraformer through the stock `funasr` package, and nothing else of it.

Of the checkpoint only `encoder.*` is read. FunASR's `AutoModel` is not used: it would build the recogniser's other
half, look for updates, and set the process's random seeds, thread count and logging.
"""

from __future__ import annotations

import importlib
import importlib.util
import pickle
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor, nn

from app.engine.facts.files import FormatRefused, NotOfFormat
from app.engine.facts.tokenizer import (
    ArrayShape,
    LacksSections,
    LacksTensor,
    NotPositive,
    NoWeightsNamed,
    OtherMake,
    SectionRefused,
    UnknownTensor,
)
from app.engine.step_audio.tokenizer.features import STACKED, STRIDE
from app.engine.step_audio.tokenizer.files import TokenizerFiles, complaint, unusable
from app.engine.step_audio.tokenizer.preprocessing import SAMPLE_RATE

_ENCODER = "SANMEncoderChunkOpt"
_PREFIX = "encoder."
# What `SinglePassEncoder` and `FrontEnd` do is right only for a model of this make; its other sizes may be any.
# "upsacle" is FunASR's own spelling. A setting that is absent has this value, but for the last two.
_ENCODER_MAKE = {
    "input_layer": "pe_online",
    "selfattention_layer_type": "sanm",
    "positionwise_layer_type": "linear",
    "normalize_before": True,
    "concat_after": False,
}
_FRONTEND_MAKE = {
    "fs": SAMPLE_RATE,
    "window": "hamming",
    "frame_length": 25,
    "frame_shift": 10,
    "snip_edges": True,
    "upsacle_samples": True,
}
_STACKING = {"lfr_m": STACKED, "lfr_n": STRIDE}

_importing = threading.Lock()


@dataclass(frozen=True, slots=True)
class ParaformerConfig:
    """What a Paraformer's `config.yaml` says of its front end and encoder."""

    n_mels: int
    encoder: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> ParaformerConfig:
        """Raises PartMissing for a file that is none, or describes a model of another make."""
        try:
            config = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (ValueError, yaml.YAMLError):
            raise unusable(path, NotOfFormat("YAML")) from None
        sections = config if isinstance(config, dict) else {}
        encoder, frontend = sections.get("encoder_conf"), sections.get("frontend_conf")
        if not isinstance(encoder, dict) or not isinstance(frontend, dict):
            raise unusable(path, LacksSections(("encoder_conf", "frontend_conf")))
        _check_make(path, sections, {"encoder": _ENCODER})
        _check_make(path, {**_ENCODER_MAKE, **encoder}, _ENCODER_MAKE)
        _check_make(path, {**_FRONTEND_MAKE, **frontend}, _FRONTEND_MAKE | _STACKING)
        n_mels = frontend.get("n_mels", 80)
        if type(n_mels) is not int or n_mels < 1:
            raise unusable(path, NotPositive("n_mels", str(n_mels)))
        return cls(n_mels, encoder)

    @property
    def n_features(self) -> int:
        """Numbers in one feature frame."""
        return self.n_mels * STACKED


def load_encoder(config: ParaformerConfig, files: TokenizerFiles, device: str) -> nn.Module:
    """The stock encoder with the weights of `model.pt` in float32, ready for inference. Raises PartMissing."""
    encoder_class = stock_encoder_class()
    try:
        with torch.device("meta"):  # neither memory nor random numbers for weights that are replaced at once
            encoder = encoder_class(input_size=config.n_features, **config.encoder)
    except (TypeError, ValueError, AssertionError) as fault:
        refusal = SectionRefused("encoder_conf", complaint(fault, files.config))
        raise unusable(files.config, refusal) from None
    weights = _encoder_weights(files.checkpoint)
    _check_shapes(files.checkpoint, weights, encoder.state_dict())
    # Copied, because what torch maps from the file would break if the file were replaced under a running service.
    encoder.load_state_dict({name: w.to(device, torch.float32, copy=True) for name, w in weights.items()}, assign=True)
    return encoder.eval().requires_grad_(False)


def _check_make(path: Path, section: Mapping[str, Any], make: Mapping[str, Any]) -> None:
    for name, value in make.items():
        if section.get(name) != value:
            raise unusable(path, OtherMake(name, str(section.get(name)), str(value)))


def _encoder_weights(checkpoint: Path) -> dict[str, Tensor]:
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True, mmap=True)
    except (pickle.UnpicklingError, RuntimeError, ValueError, EOFError) as fault:
        raise unusable(checkpoint, FormatRefused("torch", complaint(fault, checkpoint))) from None
    state = state.get("state_dict", state) if isinstance(state, dict) else None
    named = state.items() if isinstance(state, dict) else ()
    weights = {
        str(name).removeprefix(_PREFIX): weight
        for name, weight in named
        if str(name).startswith(_PREFIX) and isinstance(weight, Tensor)
    }
    if not weights:
        raise unusable(checkpoint, NoWeightsNamed(_PREFIX))
    return weights


def _check_shapes(checkpoint: Path, weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    for name in sorted(wanted.keys() | weights.keys()):
        if name not in weights:
            raise unusable(checkpoint, LacksTensor(_PREFIX + name))
        if name not in wanted:
            raise unusable(checkpoint, UnknownTensor(_PREFIX + name))
        got, want = tuple(weights[name].shape), tuple(wanted[name].shape)
        if got != want:
            raise unusable(checkpoint, ArrayShape(_PREFIX + name, got, want))


def stock_encoder_class() -> type[nn.Module]:
    """FunASR's encoder class.

    `import funasr` imports every module of the package, which takes ten seconds and 400 MB (1.4.16). A bare module with
    the package's path in its place lets Python find the one module that is needed; a later `import funasr` is whole.
    """
    module_name = "funasr.models.scama.encoder"
    with _importing:
        if "funasr" in sys.modules:
            module = importlib.import_module(module_name)
        else:
            spec = importlib.util.find_spec("funasr")
            if spec is None:
                raise ModuleNotFoundError("No module named 'funasr'", name="funasr")
            sys.modules["funasr"] = importlib.util.module_from_spec(spec)
            try:
                module = importlib.import_module(module_name)
            finally:
                del sys.modules["funasr"]
    encoder_class: type[nn.Module] = getattr(module, _ENCODER)
    return encoder_class
