"""From records to inputs: augmentation, encoding, batches. Everything is a function of seed, epoch and place.

So an interrupted run that goes on sees the same inputs in the same order as one that was never interrupted.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stance.actors import ActorMatcher, matcher_for, registry
from stance.encoding import StatementEncoder
from stance.training.config import AugmentConfig
from stance.training.sources import STANCE_NUMBERS, UNKNOWN

# Names of no country or organisation: what is learnt of a name that is nobody's is learnt of the words around it.
LATIN_NAMES = (
    "Karvenia", "Ordalia", "Tessaland", "Morvia", "Belzonia", "Quorland", "Sandrova", "Ilmaria", "Northern Pact",
    "Veltria", "Aurelian Union", "Drovnia",
)  # fmt: skip
CYRILLIC_NAMES = ("Карвения", "Ордалия", "Морвия", "Бельзония")
INVENTED: Mapping[str, tuple[str, ...]] = {
    "ru": CYRILLIC_NAMES,
    "uk": CYRILLIC_NAMES,
    "bg": CYRILLIC_NAMES,
    "ja": ("オルダリア", "モルビア"),
    "zh": ("奥尔达利亚", "莫尔维亚"),
    "ko": ("오르달리아", "모르비아"),
    "ar": ("أوردالیا", "مورفيا"),
}


@dataclass(frozen=True, slots=True)
class Encoded:
    """One input with its labels, all of it as plain lists: ids, a label for each block, a sentiment."""

    input_ids: Sequence[int]
    labels: Sequence[int]
    sentiment: int
    weight: float


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
    wordings: list[str] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)


def registered_wording(name: str) -> str:
    """Return what the model reads as the actor's name: the registry's wording, or the name itself."""
    actor = registry.get(name)
    return (actor.wording or actor.name) if actor else name


def plain_example(record: Mapping[str, Any]) -> Example:
    """Return a record as the model reads it outside of training."""
    wordings = [registered_wording(name) if record["registered"] else name for name in record["actors"]]
    return Example(record["text"], record["speaker"], record["context"], wordings, list(record["labels"]))


class Augmenter:
    """Changes examples at random: names, wordings, what is known besides the statement."""

    def __init__(self, config: AugmentConfig) -> None:
        self.config = config

    @property
    def _matcher(self) -> ActorMatcher:
        return matcher_for(registry.resolve(registry.names()))

    def __call__(self, record: Mapping[str, Any], chance: random.Random) -> Example:
        """Return a changed copy of the record; the same ``chance`` gives the same copy."""
        example = plain_example(record)
        own_share = record["drop_context"]
        if chance.random() < (self.config.drop_context if own_share is None else own_share):
            example.context = None
        if chance.random() < self.config.drop_speaker:
            example.speaker = None
        if record["registered"]:
            self._reword(example, record, chance)
            self._add_unrelated(example, record, chance)
        if chance.random() < self.config.rename:
            self._rename(example, record, chance)
        order = list(range(len(example.wordings)))
        chance.shuffle(order)
        example.wordings = [example.wordings[place] for place in order]
        example.labels = [example.labels[place] for place in order]
        return example

    def _reword(self, example: Example, record: Mapping[str, Any], chance: random.Random) -> None:
        for place, name in enumerate(record["actors"]):
            known = registry.wordings(name)
            if known and chance.random() < self.config.other_wording:
                own = [wording for language, wording in known if language == record["language"]]
                example.wordings[place] = chance.choice(own if own and chance.random() < 0.5 else [w for _, w in known])

    def _add_unrelated(self, example: Example, record: Mapping[str, Any], chance: random.Random) -> None:
        """Ask about actors that nothing here names, so that other actors too are learnt to be unrelated."""
        named = {mention.actor for mention in self._matcher.find(f"{record['text']} {record['context'] or ''}")}
        free = [name for name in registry.names() if name not in named and name not in record["actors"]]
        for name in chance.sample(free, min(self.config.unrelated_actors, len(free))):
            known = [wording for _, wording in registry.wordings(name)]
            example.wordings.append(chance.choice(known) if known else registered_wording(name))
            example.labels.append(STANCE_NUMBERS["unrelated"])

    def _rename(self, example: Example, record: Mapping[str, Any], chance: random.Random) -> None:
        """Give one actor that the text names another name, with its label: a name must carry no prior."""
        found = self._matcher.find(example.text) if record["registered"] else []
        if record["registered"]:
            spans = {name: [(m.start, m.end) for m in found if m.actor == name] for name in record["actors"]}
            taken = {(m.actor, m.start, m.end) for m in found}
        else:
            spans = {name: list(_occurrences(example.text, name)) for name in record["actors"]}
            taken = {(name, start, end) for name, places in spans.items() for start, end in places}
        # Where two names share a word (Donald Trump and Trump, Sino-Russian) both would change.
        named = [name for name, places in spans.items() if places and not _touches_others(name, places, taken)]
        if not named:
            return
        name = chance.choice(named)
        new = chance.choice(INVENTED.get(record["language"], LATIN_NAMES))
        if record["registered"] and chance.random() < 0.5:
            context = self._matcher.find(example.context) if example.context else []
            present = {mention.actor for mention in (*found, *context)} | set(spans)
            asked = {wording.casefold() for wording in example.wordings}
            others = [other for other in registry.names() if other not in present and not asked & _every_wording(other)]
            new = _wording_in(chance.choice(others), record["language"])
        place = record["actors"].index(name)
        old, example.wordings[place] = example.wordings[place], new
        example.text = _replace(example.text, spans[name], new)
        if example.context and record["registered"]:
            places = [(m.start, m.end) for m in self._matcher.find(example.context) if m.actor == name]
            example.context = _replace(example.context, places, new)
        if record["registered"] and old != new:
            # Whose name was taken out is nobody here any more.
            example.wordings.append(old)
            example.labels.append(STANCE_NUMBERS["unrelated"])


def _wording_in(name: str, language: str) -> str:
    return next((wording for lang, wording in registry.wordings(name) if lang == language), registered_wording(name))


def _every_wording(name: str) -> set[str]:
    return {wording.casefold() for _, wording in registry.wordings(name)} | {registered_wording(name).casefold()}


def _occurrences(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Yield where a name stands as a word of its own, not inside another (US in USA)."""
    for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
        yield match.span()


