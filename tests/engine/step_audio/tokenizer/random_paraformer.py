"""A Paraformer of any sizes with random weights, written over the golden one in a tokenizer folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import nn

from app.engine.step_audio.tokenizer.files import TokenizerFiles
from app.engine.step_audio.tokenizer.paraformer import stock_encoder_class

MAKE = {"input_layer": "pe_online", "selfattention_layer_type": "sanm", "normalize_before": True}


def random_encoder(seed: int, n_features: int = 560, **conf: Any) -> nn.Module:
    """A stock encoder whose weights are spread enough to make each layer matter."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        encoder = stock_encoder_class()(input_size=n_features, **MAKE, **conf)
        for weight in encoder.parameters():
            weight.requires_grad_(False)
            weight.add_(torch.randn_like(weight) * (0.05 if weight.ndim > 1 else 0.2))
    return encoder.eval()


def write_paraformer(folder: Path, encoder: nn.Module, conf: dict[str, Any], n_mels: int = 80, seed: int = 0) -> None:
    """Make the folder's linguistic half one of this encoder, `model.pt` nested as FunASR's trainer leaves it."""
    files = TokenizerFiles.in_folder(folder)
    rng = np.random.default_rng(seed)
    config = yaml.safe_load(files.config.read_text(encoding="utf-8"))
    config["encoder_conf"] = {**MAKE, **conf}
    config["frontend_conf"]["n_mels"] = n_mels
    files.config.write_text(yaml.safe_dump(config))
    weights = {f"encoder.{name}": weight.clone() for name, weight in encoder.state_dict().items()}
    torch.save({"state_dict": {**weights, "decoder.weight": torch.zeros(3)}}, files.checkpoint)
    vectors = [" ".join(f"{x:.6f}" for x in values) for values in cmvn(rng, n_mels)]
    rows = [
        f"<{name}> \n<LearnRateCoef> 0 [ {row} ]\n" for name, row in zip(("AddShift", "Rescale"), vectors, strict=True)
    ]
    files.cmvn.write_text("<Nnet> \n" + "".join(rows) + "</Nnet> \n")
    np.save(files.centroids, rng.standard_normal((1024, encoder.output_size())).astype(np.float32))


def cmvn(rng: np.random.Generator, n_mels: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.uniform(-14, -9, 7 * n_mels), rng.uniform(0.2, 0.4, 7 * n_mels)
