"""The whole neural backend on a tiny model: every task, the cache, variants, stopping, and what is refused.

What takes long is marked slow; the quick suite speaks, edits, stops and refuses.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from app.cache.token_cache import TokenCache
from app.engine.edits import CATALOGUE, Edit
from app.engine.errors import (
    AudioTooLong,
    AudioTooShort,
    Cancelled,
    InvalidRequest,
    SilentAudio,
    SilentResult,
    UnspeakableText,
)
from app.engine.facts.warnings import IntensityApproximate
from app.engine.job import JobControl
from app.engine.pronunciations import checked_lexicon
from app.engine.requests import CloneJob, EditJob, Voice
from app.engine.scheduling import Scheduler
from app.engine.script import Script, Sound, parse_script
from app.engine.sound.audio import Audio, joined, rms_db
from app.engine.step_audio.backend import StepAudioBackend
from app.engine.step_audio.decoder.campplus import CampPlus
from app.engine.step_audio.device import choose_device
from app.engine.step_audio.language_model.step import DecodingStep
from app.engine.step_audio.tokenizer import AudioTokenizer
from app.engine.step_audio.weights import find_weights
from app.wording.english import english
from tests.wording import refused

WORDS = "It was a bright cold day in April."
SHORT_CODES = 40  # 1 s: more than one chunk
LONG_CODES = 120
CODE_S = 0.12 / 5
MOST_OPERATIONS = 500  # between two looks; a step of the flow has 187
CPU = torch.device("cpu")


def backend_of(root: Path, cache: Path | None = None, device: torch.device = CPU) -> StepAudioBackend:
    return StepAudioBackend(find_weights(root), device, TokenCache(cache, 100, 10**7))


@pytest.fixture(scope="module")
def backend(tiny_root: Path, tmp_path_factory: pytest.TempPathFactory) -> StepAudioBackend:
    made = backend_of(tiny_root, tmp_path_factory.mktemp("cache"))
    made.load()
    return made


@pytest.fixture(autouse=True)
def short_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer longer than it takes to test: the tiny model ends by chance, not with the text."""
    limit_answers(monkeypatch, SHORT_CODES)


def limit_answers(monkeypatch: pytest.MonkeyPatch, n_codes: int) -> None:
    monkeypatch.setattr("app.engine.step_audio.prompts.prompt.most_codes_for", lambda *_: n_codes)
    monkeypatch.setattr("app.engine.step_audio.prompts.prompt.ANSWER_RATIO", 0)


@pytest.fixture(scope="module")
def clip(load_clip: Callable[[str], Audio]) -> Audio:
    return load_clip("ref_en_female").slice_s(0.0, 1.2)


@pytest.fixture(scope="module")
def seed(backend: StepAudioBackend, clip: Audio) -> int:
    """The first seed with which neither a clone nor an edit ends by chance before the limit."""
    with pytest.MonkeyPatch.context() as patch:
        limit_answers(patch, SHORT_CODES)
        jobs = ((clone_of(clip, n), edit_of(clip, n)) for n in range(50))
        return next(job.seed for job, edit in jobs if is_full(backend, job) and is_full(backend, edit))


@pytest.fixture(scope="module")
def long_seed(backend: StepAudioBackend, clip: Audio) -> int:
    """The first seed with which a clone of several chunks does not end by chance."""
    with pytest.MonkeyPatch.context() as patch:
        limit_answers(patch, LONG_CODES)
        return next(n for n in range(50) if is_full(backend, clone_of(clip, n), LONG_CODES))


def clone_of(clip: Audio, seed: int) -> CloneJob:
    return CloneJob(Script(WORDS), Voice("", "", clip, "What the clip says."), 1.0, seed)


def edit_of(clip: Audio, seed: int) -> EditJob:
    return EditJob(Edit("emotion", "happy"), clip, "What the clip says.", None, seed)


