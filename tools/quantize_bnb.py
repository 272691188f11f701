"""Make the NF4 folder of the language model: a quarter of the size, loaded without the work of quantising.

    python -m tools.quantize_bnb models/Step-Audio-EditX models/Step-Audio-EditX-bnb-4bit [--device cuda]

Every matrix of the layers becomes NF4 with double quantisation; embeddings, norms and head stay as they are. The files
are those that transformers writes for bitsandbytes. The decoder's folder is not copied: it is shared.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from app.engine.errors import EngineError
from app.engine.step_audio.language_model import nf4_linear
from app.engine.step_audio.language_model.loading import load_language_model
from app.engine.step_audio.language_model.nf4_linear import Nf4Linear
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.wording.english import english
from tools.quantised_folder import folder_bytes, write_folder

QUANTISATION = {
    "quant_method": "bitsandbytes",
    "load_in_4bit": True,
    "load_in_8bit": False,
    "bnb_4bit_quant_type": "nf4",
    "bnb_4bit_use_double_quant": True,
    "bnb_4bit_compute_dtype": "bfloat16",
    "bnb_4bit_quant_storage": "uint8",
    "llm_int8_skip_modules": ["lm_head"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder with the plain weights")
    parser.add_argument("target", type=Path, help="folder to make")
    parser.add_argument("--device", default="cpu", help="where to compute")
    asked = parser.parse_args()
    try:
        quantise(asked.source, asked.target, asked.device)
    except (EngineError, OSError) as error:
        told = english(error) if isinstance(error, EngineError) else error
        raise SystemExit(f"{asked.source} -> {asked.target}: {told}") from error
    print(f"{asked.target}: {folder_bytes(asked.target) / 1e9:.2f} GB from {folder_bytes(asked.source) / 1e9:.2f} GB")


def quantise(source: Path, target: Path, device: str = "cpu") -> None:
    """Make `target`. Raises EngineError, OSError (also when `target` exists)."""
    if target.exists():
        raise FileExistsError("the target exists already")
    nf4_linear.check_device(torch.device(device))
    model = load_language_model(source, device=device, dtype=torch.bfloat16)
    write_folder(target, source, _tensors(model), QUANTISATION)


def _tensors(model: Step1ForCausalLM) -> Iterator[tuple[str, Tensor]]:
    for name, tensor in model.state_dict().items():
        if name.startswith("model.layers.") and tensor.ndim == 2:
            parts = Nf4Linear.quantised(tensor).tensors()
            yield from ((f"{name.removesuffix('.weight')}.{key}", part) for key, part in parts.items())
        else:
            yield name, tensor


if __name__ == "__main__":
    main()
