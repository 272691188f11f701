"""Find the folders of the neural backend below one path, and say what is missing, where, and how to get it.

Nothing is hashed or loaded: a look costs milliseconds. The path is the root that holds the folders, or one of them.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.engine.errors import PartMissing
from app.engine.facts.fact import Note
from app.engine.facts.files import FileFaulty, NamesNoFiles
from app.engine.facts.reasons import FolderFaulty
from app.engine.facts.weights import Complete, FaultsOf, FolderState, NoFolder, WeightsMissing
from app.engine.step_audio.weights import layout
from app.engine.step_audio.weights.file_faults import file_fault
from app.engine.step_audio.weights.manifest import read_manifest
from app.engine.step_audio.weights.safetensors_header import indexed_files
from app.model_variants import variant_of_method


@dataclass(frozen=True, slots=True)
class WeightFolders:
    """Whole folders, ready to load.

    `model` has the text tokenizer; `variants` maps each variant that can be loaded to its folder, the preferred first.
    "bnb" names the folder of "base" when it has none of its own: it is then quantised while loading.
    `absent_variants` maps the others to why they cannot.
    """

    root: Path
    tokenizer: Path
    model: Path
    decoder: Path
    variants: Mapping[str, Path]
    absent_variants: Mapping[str, Note]


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies below a path: each known folder that exists, and the faults of each part (empty: it is whole).

    `folders` and `faults` have the canonical names of the folders as keys; `faults` also has the decoder's.
    """

    root: Path
    folders: Mapping[str, Path]
    faults: Mapping[str, tuple[Note, ...]]
    decoder: Path | None
    model: Path | None

    def is_whole(self, name: str) -> bool:
        """True if the folder of this name is there and nothing in it is missing."""
        return name in self.folders and not self.faults[name]


def find_weights(path: Path) -> WeightFolders:
    """The folders at or below `path`. Raises PartMissing, which lists what was looked for, where, and what gets it."""
    seen = survey(path)
    variants = _variants(seen)
    if not seen.is_whole(layout.TOKENIZER) or seen.decoder is None or seen.model is None or not variants:
        raise PartMissing(_what_is_missing(seen))
    return WeightFolders(
        root=seen.root,
        tokenizer=seen.folders[layout.TOKENIZER],
        model=seen.model,
        decoder=seen.decoder,
        variants=variants,
        absent_variants={
            variant: FolderFaulty(name, _state(seen, name))
            for variant, name in layout.MODELS.items()
            if variant not in variants
        },
    )


def survey(path: Path) -> Survey:
    """Look at everything at or below `path`; never raises for what is missing or broken."""
    kind = _kind_of(path)
    root = path.parent if kind else path
    folders = {name: place for name in _folder_names() if (place := _place(root, name))}
    if kind:
        folders[kind] = path
    models = [folders[name] for name in layout.MODELS.values() if name in folders]
    decoder = next((model / layout.DECODER for model in models if not _faults(model, layout.DECODER_FILES)), None)
    model = next((model for model in models if not _faults(model, [layout.TEXT_TOKENIZER])), None)
    faults = {name: _model_faults(folders[name]) for name in layout.MODELS.values() if name in folders}
    if layout.TOKENIZER in folders:
        faults[layout.TOKENIZER] = _faults(folders[layout.TOKENIZER], layout.TOKENIZER_FILES)
    faults[layout.DECODER] = () if decoder else _first_faults(models, layout.DECODER_FILES)
    faults[layout.TEXT_TOKENIZER] = () if model else _first_faults(models, [layout.TEXT_TOKENIZER])
    return Survey(root, folders, faults, decoder, model)


def _what_is_missing(seen: Survey) -> WeightsMissing:
    """What was looked for, where, what is wrong with it, and the command that gets it."""
    command = download_command(seen.root)
    return WeightsMissing(str(seen.root), layout.TOKENIZER, layout.DECODER, tuple(folder_states(seen)), command)


def folder_states(seen: Survey) -> list[FolderState]:
    """Each folder that was looked for, and what is wrong with it or with a part that folders bring along."""
    states = [FolderState(name, _state(seen, name)) for name in _folder_names()]
    parts = (layout.DECODER, layout.TEXT_TOKENIZER)
    return states + [FolderState(part, FaultsOf(seen.faults[part])) for part in parts if seen.faults[part]]


def download_command(root: Path) -> str:
    """The command that brings the weights to `root`."""
    return f"python -m app.main download --models-dir {shlex.quote(str(root))}"


def _variants(seen: Survey) -> dict[str, Path]:
    whole = {variant: seen.folders[name] for variant, name in layout.MODELS.items() if seen.is_whole(name)}
    if "base" in whole:
        whole.setdefault("bnb", whole["base"])
    return whole


def _state(seen: Survey, name: str) -> Note:
    if name not in seen.folders:
        return NoFolder()
    return FaultsOf(seen.faults[name]) if seen.faults[name] else Complete()


def _folder_names() -> tuple[str, ...]:
    return (layout.TOKENIZER, *layout.MODELS.values())


def _place(root: Path, name: str) -> Path | None:
    """The folder in the root, or one level down, where the hubs' own tools put it."""
    return next((place for place in (root / name, root / layout.ORGANISATION / name) if place.is_dir()), None)


def _kind_of(path: Path) -> str | None:
    """Which of the folders `path` is, by what it holds, else by its name; None for a root, whatever its name."""
    if any(_place(path, name) for name in _folder_names()):
        return None
    if any((path / name).exists() for name in layout.TOKENIZER_FILES):
        return layout.TOKENIZER
    if (path / layout.CONFIG).exists() or (path / layout.TEXT_TOKENIZER).exists():
        return path.name if path.name in layout.MODELS.values() else layout.MODELS[_variant_of(path / layout.CONFIG)]
    return path.name if path.name in _folder_names() else None


def _variant_of(config: Path) -> str:
    """The variant that a language model's own configuration says it is."""
    try:
        quantisation = json.loads(config.read_bytes()).get("quantization_config") or {}
        return variant_of_method(quantisation.get("quant_method")) or "base"
    except (OSError, ValueError, AttributeError, TypeError):
        return "base"


def _faults(folder: Path, names: Iterable[str]) -> tuple[Note, ...]:
    manifest = read_manifest(folder)
    sizes = manifest.sizes() if manifest else {}
    told = ((name, file_fault(folder / name, sizes.get(name))) for name in names)
    return tuple(FileFaulty(name, fault) for name, fault in told if fault)


def _first_faults(models: list[Path], names: Iterable[str]) -> tuple[Note, ...]:
    return _faults(models[0], names) if models else ()


def _model_faults(folder: Path) -> tuple[Note, ...]:
    """Faults of configuration and tensors. Without an index there is one file of tensors."""
    if not (folder / layout.SHARD_INDEX).exists():
        return _faults(folder, (layout.CONFIG, layout.SINGLE_SHARD))
    if faults := _faults(folder, (layout.CONFIG, layout.SHARD_INDEX)):
        return faults
    shards = indexed_files(folder / layout.SHARD_INDEX)
    return _faults(folder, shards) if shards else (FileFaulty(layout.SHARD_INDEX, NamesNoFiles()),)
