"""Make the AWQ folder of the language model: four-bit integer weights chosen by what flows through them (W4A16).

    python -m tools.quantize_awq models/Step-Audio-EditX models/Step-Audio-EditX-AWQ-4bit [--device cuda]

Every matrix of the layers becomes four-bit integers in groups of 128 inputs, after activation-aware scaling;
embeddings, norms and head stay in bfloat16. The files are those of compressed-tensors ("pack-quantized"), which other
programs read as well. Most of the time goes into the speech that the model makes to measure itself: use a GPU, as on a
CPU it takes hours. The decoder's folder is not copied: it is shared.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from app.engine.errors import EngineError
from app.engine.step_audio.language_model.loading import load_language_model
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.engine.step_audio.prompts.text_tokenizer import load_text_tokenizer
from app.wording.english import english
from tools.awq.calibration import inputs_of_layers, spoken_sequences
from tools.awq.int4 import Rounding, stored
from tools.awq.scaling import scale_layer
from tools.quantised_folder import folder_bytes, write_folder

N_TEXTS, MAX_NEW_TOKENS, N_SAMPLES, SEED = 26, 400, 512, 0


class BadGroups(Exception):
    """Groups of inputs that leave some over."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder with the plain weights")
    parser.add_argument("target", type=Path, help="folder to make")
    parser.add_argument("--device", default="cpu", help="where to compute")
    parser.add_argument("--group-size", type=int, default=128, help="inputs that share a scale")
    parser.add_argument("--asymmetric", action="store_true", help="a zero point for each group too (W4A16_ASYM)")
    parser.add_argument("--texts", type=int, default=N_TEXTS, help="texts that the model speaks and edits")
    parser.add_argument("--max-new-tokens", type=int, default=MAX_NEW_TOKENS, help="limit of each answer")
    asked = parser.parse_args()
    rounding = Rounding(asked.group_size, not asked.asymmetric)
    try:
        before, after = quantise(
            asked.source, asked.target, rounding, asked.device, n_texts=asked.texts, max_new_tokens=asked.max_new_tokens
        )
    except (EngineError, BadGroups, OSError) as error:
        told = english(error) if isinstance(error, EngineError) else error
        raise SystemExit(f"{asked.source} -> {asked.target}: {told}") from error
    print(f"{asked.target}: {folder_bytes(asked.target) / 1e9:.2f} GB from {folder_bytes(asked.source) / 1e9:.2f} GB")
    print(f"error of the layers' outputs: {after:.2%} of their power; {before:.2%} by rounding alone")


def quantise(
    source: Path,
    target: Path,
    rounding: Rounding,
    device: str = "cpu",
    *,
    n_texts: int = N_TEXTS,
    max_new_tokens: int = MAX_NEW_TOKENS,
) -> tuple[float, float]:
    """Make `target`. Returns the mean relative error of outputs by rounding alone, and with scaling.

    Raises EngineError, BadGroups, OSError (also when `target` exists).
    """
    if target.exists():
        raise FileExistsError("the target exists already")
    model = load_language_model(source, device=device, dtype=torch.bfloat16)
    _check_groups(model, rounding)
    tokenizer = load_text_tokenizer(source)
    sequences = list(spoken_sequences(model, tokenizer, n_texts, max_new_tokens, SEED))
    inputs = inputs_of_layers(model, sequences, N_SAMPLES, SEED)
    layers = range(model.config.num_hidden_layers)
    errors = torch.tensor([scale_layer(model, n, inputs, rounding) for n in layers])
    write_folder(target, source, _tensors(model, rounding), quantisation_config(rounding))
    before, after = errors.mean(0).tolist()
    return before, after


def quantisation_config(rounding: Rounding) -> dict[str, Any]:
    """What `config.json` says of the weights."""
    weights = {
        "num_bits": 4,
        "type": "int",
        "symmetric": rounding.is_symmetric,
        "strategy": "group",
        "group_size": rounding.group_size,
        "observer": "minmax",
        "dynamic": False,
    }
    group = {"targets": ["Linear"], "weights": weights, "input_activations": None, "output_activations": None}
    return {
        "quant_method": "compressed-tensors",
        "format": "pack-quantized",
        "quantization_status": "compressed",
        "config_groups": {"group_0": group},
        "ignore": ["lm_head"],
    }


def _check_groups(model: Step1ForCausalLM, rounding: Rounding) -> None:
    for width in (model.config.hidden_size, model.config.intermediate_size):
        if rounding.group_size < 1 or width % rounding.group_size:
            raise BadGroups(f"groups of {rounding.group_size} do not divide {width} inputs; see --group-size")


def _tensors(model: Step1ForCausalLM, rounding: Rounding) -> Iterator[tuple[str, Tensor]]:
    for name, tensor in model.state_dict().items():
        if name.startswith("model.layers.") and tensor.ndim == 2:
            parts = stored(tensor, rounding)
            yield from ((f"{name.removesuffix('.weight')}.{key}", part) for key, part in parts.items())
        else:
            yield name, tensor


if __name__ == "__main__":
    main()
