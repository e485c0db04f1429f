"""The numbers of a trained model, as arrays in the layout of the exported graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from stance.training.model import StanceModel
from stance.training.tagging.model import Tagger

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LinearWeights:
    """A dense layer; ``weight`` has the shape (inputs, outputs)."""

    weight: Array
    bias: Array


@dataclass(frozen=True, slots=True)
class NormWeights:
    """A layer normalisation."""

    gamma: Array
    beta: Array


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """One encoder layer; ``attention`` holds query, key and value side by side."""

    attention: LinearWeights
    attention_out: LinearWeights
    attention_norm: NormWeights
    inner: LinearWeights
    outer: LinearWeights
    outer_norm: NormWeights


@dataclass(frozen=True, slots=True)
class TaggerWeights:
    """The tagger: its layers follow the first ``tap`` ones of the encoder.

    ``heads`` holds its heads side by side, as many outputs each as ``widths`` tells: tags, queries, keys.
    """

    tap: int
    layers: tuple[LayerWeights, ...]
    heads: LinearWeights
    widths: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ModelWeights:
    """A whole model; ``positions`` has token type 0 already added, ``words`` one row an id of the kept vocabulary.

    ``special`` are the ids of all special tokens, None where blocks do not look for names. ``tagger`` is None where the
    model has none.
    """

    words: Array
    positions: Array
    embedding_norm: NormWeights
    layers: tuple[LayerWeights, ...]
    actor: Array
    actor_id: int
    stance: LinearWeights
    sentiment: LinearWeights
    heads: int
    epsilon: float
    special: tuple[int, ...] | None
    tagger: TaggerWeights | None = None


def _array(tensor: torch.Tensor) -> Array:
    return np.ascontiguousarray(tensor.detach().to(torch.float32).cpu().numpy())


def _linear(*modules: nn.Linear) -> LinearWeights:
    weight = np.concatenate([_array(module.weight) for module in modules]).T
    bias = np.concatenate([_array(module.bias) for module in modules])
    return LinearWeights(np.ascontiguousarray(weight), bias)


def _norm(module: nn.LayerNorm) -> NormWeights:
    return NormWeights(_array(module.weight), _array(module.bias))


def _layer(layer: Any) -> LayerWeights:
    attention = layer.attention.self
    return LayerWeights(
        _linear(attention.query, attention.key, attention.value),
        _linear(layer.attention.output.dense),
        _norm(layer.attention.output.LayerNorm),
        _linear(layer.intermediate.dense),
        _linear(layer.output.dense),
        _norm(layer.output.LayerNorm),
    )


def _tagger(tagger: Tagger) -> TaggerWeights:
    heads = (tagger.tags, tagger.queries, tagger.keys)
    widths = (tagger.tags.out_features, tagger.queries.out_features, tagger.keys.out_features)
    return TaggerWeights(tagger.tap, tuple(_layer(layer) for layer in tagger.layers), _linear(*heads), widths)


def extract(
    model: StanceModel, kept: npt.NDArray[np.int64], actor_id: int, *, tagger: Tagger | None = None
) -> ModelWeights:
    """Return the weights of ``model`` for a vocabulary whose id ``i`` is the model's id ``kept[i]``.

    ``actor_id`` is the id of ``[ACTOR]`` in the kept vocabulary. Its row in ``words`` is zero, because the graph puts
    the learnt vector in its place.
    """
    embeddings = model.encoder.embeddings
    table = _array(embeddings.word_embeddings.weight)
    words = np.zeros((len(kept), table.shape[1]), dtype=np.float32)
    others = np.arange(len(kept)) != actor_id
    words[others] = table[kept[others]]
    positions = embeddings.position_embeddings.weight + embeddings.token_type_embeddings.weight[0]
    return ModelWeights(
        words=words,
        positions=_array(positions),
        embedding_norm=_norm(embeddings.LayerNorm),
        layers=tuple(_layer(layer) for layer in model.encoder.encoder.layer),
        actor=_array(model.actor_embedding),
        actor_id=actor_id,
        stance=_linear(model.stance_head),
        sentiment=_linear(model.sentiment_head),
        heads=int(model.encoder.config.num_attention_heads),
        epsilon=float(model.encoder.config.layer_norm_eps),
        special=None if model.special is None else (*_places(kept, model.special), actor_id),
        tagger=None if tagger is None else _tagger(tagger),
    )


def _places(kept: npt.NDArray[np.int64], numbers: Sequence[int]) -> Iterator[int]:
    """Yield the new ids of some of the model's."""
    for number in numbers:
        yield int(np.flatnonzero(kept == number)[0])
