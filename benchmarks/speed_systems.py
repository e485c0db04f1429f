"""What is timed: our files, the same encoder in torch, and the architectures that others would pick, without weights.

Speed does not depend on the values of weights, so those of others are random. Their tokenizers cannot be had here:
they are given as many tokens as ours, and no time is counted for making them, while ours is timed from text to label.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import (
    AutoModel,
    AutoModelForSequenceClassification,
    BertConfig,
    BertModel,
    DebertaV2Config,
    PreTrainedConfig,
    RobertaConfig,
)

import stance
from export import blocks, graph, nodes, weights
from stance.encoding import StatementEncoder
from stance.folder import DESCRIPTION, MODEL_FILES, ModelFolder
from stance.training.base import actor_id, special_ids
from stance.training.examples import Encoded, collate
from stance.training.model import StanceModel

# As many names as are ever asked about here; the first are the default actors.
ACTORS = (
    "NATO", "Russia", "DPRK", "China", "Ukraine", "Iran", "Israel", "Turkey", "Japan", "Germany", "France", "India",
    "Belarus", "Poland", "Hungary", "Syria",
)  # fmt: skip
# "The speaker is against NATO." and the like, with its separators; three for each actor.
HYPOTHESES, HYPOTHESIS_TOKENS = 3, 11
# A label of a GLiClass prompt, as "<<LABEL>>against NATO".
LABEL_TOKENS = 6

Run = Callable[[Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class System:
    """Something that answers for statements, all that it is given in one go or one at a time; ``bytes`` on disk."""

    name: str
    run: Run
    bytes: int


class Ours:
    """Our model, from text to labels."""

    def __init__(self, folder: str | Path | None, *, precision: str, threads: int) -> None:
        """Open a model folder that has a file of the precision."""
        self.predictor = stance.load(folder, threads=threads, precision=precision)
        self._bytes = self.predictor.folder.model(precision).stat().st_size

    def system(self, name: str, actors: int) -> System:
        """Return the model asked about so many actors at once."""
        asked = ACTORS[:actors]

        def run(texts: Sequence[str]) -> None:
            self.predictor.classify(texts, actors=asked)

        return System(name, run, self._bytes)

    def pair_by_pair(self, name: str, actors: int) -> System:
        """Return the model asked about one actor after the other."""

        def run(texts: Sequence[str]) -> None:
            for actor in ACTORS[:actors]:
                self.predictor.classify(texts, actors=[actor])

        return System(name, run, self._bytes)


def random_model(folder: ModelFolder) -> tuple[StanceModel, StatementEncoder]:
    """Return a torch model of the shipped shape with random weights, and the shipped encoder of texts."""
    tokenizer = Tokenizer.from_file(str(folder.tokenizer))
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=384, num_hidden_layers=12, num_attention_heads=12,
        intermediate_size=1536, max_position_embeddings=512,
    )  # fmt: skip
    body = BertModel(config, add_pooling_layer=False)
    model = StanceModel(body, actor_id=actor_id(tokenizer), special=special_ids(tokenizer))
    return model.eval(), StatementEncoder(tokenizer, lengths=folder.lengths)


def with_float32(folder: ModelFolder, place: Path) -> Path:
    """Return a folder with a float32 file: the folder itself, or a copy in ``place`` with random weights.

    As in an export the word embeddings are 4 bits; there is no tagger in it.
    """
    if (folder.path / MODEL_FILES["fp32"]).is_file():
        return folder.path
    model, _ = random_model(folder)
    for file in (folder.tokenizer, folder.path / DESCRIPTION):
        shutil.copy(file, place)
    size = len(model.encoder.embeddings.word_embeddings.weight)
    parts = weights.extract(model, np.arange(size), size - 1)
    table = blocks.pack(parts.words)
    nodes.save(graph.build(parts, table=table, quantised=None), place / MODEL_FILES["fp32"])
    return place


def in_torch(model: StanceModel, encoder: StatementEncoder, *, actors: int, batch: int) -> System:
    """Return our encoder in torch, fp32, with padded batches of statements alike in length."""
    size = sum(value.numel() * 4 for value in model.parameters())

    def run(texts: Sequence[str]) -> None:
        windows = [encoder.encode(text, ACTORS[:actors]).windows[0].input_ids for text in texts]
        items = [Encoded(ids.tolist(), [0] * actors, 0, 1.0) for ids in sorted(windows, key=len)]
        with torch.inference_mode():
            for start in range(0, len(items), batch):
                found = collate(items[start : start + batch], pad_id=encoder.pad_id)
                model(found.input_ids, found.attention_mask)

    return System(f"torch fp32, batches of {batch}, {actors} actors", run, size)


class OfOthers:
    """An architecture of others in torch and float32, with random weights: passes over as many ids as our tokens."""

    def __init__(self, model: nn.Module, count: Callable[[str], int]) -> None:
        """Take a model; ``count`` gives the tokens of a text."""
        self.model = model.eval()
        self._count = count

    def system(self, name: str, *, passes: int, extra: int, batch: int) -> System:
        """Return it with so many passes a statement, each of the statement and ``extra`` tokens.

        ``batch`` statements that are alike in length are padded to the longest and read together.
        """
        size = sum(value.numel() * 4 for value in self.model.parameters())

        def run(texts: Sequence[str]) -> None:
            lengths = sorted(self._count(text) for text in texts)
            with torch.inference_mode():
                for start in range(0, len(lengths), batch):
                    some = lengths[start : start + batch]
                    self._forward(torch.full((passes * len(some), some[-1] + extra), 5, dtype=torch.long))

        return System(name, run, size)

    def _forward(self, ids: Tensor) -> Any:
        return self.model(input_ids=ids, attention_mask=torch.ones_like(ids))


BASE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
# The shape of mDeBERTa-v3-base, as its published configuration gives it.
DEBERTA = BASE | {
    "vocab_size": 251_000,
    "relative_attention": True,
    "position_buckets": 256,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": ["p2c", "c2p"],
    "layer_norm_eps": 1e-7,
    "max_relative_positions": -1,
    "position_biased_input": False,
    "max_position_embeddings": 512,
    "type_vocab_size": 0,
    "num_labels": 3,
}
# The shape of RoBERTa-base, which NewsSentiment reads a target with.
ROBERTA = BASE | {"vocab_size": 50_265, "max_position_embeddings": 514, "num_labels": 3}


@dataclass(frozen=True, slots=True)
class Other:
    """What a user would pick instead: a kind of model, its shape, its passes a statement and their further tokens."""

    name: str
    kind: Any
    config: PreTrainedConfig
    passes: Callable[[int], int]
    extra: Callable[[int], int]

    def make(self, count: Callable[[str], int], actors: int) -> Callable[[int], System]:
        """Return what makes the system of a batch size; the model is made once."""
        model: nn.Module = self.kind.from_config(self.config)
        reader = OfOthers(model, count)

        def of(batch: int) -> System:
            return reader.system(self.name, passes=self.passes(actors), extra=self.extra(actors), batch=batch)

        return of


OTHERS = (
    Other(
        "zero-shot NLI, mDeBERTa-v3-base",
        AutoModelForSequenceClassification,
        DebertaV2Config.from_dict(DEBERTA),
        lambda actors: HYPOTHESES * actors,
        lambda actors: HYPOTHESIS_TOKENS,
    ),
    Other(
        "one pass an actor, RoBERTa-base (as NewsSentiment)",
        AutoModelForSequenceClassification,
        RobertaConfig.from_dict(ROBERTA),
        lambda actors: actors,
        lambda actors: 3,
    ),
    Other(
        "labels in the prompt, DeBERTa-v3-base (as GLiClass)",
        AutoModel,
        DebertaV2Config.from_dict(DEBERTA),
        lambda actors: 1,
        lambda actors: HYPOTHESES * actors * LABEL_TOKENS,
    ),
)


def counter() -> Callable[[str], int]:
    """Return what counts the tokens of a text as our tokenizer cuts it."""
    opened = ModelFolder.open()
    encoder = StatementEncoder.from_file(opened.tokenizer, lengths=opened.lengths)
    return lambda text: len(encoder.ids(text)) + 2
