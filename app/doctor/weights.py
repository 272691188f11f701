"""The weights: folders, hashes, the head of the language model, and whether they fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.doctor.findings import Finding, failed, gigabytes, passed, warned
from app.doctor.machine import cuda_facts
from app.engine import backends
from app.engine.backends import BackendEntry, is_asked_for, may_answer
from app.engine.errors import PartMissing
from app.engine.facts.files import FileFaulty
from app.engine.machine import available_memory_bytes
from app.engine.parts.parts import Parts
from app.engine.step_audio.weights import WeightFolders, find_weights
from app.engine.step_audio.weights.find import Survey, download_command, folder_states, survey
from app.engine.step_audio.weights.head import Head, read_head
from app.engine.step_audio.weights.manifest import changed_files, read_manifest
from app.engine.step_audio.weights.memory import ROOM_FACTOR, model_bytes
from app.engine.step_audio.weights.safetensors_header import BrokenHeader
from app.settings import Settings
from app.wording.english import english

CPU_VALUE_BYTES, CUDA_VALUE_BYTES = 4, 2  # the CPU computes in float32 what is stored in 16 bits
PREPARE_COMMAND = "python -m app.main prepare"


@dataclass(frozen=True, slots=True)
class LoadingPlace:
    """Where weights would be loaded: `free_bytes` there (None: unknown), and what a value takes in its format."""

    name: str
    free_bytes: int | None
    value_bytes: int


def weight_findings(settings: Settings, parts: Parts) -> Iterator[Finding]:
    """All checks of the weights; hashes every file that a manifest names."""
    yield from embedded_findings(parts)
    for entry in backends.BACKENDS.values():
        if may_answer(entry, settings):
            yield from EXAMINATIONS.get(entry.name, lacking_findings)(entry, settings)


def lacking_findings(entry: BackendEntry, settings: Settings) -> Iterator[Finding]:
    """What a backend says it lacks beside the parts; a failure only when it was asked for."""
    lacking = entry.lacks(settings)
    if not lacking:
        yield passed(f"backend {entry.name}", "all that it needs beside the parts is here")
    elif is_asked_for(entry, settings):
        yield failed(f"backend {entry.name}", "\n".join(map(english, lacking)), "Bring it, or take another backend.")
    else:
        yield passed(f"backend {entry.name}", "\n".join([*map(english, lacking), "Another backend answers."]))


def _step_audio_findings(entry: BackendEntry, settings: Settings) -> Iterator[Finding]:
    path = settings.model_path or settings.models_dir
    yield from neural_findings(path, is_needed=is_asked_for(entry, settings), place=_loading_place(settings))


def embedded_findings(parts: Parts) -> Iterator[Finding]:
    """The parts of the embedded engine, and the Whisper that both backends listen with."""
    for _ in parts.hash_anew(lambda: None):
        pass  # `missing` says it, too
    missing = parts.missing()
    for reason in missing.values():
        yield warned("embedded engine", english(reason), f"Run {PREPARE_COMMAND}.")
    if not missing:
        yield passed("embedded engine", "all parts are here, with the right hashes")


def neural_findings(path: Path, *, is_needed: bool, place: LoadingPlace) -> Iterator[Finding]:
    """The folders at or below `path`. Absent weights fail only when the neural backend was asked for."""
    seen = survey(path)
    if not seen.folders and not is_needed:
        absent = f"not in {seen.root}: the embedded engine answers"
        yield passed("neural weights", absent, f"To have them: {download_command(seen.root)}")
        return
    try:
        found = find_weights(path)
    except PartMissing:
        told = "\n".join([f"not complete in {seen.root}:", *map(english, folder_states(seen))])
        advice = f"To get what is missing: {download_command(seen.root)}"
        yield (failed if is_needed else warned)("neural weights", told, advice)
    else:
        variants = ", ".join(found.variants)
        yield passed("neural weights", f"complete in {found.root}; variants: {variants}")
        yield from _head_findings(found)
        yield from fit_findings(found, place)
    yield from _hash_findings(seen)


def head_finding(name: str, head: Head) -> Finding:
    """Whether configuration and weights agree on the head: when they do not, the model speaks noise."""
    subject = f"head of {name.removeprefix('Step-Audio-')}"
    again = "Fetch the weights again: move the folder away and run python -m app.main download."
    if not head.is_present and not head.is_tied:
        return failed(subject, "untied by config.json, but the weights have none: speech would be noise", again)
    if not head.is_present:
        return passed(subject, "tied to the embeddings, by config.json and by the weights")
    if head.is_tied and not head.equals_embeddings:
        fix = "Set tie_word_embeddings to false in config.json."
        return failed(subject, "tied by config.json, but the weights have one of their own: speech would be noise", fix)
    if head.equals_embeddings:
        return warned(subject, "the same matrix as the embeddings; the published head is one of its own", again)
    return passed(subject, "untied, by config.json and by the weights")


def fit_findings(found: WeightFolders, place: LoadingPlace) -> Iterator[Finding]:
    """Whether each variant that has a folder of its own fits into free memory beside the parts that all share."""
    if place.free_bytes is None:
        return
    for variant, folder in found.variants.items():
        if variant != "base" and folder == found.variants.get("base"):
            continue  # quantised while loading: how small it becomes is known only then
        own_bytes = model_bytes(folder, value_bytes=place.value_bytes)
        needed_bytes = int(ROOM_FACTOR * (own_bytes + _shared_bytes(found)))
        seen = f"needs about {gigabytes(needed_bytes)}; {gigabytes(place.free_bytes)} are free {place.name}"
        if needed_bytes > place.free_bytes:
            yield warned(f"memory for {variant}", seen, "End other programs, or take a variant of fewer bits.")
        else:
            yield passed(f"memory for {variant}", seen)


def _shared_bytes(found: WeightFolders) -> int:
    folders = (found.tokenizer, found.decoder)
    return sum(file.stat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())


def _loading_place(settings: Settings) -> LoadingPlace:
    devices = cuda_facts().devices if settings.device_map != "cpu" else ()
    if devices:
        return LoadingPlace(
            "on the CUDA device", max(device.free_bytes for device in devices), value_bytes=CUDA_VALUE_BYTES
        )
    return LoadingPlace("in main memory", available_memory_bytes(), value_bytes=CPU_VALUE_BYTES)


def _head_findings(found: WeightFolders) -> Iterator[Finding]:
    for folder in dict.fromkeys(found.variants.values()):
        try:
            yield head_finding(folder.name, read_head(folder))
        except (ValueError, OSError) as fault:
            yield failed(f"head of {folder.name}", _told(fault), "Fetch this folder again.")


def _hash_findings(seen: Survey) -> Iterator[Finding]:
    for name, folder in seen.folders.items():
        manifest = read_manifest(folder)
        subject = f"hashes of {name.removeprefix('Step-Audio-')}"
        again = f"Run {download_command(seen.root)}: it fetches what differs, and keeps yours aside."
        if manifest is None:
            yield warned(subject, "unknown: the folder did not come by `download`", again)
            continue
        changed = [english(FileFaulty(file, fault)) for file, fault in changed_files(folder, manifest) if fault]
        if changed:
            yield failed(subject, "\n".join(changed), again)
        else:
            yield passed(subject, f"{len(manifest.files)} files as {manifest.source} lists them")


def _told(fault: Exception) -> str:
    return english(fault.reason) if isinstance(fault, BrokenHeader) else str(fault)


# Backends whose files are looked into: hashes, heads, sizes. Of any other, its entry says what it lacks.
EXAMINATIONS: Mapping[str, Callable[[BackendEntry, Settings], Iterator[Finding]]] = {
    "step-audio": _step_audio_findings,
}