def is_full(backend: StepAudioBackend, job: CloneJob | EditJob, n_codes: int = SHORT_CODES) -> bool:
    return spoken(backend, job).duration_s == pytest.approx(n_codes * CODE_S)


@pytest.fixture
def clone_job(clip: Audio, seed: int) -> CloneJob:
    return clone_of(clip, seed)


@pytest.fixture
def edit_job(clip: Audio, seed: int) -> EditJob:
    return edit_of(clip, seed)


def spoken(backend: StepAudioBackend, job: CloneJob | EditJob, control: JobControl | None = None) -> Audio:
    control = control or JobControl()
    chunks = backend.clone(job, control) if isinstance(job, CloneJob) else backend.edit(job, control)
    return joined(list(chunks))


def same(a: Audio, b: Audio) -> bool:
    return a.sample_rate == b.sample_rate and np.array_equal(a.samples, b.samples)


# ---- speech --------------------------------------------------------------------------------------------------------


def test_speech_is_sound_at_the_backends_rate_with_quiet_ends(backend, clone_job):
    sound = spoken(backend, clone_job)
    assert sound.sample_rate == backend.sample_rate == 24_000
    assert np.isfinite(sound.samples).all()
    assert rms_db(sound.samples) > -50
    assert abs(sound.samples[0]) < 1e-3
    assert abs(sound.samples[-1]) < 1e-2


@pytest.mark.slow
def test_the_seed_decides_the_sound(backend, clone_job):
    assert same(spoken(backend, clone_job), spoken(backend, clone_job))
    assert not same(spoken(backend, clone_job), spoken(backend, replace(clone_job, seed=clone_job.seed + 1)))


@pytest.mark.slow
def test_sound_flows_before_all_of_it_is_made(backend, clip, long_seed, monkeypatch):
    limit_answers(monkeypatch, LONG_CODES)
    chunks = list(backend.clone(clone_of(clip, long_seed), JobControl()))
    assert len(chunks) >= 3
    assert chunks[0].duration_s < 0.7
    assert sum(chunk.duration_s for chunk in chunks) == pytest.approx(LONG_CODES * CODE_S)


@pytest.mark.parametrize("task", [task for task in CATALOGUE.values() if task.instruction], ids=lambda t: t.name)
def test_every_task_makes_sound(backend, edit_job, task):
    edit = Edit(task.name, next(iter(task.tags), ""))
    tagged = parse_script("What the [Laughter] clip says.") if task.name == "paralinguistic" else None
    job = replace(edit_job, edit=edit, script=tagged)
    assert spoken(backend, job).duration_s > 0


@pytest.mark.slow
async def test_more_jobs_than_workers_are_answered_together_and_sound_as_alone(backend, clip, seed, monkeypatch):
    jobs = [clone_of(clip, seed + n) for n in range(4)]
    alone = [spoken(backend, job) for job in jobs]
    rows: list[int] = []
    real = DecodingStep.decode

    def spy(self: DecodingStep, n_rows: int, longest: int) -> list[int]:
        rows.append(n_rows)
        return real(self, n_rows, longest)

    monkeypatch.setattr(DecodingStep, "decode", spy)
    scheduler = Scheduler(workers=1, max_jobs=8)

    async def sound_of(job: CloneJob) -> Audio:
        control = JobControl()
        return joined([chunk async for chunk in scheduler.run(lambda: backend.clone(job, control), control)])

    try:
        together = await asyncio.gather(*map(sound_of, jobs))
    finally:
        await asyncio.to_thread(scheduler.close, 10)
    assert all(same(one, other) for one, other in zip(alone, together, strict=True))
    assert max(rows) > 1


@pytest.mark.slow
def test_iterations_feed_the_result_back(backend, edit_job):
    once = spoken(backend, edit_job)
    again = spoken(backend, replace(edit_job, audio=once, seed=edit_job.seed + 1))
    twice = spoken(backend, replace(edit_job, edit=replace(edit_job.edit, iterations=2)))
    assert same(twice, again)