def _touches_others(name: str, places: Sequence[tuple[int, int]], taken: Collection[tuple[str, int, int]]) -> bool:
    return any(
        other != name and start < end_of_other and start_of_other < end
        for other, start_of_other, end_of_other in taken
        for start, end in places
    )


def _replace(text: str, spans: Sequence[tuple[int, int]], new: str) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def encode(encoder: StatementEncoder, example: Example, *, sentiment: int = UNKNOWN, weight: float = 1.0) -> Encoded:
    """Return the ids and labels of an example; of a long one its first window, which is what training reads."""
    encoding = encoder.encode(example.text, example.wordings, speaker=example.speaker, context=example.context)
    return Encoded(encoding.windows[0].input_ids.tolist(), tuple(example.labels), sentiment, weight)


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


def collate(items: Sequence[Encoded], *, pad_id: int) -> Batch:
    """Return the tensors of a batch, padded to its longest input."""
    longest = max(len(item.input_ids) for item in items)
    ids = np.full((len(items), longest), pad_id, dtype=np.int64)
    mask = np.zeros((len(items), longest), dtype=np.int64)
    for row, item in enumerate(items):
        ids[row, : len(item.input_ids)] = item.input_ids
        mask[row, : len(item.input_ids)] = 1
    labels = [label for item in items for label in item.labels]
    return Batch(
        torch.from_numpy(ids),
        torch.from_numpy(mask),
        torch.tensor(labels, dtype=torch.long),
        torch.tensor([item.weight for item in items for _ in item.labels], dtype=torch.float32),
        torch.tensor([item.sentiment for item in items], dtype=torch.long),
        torch.tensor([item.weight for item in items], dtype=torch.float32),
    )
