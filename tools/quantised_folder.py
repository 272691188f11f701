"""Writing a folder of quantised weights, in the layout of the one they were made from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from app.engine.library.folders import appearing, write_json
from app.engine.step_audio.weights.layout import CONFIG, SHARD_INDEX, TEXT_TOKENIZER

SHARD_BYTES = 2_000_000_000
TOKENIZER_FILES = (TEXT_TOKENIZER, "tokenizer_config.json")


def write_folder(
    target: Path, source: Path, tensors: Iterable[tuple[str, Tensor]], quantisation: Mapping[str, Any]
) -> None:
    """Make `target`, whole or not at all, from tensors that are taken one by one. Raises OSError when it exists."""
    with appearing(target) as draft:
        _write_shards(draft, tensors)
        config = json.loads((source / CONFIG).read_text(encoding="utf-8"))
        config.pop("auto_map", None)  # it names Python files that are not copied
        write_json(draft / CONFIG, config | {"quantization_config": dict(quantisation)})
        for name in TOKENIZER_FILES:
            if (source / name).is_file():
                shutil.copyfile(source / name, draft / name)
        draft.chmod(0o755)


def folder_bytes(folder: Path) -> int:
    """Bytes of the weights in a folder."""
    return sum(file.stat().st_size for file in folder.glob("*.safetensors"))


def _write_shards(folder: Path, tensors: Iterable[tuple[str, Tensor]]) -> None:
    file_of: dict[str, str] = {}
    shard: dict[str, Tensor] = {}
    n_shards = n_bytes = total_bytes = 0

    def write() -> None:
        nonlocal n_shards, n_bytes
        n_shards += 1
        name = f"model-{n_shards:05d}.safetensors"
        save_file(shard, folder / name, metadata={"format": "pt"})
        (folder / name).chmod(0o644)  # it is made readable for its owner alone
        file_of.update(dict.fromkeys(shard, name))
        shard.clear()
        n_bytes = 0

    for name, tensor in tensors:
        shard[name] = tensor.cpu().contiguous()
        n_bytes += tensor.nbytes
        total_bytes += tensor.nbytes
        if n_bytes >= SHARD_BYTES:
            write()
    if shard:
        write()
    write_json(folder / SHARD_INDEX, {"metadata": {"total_size": total_bytes}, "weight_map": file_of})
