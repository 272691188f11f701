"""The one table of variants, and that all who name variants read it."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from app.model_variants import MODEL_VARIANTS, Quantization, Variant, variant_asked_for
from app.settings import Settings


def test_the_names_that_are_taken_are_those_of_the_table():
    assert get_args(Variant) == tuple(MODEL_VARIANTS)
    assert set(get_args(Quantization)) == {variant.quantization for variant in MODEL_VARIANTS.values()}


@pytest.mark.parametrize("quantization", get_args(Quantization))
def test_every_quantization_on_offer_names_a_variant_or_leaves_the_choice(quantization: Quantization):
    assert Settings(quantization=quantization).quantization == quantization
    assert {"none": None, "int4": "bnb", "awq-4bit": "awq"}[quantization] == variant_asked_for(quantization)


def test_eight_bits_are_not_on_offer():
    with pytest.raises(ValidationError, match="'none', 'int4' or 'awq-4bit'"):
        Settings(quantization="int8")
