"""SafetensorsFolder: a folder of safetensors files with a `config.json`, as published for language models.

Reads tensors by name, from one file or from the shards that an index names. Nothing else in the folder is opened: no
pickles, no Python.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
from safetensors import safe_open
from torch import Tensor

from app.engine.errors import PartMissing
from app.engine.facts.fact import Note
from app.engine.facts.files import Absent, MapsNoTensors, NotJsonObject, NotReadable
from app.engine.facts.language_model import IndexLost, ModelFileFaulty, NoSafetensors
from app.engine.step_audio.weights.file_faults import file_fault
from app.engine.step_audio.weights.layout import CONFIG, SHARD_INDEX, SINGLE_SHARD
from app.engine.step_audio.weights.safetensors_header import tensor_spans


class SafetensorsFolder:
    """The weights in a folder. Use it in a `with` block: it holds files open. Not thread-safe."""

    def __init__(self, folder: Path) -> None:
        """Raises PartMissing when a file is absent or broken."""
        self.folder = folder
        self.config: dict[str, Any] = self._json(CONFIG)
        self._file_of = self._files_by_tensor()
        self.shapes = self._shapes()
        self._open: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in self._open.values():
            file.__exit__(None, None, None)
        self._open.clear()

    @property
    def name(self) -> str:
        """What messages call the folder."""
        return self.folder.name

    def tensor(self, name: str, device: torch.device) -> Tensor:
        """One tensor, read from the disk now."""
        file_name = self._file_of[name]
        if file_name not in self._open:
            self._open[file_name] = safe_open(str(self.folder / file_name), framework="pt", device=str(device))
        tensor: Tensor = self._open[file_name].get_tensor(name)
        return tensor

    def _json(self, file_name: str) -> dict[str, Any]:
        try:
            content = json.loads((self.folder / file_name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise self._faulty(file_name, Absent()) from None
        except (OSError, ValueError) as error:
            raise self._faulty(file_name, NotReadable(str(error))) from error
        if not isinstance(content, dict):
            raise self._faulty(file_name, NotJsonObject())
        return content

    def _faulty(self, file_name: str, fault: Note) -> PartMissing:
        return PartMissing(ModelFileFaulty(f"{self.name}/{file_name}", fault))

    def _files_by_tensor(self) -> Mapping[str, str]:
        if (self.folder / SHARD_INDEX).is_file():
            files = self._json(SHARD_INDEX).get("weight_map")
            if not isinstance(files, dict) or not all(_is_plain_name(name) for name in files.values()):
                raise self._faulty(SHARD_INDEX, MapsNoTensors())
            return files
        if (self.folder / SINGLE_SHARD).is_file():
            return dict.fromkeys(self._spans(SINGLE_SHARD), SINGLE_SHARD)
        raise PartMissing(NoSafetensors(self.name, (SHARD_INDEX, SINGLE_SHARD)))

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for file_name in sorted(set(self._file_of.values())):
            shapes |= self._spans(file_name)
        lost = sorted(self._file_of.keys() - shapes.keys())
        if lost:
            raise PartMissing(IndexLost(self.name, tuple(lost)))
        return {name: shapes[name] for name in self._file_of}

    def _spans(self, file_name: str) -> dict[str, tuple[int, ...]]:
        path = self.folder / file_name
        if fault := file_fault(path):
            raise self._faulty(file_name, fault)
        return {name: span.shape for name, span in tensor_spans(path).items()}


def _is_plain_name(name: object) -> bool:
    return isinstance(name, str) and name.endswith(".safetensors") and Path(name).name == name
