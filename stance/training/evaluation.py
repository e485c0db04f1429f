"""Scores of a torch model on labelled examples: overall, by language, by actor, and per label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import torch

from stance.encoding import StatementEncoder
from stance.training.examples import Encoded, bucketed, collate, encode, encode_pairs, plain_example
from stance.training.metrics import label_scores, sentiment_scores, stance_scores
from stance.training.model import PairModel, StanceModel
from stance.training.sources import UNKNOWN
from stance.types import StanceLabel

MAIN_ACTORS = ("NATO", "Russia", "DPRK", "China")


@dataclass(frozen=True, slots=True)
class Outputs:
    """Logits of a data set.

    ``stance`` has the shape (pairs, labels), in the order of the records and their actors; ``sentiment`` (records,
    labels).
    """

    stance: npt.NDArray[np.float32]
    sentiment: npt.NDArray[np.float32]


def predict(
    model: StanceModel, encoder: StatementEncoder, records: datasets.Dataset, *, tokens: int = 4096, bf16: bool = False
) -> Outputs:
    """Return the logits of every pair and every statement of the records."""
    examples = [plain_example(record) for record in records]
    if isinstance(model, PairModel):
        inputs = [encode_pairs(encoder, example) for example in examples]
        found = _logits(model, [item for one in inputs for item in one], encoder.pad_id, tokens=tokens, bf16=bf16)
        first = np.cumsum([0, *(len(one) for one in inputs)])[:-1]
        # A record without an actor has no pair that its sentiment could be read from.
        tones = [found.sentiment[at] if one else np.zeros(3) for at, one in zip(first, inputs, strict=True)]
        return Outputs(found.stance, np.array(tones, np.float32))
    items = [encode(encoder, example) for example in examples]
    return _logits(model, items, encoder.pad_id, tokens=tokens, bf16=bf16)


def _logits(model: StanceModel, items: Sequence[Encoded], pad_id: int, *, tokens: int, bf16: bool) -> Outputs:
    stance: list[npt.NDArray[np.float32]] = [np.empty((0, 0), np.float32)] * len(items)
    sentiment = np.zeros((len(items), 3), np.float32)
    was_training = model.training
    model.eval()
    lengths = [len(item.input_ids) for item in items]
    for places in bucketed(lengths, tokens=tokens, examples=64, seed="predict"):
        batch = collate([items[place] for place in places], pad_id=pad_id)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            logits = model(batch.input_ids, batch.attention_mask)
        sizes = [len(items[place].labels) for place in places]
        parts = np.split(logits.stance.numpy(), np.cumsum(sizes)[:-1]) if places else []
        for place, part in zip(places, parts, strict=True):
            stance[place] = part
        sentiment[places] = logits.sentiment.numpy()
    model.train(was_training)
    return Outputs(np.concatenate(stance), sentiment)


def pairs(records: datasets.Dataset) -> list[dict[str, Any]]:
    """Return one row a (statement, actor) pair, in the order of :func:`predict`."""
    return [
        {"actor": actor, "label": label, "language": record["language"], "id": record["id"], "source": record["source"]}
        for record in records
        for actor, label in zip(record["actors"], record["labels"], strict=True)
    ]


def scores(outputs: Outputs, records: datasets.Dataset) -> dict[str, Any]:
    """Return ``stance_f1`` of the four main actors with its parts, and the sentiment's scores.

    Where no main actor is asked about (target sets), all pairs count. ``by_language`` and ``by_actor`` hold
    ``stance_f1`` and ``related_f1``, the mean F1 of against, favor and neutral, with the number of pairs.
    """
    rows = pairs(records)
    predicted = outputs.stance.argmax(axis=1) if rows else np.zeros(0, int)
    for row, label in zip(rows, predicted, strict=True):
        row["predicted"] = int(label)
    rows = [row for row in rows if row["label"] != UNKNOWN]
    main = [row for row in rows if row["actor"] in MAIN_ACTORS] or rows
    result: dict[str, Any] = {"stance_f1": 0.0}
    if main:
        result |= stance_scores([row["predicted"] for row in main], [row["label"] for row in main])
    for key in ("language", "actor"):
        values = sorted({row[key] for row in main})
        result[f"by_{key}"] = {value: _part([row for row in main if row[key] == value]) for value in values[:40]}
    others = [row for row in rows if row["actor"] not in MAIN_ACTORS]
    if others and main is not rows:
        result["other_actors"] = _part(others)
    known = [place for place, label in enumerate(records["sentiment"]) if label != UNKNOWN]
    if known:
        gold = [records["sentiment"][place] for place in known]
        result |= sentiment_scores(outputs.sentiment[known].argmax(axis=1).tolist(), gold)
    return result


def _scores_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    predicted, labels = [row["predicted"] for row in rows], [row["label"] for row in rows]
    return label_scores(list(StanceLabel), predicted, labels, name="stance_f1")


def _part(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    found = _scores_of(rows)
    related = np.mean([found["f1_against"], found["f1_favor"], found["f1_neutral"]])
    return {
        "stance_f1": found["stance_f1"],
        "related_f1": float(related),
        "accuracy": found["accuracy"],
        "pairs": len(rows),
    }
