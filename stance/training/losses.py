"""What training makes small."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from stance.training.config import TrainerConfig
from stance.training.examples import Batch
from stance.training.model import Logits
from stance.training.sources import UNKNOWN


def loss_of(logits: Logits, batch: Batch, config: TrainerConfig, class_weights: Tensor) -> Tensor:
    """Return the stance loss a block plus the weighted sentiment loss a statement; unknown labels count for nothing."""
    stance = _weighted_mean(logits.stance, batch.labels, batch.label_weights, config.label_smoothing, class_weights)
    sentiment = _weighted_mean(logits.sentiment, batch.sentiment, batch.weights, config.label_smoothing, None)
    return stance + config.sentiment_weight * sentiment


def disagreement(one: Logits, other: Logits, batch: Batch) -> Tensor:
    """Return how far two answers to the same batch are apart, in nats: R-Drop (Liang et al. 2021, arXiv:2106.14448).

    The mean over blocks of the two Kullback-Leibler divergences of the stance, weighed as the labels are.
    """
    first, second = (functional.log_softmax(logits.stance, dim=-1) for logits in (one, other))
    each = (first.exp() - second.exp()) * (first - second)
    return (each.sum(dim=-1) / 2 * batch.label_weights).sum() / batch.label_weights.sum().clamp(min=1.0)


def _weighted_mean(
    logits: Tensor, labels: Tensor, weights: Tensor, smoothing: float, class_weights: Tensor | None
) -> Tensor:
    known = (labels != UNKNOWN).float() * weights
    each = functional.cross_entropy(
        logits, labels, weight=class_weights, ignore_index=UNKNOWN, label_smoothing=smoothing, reduction="none"
    )
    return (each * known).sum() / known.sum().clamp(min=1.0)
