"""Step1Config: the sizes of a Step1 language model, as its `config.json` gives them."""

from __future__ import annotations

from huggingface_hub.dataclasses import strict
from transformers import PreTrainedConfig

from app.engine.step_audio.vocabulary import BOS_ID, END_OF_TURN_ID, UNKNOWN_ID, VOCABULARY_SIZE


@strict
class Step1Config(PreTrainedConfig):  # type: ignore[no-untyped-call]
    """The configuration of Step1ForCausalLM. Defaults are those of the published model."""

    model_type = "step1"
    attribute_map = {  # noqa: RUF012 - transformers declares it without ClassVar
        "num_key_value_heads": "num_attention_groups",
        "max_position_embeddings": "max_seq_len",
    }

    vocab_size: int = VOCABULARY_SIZE
    hidden_size: int = 3072
    intermediate_size: int = 8192
    num_hidden_layers: int = 32
    num_attention_heads: int = 48
    num_attention_groups: int = 4
    max_seq_len: int = 32_768
    rms_norm_eps: float = 1e-5
    initializer_range: float = 0.02
    use_cache: bool = True
    bos_token_id: int | None = BOS_ID
    pad_token_id: int | None = UNKNOWN_ID
    eos_token_id: int | None = END_OF_TURN_ID
    # The published config says nothing of it, and transformers' usual True would write the embeddings over the head.
    tie_word_embeddings: bool = False

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.hidden_size // self.num_attention_heads

    def validate_architecture(self) -> None:
        """Raise ValueError for sizes that do not fit each other; the decorator calls it and raises its own error."""
        if self.hidden_size % self.num_attention_heads:
            raise ValueError(
                f"hidden_size ({self.hidden_size}) is no multiple of num_attention_heads ({self.num_attention_heads})"
            )
        if self.num_attention_heads % self.num_attention_groups:
            raise ValueError(
                f"num_attention_heads ({self.num_attention_heads}) is no multiple of "
                f"num_attention_groups ({self.num_attention_groups})"
            )
