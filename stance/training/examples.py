"""From records to inputs: encoding and batches. Everything is a function of seed, epoch and place.

So an interrupted run that goes on sees the same inputs in the same order as one that was never interrupted.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stance.actors import ActorMatcher, matcher_for, registry, without_capitals
from stance.encoding import Encoding, Finder, StatementEncoder
from stance.training.sources import UNKNOWN
from stance.types import LONGEST_NAME, Actor


@dataclass(frozen=True, slots=True)
class Encoded:
    """One input with its labels, all of it as plain lists: ids, a label for each block, a sentiment.

    ``again`` are the ids of the same statement with another name for one of its actors.
    """

    input_ids: Sequence[int]
    labels: Sequence[int]
    sentiment: int
    weight: float
    again: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one step; ``labels`` has one entry for each actor block of the flattened batch."""

    input_ids: Tensor
    attention_mask: Tensor
    labels: Tensor
    label_weights: Tensor
    sentiment: Tensor
    weights: Tensor


@dataclass(slots=True)
class Example:
    """What augmentation works on: the block wordings and their labels stand side by side."""

    text: str
    speaker: str | None
    context: str | None
    language: str | None = None
    wordings: list[str] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)


def registered_wording(name: str) -> str:
    """Return what the model reads as the actor's name: the registry's wording, or the name itself."""
    actor = registry.get(name)
    return (actor.wording or actor.name) if actor else name


def plain_example(record: Mapping[str, Any]) -> Example:
    """Return a record as the model reads it outside of training; a target of another corpus is asked by its name."""
    wordings = [registered_wording(name) if record["registered"] else name for name in record["actors"]]
    return Example(
        record["text"],
        record["speaker"],
        record["context"],
        record["language"],
        list(wordings),
        list(record["labels"]),
    )


@functools.cache
def _registered_names() -> Mapping[str, str]:
    """Return the registry's actor for each of its wordings."""
    found = {wording: name for name in registry.names() for _, wording in registry.wordings(name)}
    return found | {registered_wording(name): name for name in registry.names()}


def finder(example: Example) -> Finder:
    """Return what tells where a text names the actors of an example, as the runtime's matcher would.

    Wordings that the registry does not know (invented names, targets of other corpora) are actors of their own.
    """
    known = _registered_names()
    places: dict[str, list[int]] = {}
    for place, wording in enumerate(example.wordings):
        places.setdefault(known.get(wording, wording), []).append(place)
    matchers = [matcher_for(registry.resolve(registry.names()))]
    # A target of a corpus may be a whole clause, which is no name that the runtime could be asked about.
    strangers = [Actor(name) for name in places if name not in registry.names() and len(name) <= LONGEST_NAME]
    if strangers:
        matchers.append(ActorMatcher(strangers))
    small = without_capitals(f"{example.text} {example.context or ''}")

    def find(text: str) -> Iterator[tuple[int, int, int]]:
        for matcher in matchers:
            for mention in matcher.find(text, language=example.language, ignore_case=small):
                for place in places.get(mention.actor, ()):
                    yield place, mention.start, mention.end

    return find


def encoding_of(encoder: StatementEncoder, example: Example) -> Encoding:
    """Return an example as the runtime would read it."""
    return encoder.encode(
        example.text, example.wordings, speaker=example.speaker, context=example.context, find=finder(example)
    )


def encode(encoder: StatementEncoder, example: Example, *, sentiment: int = UNKNOWN, weight: float = 1.0) -> Encoded:
    """Return the ids and labels of an example; of a long one its first window, which is what training reads."""
    return Encoded(
        encoding_of(encoder, example).windows[0].input_ids.tolist(), tuple(example.labels), sentiment, weight
    )


def encode_pairs(
    encoder: StatementEncoder, example: Example, *, sentiment: int = UNKNOWN, weight: float = 1.0
) -> list[Encoded]:
    """Return an input for each actor of an example, as a pair encoder reads it."""
    singles = [
        Example(example.text, example.speaker, example.context, example.language, [wording], [label])
        for wording, label in zip(example.wordings, example.labels, strict=True)
    ]
    return [encode(encoder, single, sentiment=sentiment, weight=weight) for single in singles]


def bucketed(lengths: Sequence[int], *, tokens: int, examples: int, seed: str) -> list[list[int]]:
    """Return batches of places, alike in length and in random order.

    Each place stands in one batch; a batch has at most ``examples`` of them and, unless it is one long example,
    at most ``tokens`` tokens with padding.
    """
    chance = random.Random(seed)
    order = list(range(len(lengths)))
    chance.shuffle(order)
    batches: list[list[int]] = []
    pool = examples * 50
    for start in range(0, len(order), pool):
        batch: list[int] = []
        for place in sorted(order[start : start + pool], key=lambda p: lengths[p]):
            if batch and (len(batch) == examples or lengths[place] * (len(batch) + 1) > tokens):
                batches.append(batch)
                batch = []
            batch.append(place)
        if batch:
            batches.append(batch)
    chance.shuffle(batches)
    return batches


def collate(items: Sequence[Encoded], *, pad_id: int, again: bool = False) -> Batch:
    """Return the tensors of a batch, padded to its longest input; with ``again`` those of the second readings."""
    inputs = [item.again if again and item.again is not None else item.input_ids for item in items]
    longest = max(map(len, inputs))
    ids = np.full((len(items), longest), pad_id, dtype=np.int64)
    mask = np.zeros((len(items), longest), dtype=np.int64)
    for row, one in enumerate(inputs):
        ids[row, : len(one)] = one
        mask[row, : len(one)] = 1
    labels = [label for item in items for label in item.labels]
    return Batch(
        torch.from_numpy(ids),
        torch.from_numpy(mask),
        torch.tensor(labels, dtype=torch.long),
        torch.tensor([item.weight for item in items for _ in item.labels], dtype=torch.float32),
        torch.tensor([item.sentiment for item in items], dtype=torch.long),
        torch.tensor([item.weight for item in items], dtype=torch.float32),
    )
