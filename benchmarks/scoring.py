"""Scores that the benchmarks share: macro-F1, and its interval from a bootstrap over statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pair:
    """One statement with one actor: numbers of the true and the predicted label."""

    statement: int
    actor: str
    language: str
    source: str
    label: int
    predicted: int


def macro_f1(labels: IntArray, predicted: IntArray, classes: int, *, only: Sequence[int] | None = None) -> float:
    """Return the macro-F1, 0 to 1, of all classes or of those in ``only``; a class that occurs in neither counts 0."""
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    right = np.diag(confusion)
    total = confusion.sum(axis=0) + confusion.sum(axis=1)
    each = np.where(total > 0, 2 * right / np.maximum(total, 1), 0.0)
    return float(np.mean(each if only is None else each[list(only)]))


def score(pairs: Sequence[Pair], classes: int, *, only: Sequence[int] | None = None) -> float:
    """Return the macro-F1 of pairs, 0 to 1."""
    labels = np.array([pair.label for pair in pairs], np.int64)
    predicted = np.array([pair.predicted for pair in pairs], np.int64)
    return macro_f1(labels, predicted, classes, only=only)


def interval(
    pairs: Sequence[Pair], classes: int, *, rounds: int = 1000, seed: int = 7, only: Sequence[int] | None = None
) -> tuple[float, float]:
    """Return the 95 % interval of the macro-F1 from a bootstrap that draws whole statements."""
    generator = np.random.default_rng(seed)
    groups: dict[int, list[int]] = {}
    for place, pair in enumerate(pairs):
        groups.setdefault(pair.statement, []).append(place)
    members = [np.array(places) for places in groups.values()]
    labels = np.array([pair.label for pair in pairs])
    predicted = np.array([pair.predicted for pair in pairs])
    scores = []
    for _ in range(rounds):
        drawn = np.concatenate([members[number] for number in generator.integers(0, len(members), len(members))])
        scores.append(macro_f1(labels[drawn], predicted[drawn], classes, only=only))
    low, high = np.quantile(scores, [0.025, 0.975])
    return float(low), float(high)
