"""The neural backend: Step-Audio-EditX from reference clip to speech, on a CUDA device or, slowly, on the CPU.

clone: reference -> codes -> clone prompt -> language model -> decoder, conditioned on the reference.
edit:  clip -> codes -> edit prompt -> language model -> decoder, conditioned on the clip; the result is the clip of the
next iteration. The language models are variants; all share one audio tokenizer and one decoder.

Several jobs may run at once: one loop continues all their prompts together, and what else is loaded is only read.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from app.cache.token_cache import TokenCache
from app.engine.backend import BackendStatus, TextLimits
from app.engine.edits import Edit
from app.engine.errors import NothingToSpeak, NotReady, SilentResult, Unavailable
from app.engine.facts.reasons import GpuMemoryFull, Loading, NoBitsandbytes, OnlyVariantNeeds
from app.engine.facts.warnings import IntensityApproximate
from app.engine.job import JobControl
from app.engine.lexicon import as_typed
from app.engine.reading import Reading, ReadSpan
from app.engine.requests import CloneJob, EditJob
from app.engine.script import Script, Sound
from app.engine.sound.audio import Audio, is_silent, joined
from app.engine.step_audio import device as devices
from app.engine.step_audio.decoder import Decoder
from app.engine.step_audio.language_model import ServedModel
from app.engine.step_audio.language_model.loading import config_of, default_dtype, load_language_model
from app.engine.step_audio.language_model.loop import LanguageModelLoop
from app.engine.step_audio.language_model.packed_linear import pack_linears
from app.engine.step_audio.language_model.safetensors_folder import SafetensorsFolder
from app.engine.step_audio.language_model.slots import LEAST_SLOTS, slot_bytes, slots_in
from app.engine.step_audio.prompts.prompt import Prompt, prompt_of_clone, prompt_of_edit
from app.engine.step_audio.prompts.safe_text import safe_text
from app.engine.step_audio.prompts.text_tokenizer import TextTokenizer, load_text_tokenizer
from app.engine.step_audio.reference import Preparation, Prepared
from app.engine.step_audio.speaking import MAX_TOKENS, speak
from app.engine.step_audio.tokenizer import AudioTokenizer
from app.engine.step_audio.variants import LoadProgress, Variants
from app.engine.step_audio.weights import WeightFolders, find_weights
from app.engine.step_audio.weights.layout import DECODER_FILES, TOKENIZER_FILES
from app.engine.step_audio.weights.manifest import spelling_of
from app.engine.step_audio.weights.memory import ROOM_FACTOR, model_bytes
from app.model_variants import Spelling, variant_asked_for

if TYPE_CHECKING:
    from app.settings import Settings

logger = logging.getLogger(__name__)

MAX_EDIT_S = 30.0  # of one recording: the model was trained with no more
TASKS_WITH_WORDS = frozenset({"emotion", "style", "speed", "paralinguistic"})  # it stands in their prompts


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all variants share, loaded; `memory_bytes` are those of the files it was read from."""

    tokenizer: TextTokenizer
    preparation: Preparation
    decoder: Decoder
    memory_bytes: Mapping[str, int]


