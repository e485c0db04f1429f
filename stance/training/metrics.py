"""Scores of predicted labels, through a local ``evaluate`` metric that needs no download."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate
from sklearn.metrics import accuracy_score, f1_score

from stance.types import SentimentLabel, StanceLabel


class StanceF1(evaluate.Metric):  # type: ignore[misc]
    """Macro-F1 over against, favor, neutral and unrelated, of all (statement, actor) pairs together.

    References and predictions are label numbers in the order of :class:`stance.types.StanceLabel`. A label that occurs
    in neither counts 0, so that figures of small samples do not look better than they are.
    """

    def _info(self) -> evaluate.MetricInfo:
        number = datasets.Value("int64")
        return evaluate.MetricInfo(
            description=str(self.__doc__),
            citation="",
            inputs_description="predictions, references: label numbers, one a pair",
            features=datasets.Features({"predictions": number, "references": number}),
        )

    def _compute(self, predictions: Sequence[int], references: Sequence[int]) -> dict[str, float]:
        return label_scores(list(StanceLabel), predictions, references, name="stance_f1")


def label_scores(
    names: Sequence[str], predictions: Sequence[int], references: Sequence[int], *, name: str
) -> dict[str, float]:
    """Return the macro-F1 under ``name``, each label's F1 under ``f1_<label>``, and the accuracy."""
    numbers = range(len(names))
    each = f1_score(references, predictions, labels=list(numbers), average=None, zero_division=0.0)
    scores: dict[str, Any] = {name: each.mean()}
    scores |= {f"f1_{label}": score for label, score in zip(names, each, strict=True)}
    scores["accuracy"] = accuracy_score(references, predictions) if len(references) else 0.0
    return {key: float(value) for key, value in scores.items()}


def stance_f1(predictions: Sequence[int | str], references: Sequence[int | str]) -> float:
    """Return the main score, 0 to 1, of label names or numbers."""
    return float(stance_scores(predictions, references)["stance_f1"])


def stance_scores(predictions: Sequence[int | str], references: Sequence[int | str]) -> dict[str, float]:
    """Return ``stance_f1``, the F1 of each label and the accuracy, 0 to 1, of label names or numbers."""
    order = {label: number for number, label in enumerate(StanceLabel)}
    numbers = [
        [order[StanceLabel(label)] if isinstance(label, str) else int(label) for label in labels]
        for labels in (predictions, references)
    ]
    # In memory: two trainings at once need not share a cache file.
    metric = StanceF1(keep_in_memory=True)
    scores: dict[str, float] = metric.compute(predictions=numbers[0], references=numbers[1])
    return scores


def sentiment_scores(predictions: Sequence[int], references: Sequence[int]) -> dict[str, float]:
    """Return ``sentiment_f1`` (macro), ``sentiment_f1_<label>`` and ``sentiment_accuracy``, 0 to 1."""
    found = label_scores(list(SentimentLabel), predictions, references, name="f1")
    return {f"sentiment_{key}": value for key, value in found.items()}
