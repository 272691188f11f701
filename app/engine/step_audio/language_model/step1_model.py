"""Step1, the language model of Step-Audio-EditX, as a transformers model of our own.

A pre-norm decoder with RMS norms, gated feed-forward, grouped-query attention and sqrt-ALiBi; no biases, no position
embeddings. Module names are those of the checkpoint. Importing this registers the model with transformers' Auto
classes, so that the Python files that lie beside the published weights are never run.

Letters: B rows, T new tokens, S all tokens so far, G groups, R query heads of a group, D width of a head.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoConfig, AutoModelForCausalLM, DynamicCache, GenerationMixin, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPast, CausalLMOutputWithPast

from app.engine.step_audio.language_model.attention import attend
from app.engine.step_audio.language_model.distance import distance_bias
from app.engine.step_audio.language_model.packed_linear import PackedLinear
from app.engine.step_audio.language_model.step1_config import Step1Config


class Memory(Protocol):
    """What attention of a layer looks back on."""

    def update(self, keys: Tensor, values: Tensor, layer: int, /) -> tuple[Tensor, Tensor]:
        """Append `[B, G, T, D]` to a layer; all that the new tokens look at, `[B, G, S, D]`.

        Fewer rows than B come back where the last ones are there only to fill up a shape.
        """


class PastKeysValues(Memory, Protocol):
    """A memory that knows its length. transformers' DynamicCache is one."""

    def get_seq_length(self) -> int:
        """Tokens remembered so far."""