class StepAudioBackend:
    """Backend on a neural language model. Calls may run in several threads."""

    name = "step-audio"
    sample_rate = 24_000
    text_limits = TextLimits(max_chars=300, max_han_chars=90)  # about 20 s of speech
    needs_reference_transcript = True
    reads_phonemes = False
    streams_pieces = True
    loads_beside_doors = False

    def __init__(
        self,
        folders: WeightFolders,
        device: torch.device,
        cache: TokenCache,
        *,
        dtype: torch.dtype | None = None,
        default_variant: str | None = None,
        threads: int = 2,
        max_slots: int | None = None,
        sound_spelling: Spelling | None = None,
    ) -> None:
        """Nothing is loaded yet. `dtype` of the language models; None is float32 on the CPU, else bfloat16.
        `max_slots` is how many prompts a model continues together; None: as the memory allows.
        `sound_spelling` of all variants; None: each as its manifest says.

        Raises InvalidRequest for a `default_variant` that is not there, Unavailable where there is none at all.
        """
        self._folders = folders
        self._device = device
        self._dtype = dtype or default_dtype(device)
        self._cache = cache
        self._threads = threads
        self._max_slots = max_slots
        self._shared: _Shared | None = None
        self._spellings = {
            variant: sound_spelling or spelling_of(folder) for variant, folder in folders.variants.items()
        }
        present, absent = dict(folders.variants), dict(folders.absent_variants)
        if "bnb" in present and importlib.util.find_spec("bitsandbytes") is None:
            absent["bnb"] = NoBitsandbytes()
            del present["bnb"]
        if not present:
            raise Unavailable(OnlyVariantNeeds("bnb", NoBitsandbytes()))
        self._variants: Variants[ServedModel] = Variants(
            present,
            absent,
            default_variant or next(iter(present)),
            self._load_language_model,
            self._wanted_bytes,
            lambda: devices.free_bytes(device),
            lambda: devices.give_back(device),
        )
        self._variants.resolve(default_variant)

    @classmethod
    def from_settings(cls, settings: Settings, cache: TokenCache) -> StepAudioBackend:
        """The backend of these settings; nothing is loaded yet.

        Raises PartMissing for incomplete weights, Unavailable for a device that cannot be had, InvalidRequest for a
        quantisation that is not there.
        """
        folders = find_weights(settings.model_path or settings.models_dir)
        given = settings.model_fields_set
        return cls(
            folders,
            devices.choose_device(settings.device_map, is_explicit="device_map" in given),
            cache,
            dtype=getattr(torch, settings.torch_dtype) if "torch_dtype" in given else None,
            default_variant=variant_asked_for(settings.quantization),
            threads=settings.threads,
            max_slots=settings.max_slots,
            sound_spelling=None if settings.sound_spelling == "auto" else settings.sound_spelling,
        )

    def load(self) -> None:
        """Load what all variants share, and the default variant. Raises PartMissing, Unavailable."""
        folders = self._folders
        tokenizer = load_text_tokenizer(folders.model)
        logger.info("loading audio tokenizer folder=%s device=%s", folders.tokenizer.name, self._device)
        audio_tokenizer = AudioTokenizer.from_pretrained(folders.tokenizer, str(self._device), threads=self._threads)
        logger.info("loading decoder folder=%s device=%s", folders.decoder.name, self._device)
        decoder = Decoder.from_pretrained(folders.decoder, self._device)
        preparation = Preparation(audio_tokenizer, decoder, folders.decoder, self._cache)
        self._variants.load(self._variants.default)
        sizes = {
            "audio-tokenizer": _size_bytes(folders.tokenizer, TOKENIZER_FILES),
            "decoder": _size_bytes(folders.decoder.parent, DECODER_FILES),
        }
        self._shared = _Shared(tokenizer, preparation, decoder, sizes)

    def status(self) -> BackendStatus:
        """What works now; a loaded language model is in `memory_bytes` under the name of its variant."""
        shared = self._shared
        return BackendStatus(
            self.name,
            self._variants.names,
            absent_variants=self._variants.absent,
            memory_bytes={**(shared.memory_bytes if shared else {}), **self._variants.memory_bytes()},
        )

    def variant_for(self, variant: str | None, param: str = "variant") -> str:
        """As Backend."""
        return self._variants.resolve(variant, param)

    def max_audio_s(self, task: str) -> float:
        """The same for all tasks."""
        del task
        return MAX_EDIT_S

    def needs_transcript(self, edit: Edit) -> bool:
        """All but `denoise` and `vad`, whose prompts have no words in them; guidance needs the words of those, too."""
        return edit.task in TASKS_WITH_WORDS or edit.intensity != 1.0

    def check_text(self, script: Script, param: str) -> None:
        """Every language is tried; only text without a letter or digit is refused."""
        if not any(char.isalnum() for char in safe_text(script.written_out().text)[0]):
            raise NothingToSpeak(param=param)

    def words_left_out(self, script: Script) -> tuple[str, ...]:
        """None: every word is tried."""
        del script
        return ()

    def read(self, script: Script) -> list[ReadSpan]:
        """As Backend: the model reads the letters itself, with respellings and pinyin for words of the lexicon."""
        return [ReadSpan("", tuple(_readings(script)), "")]

    def clone(self, job: CloneJob, control: JobControl) -> Iterator[Audio]:
        """As Backend. Sounds among the words are put in by edits of what was spoken, as the model was trained.

        Sounds of one strength are put in together, further ones into the result.
        """
        script = job.script.written_out()
        job = replace(job, script=script)
        if not script.sounds or not script.text.strip():
            yield from self._cloned(job, control)
            return
        chunks = self._cloned(replace(job, script=script.with_sounds(())), control)
        for sounds in _by_strength(script.sounds):
            edit = Edit("paralinguistic", "", sounds[-1].intensity, sounds[-1].iterations)
            tagged = script.with_sounds(sounds)
            insertion = EditJob(edit, joined(list(chunks)), script.text, tagged, job.seed, job.variant, job.voice.param)
            chunks = self._iterated(insertion, control, is_result=True)
        yield from chunks

    def edit(self, job: EditJob, control: JobControl) -> Iterator[Audio]:
        """As Backend; each iteration edits the result of the one before, and the last one's sound flows."""
        if not job.transcript and job.edit.intensity != 1.0:
            control.warn(IntensityApproximate())  # the identity must say the same words
        yield from self._iterated(job, control, is_result=False)

    def _iterated(self, job: EditJob, control: JobControl, *, is_result: bool) -> Iterator[Audio]:
        for _ in range(1, job.edit.iterations):
            result = joined(list(self._edited(job, control, is_result=is_result)))
            job, is_result = replace(job, audio=result, seed=job.seed + 1), True
        yield from self._edited(job, control, is_result=is_result)

    def _cloned(self, job: CloneJob, control: JobControl) -> Iterator[Audio]:
        shared = self._loaded()
        voice = shared.preparation.voice(job.voice.reference, control, job.voice.param)
        spelling = self._spellings[self.variant_for(job.variant)]
        prompt = prompt_of_clone(
            shared.tokenizer,
            job.script,
            job.voice.transcript,
            voice.codes,
            job.intensity,
            control,
            spelling=spelling,
        )
        yield from self._answer(prompt, voice, job, control)

    def _edited(self, job: EditJob, control: JobControl, *, is_result: bool) -> Iterator[Audio]:
        """One iteration. A clip that `is_result` of this job is not kept in the cache: it does not come again."""
        if is_result and is_silent(job.audio):
            raise SilentResult
        shared = self._loaded()
        clip = shared.preparation.clip(job.audio, control, job.param, is_kept=not is_result)
        spelling = self._spellings[self.variant_for(job.variant)]
        prompt = prompt_of_edit(
            shared.tokenizer, job.edit, job.transcript or "", job.script, clip.codes, control, spelling=spelling
        )
        yield from self._answer(prompt, clip, job, control)

    def _answer(self, prompt: Prompt, voice: Prepared, job: CloneJob | EditJob, control: JobControl) -> Iterator[Audio]:
        with self._variants.hold(self.variant_for(job.variant), control) as model:
            try:
                yield from speak(model, self._loaded().decoder, prompt, voice, job.seed, control)
            except torch.OutOfMemoryError:
                raise Unavailable(GpuMemoryFull()) from None

    def _loaded(self) -> _Shared:
        if self._shared is None:
            raise NotReady(Loading())
        return self._shared

    def _load_language_model(self, variant: str, folder: Path, report: LoadProgress) -> ServedModel:
        model = load_language_model(folder, variant, self._device, self._dtype, on_progress=report)
        pack_linears(model.model)
        bytes_each = slot_bytes(model.config, MAX_TOKENS, self._dtype)
        n_slots = self._max_slots or slots_in(devices.free_bytes(self._device), bytes_each)
        logger.info("language model variant=%s slots=%d slot_mb=%.0f", variant, n_slots, bytes_each / 1e6)
        return ServedModel(LanguageModelLoop(model, n_slots=n_slots, capacity=MAX_TOKENS))

    def _wanted_bytes(self, variant: str, folder: Path) -> int:
        """Of the weights, with room to compute, and of the slots, or as few as will do."""
        is_made_nf4 = variant == "bnb" and folder == self._folders.variants.get("base")
        weights = model_bytes(folder, value_bytes=self._dtype.itemsize, is_made_nf4=is_made_nf4)
        with SafetensorsFolder(folder) as files:
            bytes_each = slot_bytes(config_of(files), MAX_TOKENS, self._dtype)
        return int(ROOM_FACTOR * weights) + (self._max_slots or LEAST_SLOTS) * bytes_each


def _readings(script: Script) -> Iterator[Reading]:
    text, at = script.text, 0
    for begin, end, entry in script.lexicon.found(text):
        if text[at:begin]:
            yield Reading(text[at:begin], text[at:begin], "text")
        yield Reading(text[begin:end], as_typed(entry), "lexicon")
        at = end
    if text[at:]:
        yield Reading(text[at:], text[at:], "text")


def _size_bytes(folder: Path, names: Iterable[str]) -> int:
    return sum((folder / name).stat().st_size for name in names)


def _by_strength(sounds: Sequence[Sound]) -> Iterator[tuple[Sound, ...]]:
    """The sounds of the first strength; then these with those of the next, which come last; and so on."""
    strengths = dict.fromkeys((sound.intensity, sound.iterations) for sound in sounds)
    so_far: tuple[Sound, ...] = ()
    for strength in strengths:
        so_far += tuple(sound for sound in sounds if (sound.intensity, sound.iterations) == strength)
        yield so_far
