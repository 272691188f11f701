"""PackedLinear: a linear layer whose weights lie in the blocks in which oneDNN multiplies them on a CPU.

Two things are gained over torch's own product, which goes to MKL. A row's result does not depend, in any bit, on how
many rows there are or which is which, so that a seed gives the same ids alone and in a full batch. And further rows
cost less: eight take 1.5 times as long as one, not four times (docs/performance.md).

torch has no public name for that product; what stands here is what its own compiler calls.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

_PACKABLE = (torch.float32, torch.bfloat16)
ROWS_EXPECTED = 8  # decides the blocks; for 1 they would suit no other number


class PackedLinear(nn.Module):
    """`[..., in]` to `[..., out]`, without bias. Read-only; safe to call from several threads."""

    def __init__(self, weight: Tensor) -> None:
        """`weight` is `[out, in]`; a copy is kept."""
        super().__init__()
        self.nbytes = weight.nbytes
        # No buffer: the modules' own bookkeeping cannot read such a tensor.
        self._packed = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), ROWS_EXPECTED)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says. One row alone would take another way, with other rounding: it gets a companion."""
        rows = x.reshape(-1, x.shape[-1])
        if len(rows) == 1:
            rows = rows.expand(2, -1)
        out: Tensor = torch.ops.mkldnn._linear_pointwise(rows.contiguous(), self._packed, None, "none", [], "")
        return out[: x.numel() // x.shape[-1]].view(*x.shape[:-1], -1)


def can_pack(weight: Tensor) -> bool:
    """Whether a PackedLinear can be made of a weight."""
    has_onednn: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return has_onednn and weight.device.type == "cpu" and weight.dtype in _PACKABLE


def linear_of(weight: Tensor) -> nn.Module:
    """The best layer for a weight `[out, in]`."""
    if can_pack(weight):
        return PackedLinear(weight)
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=False, device="meta")
    linear.weight = nn.Parameter(weight, requires_grad=False)
    return linear


def pack_linears(model: nn.Module) -> None:
    """Put a PackedLinear in the place of every plain linear layer, one after the other, where that can be done.

    The weights cannot be read or changed any more after this.
    """
    plain = [name for name, module in model.named_modules() if isinstance(module, nn.Linear) and module.bias is None]
    for name in plain:
        weight: Tensor = model.get_submodule(name).get_parameter("weight")
        if can_pack(weight):
            model.set_submodule(name, PackedLinear(weight))
