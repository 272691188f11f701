"""FunASR's own streaming path over some waves, in a process of its own: `AutoModel` sets seeds, threads and logging.

`python -m tests.engine.step_audio.tokenizer.streaming_oracle <Paraformer folder> <waves.npz> <result.npz>`: for each
wave `name` the result has `name/features` and `name/encoded`.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

PIECE = 3840
SHORTEST_TAIL = 880  # FunASR makes a frame of less; the model that Step-Audio was trained with did not


def main(folder: str, waves: str, result: str) -> None:
    from funasr import AutoModel

    stock = AutoModel(
        model=folder, device="cpu", disable_update=True, disable_pbar=True, disable_log=True, ncpu=1, log_level="ERROR"
    )
    stock.kwargs["frontend"].dither = 0.0
    encoded = {}
    with np.load(waves) as arrays, torch.no_grad():
        for name in arrays:
            features, rows = streamed(stock, arrays[name])
            encoded[f"{name}/features"], encoded[f"{name}/encoded"] = features.numpy(), rows.numpy()
    np.savez(result, **encoded)


def streamed(stock, wave: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    """Features and encoder output of a wave that arrives in pieces of 240 ms."""
    from funasr.utils.load_utils import extract_fbank

    cache: dict = {}
    look_back = {"encoder_chunk_look_back": 4, "decoder_chunk_look_back": 1}
    confs = {name: stock.kwargs[name] for name in ("encoder_conf", "frontend_conf")}
    stock.model.init_cache(cache, chunk_size=[0, 4, 5], **look_back, **confs)
    features, encoded = [torch.empty(0, 560)], [torch.empty(0, confs["encoder_conf"]["output_size"])]
    for begin in range(0, len(wave) + 1, PIECE):
        piece = wave[begin : begin + PIECE]
        is_final = len(piece) < PIECE
        if is_final and len(piece) < SHORTEST_TAIL:
            break
        speech, lengths = extract_fbank(
            [torch.from_numpy(piece)],
            data_type="sound",
            frontend=stock.kwargs["frontend"],
            cache=cache["frontend"],
            is_final=is_final,
        )
        features.append(speech[0].clone())  # encode_chunk scales it in place
        rows, _ = stock.model.encode_chunk(speech, lengths, cache=cache, is_final=is_final)
        encoded.append(rows[0, -int(lengths[0]) :])
    return torch.cat(features), torch.cat(encoded)


if __name__ == "__main__":
    main(*sys.argv[1:])
