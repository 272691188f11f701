"""The head of the language model: the matrix that turns hidden states into scores of tokens.

The published one is a matrix of its own. A loader or a conversion that ties it to the embeddings makes the model speak
noise, without any error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from app.engine.facts.files import FileFaulty, NotJsonObject, TensorNowhere
from app.engine.step_audio.weights import layout
from app.engine.step_audio.weights.safetensors_header import BrokenHeader, TensorSpan, indexed_files, tensor_spans

HEAD = "lm_head.weight"
EMBEDDINGS = "model.embed_tokens.weight"
_BLOCK_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Head:
    """What the configuration says of the head (`is_tied`; untied when it says nothing), and what the weights are."""

    is_tied: bool
    is_present: bool
    equals_embeddings: bool


def read_head(model: Path) -> Head:
    """Compare configuration and weights of a language model's folder.

    Stops at the first difference, so only a tied head is read whole. Raises ValueError (BrokenHeader), OSError.
    """
    tensors = {name: (file, span) for file in _tensor_files(model) for name, span in tensor_spans(file).items()}
    if EMBEDDINGS not in tensors:
        raise BrokenHeader(TensorNowhere(EMBEDDINGS))
    head = tensors.get(HEAD)
    return Head(
        is_tied=_is_tied(model / layout.CONFIG),
        is_present=head is not None,
        equals_embeddings=head is not None and _are_equal(head, tensors[EMBEDDINGS]),
    )


def _tensor_files(model: Path) -> list[Path]:
    index = model / layout.SHARD_INDEX
    names = indexed_files(index) if index.exists() else [layout.SINGLE_SHARD]
    return [model / name for name in names]


def _is_tied(config: Path) -> bool:
    try:
        return bool(json.loads(config.read_bytes()).get("tie_word_embeddings", False))
    except (ValueError, AttributeError) as fault:
        raise BrokenHeader(FileFaulty(config.name, NotJsonObject())) from fault


def _are_equal(left: tuple[Path, TensorSpan], right: tuple[Path, TensorSpan]) -> bool:
    (left_file, a), (right_file, b) = left, right
    if (a.dtype, a.shape) != (b.dtype, b.shape):
        return False
    with left_file.open("rb") as left_bytes, right_file.open("rb") as right_bytes:
        left_bytes.seek(a.begin)
        right_bytes.seek(b.begin)
        for begin in range(a.begin, a.end, _BLOCK_BYTES):
            n_bytes = min(_BLOCK_BYTES, a.end - begin)
            if left_bytes.read(n_bytes) != right_bytes.read(n_bytes):
                return False
    return True
