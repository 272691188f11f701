"""Model folders are checked before they are read; nothing in them is run; each variant computes nearly the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModelForCausalLM

from app.engine.errors import InvalidRequest, PartMissing, Unavailable
from app.engine.step_audio.language_model.loading import load_language_model
from app.engine.step_audio.language_model.nf4_linear import Nf4Linear
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from app.wording.english import english
from tests.wording import refused

SHARD = "model-00001.safetensors"
TRAP = "raise SystemExit('the code beside the weights was run')\n"


@pytest.fixture
def prompt(step1_arrays: Mapping[str, NDArray[Any]]) -> Tensor:
    return torch.from_numpy(step1_arrays["clone/ids"])[None]


def logits(model: Step1ForCausalLM, ids: Tensor) -> Tensor:
    with torch.inference_mode():
        return model(ids).logits[0].float()


def change_config(folder: Path, **values: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))


def change_weights(folder: Path, change: Callable[[dict[str, Tensor]], None]) -> None:
    """Rewrite the weights as one file without an index."""
    tensors = load_file(folder / SHARD)
    change(tensors)
    for name in (SHARD, "model.safetensors.index.json"):
        (folder / name).unlink()
    save_file(tensors, folder / "model.safetensors")


def test_the_type_is_float32_on_the_cpu_unless_asked_otherwise(step1_folder: Path):
    assert load_language_model(step1_folder).dtype == torch.float32
    assert load_language_model(str(step1_folder), dtype=torch.bfloat16).dtype == torch.bfloat16


def test_loading_leaves_torch_as_it_was_and_tells_progress(step1_folder: Path):
    state, default = torch.get_rng_state(), torch.get_default_dtype()
    shares: list[float] = []
    load_language_model(step1_folder, dtype=torch.bfloat16, on_progress=shares.append)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_default_dtype() == default
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_code_beside_the_weights_is_never_run(step1_copy: Path, prompt: Tensor):
    for name in ("configuration_step1.py", "modeling_step1.py"):
        (step1_copy / name).write_text(TRAP)
    change_config(
        step1_copy,
        auto_map={
            "AutoConfig": "configuration_step1.Step1Config",
            "AutoModelForCausalLM": "modeling_step1.Step1ForCausalLM",
        },
    )
    ours = load_language_model(step1_copy)
    theirs = AutoModelForCausalLM.from_pretrained(step1_copy, dtype=torch.float32, trust_remote_code=False)
    assert type(theirs) is Step1ForCausalLM
    torch.testing.assert_close(logits(ours, prompt), logits(theirs, prompt))


def test_pickled_weights_are_not_weights(step1_copy: Path):
    (step1_copy / SHARD).unlink()
    (step1_copy / "model.safetensors.index.json").unlink()
    torch.save({}, step1_copy / "pytorch_model.bin")
    with refused(PartMissing, match="no weights in the safetensors format"):
        load_language_model(step1_copy)


@pytest.mark.parametrize("tie", [True, False, None])
def test_a_head_in_the_folder_is_never_tied(step1_copy: Path, step1_model: Step1ForCausalLM, tie: bool | None):
    if tie is not None:
        change_config(step1_copy, tie_word_embeddings=tie)
    model = load_language_model(step1_copy)
    assert torch.equal(model.lm_head.weight, step1_model.lm_head.weight)
    assert not torch.equal(model.lm_head.weight, model.model.embed_tokens.weight)
    assert model.config.tie_word_embeddings is False


def test_without_a_head_the_config_must_say_that_it_is_tied(step1_copy: Path):
    change_weights(step1_copy, lambda tensors: tensors.pop("lm_head.weight"))
    with refused(PartMissing, match=r"lacks tensors of the language model: lm_head\.weight"):
        load_language_model(step1_copy)
    change_config(step1_copy, tie_word_embeddings=True)
    model = load_language_model(step1_copy)
    assert model.lm_head.weight is model.model.embed_tokens.weight


def test_one_file_without_an_index_will_do(step1_copy: Path, step1_model: Step1ForCausalLM, prompt: Tensor):
    change_weights(step1_copy, lambda _: None)
    assert torch.equal(logits(load_language_model(step1_copy), prompt), logits(step1_model, prompt))


NORM = "model.norm.weight"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda t: t.pop(NORM), r"lacks tensors of the language model: model\.norm\.weight\."),
        (lambda t: t.update({"model.rotary": torch.ones(1)}), r"does not have: model\.rotary\."),
        (lambda t: t.update({NORM: torch.ones(25)}), r"model\.norm\.weight is \[25\] instead of \[24\]"),
        (lambda t: [t.pop(k) for k in list(t) if "layers.3" in k], r"layers\.3\.input_layernorm.* and 4 more\."),
    ],
)
def test_tensors_that_do_not_fit_are_named(step1_copy: Path, change: Callable[[dict[str, Tensor]], None], fault: str):
    change_weights(step1_copy, change)
    with refused(PartMissing, match=fault):
        load_language_model(step1_copy)


def test_sizes_in_the_config_are_checked(step1_copy: Path):
    change_config(step1_copy, num_attention_groups=5)
    with refused(PartMissing, match="no multiple of num_attention_groups"):
        load_language_model(step1_copy)


def test_another_kind_of_model_is_refused(step1_copy: Path):
    change_config(step1_copy, model_type="llama")
    with refused(PartMissing, match="describes a 'llama' model"):
        load_language_model(step1_copy)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        (SHARD, None, "is missing"),
        (SHARD, b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
        ("config.json", b"{", "cannot be read"),
        ("config.json", None, "is missing"),
        ("model.safetensors.index.json", b'{"weight_map": {"a": "../../secret.safetensors"}}', "files beside it"),
        ("model.safetensors.index.json", b'{"weight_map": {"a": "model-00001.safetensors"}}', "its index names: a"),
    ],
)
def test_broken_files_are_named(step1_copy: Path, name: str, content: bytes | None, fault: str):
    (step1_copy / name).unlink()
    if content is not None:
        (step1_copy / name).write_bytes(content)
    with refused(PartMissing, match=fault):
        load_language_model(step1_copy)


def test_a_cut_off_shard_is_named(step1_copy: Path):
    content = (step1_copy / SHARD).read_bytes()
    (step1_copy / SHARD).unlink()
    (step1_copy / SHARD).write_bytes(content[:-1000])
    with refused(PartMissing, match=f"{SHARD}' is cut off"):
        load_language_model(step1_copy)


def test_messages_name_no_path_of_the_machine(tmp_path: Path):
    folder = tmp_path / "Step-Audio-EditX"
    with pytest.raises(PartMissing) as error:
        load_language_model(folder)
    assert "Step-Audio-EditX/config.json" in english(error.value)
    assert str(tmp_path) not in english(error.value)


def test_an_unknown_variant_is_refused(step1_folder: Path):
    with refused(InvalidRequest, match="Available: base, awq, bnb"):
        load_language_model(step1_folder, "gptq")


def test_plain_weights_are_no_awq(step1_folder: Path):
    with refused(Unavailable, match=r"python -m tools\.quantize_awq"):
        load_language_model(step1_folder, "awq")


@pytest.mark.parametrize(
    ("quantisation", "fault"),
    [
        ({"quant_method": "gptq"}, "'gptq' are not supported"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "not in four bits"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "fp4"}, "fp4 in uint8"),
        ({"quant_method": "compressed-tensors", "config_groups": {}}, "0 groups of settings"),
        (
            {"quant_method": "compressed-tensors", "format": "pack-quantized",
             "config_groups": {"group_0": {"weights": {"num_bits": 8, "strategy": "group"}}}},
            "num_bits 8; supported is 4",
        ),
    ],
)  # fmt: skip
def test_other_quantisations_are_refused_by_name(step1_copy: Path, quantisation: dict[str, Any], fault: str):
    change_config(step1_copy, quantization_config=quantisation)
    variant = "awq" if quantisation["quant_method"] == "compressed-tensors" else "bnb"
    with refused(Unavailable, match=fault):
        load_language_model(step1_copy, variant)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_is_refused_where_there_is_none(step1_folder: Path):
    with refused(Unavailable, match="0 CUDA devices"):
        load_language_model(step1_folder, device="cuda")


@pytest.mark.gpu
@pytest.mark.parametrize("variant", ["base", "bnb"])
def test_the_gpu_computes_what_the_cpu_does(step1_folder: Path, variant: str, prompt: Tensor):
    on_gpu = load_language_model(step1_folder, variant, "cuda", torch.float32)
    on_cpu = load_language_model(step1_folder, variant)
    difference = logits(on_gpu, prompt.cuda()).cpu() - logits(on_cpu, prompt)
    assert difference.abs().mean() < 0.05


@pytest.mark.slow  # bitsandbytes takes seconds to import
def test_nf4_while_loading_stays_close_and_takes_less_memory(
    step1_folder: Path, step1_model: Step1ForCausalLM, prompt: Tensor
):
    model = load_language_model(step1_folder, "bnb")
    assert isinstance(model.model.layers[3].mlp.down_proj, Nf4Linear)
    assert closeness(logits(model, prompt), logits(step1_model, prompt)) > 0.9
    assert model.memory_bytes < step1_model.memory_bytes


@pytest.mark.slow  # bitsandbytes takes seconds to import
def test_one_layer_in_nf4_is_the_weights_rounded():
    weight = torch.randn(48, 64, generator=torch.Generator().manual_seed(0))
    layer = Nf4Linear.quantised(weight)
    x = torch.randn(5, 64, generator=torch.Generator().manual_seed(1))
    rounded = layer(torch.eye(64)).T  # each column of the weights the layer stands for
    torch.testing.assert_close(layer(x), x @ rounded.T, atol=1e-4, rtol=0)
    assert (rounded - weight).abs().mean() < 0.08
    copy = Nf4Linear.stored(layer.tensors(), (48, 64))
    assert torch.equal(copy(x), layer(x))


def test_the_folder_is_only_read(step1_copy: Path, prompt: Tensor):
    before = {file.name: file.read_bytes() for file in step1_copy.iterdir()}
    model = load_language_model(step1_copy, dtype=torch.bfloat16)
    with torch.no_grad():
        model.model.norm.weight.zero_()
    assert {file.name: file.read_bytes() for file in step1_copy.iterdir()} == before
    shutil.rmtree(step1_copy)
    assert logits(model, prompt).abs().sum() == 0


def closeness(a: Tensor, b: Tensor) -> float:
    """Correlation of two sets of logits."""
    return float(torch.corrcoef(torch.stack((a.flatten(), b.flatten())))[0, 1])
