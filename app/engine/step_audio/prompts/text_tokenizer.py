"""Text to ids, by the SentencePiece model that comes with the weights.

The `sentencepiece` package reads it as it is. transformers' AutoTokenizer (seen with 5.23) takes the Unigram model for
a BPE and builds other ids, silently; it must not be used.
"""

from __future__ import annotations

from pathlib import Path

import sentencepiece

from app.engine.errors import PartMissing
from app.engine.facts.fact import Note
from app.engine.facts.language_model import (
    ControlTypable,
    NoSentencePiece,
    OtherPiece,
    OtherTextTokenizer,
    PieceCount,
    SymbolsLost,
    TextTokenizerMissing,
)
from app.engine.step_audio.vocabulary import (
    AUDIO_IDS,
    BEGIN_OF_TURN_ID,
    BOS_ID,
    BYTE_IDS,
    END_OF_TURN_ID,
    EOS_ID,
    UNKNOWN_ID,
    VOCABULARY_SIZE,
)
from app.engine.step_audio.weights.layout import TEXT_TOKENIZER

_RESERVED = {
    UNKNOWN_ID: "<unk>",
    BOS_ID: "<s>",
    EOS_ID: "</s>",
    END_OF_TURN_ID: "<|EOT|>",
    BEGIN_OF_TURN_ID: "<|BOT|>",
}


class TextTokenizer:
    """Encodes text. Read-only once loaded; safe to call from several threads."""

    def __init__(self, processor: sentencepiece.SentencePieceProcessor) -> None:
        self._processor = processor

    def encode(self, text: str) -> list[int]:
        """Ids of the text, without begin or end marks. `<audio_N>` in it becomes audio ids; control marks never do."""
        ids: list[int] = self._processor.encode(text)
        return ids


def load_text_tokenizer(path: str | Path) -> TextTokenizer:
    """The tokenizer of a model folder, or of a `tokenizer.model` file.

    Raises PartMissing when the file is absent, unreadable or not the one this model was trained with.
    """
    path = Path(path)
    file = path / TEXT_TOKENIZER if path.is_dir() else path
    name = f"{file.parent.name}/{file.name}"
    if not file.is_file():
        raise PartMissing(TextTokenizerMissing(name))
    processor = sentencepiece.SentencePieceProcessor()
    try:
        # Bytes, not the path: the library's own file reading fails on paths outside the file system's encoding.
        processor.LoadFromSerializedProto(file.read_bytes())
    except RuntimeError as error:
        raise PartMissing(NoSentencePiece(name, _first_line(error))) from error
    fault = _layout_fault(processor)
    if fault:
        raise PartMissing(OtherTextTokenizer(name, fault))
    return TextTokenizer(processor)


def _layout_fault(processor: sentencepiece.SentencePieceProcessor) -> Note | None:
    """What differs from the layout of the vocabulary; None if nothing does."""
    size = processor.get_piece_size()
    if size != VOCABULARY_SIZE:
        return PieceCount(size, VOCABULARY_SIZE)
    expected = dict(_RESERVED)
    expected |= {token: f"<0x{byte:02X}>" for byte, token in enumerate(BYTE_IDS)}
    expected |= {token: f"<audio_{code}>" for code, token in enumerate(AUDIO_IDS)}
    for token, piece in expected.items():
        if processor.id_to_piece(token) != piece:
            return OtherPiece(token, processor.id_to_piece(token), piece)
    for token in (BOS_ID, EOS_ID, END_OF_TURN_ID, BEGIN_OF_TURN_ID):
        if not processor.is_control(token):
            return ControlTypable(token)
    probe = f"\n<audio_{len(AUDIO_IDS) - 1}>"
    if processor.encode(probe)[-2:] != [BYTE_IDS[ord("\n")], AUDIO_IDS[-1]]:
        return SymbolsLost()
    return None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
