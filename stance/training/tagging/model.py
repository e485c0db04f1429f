"""The tagger in torch: the lower layers of a stance encoder, layers of its own, and heads on every token."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from stance.errors import InputError
from stance.tagging.labels import POINTER_SIZE, POINTERS, TAGS
from stance.training.model import StanceModel


@dataclass(frozen=True, slots=True)
class TagOutputs:
    """``tags`` (batch, length, tags), ``queries`` and ``keys`` (batch, length, pointers, size)."""

    tags: Tensor
    queries: Tensor
    keys: Tensor


class Tagger(nn.Module):
    """Reads text with the first ``tap`` layers of a stance model, which it never changes, and goes on by itself.

    So a graph that has both computes the answers on stance exactly as it would without the tagger.
    """

    def __init__(self, stance: StanceModel, *, tap: int, layers: int, dropout: float = 0.1) -> None:
        """Copy the ``layers`` layers after ``tap``; InputError where the encoder has not so many."""
        super().__init__()
        below = stance.encoder.encoder.layer
        if not 0 < tap <= tap + layers <= len(below) or layers < 1:
            raise InputError(f"tap {tap} and {layers} layers do not fit an encoder of {len(below)}; make them smaller")
        self.tap = tap
        # In a list, so that the stance model's weights are no part of this module's.
        self._stance = [stance]
        self.layers = nn.ModuleList(copy.deepcopy(layer) for layer in below[tap : tap + layers])
        self.layers.requires_grad_(True)
        width = stance.encoder.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        self.tags = nn.Linear(width, TAGS)
        self.queries = nn.Linear(width, POINTERS * POINTER_SIZE)
        self.keys = nn.Linear(width, POINTERS * POINTER_SIZE)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> TagOutputs:
        """Return the outputs of every token; both inputs have the shape (batch, length)."""
        encoder: Any = self._stance[0].encoder
        with torch.no_grad():
            states = encoder.embeddings(input_ids=input_ids)
            bias = torch.zeros(attention_mask.shape, dtype=states.dtype).masked_fill(
                attention_mask == 0, torch.finfo(states.dtype).min
            )[:, None, None]
            for layer in encoder.encoder.layer[: self.tap]:
                states = _states(layer(states, attention_mask=bias))
        for layer in self.layers:
            states = _states(layer(states, attention_mask=bias))
        states = self.dropout(states.float())
        shape = (*input_ids.shape, POINTERS, POINTER_SIZE)
        return TagOutputs(
            self.tags(states).float(), self.queries(states).float().view(shape), self.keys(states).float().view(shape)
        )


def _states(output: Any) -> Tensor:
    states: Tensor = output[0] if isinstance(output, tuple) else output
    return states
