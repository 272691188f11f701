"""The tokenizer gives the ids the model was trained with, and refuses any file that would not."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
import sentencepiece

from app.engine.errors import PartMissing
from app.engine.step_audio.prompts.text_tokenizer import TextTokenizer, load_text_tokenizer
from tests.wording import refused


def test_text_becomes_the_golden_ids(step1_tokenizer: TextTokenizer, step1_prompts: dict[str, Any]):
    for probe in step1_prompts["probes"]:
        assert step1_tokenizer.encode(probe["text"]) == probe["ids"]


def test_audio_symbols_are_one_id_each(step1_tokenizer: TextTokenizer):
    assert step1_tokenizer.encode("a<audio_0><audio_5119>")[-2:] == [65_536, 70_655]


def test_the_file_itself_can_be_named(step1_folder: Path):
    assert load_text_tokenizer(str(step1_folder / "tokenizer.model")).encode("\n") == [324, 78]


def test_a_missing_file_is_named(tmp_path: Path):
    with refused(PartMissing, match=r"tokenizer\.model' is missing"):
        load_text_tokenizer(tmp_path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path):
    (tmp_path / "tokenizer.model").write_text("version https://git-lfs.github.com/spec/v1")
    with refused(PartMissing, match="is not a SentencePiece model"):
        load_text_tokenizer(tmp_path)


def test_another_tokenizer_is_refused(tmp_path: Path):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["some words to learn from"] * 9), model_writer=model, vocab_size=18, minloglevel=2
    )
    (tmp_path / "tokenizer.model").write_bytes(model.getvalue())
    with refused(PartMissing, match="has 18 pieces instead of 74752"):
        load_text_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("piece", "swapped", "fault"),
    [
        (b"<|BOT|>", b"<|TOB|>", r"id 4 is '<\|TOB\|>' instead of '<\|BOT\|>'"),
        (b"<audio_0>", b"<audio_x>", "id 65536 is"),
        (b"<0x0A>", b"<0x0a>", "id 78 is"),
    ],
)
def test_a_shifted_layout_is_refused(step1_copy: Path, piece: bytes, swapped: bytes, fault: str):
    file = step1_copy / "tokenizer.model"
    content = file.read_bytes()
    assert len(re.findall(re.escape(piece), content)) == 1
    file.write_bytes(content.replace(piece, swapped))
    with refused(PartMissing, match=f"not the tokenizer of Step-Audio-EditX: {fault}|not a SentencePiece model"):
        load_text_tokenizer(step1_copy)
