"""What the `quantization_config` of a model folder says, as far as this program can run it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.errors import Unavailable
from app.engine.facts.language_model import GroupCount, MethodUnsupported, NotFourBits, OtherFourBits, SchemeUnsupported
from app.model_variants import MODEL_VARIANTS, variant_of_method


@dataclass(frozen=True, slots=True)
class Int4Scheme:
    """Four-bit weights of compressed-tensors. `group_size` inputs share a scale; None: all inputs of an output."""

    group_size: int | None
    is_symmetric: bool


def stored_variant(config: Mapping[str, Any]) -> str:
    """Which variant a model folder is, by its config: "base", "bnb" or "awq". Raises Unavailable for others."""
    quantisation = config.get("quantization_config")
    if not quantisation:
        return "base"
    method = quantisation.get("quant_method")
    variant = variant_of_method(method)
    if method is None or variant is None:
        known = tuple(known.quant_method for known in MODEL_VARIANTS.values() if known.quant_method)
        raise Unavailable(MethodUnsupported(str(method), known))
    if variant == "bnb":
        _check_nf4(quantisation)
    return variant


def int4_scheme(config: Mapping[str, Any]) -> Int4Scheme:
    """The scheme of an "awq" folder. Raises Unavailable for any other than four-bit integer weights."""
    quantisation = config["quantization_config"]
    groups = list((quantisation.get("config_groups") or {}).values())
    if len(groups) != 1:
        raise Unavailable(GroupCount(len(groups)))
    (group,) = groups
    weights = group.get("weights") or {}
    found = {
        "format": group.get("format") or quantisation.get("format"),
        "num_bits": weights.get("num_bits"),
        "type": weights.get("type", "int"),
        "strategy": weights.get("strategy"),
        "actorder": weights.get("actorder") or None,
        "input_activations": group.get("input_activations") or None,
        "transform_config": quantisation.get("transform_config") or None,
    }
    wanted: dict[str, tuple[Any, ...]] = {
        "format": ("pack-quantized",),
        "num_bits": (4,),
        "type": ("int",),
        "strategy": ("group", "channel"),
        "actorder": (None, "static", "weight"),  # these keep the inputs in their order
        "input_activations": (None,),
        "transform_config": (None,),
    }
    for name, supported in wanted.items():
        if found[name] not in supported:
            raise Unavailable(SchemeUnsupported(name, repr(found[name]), tuple(map(repr, supported))))
    group_size = weights.get("group_size") if found["strategy"] == "group" else None
    return Int4Scheme(group_size, bool(weights.get("symmetric", True)))


def _check_nf4(quantisation: Mapping[str, Any]) -> None:
    if not (quantisation.get("load_in_4bit") or quantisation.get("_load_in_4bit")):
        raise Unavailable(NotFourBits())
    kind, storage = quantisation.get("bnb_4bit_quant_type"), quantisation.get("bnb_4bit_quant_storage", "uint8")
    if kind != "nf4" or storage != "uint8":
        raise Unavailable(OtherFourBits(str(kind), str(storage)))