class Step1RMSNorm(nn.Module):
    """Divides by the root mean square, which is computed in float32, then scales each channel."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """`[..., size]` to the same shape."""
        scale = torch.rsqrt(x.float().square().mean(-1, keepdim=True) + self.eps)
        return x * scale.to(x.dtype) * self.weight


class Step1MLP(nn.Module):
    """Feed-forward gated by SiLU."""

    def __init__(self, config: Step1Config) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """`[B, T, hidden]` to the same shape."""
        out: Tensor = self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class Step1Attention(nn.Module):
    """Causal attention; the query heads of a group share its keys and values, which are never repeated in memory."""

    def __init__(self, config: Step1Config, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.n_groups = config.num_attention_groups
        self.heads_per_group = config.num_attention_heads // config.num_attention_groups
        self.head_dim = config.head_dim
        group_width = self.n_groups * self.head_dim
        self.q_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=False)
        self.k_proj = nn.Linear(config.hidden_size, group_width, bias=False)
        self.v_proj = nn.Linear(config.hidden_size, group_width, bias=False)
        self.o_proj = nn.Linear(config.hidden_size, config.hidden_size, bias=False)

    def forward(self, x: Tensor, bias: Tensor, past: Memory | None) -> Tensor:
        """`x` `[B, T, hidden]` to the same shape; `bias` float32 `[B, G, R * T, S]`, of the rows that look back."""
        B, T, _ = x.shape
        G, R, D = self.n_groups, self.heads_per_group, self.head_dim
        queries = self.q_proj(x).view(B, T, G, R, D).permute(0, 2, 3, 1, 4).reshape(B, G, R * T, D)
        keys = self.k_proj(x).view(B, T, G, D).transpose(1, 2)
        values = self.v_proj(x).view(B, T, G, D).transpose(1, 2)
        if past is not None:
            keys, values = past.update(keys, values, self.layer)
        n = len(keys)
        mixed = attend(queries[:n], keys, values, bias)
        mixed = mixed.view(n, G, R, T, D).permute(0, 3, 1, 2, 4).reshape(n, T, G * R * D)
        if n < B:
            mixed = F.pad(mixed, (0, 0, 0, 0, 0, B - n))
        out: Tensor = self.o_proj(mixed)
        return out


class Step1DecoderLayer(nn.Module):
    """Attention and feed-forward, each behind a norm and added to its input."""

    def __init__(self, config: Step1Config, layer: int) -> None:
        super().__init__()
        self.self_attn = Step1Attention(config, layer)
        self.mlp = Step1MLP(config)
        self.input_layernorm = Step1RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = Step1RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x: Tensor, bias: Tensor, past: Memory | None) -> Tensor:
        """`[B, T, hidden]` to the same shape; `bias` as in Step1Attention."""
        x = x + self.self_attn(self.input_layernorm(x), bias, past)
        out: Tensor = x + self.mlp(self.post_attention_layernorm(x))
        return out


class Step1PreTrainedModel(PreTrainedModel):  # type: ignore[no-untyped-call]
    """What transformers wants to know of every Step1 module."""

    config: Step1Config
    config_class = Step1Config
    base_model_prefix = "model"
    _no_split_modules = ["Step1DecoderLayer"]  # noqa: RUF012 - transformers declares it without ClassVar
    _supports_sdpa = True


class Step1Model(Step1PreTrainedModel):  # type: ignore[no-untyped-call]
    """The decoder without its head."""

    def __init__(self, config: Step1Config) -> None:
        super().__init__(config)
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Step1DecoderLayer(config, layer) for layer in range(config.num_hidden_layers))
        self.norm = Step1RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        past_key_values: PastKeysValues | None = None,
        output_hidden_states: bool = False,
    ) -> BaseModelOutputWithPast:
        """Final hidden states `[B, T, hidden]` of `input_ids` `[B, T]`, which follow what `past_key_values` remembers.

        `attention_mask` `[B, S]` is 0 where a token is padding, on either side. `hidden_states`, if asked for: the
        embeddings, each layer's result but the last one's, and the final states.
        """
        first = 0 if past_key_values is None else past_key_values.get_seq_length()
        states: list[Tensor] = []
        x = self.states(input_ids, self._bias(first, input_ids, attention_mask), past_key_values, states.append)
        return BaseModelOutputWithPast(
            last_hidden_state=x,
            past_key_values=past_key_values,  # type: ignore[arg-type]  # any keeper of keys and values will do
            hidden_states=(*states, x) if output_hidden_states else None,
        )

    def states(
        self, ids: Tensor, bias: Tensor, past: Memory | None, watch: Callable[[Tensor], object] | None = None
    ) -> Tensor:
        """Final states `[B, T, hidden]` of `ids` `[B, T]`; `bias` as in Step1Attention.

        `watch` is shown what each layer gets.
        """
        x = self.embed_tokens(ids)
        for layer in self.layers:
            if watch is not None:
                watch(x)
            x = layer(x, bias, past)
        out: Tensor = self.norm(x)
        return out

    def _bias(self, first: int, input_ids: Tensor, attention_mask: Tensor | None) -> Tensor:
        """Float32 `[B, G, R * T, S]`, for all layers at once."""
        B, T = input_ids.shape
        G, S = self.config.num_attention_groups, first + T
        bias = distance_bias(self.config.num_attention_heads, first, T, input_ids.device)[None]
        if attention_mask is not None:
            if attention_mask.shape != (B, S):
                raise ValueError(f"attention_mask must be [{B}, {S}], got {list(attention_mask.shape)}")
            # Not -inf: a row of padding that sees padding only would become NaN, and NaN spreads through the values.
            bias = bias.masked_fill(attention_mask[:, None, None].eq(0) & bias.isfinite(), torch.finfo(bias.dtype).min)
        return bias.reshape(len(bias), G, -1, S).expand(B, -1, -1, -1)


class Step1ForCausalLM(Step1PreTrainedModel, GenerationMixin):  # type: ignore[no-untyped-call]
    """Step1 with its head, which is a matrix of its own."""

    def __init__(self, config: Step1Config) -> None:
        super().__init__(config)
        self.model = Step1Model(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()  # type: ignore[no-untyped-call]

    @property
    def memory_bytes(self) -> int:
        """Bytes of all weights, packed ones as they lie in memory."""
        packed = (module.nbytes for module in self.modules() if isinstance(module, PackedLinear))
        return sum(tensor.nbytes for tensor in (*self.parameters(), *self.buffers())) + sum(packed)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        past_key_values: PastKeysValues | None = None,
        use_cache: bool | None = None,
        output_hidden_states: bool | None = None,
        logits_to_keep: int | Tensor = 0,
        return_dict: bool | None = None,
    ) -> CausalLMOutputWithPast | tuple[Any, ...]:
        """Logits `[B, T, vocabulary]`; the rest as in Step1Model.

        `logits_to_keep`: only for the last so many tokens, or for the places it lists; 0 for all.
        """
        if past_key_values is None and (self.config.use_cache if use_cache is None else use_cache):
            past_key_values = DynamicCache(config=self.config)
        keeps_states = self.config.output_hidden_states if output_hidden_states is None else output_hidden_states
        out = self.model(input_ids, attention_mask, past_key_values, bool(keeps_states))
        kept = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        result = CausalLMOutputWithPast(
            logits=self.lm_head(out.last_hidden_state[:, kept]),
            past_key_values=out.past_key_values,
            hidden_states=out.hidden_states,
        )
        return result.to_tuple() if return_dict is False else result


AutoConfig.register("step1", Step1Config)
AutoModelForCausalLM.register(Step1Config, Step1ForCausalLM)
