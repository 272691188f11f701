"""Loading of the language model, in each of its variants.

Our own reader instead of transformers' `from_pretrained`: that one changes torch's global default type while it loads,
needs one more package for quantised weights, and fills a missing tensor with random numbers under a warning. Here every
name and shape is checked against the model before anything is read.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from huggingface_hub.errors import StrictDataclassError
from torch import Tensor, nn

from app.engine.errors import PartMissing, Unavailable, VariantMissing
from app.engine.facts.files import TensorShape
from app.engine.facts.language_model import (
    ConfigRefused,
    ModelLacks,
    ModelLacksNot,
    ModelMisshaped,
    NotQuantised,
    OtherModelType,
    OtherVariant,
    PackedShape,
)
from app.engine.facts.reasons import NoSuchVariant
from app.engine.step_audio.device import usable
from app.engine.step_audio.language_model import int4_linear, nf4_linear
from app.engine.step_audio.language_model.int4_linear import Int4Linear
from app.engine.step_audio.language_model.nf4_linear import Nf4Linear
from app.engine.step_audio.language_model.quantisation import Int4Scheme, int4_scheme, stored_variant
from app.engine.step_audio.language_model.safetensors_folder import SafetensorsFolder
from app.engine.step_audio.language_model.step1_config import Step1Config
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.engine.step_audio.weights.head import HEAD
from app.model_variants import MODEL_VARIANTS

Shapes = Mapping[str, tuple[int, ...] | None]  # None: any shape


def load_language_model(
    path: str | Path,
    variant: str = "base",
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    *,
    on_progress: Callable[[float], None] | None = None,
) -> Step1ForCausalLM:
    """The model of a folder, ready to compute on `device`; only safetensors are read and no code of the folder is run.

    `variant`: "base" for plain weights; "bnb" for NF4, from a folder so quantised or quantised from plain weights while
    loading; "awq" for a W4A16 folder of compressed-tensors. `dtype` None is float32 on the CPU, else bfloat16.
    `on_progress` gets the share loaded, 0 to 1. Raises InvalidRequest for an unknown variant, PartMissing for a folder
    that is not whole or does not fit, Unavailable for what this machine or program cannot run.
    """
    device = usable(device)
    dtype = dtype or default_dtype(device)
    with SafetensorsFolder(Path(path)) as folder:
        _check_variant(folder, variant)
        if variant == "bnb":
            nf4_linear.check_device(device)
        config = config_of(folder)
        with torch.device("meta"):
            model = Step1ForCausalLM(config)
        _Loader(folder, model, variant, device, dtype).load(on_progress)
    model.eval()  # type: ignore[no-untyped-call]
    return model


def default_dtype(device: torch.device) -> torch.dtype:
    """The type that language models compute in where none is asked for: bfloat16 is slow on most CPUs."""
    return torch.float32 if device.type == "cpu" else torch.bfloat16


class _Loader:
    """Fills one model, which lies on the meta device, tensor by tensor."""

    def __init__(
        self, folder: SafetensorsFolder, model: Step1ForCausalLM, variant: str, device: torch.device, dtype: torch.dtype
    ) -> None:
        self._folder = folder
        self._model = model
        self._quantises = variant == "bnb" and stored_variant(folder.config) == "base"
        self._int4: Int4Scheme | None = int4_scheme(folder.config) if variant == "awq" else None
        self._device = device
        self._dtype = dtype
        self._linears = {
            f"model.layers.{name}": module
            for name, module in model.model.layers.named_modules()
            if isinstance(module, nn.Linear)
        }

    def load(self, on_progress: Callable[[float], None] | None) -> None:
        """Check everything, then read everything."""
        owners = {name: self._shapes_of(name, linear) for name, linear in self._linears.items()}
        plain = self._plain_shapes()
        self._check({name: shape for shapes in (plain, *owners.values()) for name, shape in shapes.items()})
        steps = itertools.count(1)

        def tell() -> None:
            if on_progress is not None:
                on_progress(next(steps) / (len(plain) + len(owners)))

        for name in plain:
            module_name, _, parameter = name.rpartition(".")
            weight = self._read(name).to(self._dtype)
            setattr(self._model.get_submodule(module_name), parameter, nn.Parameter(weight, requires_grad=False))
            tell()
        for name, shapes in owners.items():
            self._model.set_submodule(name, self._linear(name, shapes))
            tell()
        if HEAD not in plain:
            self._model.lm_head.weight = self._model.model.embed_tokens.weight

    def _plain_shapes(self) -> Shapes:
        """Everything but the layers' matrices: embeddings, norms, head."""
        quantisable = {f"{name}.weight" for name in self._linears}
        shapes = {
            name: tuple(tensor.shape) for name, tensor in self._model.state_dict().items() if name not in quantisable
        }
        # A head in the file always counts: taking the embeddings in its place gives noise. Only where there is none,
        # and the config says that the two are one, they are.
        if HEAD not in self._folder.shapes and self._model.config.tie_word_embeddings:
            del shapes[HEAD]
        self._model.config.tie_word_embeddings = HEAD not in shapes
        return shapes

    def _shapes_of(self, name: str, linear: nn.Linear) -> Shapes:
        """What the folder must hold of a matrix. One that was left out of quantisation lies there as it is."""
        n_out, n_in = linear.weight.shape
        stored = self._folder.shapes
        shapes: dict[str, tuple[int, ...] | None] = {"weight": (n_out, n_in)}
        if self._int4 is not None and f"{name}.weight" not in stored:
            group_size, is_symmetric = self._int4.group_size, self._int4.is_symmetric
            shapes = dict(int4_linear.stored_shapes(n_out, n_in, group_size, is_symmetric=is_symmetric))
        elif f"{name}.weight.absmax" in stored:
            parts = [part for part in nf4_linear.PARTS if f"{name}.weight.{part}" in stored]
            shapes = {"weight": nf4_linear.packed_shape(n_out, n_in), **{f"weight.{part}": None for part in parts}}
        return {f"{name}.{key}": shape for key, shape in shapes.items()}

    def _linear(self, name: str, shapes: Shapes) -> nn.Module:
        n_out, n_in = self._linears[name].weight.shape
        tensors = {key.removeprefix(f"{name}."): self._read(key) for key in shapes}
        if "weight_packed" in tensors and self._int4 is not None:
            if tensors["weight_shape"].tolist() != [n_out, n_in]:
                raise PartMissing(PackedShape(self._folder.name, f"{name}.weight_shape", (n_out, n_in)))
            return Int4Linear(
                tensors["weight_packed"],
                tensors["weight_scale"].to(self._dtype),
                tensors.get("weight_zero_point"),
                n_in,
                self._int4.group_size or n_in,
            )
        if "weight.absmax" in tensors:
            return Nf4Linear.stored(tensors, (n_out, n_in))
        weight = tensors["weight"].to(self._dtype)
        if self._quantises:
            return Nf4Linear.quantised(weight)
        linear = nn.Linear(n_in, n_out, bias=False, device="meta")
        linear.weight = nn.Parameter(weight, requires_grad=False)
        return linear

    def _read(self, name: str) -> Tensor:
        return self._folder.tensor(name, self._device)

    def _check(self, expected: Shapes) -> None:
        stored, folder = self._folder.shapes, self._folder.name
        if missing := sorted(expected.keys() - stored.keys()):
            raise PartMissing(ModelLacks(folder, tuple(missing)))
        if unknown := sorted(stored.keys() - expected.keys()):
            raise PartMissing(ModelLacksNot(folder, tuple(unknown)))
        wrong = [
            TensorShape(name, stored[name], shape)
            for name, shape in expected.items()
            if shape is not None and stored[name] != shape
        ]
        if wrong:
            raise PartMissing(ModelMisshaped(folder, tuple(wrong)))


def _check_variant(folder: SafetensorsFolder, variant: str) -> None:
    if variant not in MODEL_VARIANTS:
        raise VariantMissing(variant, NoSuchVariant(), tuple(MODEL_VARIANTS))
    stored = stored_variant(folder.config)
    if stored == variant or (variant == "bnb" and stored == "base"):
        return
    if variant == "awq" and stored == "base":
        raise Unavailable(NotQuantised(folder.name))
    raise Unavailable(OtherVariant(folder.name, stored, variant))


def config_of(folder: SafetensorsFolder) -> Step1Config:
    """The sizes. Raises PartMissing. What else the file says, such as where remote code lies, is not passed on."""
    kind = folder.config.get("model_type")
    if kind != Step1Config.model_type:
        raise PartMissing(OtherModelType(f"{folder.name}/config.json", str(kind), Step1Config.model_type))
    known = set(Step1Config.__annotations__)
    try:
        return Step1Config(**{key: value for key, value in folder.config.items() if key in known})
    except (StrictDataclassError, ZeroDivisionError) as error:
        raise PartMissing(ConfigRefused(f"{folder.name}/config.json", str(error))) from error