@pytest.mark.slow
def test_intensity_1_is_no_guidance_and_others_are_heard(backend, clone_job, edit_job, monkeypatch):
    strong = replace(edit_job.edit, intensity=2.0)
    assert not same(spoken(backend, edit_job), spoken(backend, replace(edit_job, edit=strong)))
    assert not same(spoken(backend, clone_job), spoken(backend, replace(clone_job, intensity=2.0)))
    plain = spoken(backend, clone_job), spoken(backend, edit_job)
    monkeypatch.setattr("app.engine.step_audio.prompts.prompt.Guidance", None)  # to need it would now raise
    assert same(spoken(backend, clone_job), plain[0])
    assert same(spoken(backend, edit_job), plain[1])


@pytest.mark.slow
def test_intensity_without_a_transcript_is_warned_of(backend, edit_job):
    job = replace(edit_job, edit=Edit("denoise", "", 2.0, 2), transcript=None)
    without_words, with_words = JobControl(), JobControl()
    assert not same(
        spoken(backend, job, without_words), spoken(backend, replace(job, transcript="What it says."), with_words)
    )
    assert IntensityApproximate() in without_words.warnings
    assert IntensityApproximate() not in with_words.warnings


@pytest.mark.slow
def test_sounds_in_a_text_are_put_in_by_an_edit_of_what_was_spoken(backend, clone_job):
    plain = spoken(backend, replace(clone_job, script=Script("Well, fine.")))
    sounds = Script("Well, fine.", (Sound("sigh", 4, 1.5, 2),))
    by_hand = EditJob(Edit("paralinguistic", "", 1.5, 2), plain, "Well, fine.", sounds, clone_job.seed)
    assert same(spoken(backend, replace(clone_job, script=sounds)), spoken(backend, by_hand))


@pytest.mark.slow
def test_sounds_of_several_strengths_are_put_in_one_after_the_other(backend, clone_job):
    weak, strong = Sound("sigh", 4, 1.0), Sound("laugh", 11, 2.0)
    first = spoken(backend, replace(clone_job, script=Script("Well, fine.", (weak,))))
    both = Script("Well, fine.", (weak, strong))
    by_hand = EditJob(Edit("paralinguistic", "", 2.0), first, "Well, fine.", both, clone_job.seed)
    assert same(spoken(backend, replace(clone_job, script=both)), spoken(backend, by_hand))


@pytest.mark.slow
def test_a_silent_result_on_its_way_is_not_blamed_on_the_callers_clip(backend, edit_job, monkeypatch):
    silent = Audio(np.zeros(24_000, np.float32), 24_000)
    monkeypatch.setattr("app.engine.step_audio.backend.speak", lambda *_: iter([silent]))
    with pytest.raises(SilentResult):
        spoken(backend, replace(edit_job, edit=replace(edit_job.edit, iterations=2)))


@pytest.mark.slow
def test_symbols_of_the_model_in_a_text_are_left_out_with_a_warning(backend, clone_job):
    control = JobControl()
    job = replace(clone_job, script=Script(f"<|BOT|>{WORDS}<audio_5>"))
    assert same(spoken(backend, job, control), spoken(backend, clone_job))
    assert any({"<|BOT|>", "<audio_5>"} <= set(getattr(note, "removed", ())) for note in control.warnings)


def test_an_answer_without_an_end_is_cut_with_a_warning(backend, clone_job):
    control = JobControl()
    assert spoken(backend, clone_job, control).duration_s == pytest.approx(SHORT_CODES * CODE_S)
    assert control.finish_reason == "length"
    assert [english(note) for note in control.warnings] == ["The model found no end; the sound was cut after 1.0 s."]


