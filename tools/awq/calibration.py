"""What flows into the matrices of a model when it does its work.

The model makes its own material: it speaks the transcripts of the preset voices, then edits what it has spoken. So no
recordings and no audio tokenizer are needed, and the codes are such as the model meets in use.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import torch
from torch import Tensor, nn

import app
from app.engine.edits import CATALOGUE
from app.engine.step_audio.language_model.generation import Generation
from app.engine.step_audio.language_model.loop import run_alone
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.engine.step_audio.prompts.text_tokenizer import TextTokenizer
from app.engine.step_audio.prompts.wording import clone_prompt, edit_prompt
from app.engine.step_audio.vocabulary import AUDIO_IDS

VOICES = Path(app.__file__).parent / "assets" / "voices" / "voices.json"
ENTRANCES = ("self_attn.q_proj", "mlp.gate_proj", "mlp.down_proj")  # q, k, v share their input, gate and up theirs

Inputs = dict[str, Tensor]  # module name to float16 [samples, in]


def spoken_sequences(
    model: Step1ForCausalLM, tokenizer: TextTokenizer, n_texts: int, max_new_tokens: int, seed: int
) -> Iterator[list[int]]:
    """Prompts with the model's own answers: for each text one clone and one edit of it, the tasks in turn."""
    texts = [voice["transcript"] for voice in json.loads(VOICES.read_text(encoding="utf-8"))["voices"]]
    kinds = [(task.name, tag) for task in CATALOGUE.values() if task.instruction for tag in (*task.tags, "")[:3]]
    reference: list[int] = []
    transcript = ""
    for n, text in zip(range(n_texts), itertools.cycle(texts), strict=False):
        spoken = clone_prompt(tokenizer, text=text, transcript=transcript, codes=reference)
        codes = _answer(model, spoken, max_new_tokens, seed + n)
        yield spoken + codes
        reference, transcript = [token - AUDIO_IDS.start for token in codes], text
        task, tag = kinds[n % len(kinds)]
        edit = edit_prompt(tokenizer, task=task, tag=tag, transcript=text, codes=reference, text=text)
        yield edit + _answer(model, edit, max_new_tokens, seed + n)


def inputs_of_layers(model: Step1ForCausalLM, sequences: Sequence[Sequence[int]], n_samples: int, seed: int) -> Inputs:
    """Up to `n_samples` tokens' inputs of each entrance, drawn evenly from all sequences."""
    samples: dict[str, list[Tensor]] = {}
    places = torch.Generator().manual_seed(seed)
    share = -(-n_samples // len(sequences))
    with ExitStack() as hooks, torch.inference_mode():
        chosen = torch.zeros(0, dtype=torch.long)

        def watch(name: str, module: nn.Module) -> None:
            def keep(_: nn.Module, args: tuple[Tensor, ...]) -> None:
                samples.setdefault(name, []).append(args[0][0, chosen].half().cpu())

            hooks.callback(module.register_forward_pre_hook(keep).remove)

        for name, module in model.named_modules():
            if name.endswith(ENTRANCES):
                watch(name, module)
        for sequence in sequences:
            chosen = torch.randperm(len(sequence), generator=places)[:share]
            model.model(torch.tensor([sequence], device=model.device))
    return {name: torch.cat(rows)[:n_samples] for name, rows in samples.items()}


def _answer(model: Step1ForCausalLM, prompt: list[int], max_new_tokens: int, seed: int) -> list[int]:
    return list(run_alone(model, Generation(prompt, max_new_tokens=max_new_tokens, seed=seed)))
