"""The joint encoder in torch: a statement is read once, and every actor block answers for its own actor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import BertModel

from stance.training.config import ModelKind
from stance.training.dropout import PooledDropout
from stance.types import SentimentLabel, StanceLabel


@dataclass(frozen=True, slots=True)
class Logits:
    """Outputs of the model.

    ``stance`` has the shape (actor blocks of the whole batch, labels), in the order of the blocks in the flattened
    batch; ``sentiment`` has the shape (batch, labels).
    """

    stance: Tensor
    sentiment: Tensor


def block_ids(input_ids: Tensor, actor_id: int) -> Tensor:
    """Return 0 for tokens of the text and 1, 2, ... for those of the actor blocks; shape (batch, length)."""
    return (input_ids == actor_id).long().cumsum(dim=1)


def block_positions(input_ids: Tensor, actor_id: int) -> Tensor:
    """Return position ids that start anew at every ``[ACTOR]``; shape (batch, length)."""
    index = torch.arange(input_ids.shape[1], device=input_ids.device).expand_as(input_ids)
    starts = torch.where(input_ids == actor_id, index, torch.zeros_like(index))
    return index - starts.cummax(dim=1).values


def block_mask(input_ids: Tensor, attention_mask: Tensor, actor_id: int) -> Tensor:
    """Return who sees whom: True where the query (third axis) may look at the key (fourth axis).

    The text sees the text; a block sees the text and itself; nobody sees padding. Shape (batch, 1, length, length).
    """
    blocks = block_ids(input_ids, actor_id)
    queries, keys = blocks[:, :, None], blocks[:, None, :]
    visible = ((keys == 0) | (keys == queries)) & (attention_mask[:, None, :] > 0)
    # A row in which nothing is visible would be NaN: let padding see itself, nobody reads it.
    itself = torch.eye(input_ids.shape[1], dtype=torch.bool, device=input_ids.device)
    return (visible | itself)[:, None]


class StanceModel(nn.Module):
    """An encoder with a stance head on every ``[ACTOR]`` state and a sentiment head on ``<s>``.

    The word embeddings stay as they were pretrained, except for the ``[ACTOR]`` token, which has a vector of its own
    that is learnt.
    """

    def __init__(self, encoder: BertModel, *, actor_id: int, dropout: float = 0.1, frozen_layers: int = 0) -> None:
        super().__init__()
        hidden = encoder.config.hidden_size
        self.encoder = encoder
        self.actor_id = actor_id
        words = encoder.embeddings.word_embeddings
        self.actor_embedding = nn.Parameter(words.weight.detach().mean(dim=0))
        self.dropout = PooledDropout(dropout)
        self.stance_head = nn.Linear(hidden, len(StanceLabel))
        self.sentiment_head = nn.Linear(hidden, len(SentimentLabel))
        for head in (self.stance_head, self.sentiment_head):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
        words.weight.requires_grad_(False)
        if frozen_layers:
            for part in (encoder.embeddings, *encoder.encoder.layer[:frozen_layers]):
                part.requires_grad_(False)

    def _words(self, input_ids: Tensor) -> Tensor:
        """Return the word embeddings, with the vector of its own that ``[ACTOR]`` has."""
        words: Tensor = self.encoder.embeddings.word_embeddings(input_ids)
        is_actor = (input_ids == self.actor_id)[..., None]
        return torch.where(is_actor, self.actor_embedding.to(words.dtype), words)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Logits:
        """Return the logits of every actor block and of every statement; both inputs have the shape (batch, length)."""
        words = self._words(input_ids)
        visible = block_mask(input_ids, attention_mask, self.actor_id)
        bias = torch.zeros(visible.shape, dtype=words.dtype, device=words.device)
        bias = bias.masked_fill(~visible, torch.finfo(words.dtype).min)
        states = self.encoder(
            inputs_embeds=words,
            attention_mask=bias,
            # Padding counts on from the last block and could pass the last position there is: nobody reads it.
            position_ids=block_positions(input_ids, self.actor_id) * attention_mask,
        ).last_hidden_state
        stance = self.stance_head(self.dropout(states[input_ids == self.actor_id]))
        sentiment = self.sentiment_head(self.dropout(states[:, 0]))
        return Logits(stance.float(), sentiment.float())


class PairModel(StanceModel):
    """A plain sentence-pair encoder, to hold the joint one against: one actor an input, everything sees everything.

    Both heads read ``<s>``. It cannot be exported: its answers cost one pass an actor.
    """

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Logits:
        """Return the logits of the one actor of every input, and of its statement's sentiment."""
        states = self.encoder(inputs_embeds=self._words(input_ids), attention_mask=attention_mask).last_hidden_state
        first = self.dropout(states[:, 0])
        return Logits(self.stance_head(first).float(), self.sentiment_head(first).float())


MODELS: Mapping[ModelKind, type[StanceModel]] = {ModelKind.JOINT: StanceModel, ModelKind.PAIRS: PairModel}