@pytest.mark.slow
def test_jobs_side_by_side_sound_as_they_do_alone(backend, clone_job, edit_job):
    jobs = [clone_job, edit_job, replace(clone_job, seed=clone_job.seed + 5), replace(clone_job, variant="awq")]
    alone = [spoken(backend, job) for job in jobs]
    together: dict[int, Audio] = {}

    def run(n: int) -> None:
        together[n] = spoken(backend, jobs[n])

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert all(same(together[n], alone[n]) for n in range(len(jobs)))


# ---- the cache -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_known_clip_costs_its_mel_alone(tiny_root, tmp_path, clone_job, monkeypatch):
    first = backend_of(tiny_root, tmp_path)
    first.load()
    sound = spoken(first, clone_job)
    again = backend_of(tiny_root, tmp_path)  # another process, as far as the cache knows
    again.load()
    for owner, name in ((AudioTokenizer, "encode"), (CampPlus, "vector")):
        monkeypatch.setattr(owner, name, None)
    assert same(spoken(again, clone_job), sound)
    assert (again._cache.stats().hits, again._cache.stats().misses) == (1, 0)


@pytest.mark.slow
def test_results_on_their_way_are_not_kept(tiny_root, edit_job):
    backend = backend_of(tiny_root)
    backend.load()
    spoken(backend, replace(edit_job, edit=replace(edit_job.edit, iterations=3)))
    assert backend._cache.stats().entries == 1


# ---- variants ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["awq", pytest.param("bnb", marks=pytest.mark.slow)])  # bitsandbytes loads slowly
def test_each_variant_answers_by_itself_over_shared_parts(backend, clone_job, variant):
    plain, quantised = (spoken(backend, replace(clone_job, variant=name)) for name in ("base", variant))
    assert not same(plain, quantised)
    assert same(plain, spoken(backend, clone_job))
    assert {"audio-tokenizer", "decoder", "base", variant} <= set(backend.status().memory_bytes)
    assert min(backend.status().memory_bytes.values()) > 100_000


@pytest.mark.gpu
@pytest.mark.parametrize("variant", ["base", "awq", "bnb"])
def test_a_cuda_device_speaks_and_keeps_codes_and_switch(tiny_root, backend, clone_job, variant):
    on_gpu = backend_of(tiny_root, device=choose_device("cuda", is_explicit=True))
    on_gpu.load()
    sound = spoken(on_gpu, replace(clone_job, variant=variant))
    assert np.isfinite(sound.samples).all()
    assert rms_db(sound.samples) > -50
    assert torch.backends.cuda.matmul.allow_tf32
    clip = clone_job.voice.reference
    codes = [made._loaded().preparation.voice(clip, JobControl(), "x").codes for made in (on_gpu, backend)]
    assert np.mean(np.array(codes[0].mixed()) == np.array(codes[1].mixed())) > 0.98


def test_an_absent_variant_is_refused_and_those_present_are_listed(tiny_root, tmp_path):
    for name in ("Step-Audio-Tokenizer", "Step-Audio-EditX"):
        (tmp_path / name).symlink_to(tiny_root / name)
    backend = backend_of(tmp_path)
    assert backend.status().variants == ("base", "bnb")
    assert "awq" in backend.status().absent_variants
    with refused(InvalidRequest, match=r"'awq' is not available.*base, bnb"):
        backend.variant_for("awq")


# ---- stopping ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("make", [clone_of, edit_of])
def test_no_stretch_of_work_is_long(backend, make, clip, long_seed, monkeypatch):
    """Operations of torch between two looks at the job's control; their time would be the machine's."""
    limit_answers(monkeypatch, LONG_CODES)
    looks = []

    class Operations(TorchDispatchMode):
        n = 0

        def __torch_dispatch__(self, function, _types, args=(), options=None):
            self.n += 1
            return function(*args, **(options or {}))

    class Watched(JobControl):
        def checkpoint(self) -> None:
            looks.append(operations.n)
            super().checkpoint()

    with Operations() as operations:
        spoken(backend, make(clip, long_seed), Watched())
    assert operations.n > 10 * MOST_OPERATIONS
    assert np.diff([*looks, operations.n]).max() < MOST_OPERATIONS


