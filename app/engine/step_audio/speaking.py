"""From a prompt to sound: the language model's ids go to the decoder as they come, sound comes back in chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, suppress

import numpy as np

from app.engine.errors import NoAnswer, TextAndClipTooLong
from app.engine.facts.fact import Note
from app.engine.facts.warnings import NoEndFound, RepeatedItself
from app.engine.job import FinishReason, JobControl
from app.engine.options import MAX_SEED
from app.engine.sound.audio import Audio, joined
from app.engine.step_audio.codes import PATTERN
from app.engine.step_audio.decoder import Decoder
from app.engine.step_audio.language_model import Generation, ServedModel
from app.engine.step_audio.prompts.prompt import Prompt
from app.engine.step_audio.reference import Prepared
from app.engine.step_audio.vocabulary import AUDIO_IDS

MAX_TOKENS = 8192  # of prompt and answer together: the longest the model was trained with
MORE_SEEDS = 2  # that are tried where the answer is empty
FADE_S = 0.005  # at the ends of what is spoken, so that it joins without a click
CUT_SHORT: Mapping[FinishReason, Callable[[float], Note]] = {"length": NoEndFound, "degenerate": RepeatedItself}


def speak(
    model: ServedModel, decoder: Decoder, prompt: Prompt, voice: Prepared, seed: int, control: JobControl
) -> Iterator[Audio]:
    """The answer to the prompt in the voice, in chunks, its ends faded. Warns of an answer that was cut short.

    Where the answer is empty, the next seeds are tried: the same seed gives the same sound again all the same. Raises
    NoAnswer when those are empty, too, InvalidRequest for a prompt that leaves no room, Cancelled, DeadlineExceeded.
    """
    for next_seed in range(seed, seed + MORE_SEEDS):
        with suppress(NoAnswer):
            yield from _answer(model, decoder, prompt, voice, next_seed % (MAX_SEED + 1), control)
            return
    yield from _answer(model, decoder, prompt, voice, (seed + MORE_SEEDS) % (MAX_SEED + 1), control)


def _answer(
    model: ServedModel, decoder: Decoder, prompt: Prompt, voice: Prepared, seed: int, control: JobControl
) -> Iterator[Audio]:
    """The answer for one seed. Raises NoAnswer before the first chunk."""
    room = MAX_TOKENS - len(prompt.ids)
    if room < len(PATTERN):
        raise TextAndClipTooLong(len(prompt.ids))
    answer = Generation(
        prompt.ids,
        max_new_tokens=min(prompt.max_new_tokens, room),
        seed=seed,
        guidance=prompt.guidance,
        control=control,
    )
    n_samples = 0
    with closing(model.start(answer)), ExitStack() as at_end:  # the prompt is read while the decoder prepares itself
        session = decoder.stream(voice.codes.mixed(), voice.conditioning, seed=seed, checkpoint=control.checkpoint)
        at_end.callback(session.close)
        for group in _groups(answer):
            for chunk in session.push(group, checkpoint=control.checkpoint):
                yield chunk if n_samples else _faded_in(chunk)
                n_samples += len(chunk.samples)
        ending = session.push((), last=True, checkpoint=control.checkpoint)
    if not ending:
        if n_samples:
            return
        raise NoAnswer
    end = joined(ending)
    n_samples += len(end.samples)
    if answer.reason == "length" or answer.reason == "degenerate":
        control.finished(answer.reason)
        control.warn(CUT_SHORT[answer.reason](n_samples / end.sample_rate))
    yield _faded_out(end if n_samples > len(end.samples) else _faded_in(end))


def _groups(answer: Generation) -> Iterator[list[int]]:
    """The ids as codes, in groups of the pattern; the last one may be shorter."""
    while ids := answer.read(len(PATTERN)):
        yield [token - AUDIO_IDS.start for token in ids]


def _faded_in(audio: Audio) -> Audio:
    n = min(round(FADE_S * audio.sample_rate), len(audio.samples))
    samples = audio.samples.copy()
    samples[:n] *= np.linspace(0, 1, n, endpoint=False, dtype=np.float32)
    return Audio(samples, audio.sample_rate)


def _faded_out(audio: Audio) -> Audio:
    return Audio(_faded_in(Audio(audio.samples[::-1], audio.sample_rate)).samples[::-1], audio.sample_rate)
