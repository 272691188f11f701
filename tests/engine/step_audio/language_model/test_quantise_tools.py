"""The folders that the quantising tools make load again, compute nearly the same, and are in the published formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from app.engine.errors import PartMissing, Unavailable
from app.engine.step_audio.language_model.generation import Generation
from app.engine.step_audio.language_model.int4_linear import Int4Linear
from app.engine.step_audio.language_model.loading import load_language_model
from app.engine.step_audio.language_model.loop import run_alone
from app.engine.step_audio.language_model.step1_config import Step1Config
from app.engine.step_audio.language_model.step1_model import Step1ForCausalLM
from tests.wording import refused
from tools import quantize_awq, quantize_bnb
from tools.awq.int4 import Rounding, packed_words, rounded, stored
from tools.awq.scaling import best_factors, scale_layer

WORDS = (0x76543210, 0x0FEDCBA9)  # the nibbles 0 to 15 in order, and a last 0


@pytest.fixture(scope="module")
def nf4_folder(step1_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nf4") / "Step-Audio-EditX-bnb-4bit"
    quantize_bnb.quantise(step1_folder, folder)
    return folder


@pytest.fixture(scope="module", params=[True, False], ids=["symmetric", "asymmetric"])
def awq_folder(step1_folder: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    folder = tmp_path_factory.mktemp("awq") / "Step-Audio-EditX-AWQ-4bit"
    quantize_awq.quantise(step1_folder, folder, Rounding(8, request.param), n_texts=2, max_new_tokens=20)
    return folder


def logits(model: Step1ForCausalLM) -> Tensor:
    ids = torch.randint(0, 74_000, (1, 60), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        return model(ids).logits[0].float()


def closeness(a: Tensor, b: Tensor) -> float:
    return float(torch.corrcoef(torch.stack((a.flatten(), b.flatten())))[0, 1])


@pytest.mark.slow
def test_the_nf4_folder_equals_quantising_while_loading(nf4_folder: Path, step1_folder: Path):
    stored_model, made = load_language_model(nf4_folder, "bnb"), load_language_model(step1_folder, "bnb")
    assert torch.equal(logits(stored_model), logits(made))


@pytest.mark.slow
def test_the_nf4_folder_has_the_names_that_transformers_writes(nf4_folder: Path):
    tensors = load_file(nf4_folder / "model-00001.safetensors")
    prefix = "model.layers.0.self_attn.q_proj.weight"
    parts = {name.removeprefix(prefix): tensor.dtype for name, tensor in tensors.items() if name.startswith(prefix)}
    assert parts == {
        "": torch.uint8,
        ".absmax": torch.uint8,
        ".quant_map": torch.float32,
        ".nested_absmax": torch.float32,
        ".nested_quant_map": torch.float32,
        ".quant_state.bitsandbytes__nf4": torch.uint8,
    }
    assert tensors["lm_head.weight"].dtype == torch.bfloat16
    quantisation = json.loads((nf4_folder / "config.json").read_text())["quantization_config"]
    assert quantisation["bnb_4bit_quant_type"] == "nf4"
    assert quantisation["bnb_4bit_use_double_quant"]


@pytest.mark.slow
def test_the_awq_folder_computes_nearly_the_same(awq_folder: Path, step1_model: Step1ForCausalLM):
    model = load_language_model(awq_folder, "awq")
    assert isinstance(model.model.layers[0].self_attn.q_proj, Int4Linear)
    assert closeness(logits(model), logits(step1_model)) > 0.9
    assert len(list(run_alone(model, Generation([1, 4, 15, 3], max_new_tokens=10, seed=1)))) <= 10


@pytest.mark.slow
def test_the_awq_folder_holds_what_its_config_says(awq_folder: Path):
    config = json.loads((awq_folder / "config.json").read_text())
    tensors = load_file(awq_folder / "model-00001.safetensors")
    prefix = "model.layers.0.mlp.down_proj."
    parts = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    shapes = {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in parts.items()}
    wanted = {
        "weight_packed": (torch.int32, (24, 8)),
        "weight_scale": (torch.bfloat16, (24, 8)),
        "weight_shape": (torch.int64, (2,)),
    }
    if not config["quantization_config"]["config_groups"]["group_0"]["weights"]["symmetric"]:
        wanted["weight_zero_point"] = (torch.int32, (3, 8))
    assert shapes == wanted
    assert parts["weight_shape"].tolist() == [24, 64]
    assert (awq_folder / "tokenizer.model").is_file()


@pytest.mark.slow
def test_a_folder_is_loaded_as_what_it_is(nf4_folder: Path, awq_folder: Path):
    for folder, stored_as, wrong in (
        (nf4_folder, "bnb", "base"),
        (nf4_folder, "bnb", "awq"),
        (awq_folder, "awq", "base"),
    ):
        with refused(Unavailable, match=f"holds the variant '{stored_as}'; it cannot be loaded as '{wrong}'"):
            load_language_model(folder, wrong)


@pytest.mark.slow
def test_a_packed_tensor_of_the_wrong_shape_is_named(awq_folder: Path, tmp_path: Path):
    for file in awq_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    tensors = load_file(tmp_path / "model-00001.safetensors")
    tensors["model.layers.1.mlp.up_proj.weight_scale"] = torch.ones(64, 1)
    save_file(tensors, tmp_path / "model-00001.safetensors")
    with refused(PartMissing, match=r"up_proj\.weight_scale is \[64, 1\] instead of \[64, 3\]"):
        load_language_model(tmp_path, "awq")


def awq_of_eight(source: Path, target: Path) -> None:
    quantize_awq.quantise(source, target, Rounding(8, is_symmetric=True))


@pytest.mark.parametrize("make", [quantize_bnb.quantise, awq_of_eight])
def test_what_exists_is_not_written_over(step1_folder: Path, tmp_path: Path, make: Callable[[Path, Path], None]):
    with pytest.raises(FileExistsError):
        make(step1_folder, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "tool",
    [quantize_awq, pytest.param(quantize_bnb, marks=pytest.mark.slow)],  # importing bitsandbytes takes seconds
)
def test_what_cannot_be_quantised_is_told_in_a_sentence(tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.argv", ["tool", str(tmp_path), str(tmp_path / "made")])
    with pytest.raises(SystemExit, match=r"config\.json' is missing\."):
        tool.main()


def test_groups_that_do_not_divide_the_inputs_are_refused(step1_folder: Path, tmp_path: Path):
    with pytest.raises(quantize_awq.BadGroups, match="groups of 128 do not divide 24 inputs; see --group-size"):
        quantize_awq.quantise(step1_folder, tmp_path / "target", Rounding(128, True))


def test_words_are_packed_lowest_bits_first():
    words = torch.tensor([WORDS], dtype=torch.int64).to(torch.int32)
    values = torch.tensor([[*range(-8, 0), *range(1, 8), -8]])
    assert torch.equal(packed_words(values), words)
    layer = Int4Linear(words, torch.tensor([[2.0, 0.5]]), None, in_features=16, group_size=8)
    assert layer.weight()[0].tolist() == [*(2.0 * n for n in range(-8, 0)), *(0.5 * n for n in range(1, 8)), -4.0]


def test_zero_points_are_taken_from_the_values():
    words = torch.tensor([[0x00000065]], dtype=torch.int32)
    layer = Int4Linear(words, torch.tensor([[0.5]]), torch.tensor([[0x9]], dtype=torch.int32), 2, 2)
    assert layer.weight()[0].tolist() == [(5 - 9) * 0.5, (6 - 9) * 0.5]


@pytest.mark.parametrize("is_symmetric", [True, False])
def test_a_product_in_blocks_is_that_of_all_weights(monkeypatch: pytest.MonkeyPatch, is_symmetric: bool):
    parts = stored(torch.randn(37, 48, generator=torch.Generator().manual_seed(1)), Rounding(16, is_symmetric))
    layer = Int4Linear(parts["weight_packed"], parts["weight_scale"].float(), parts.get("weight_zero_point"), 48, 16)
    x = torch.randn(2, 3, 48, generator=torch.Generator().manual_seed(2))
    wanted, largest, real = x @ layer.weight().T, [], Int4Linear.weight

    def spy(self: Int4Linear, *ends: int) -> torch.Tensor:
        block = real(self, *ends)
        largest.append(block.numel())
        return block

    monkeypatch.setattr("app.engine.step_audio.language_model.int4_linear.BLOCK_VALUES", 10 * 48)
    monkeypatch.setattr(Int4Linear, "weight", spy)
    torch.testing.assert_close(layer(x), wanted)
    assert largest == [480, 480, 480, 7 * 48]


@pytest.mark.parametrize("is_symmetric", [True, False])
@pytest.mark.parametrize(("n_out", "n_in", "group"), [(24, 24, 8), (5, 40, 8), (13, 64, 16), (8, 20, 20), (3, 12, 4)])
def test_packing_is_undone_exactly(n_out: int, n_in: int, group: int, is_symmetric: bool):
    weight = torch.randn(n_out, n_in, generator=torch.Generator().manual_seed(n_out))
    rounding = Rounding(group, is_symmetric)
    parts = stored(weight, rounding)
    layer = Int4Linear(
        parts["weight_packed"], parts["weight_scale"].float(), parts.get("weight_zero_point"), n_in, group
    )
    assert torch.equal(layer.weight(), rounded(weight, rounding).weight())
    step = parts["weight_scale"].float().repeat_interleave(group, dim=1)
    assert ((layer.weight() - weight).abs() <= 1.02 * step).all()
    x = torch.randn(2, 3, n_in)
    torch.testing.assert_close(layer(x), x @ layer.weight().T)


def test_scaling_helps_where_some_channels_carry_most():
    random = torch.Generator().manual_seed(0)
    x = torch.randn(200, 32, generator=random) * torch.logspace(-1, 1, 32)[torch.randperm(32, generator=random)]
    weight = torch.randn(16, 32, generator=random)
    factors, plain_error, error = best_factors(x, [weight], Rounding(8, is_symmetric=True))
    assert error < 0.8 * plain_error
    scaled = rounded(weight * factors, Rounding(8, is_symmetric=True)).weight() / factors
    power = (x @ weight.T).square().sum()
    assert ((x @ (scaled - weight).T).square().sum() / power).item() == pytest.approx(error, rel=1e-4)


@pytest.mark.slow
def test_moving_factors_changes_nothing_but_rounding():
    config = Step1Config(
        hidden_size=32, intermediate_size=48, num_attention_heads=4, num_attention_groups=2, num_hidden_layers=2,
        vocab_size=75_000,
    )  # fmt: skip
    model = Step1ForCausalLM(config).eval()
    before = logits(model)
    random = torch.Generator().manual_seed(0)
    for n in range(2):
        inputs = {
            f"model.layers.{n}.{name}": torch.randn(64, width, generator=random) * torch.logspace(-1, 1, width)
            for name, width in (("self_attn.q_proj", 32), ("mlp.gate_proj", 32), ("mlp.down_proj", 48))
        }
        plain_error, error = scale_layer(model, n, inputs, Rounding(16, is_symmetric=False))
        assert error <= plain_error
    assert not torch.equal(model.model.layers[0].input_layernorm.weight, torch.ones(32))
    torch.testing.assert_close(logits(model), before, atol=1e-4, rtol=1e-4)
