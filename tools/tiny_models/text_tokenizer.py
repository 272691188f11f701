"""The text tokenizer of a tiny model: a sentencepiece Unigram with the real id layout, which spells most text out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from sentencepiece.sentencepiece_model_pb2 import ModelProto

N_PIECES, FIRST_TEXT, FIRST_AUDIO = 74_752, 324, 65_536
MARK = "\u2581"  # stands for the space before a word
COMMON = ("the", "audio", "text", "speaker", "more", "is", "to", "following", "emotion", "style")
PLACED = {2323: f"{MARK}system", 4623: f"{MARK}human", 12065: f"{MARK}Make", 15886: f"{MARK}assistant", 17758: "Make"}
TEXT_SCORE, UNREACHABLE_SCORE = -6.0, -30.0
Kind = ModelProto.SentencePiece


def write_text_tokenizer(folder: Path) -> None:
    """Write `tokenizer.model` and `tokenizer_config.json`."""
    model = ModelProto()
    for piece, score, kind in pieces():
        model.pieces.add(piece=piece, score=score, type=kind)
    trainer = model.trainer_spec
    trainer.model_type, trainer.vocab_size = trainer.UNIGRAM, FIRST_AUDIO
    trainer.byte_fallback = trainer.split_digits = trainer.allow_whitespace_only_pieces = True
    model.normalizer_spec.name, model.normalizer_spec.remove_extra_whitespaces = "identity", False
    (folder / "tokenizer.model").write_bytes(model.SerializeToString(deterministic=True))
    config = {
        "tokenizer_class": "LlamaTokenizer", "legacy": False, "padding_side": "left", "model_max_length": 65536,
        "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<unk>", "unk_token": "<unk>",
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2))


def pieces() -> Iterator[tuple[str, float, int]]:
    """Text, score and kind of every piece in the order of its id: control, reserved, bytes, text, audio."""
    yield "<unk>", 0.0, Kind.UNKNOWN
    for piece in ("<s>", "</s>", "<|EOT|>", "<|BOT|>"):
        yield piece, 0.0, Kind.CONTROL
    for n in range(63):
        yield f"<user_defined_symbol_{n}>", 0.0, Kind.USER_DEFINED
    for byte in range(256):
        yield f"<0x{byte:02X}>", 0.0, Kind.BYTE
    printable = [chr(code) for code in range(0x21, 0x7F)]
    text = dict(enumerate([MARK, *printable, *(MARK + word for word in COMMON)], FIRST_TEXT)) | PLACED
    for n in range(FIRST_TEXT, FIRST_AUDIO):
        if n in text:
            yield text[n], TEXT_SCORE, Kind.NORMAL
        else:  # an id that ordinary text never produces: its piece begins with a private-use character
            yield f"\ue000{n:x}", UNREACHABLE_SCORE, Kind.NORMAL
    for n in range(N_PIECES - FIRST_AUDIO):
        yield f"<audio_{n}>", 0.0, Kind.USER_DEFINED
