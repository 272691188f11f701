"""Every fault of a decoder folder is told by file and key, and nothing in the files is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from app.engine.errors import PartMissing, Unavailable
from app.engine.step_audio.decoder import Decoder
from app.engine.step_audio.decoder.config import parsed_config
from app.wording.english import english
from tests.wording import refused


def edit_yaml(folder: Path, *changes: tuple[str, str]) -> None:
    path = folder / "cosyvoice.yaml"
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)


def edit_weights(path: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = torch.load(path, weights_only=True)
    change(tensors)
    torch.save(tensors, path)


@pytest.mark.parametrize("name", ["cosyvoice.yaml", "flow.pt", "hift.pt", "campplus.onnx"])
def test_an_absent_file_is_named(decoder_copy: Path, name: str) -> None:
    (decoder_copy / name).unlink()
    with refused(PartMissing, match=rf"{name} is missing"):
        Decoder.from_pretrained(decoder_copy)


@pytest.mark.parametrize("name", ["flow.pt", "hift.pt"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_truncated_weights_are_named(decoder_copy: Path, name: str, share: float) -> None:
    path = decoder_copy / name
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with refused(PartMissing, match=rf"{name} is (empty|cut off)"):
        Decoder.from_pretrained(decoder_copy)


@pytest.mark.parametrize("name", ["flow.pt", "hift.pt", "campplus.onnx"])
def test_a_git_lfs_pointer_is_called_one(decoder_copy: Path, name: str) -> None:
    (decoder_copy / name).write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{64 * 'a'}\nsize 9\n")
    with refused(PartMissing, match=rf"{name} is a Git LFS pointer"):
        Decoder.from_pretrained(decoder_copy)


def test_weights_damaged_inside_are_named(decoder_copy: Path) -> None:
    path = decoder_copy / "flow.pt"
    content = path.read_bytes()
    path.write_bytes(content[:40] + bytes(200) + content[240:])
    with refused(PartMissing, match=r"'flow\.pt' \(\d+ bytes\) is no readable torch file"):
        Decoder.from_pretrained(decoder_copy)


def test_a_cuda_device_that_is_not_there_is_refused(decoder_copy: Path) -> None:
    with refused(Unavailable, match="CUDA"):
        Decoder.from_pretrained(decoder_copy, f"cuda:{torch.cuda.device_count()}")


def test_a_pickle_with_code_is_refused_and_not_run(decoder_copy: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(tmp_path / "sprung"),)

    torch.save({"trap": Trap()}, decoder_copy / "flow.pt")
    with refused(PartMissing, match=r"flow\.pt"):
        Decoder.from_pretrained(decoder_copy)
    assert not (tmp_path / "sprung").exists()


def test_a_file_that_holds_no_dictionary_is_refused(decoder_copy: Path) -> None:
    torch.save(torch.zeros(3), decoder_copy / "hift.pt")
    with refused(PartMissing, match=r"'hift\.pt' must be a plain dictionary"):
        Decoder.from_pretrained(decoder_copy)


def test_missing_unknown_and_misshapen_keys_name_themselves(decoder_copy: Path) -> None:
    def spoil(tensors: dict[str, torch.Tensor]) -> None:
        del tensors["encoder_proj.bias"]
        tensors["encoder.bonus"] = torch.zeros(1)
        tensors["encoder.after_norm.weight"] = torch.zeros(7)

    edit_weights(decoder_copy / "flow.pt", spoil)
    with pytest.raises(PartMissing) as caught:
        Decoder.from_pretrained(decoder_copy)
    message = english(caught.value)
    assert "missing: encoder_proj.bias" in message
    assert "unknown: encoder.bonus" in message
    assert "encoder.after_norm.weight is [7] instead of [32]" in message
    assert str(decoder_copy) not in message


def test_a_missing_half_of_a_normed_weight_names_itself(decoder_copy: Path) -> None:
    name = "conv_pre.parametrizations.weight.original0"
    edit_weights(decoder_copy / "hift.pt", lambda tensors: tensors.pop(name))
    with refused(PartMissing, match=f"missing: {name}"):
        Decoder.from_pretrained(decoder_copy)


def test_old_names_and_half_precision_of_stored_weights_are_taken(decoder_copy: Path, decoder: Decoder) -> None:
    def age(tensors: dict[str, torch.Tensor]) -> None:
        for name in list(tensors):
            value = tensors.pop(name).double()
            name = name.replace("parametrizations.weight.original0", "weight_g")
            tensors[name.replace("parametrizations.weight.original1", "weight_v")] = value

    edit_weights(decoder_copy / "hift.pt", age)
    mel = torch.randn(1, 80, 12)
    again = Decoder.from_pretrained(decoder_copy).mel_to_wave(mel)
    assert torch.equal(again, decoder.mel_to_wave(mel))


@pytest.mark.parametrize("content", [b"this is text\n" * 50, b"", b"\x08\x07\x12"])
def test_an_onnx_file_that_is_none_is_named(decoder_copy: Path, content: bytes) -> None:
    (decoder_copy / "campplus.onnx").write_bytes(content)
    with refused(PartMissing, match=r"campplus\.onnx"):
        Decoder.from_pretrained(decoder_copy)


def test_an_absent_folder_is_named(tmp_path: Path) -> None:
    with refused(PartMissing, match="no decoder folder 'nowhere'"):
        Decoder.from_pretrained(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("        key_bias: true", "        key_bias: true\n        bonus: 1", "unknown keys in 'flow.encoder': bonus"),
        ("            depth: 2", "            depth: 2\n            bonus: 1", "'flow.decoder.estimator': bonus"),
        ("    nsf_alpha: 0.1", "    nsf_alpha: 0.1\n    bonus: 1", "unknown keys in 'hift': bonus"),
        ("    num_mels: 80\n", "", "lacks keys in 'mel_conf': num_mels"),
        ("    vocab_size: 5121 ", "    vocab_size: many ", "wrong kind at 'flow.vocab_size'"),
        ("    vocab_size: 5121 ", "    vocab_size: 5000 ", "flow.vocab_size==flow.input_embedding.vocab_size"),
        ("    vocab_size: 5121 ", "    # ", "lacks keys in 'flow': vocab_size"),
        ("      vocab_size: 5121", "      # ", "lacks keys in 'flow.input_embedding': vocab_size"),
        ("      vocab_size: 5121", "      bonus: 1\n      vocab_size: 5121", "keys in 'flow.input_embedding': bonus"),
        ("attention_heads: 2", "attention_heads: 0", "attention_heads"),
        ("base_channels: 32", "base_channels: -32", "wrong kind at 'hift.base_channels'"),
        ("linear_units: 48", "linear_units: lots", "wrong kind at 'flow.encoder.linear_units'"),
        ("decoder_dit.DiT", "decoder_dit.UNet", "class 'UNet' for 'flow.decoder.estimator'"),
        ("mel_conf:", "mel_config:", "no section 'mel_conf'"),
        ("in_channels: 320", "in_channels: 321", "in_channels==4*flow.output_size"),
        ("hop_size: 480", "hop_size: 256", "mel_conf.hop_size"),
        ("'rel_selfattn'", "'selfattn'", "rel_selfattn"),
        ("mel_conf:", "mel_conf: [", "no valid YAML at line"),
    ],
)
def test_a_faulty_yaml_names_its_fault(decoder_copy: Path, old: str, new: str, told: str) -> None:
    edit_yaml(decoder_copy, (old, new))
    with pytest.raises(PartMissing) as caught:
        Decoder.from_pretrained(decoder_copy)
    assert told in english(caught.value)


def test_unknown_keys_at_the_top_and_in_the_flows_decoder_are_taken(decoder_copy: Path, decoder: Decoder) -> None:
    edit_yaml(
        decoder_copy,
        ("mel_conf:", "seed: !apply:torch.manual_seed [1234]\nsample: !ref <mel_conf>\nmel_conf:"),
        ("inference_cfg_rate: 0.7", "inference_cfg_rate: 7.0e-1\n        t_scheduler: cosine"),
    )
    assert Decoder.from_pretrained(decoder_copy).config == decoder.config


def test_tags_of_the_yaml_are_never_imported(decoder_copy: Path, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    text = (decoder_copy / "cosyvoice.yaml").read_text()
    parsed_config(f"bad: !new:pathlib.Path.touch\n  self: {trap}\n{text}")
    with pytest.raises(PartMissing):
        parsed_config(f"bad: !!python/object/apply:pathlib.Path.touch [{trap}]\n{text}")
    assert not trap.exists()
