"""The variants of the neural language model: the one table of their names, which settings, API and engine all read.

It imports nothing of the program, so that the command line and the API's schemas know the names at no cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Variant = Literal["base", "awq", "bnb"]  # as requests and --variant name them
Spelling = Literal["current", "first"]  # of sounds, as weights from 2026-01-29 on know them, or those of before
Quantization = Literal["none", "int4", "awq-4bit"]  # as --quantization names them, kept from the predecessor

DEFAULT_QUANTIZATION: Quantization = "none"  # the preferred of the variants that are there
EVERY_HUB_VARIANT = "all"  # of --variant: both that the hubs have


@dataclass(frozen=True, slots=True)
class ModelVariant:
    """`folder`: the repository, and its folder on disk; `quant_method`: what its config.json calls its weights."""

    folder: str
    quant_method: str | None
    quantization: Quantization
    is_on_hubs: bool


# The preferred first. tools/quantize_bnb.py makes the folder of `bnb`; without it `base` is quantised while loading.
MODEL_VARIANTS: Mapping[str, ModelVariant] = MappingProxyType(
    {
        "base": ModelVariant("Step-Audio-EditX", None, DEFAULT_QUANTIZATION, is_on_hubs=True),
        "awq": ModelVariant("Step-Audio-EditX-AWQ-4bit", "compressed-tensors", "awq-4bit", is_on_hubs=True),
        "bnb": ModelVariant("Step-Audio-EditX-bnb-4bit", "bitsandbytes", "int4", is_on_hubs=False),
    }
)


def variant_asked_for(quantization: Quantization) -> str | None:
    """The variant that `--quantization` makes the default; None leaves the choice to what is there."""
    if quantization == DEFAULT_QUANTIZATION:
        return None
    return next(name for name, variant in MODEL_VARIANTS.items() if variant.quantization == quantization)


def variant_of_method(quant_method: str | None) -> str | None:
    """The variant whose weights a config.json marks so; None for a method that no variant has."""
    return next((name for name, variant in MODEL_VARIANTS.items() if variant.quant_method == quant_method), None)
