"""Dropout that costs nearly nothing on a CPU, where random numbers for all activations take a quarter of a step."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn
from transformers.models.bert.modeling_bert import BertSelfAttention

# Far larger than any activation, so that two masks of a step seldom overlap.
POOL_SIZE = 16_777_213


@cache
def _pool(share: float, dtype: torch.dtype) -> Tensor:
    """Return factors, 0 for the share that is dropped and 1 / (1 - share) for the rest, drawn once a process."""
    generator = torch.Generator().manual_seed(20_241)
    kept = torch.rand(POOL_SIZE, generator=generator) >= share
    return (kept / (1.0 - share)).to(dtype)


class PooledDropout(nn.Module):
    """Dropout whose mask is a stretch of a fixed pool of random factors that begins at a random place.

    The place is drawn from torch's generator, so a seed or a restored state of it gives the same masks again.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, values: Tensor) -> Tensor:
        """Return the values with a share of them zeroed and the rest scaled up; as they are outside of training."""
        if not self.training or self.share == 0.0:
            return values
        if values.numel() > POOL_SIZE:
            return nn.functional.dropout(values, self.share, training=True)
        start = int(torch.randint(POOL_SIZE - values.numel() + 1, ()))
        factors = _pool(self.share, values.dtype)[start : start + values.numel()]
        return values * factors.view(values.shape)


def set_dropout(encoder: nn.Module, *, hidden: float, attention: float) -> None:
    """Set the shares that an encoder drops; those of its hidden states come from the pool."""
    for module in list(encoder.modules()):
        for name, child in list(module.named_children()):
            if not isinstance(child, nn.Dropout):
                continue
            if isinstance(module, BertSelfAttention):
                child.p = attention
            else:
                setattr(module, name, PooledDropout(hidden))