def test_a_cancelled_job_ends_at_its_next_look(backend, clone_job):
    control = JobControl()
    chunks = backend.clone(clone_job, control)
    next(chunks)
    control.cancel()
    with pytest.raises(Cancelled):
        next(chunks)


def test_a_job_left_alone_in_the_middle_holds_nothing(backend, clone_job):
    chunks = backend.clone(clone_job, JobControl())
    next(chunks)
    chunks.close()
    assert all(entry.n_users == 0 for entry in backend._variants._loaded.values())


# ---- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "error"), [(0.3, AudioTooShort), (61.0, AudioTooLong)])
def test_a_voice_needs_1_to_60_seconds(backend, clone_job, seconds, error):
    samples = np.resize(clone_job.voice.reference.samples, round(seconds * 24_000))
    job = replace(clone_job, voice=replace(clone_job.voice, reference=Audio(samples, 24_000)))
    with refused(error, match="'prompt_audio' lasts"):
        spoken(backend, job)


def test_a_prompt_that_leaves_no_room_for_an_answer_is_refused(backend, clone_job):
    job = replace(clone_job, voice=replace(clone_job.voice, transcript="Many words. " * 3000))
    with refused(InvalidRequest, match="too long for the model"):
        spoken(backend, job)


def test_a_silent_clip_is_refused(backend, edit_job):
    with refused(SilentAudio, match="input_audio"):
        spoken(backend, replace(edit_job, audio=Audio(np.zeros(48_000, np.float32), 24_000)))


def test_a_clip_too_short_for_one_code_is_refused(backend, edit_job):
    with pytest.raises(AudioTooShort):
        spoken(backend, replace(edit_job, audio=edit_job.audio.slice_s(1.0, 1.02)))


@pytest.mark.parametrize("text", ["...", "🙂🙂", "<|BOT|>", "\u200b"])
def test_text_without_letters_is_refused(backend, text):
    with refused(UnspeakableText, match="'input'"):
        backend.check_text(Script(text), "input")


@pytest.mark.parametrize("text", ["Hello.", "今天天气很好", "Привет", "١٢٣"])
def test_every_script_is_tried(backend, text):
    backend.check_text(Script(text), "input")


def test_words_of_the_lexicon_are_written_as_they_are_said(backend):
    lexicon = checked_lexicon({"Nguyen": "win", "重庆": "chong2 qing4"}, "step_audio.pronunciations")
    (span,) = backend.read(Script("Ask Nguyen in 重庆", lexicon=lexicon))
    assert [(reading.spoken, reading.kind) for reading in span.readings] == [
        ("Ask ", "text"), ("win", "lexicon"), (" in ", "text"), ("chong2qing4", "lexicon"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["It's $5 at 7-8pm, GPT-4.5 & **more**.", "他第2次来，共1,234.50元。"])
def test_numbers_and_signs_are_left_to_the_model(backend, text):
    (span,) = backend.read(Script(text))
    assert [(reading.spoken, reading.kind) for reading in span.readings] == [(text, "text")]


def test_a_word_of_the_lexicon_sounds_as_its_respelling(backend, clone_job):
    lexicon = checked_lexicon({"Nguyen": "win"}, "step_audio.pronunciations")
    given, respelled = (
        spoken(backend, replace(clone_job, script=script))
        for script in (Script("Ask Nguyen", lexicon=lexicon), Script("Ask win"))
    )
    assert same(given, respelled)


def test_only_prompts_without_words_need_no_transcript(backend):
    edits = [Edit(task.name) for task in CATALOGUE.values() if task.instruction]
    assert {edit.task for edit in edits if not backend.needs_transcript(edit)} == {"denoise", "vad"}
    assert backend.needs_transcript(Edit("denoise", intensity=2.0)), "guidance has the words in its prompt"
