"""Calibration: what turns logits into probabilities that mean what they say, fitted on dev.

A head's logits are divided by one temperature (Guo et al. 2017, arXiv:1706.04599) or, where that fits statements better
that it was not fitted on, by a temperature for each label with an offset added (vector scaling, same paper). Between
the two stands a temperature for one label apart, with its offset: that an actor is unrelated is known far better than
which side is taken, so one temperature for both makes the first too timid and the second too bold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import f1_score

FloatArray = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.integer]

BINS = 15
FOLDS = 5
# Forms with more to fit are taken only where they save this share of the log loss of statements left out, and lower the
# macro-F1 by no more than this: offsets change labels.
WORTH, LOSS_OF_F1 = 0.01, 0.005
# Holds offsets near 0 where dev has few examples of a label.
PENALTY = 1e-3
LIMIT = float(np.log(4.0))


class Form(Enum):
    """What is fitted: one temperature, another with an offset for one label apart, or both for every label."""

    TEMPERATURE = auto()
    APART = auto()
    VECTOR = auto()


@dataclass(frozen=True, slots=True)
class Scaling:
    """How a head's logits are scaled: divided by ``temperatures``, then ``offsets`` are added; one of each a label."""

    temperatures: tuple[float, ...]
    offsets: tuple[float, ...]

    def probabilities(self, logits: FloatArray) -> npt.NDArray[np.float64]:
        """Return the softmax of the scaled logits; both of the shape (items, labels)."""
        return np.exp(_log_softmax(logits, self))


def _log_softmax(logits: FloatArray, scaling: Scaling) -> npt.NDArray[np.float64]:
    scaled = logits.astype(np.float64) / np.array(scaling.temperatures) + np.array(scaling.offsets)
    scaled -= scaled.max(axis=1, keepdims=True)
    result: npt.NDArray[np.float64] = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return result


def log_loss(logits: FloatArray, labels: IntArray, scaling: Scaling) -> float:
    """Return the mean negative log-likelihood of the labels, in nats."""
    return float(-_log_softmax(logits, scaling)[np.arange(len(labels)), labels].mean())


def unscaled(labels: int) -> Scaling:
    """Return the scaling that changes nothing."""
    return Scaling((1.0,) * labels, (0.0,) * labels)


def fit(logits: FloatArray, labels: IntArray, *, form: Form = Form.TEMPERATURE, apart: int = -1) -> Scaling:
    """Return the scaling of a form with the least log loss; one that changes nothing where there is nothing to fit on.

    ``apart`` is the label that stands apart in that form. Temperatures lie between 0.25 and 4.
    """
    count = logits.shape[1]
    if len(labels) == 0:
        return unscaled(count)
    inputs = torch.tensor(np.asarray(logits), dtype=torch.float64)
    targets = torch.tensor(np.asarray(labels), dtype=torch.long)
    alone = torch.nn.functional.one_hot(torch.tensor(apart % count), count)
    # The temperature of each label by its number, and which labels have an offset.
    kinds = {Form.TEMPERATURE: alone * 0, Form.APART: alone, Form.VECTOR: torch.arange(count)}[form]
    has_offset = {Form.TEMPERATURE: alone * 0, Form.APART: alone, Form.VECTOR: torch.ones_like(alone)}[form]
    sharpness = torch.zeros(int(kinds.max()) + 1, dtype=torch.float64, requires_grad=True)
    free = torch.zeros(count, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([sharpness, free], max_iter=200, tolerance_grad=1e-9, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        offsets = free * has_offset
        scaled = inputs * sharpness.clamp(-LIMIT, LIMIT).exp()[kinds] + offsets
        loss = torch.nn.functional.cross_entropy(scaled, targets) + PENALTY * (offsets**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    temperatures = (-sharpness.detach().clamp(-LIMIT, LIMIT)).exp()[kinds]
    return Scaling(tuple(temperatures.tolist()), tuple((free.detach() * has_offset).tolist()))


def folds(groups: Sequence[str]) -> IntArray:
    """Return a fold for each item; items of one group, the pairs of a statement, stay together."""
    numbers = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    order = np.random.default_rng(0).permutation(len(numbers))
    return np.array([order[numbers[group]] % FOLDS for group in groups], dtype=np.int64)


def held_out(logits: FloatArray, labels: IntArray, groups: Sequence[str], *, form: Form, apart: int = -1) -> FloatArray:
    """Return probabilities, each from a scaling fitted on the other folds: what unseen statements would get."""
    fold = folds(groups)
    result = np.zeros(logits.shape, np.float64)
    for number in range(FOLDS):
        inside = fold == number
        result[inside] = fit(logits[~inside], labels[~inside], form=form, apart=apart).probabilities(logits[inside])
    return result


def choose(
    logits: FloatArray, labels: IntArray, groups: Sequence[str], *, apart: int | None = None
) -> tuple[Scaling, FloatArray]:
    """Return the scaling fitted on everything, and the probabilities that cross-validation gives.

    One temperature changes no label. Another form is taken where it saves at least :data:`WORTH` of the log loss of the
    folds left out and costs at most :data:`LOSS_OF_F1` of the macro-F1 there, of several the one with the least loss.
    ``apart`` is the label that may stand apart. With fewer groups than folds there is nothing to leave out: the
    probabilities are then those of the scaling itself.
    """
    if len(set(groups)) < FOLDS:
        scaling = fit(logits, labels)
        return scaling, scaling.probabilities(logits)
    forms = [form for form in Form if form is not Form.APART or apart is not None]
    place = -1 if apart is None else apart
    rows = np.arange(len(labels))
    found = {form: held_out(logits, labels, groups, form=form, apart=place) for form in forms}
    losses = {form: -np.log(np.maximum(each[rows, labels], 1e-12)).mean() for form, each in found.items()}
    scores = {form: f1_score(labels, each.argmax(axis=1), average="macro") for form, each in found.items()}
    fair = [
        form
        for form in forms[1:]
        if losses[form] < (1.0 - WORTH) * losses[Form.TEMPERATURE]
        and scores[form] >= scores[Form.TEMPERATURE] - LOSS_OF_F1
    ]
    best = min(fair, key=losses.__getitem__, default=Form.TEMPERATURE)
    return fit(logits, labels, form=best, apart=place), found[best]


def reliability(probabilities: FloatArray, labels: IntArray) -> list[dict[str, float]]:
    """Return for each of 15 bins of equal width that has answers their mean confidence, accuracy and number."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "confidence": float(confidence[bins == b].mean()),
            "accuracy": float(right[bins == b].mean()),
            "answers": int((bins == b).sum()),
        }
        for b in np.unique(bins)
    ]


def expected_calibration_error(probabilities: FloatArray, labels: IntArray) -> float:
    """Return the mean gap, 0 to 1, between confidence and accuracy over the bins, each by its number of answers."""
    bins = reliability(probabilities, labels)
    total = sum(found["answers"] for found in bins)
    return sum(abs(found["confidence"] - found["accuracy"]) * found["answers"] for found in bins) / max(total, 1)
