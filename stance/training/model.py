"""The joint encoder in torch: a statement is read once, and every actor block answers for its own actor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
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


# So many pieces to either side of a piece are compared: names of at most one piece more are found as a whole.
NAME_REACH = 3


def named_places(input_ids: Tensor, special: Sequence[int], actor_id: int) -> Tensor:
    """Return where the text names the actor of each block: shape (batch, blocks and one for the text, length).

    Names in a block stand between special tokens. A piece of the text is part of a name if the block has it, and if
    those of the name's pieces that are at most ``NAME_REACH`` before and after it stand beside it in the text too.
    """
    blocks = block_ids(input_ids, actor_id)
    word = ~torch.isin(input_ids, torch.tensor([*special, actor_id], device=input_ids.device))
    in_block, in_text = word & (blocks > 0), word & (blocks == 0)
    nothing = torch.zeros_like(word[:, :1])
    first = in_block & ~torch.cat([nothing, in_block[:, :-1]], dim=1)
    last = in_block & ~torch.cat([in_block[:, 1:], nothing], dim=1)
    like = (input_ids[:, :, None] == input_ids[:, None, :]) & in_block[:, :, None] & in_text[:, None, :]
    for _ in range(NAME_REACH):
        before = functional.pad(like[:, :-1, :-1], (1, 0, 1, 0))
        after = functional.pad(like[:, 1:, 1:], (0, 1, 0, 1))
        like = like & (before | first[:, :, None]) & (after | last[:, :, None])
    numbers = torch.arange(int(blocks.max()) + 1, device=input_ids.device)
    members = (blocks[:, None, :] == numbers[None, :, None]).float()
    return torch.bmm(members, like.float()) > 0


def block_mask(
    input_ids: Tensor, attention_mask: Tensor, actor_id: int, *, special: Sequence[int] | None = None
) -> Tensor:
    """Return who sees whom: True where the query (third axis) may look at the key (fourth axis).

    The text sees the text; a block sees the text and itself; nobody sees padding. With ``special``, the ids of the
    special tokens, a block sees of a text that names its actor the names alone: they have read the rest, and what is
    said of one actor is not taken for what is said of another. Shape (batch, 1, length, length).
    """
    blocks = block_ids(input_ids, actor_id)
    queries, keys = blocks[:, :, None], blocks[:, None, :]
    of_text = (keys == 0).expand(-1, input_ids.shape[1], -1)
    if special is not None:
        named = named_places(input_ids, special, actor_id)
        open_to = named | ~named.any(dim=2, keepdim=True)
        of_text = of_text & open_to.gather(1, blocks[:, :, None].expand(-1, -1, input_ids.shape[1]))
    visible = (of_text | (keys == queries)) & (attention_mask[:, None, :] > 0)
    # A row in which nothing is visible would be NaN: let padding see itself, nobody reads it.
    itself = torch.eye(input_ids.shape[1], dtype=torch.bool, device=input_ids.device)
    return (visible | itself)[:, None]


class StanceModel(nn.Module):
    """An encoder with a stance head on every ``[ACTOR]`` state and a sentiment head on ``<s>``.

    The word embeddings stay as they were pretrained, except for the ``[ACTOR]`` token, which has a vector of its own
    that is learnt.
    """

    def __init__(
        self,
        encoder: BertModel,
        *,
        actor_id: int,
        special: Sequence[int] | None = None,
        dropout: float = 0.1,
        frozen_layers: int = 0,
    ) -> None:
        """Take an encoder; ``special`` are the ids of the special tokens where blocks look at names alone."""
        super().__init__()
        hidden = encoder.config.hidden_size
        self.encoder = encoder
        self.actor_id = actor_id
        self.special = special
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
        visible = block_mask(input_ids, attention_mask, self.actor_id, special=self.special)
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
