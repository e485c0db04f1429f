"""Temperature scaling: one divisor for all logits of a head, fitted on dev (Guo et al. 2017, arXiv:1706.04599)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating]


def log_loss(logits: FloatArray, labels: npt.NDArray[np.integer], temperature: float) -> float:
    """Return the mean negative log-likelihood, in nats, of the labels under logits divided by the temperature."""
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    logs = scaled - np.log(np.exp(scaled).sum(axis=1, keepdims=True))
    return float(-logs[np.arange(len(labels)), labels].mean())


def fit_temperature(logits: FloatArray, labels: npt.NDArray[np.integer]) -> float:
    """Return the temperature between 0.25 and 4 with the least log loss; 1.0 where there is nothing to fit on."""
    if len(labels) == 0:
        return 1.0
    low, high = np.log(0.25), np.log(4.0)
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    # The log loss has one minimum in the inverse temperature, so a golden-section search finds it.
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if log_loss(logits, labels, float(np.exp(left))) < log_loss(logits, labels, float(np.exp(right))):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2.0))


def expected_calibration_error(logits: FloatArray, labels: npt.NDArray[np.integer], temperature: float) -> float:
    """Return the mean gap, 0 to 1, between confidence and accuracy over 15 bins of equal width."""
    scaled = np.exp((logits - logits.max(axis=1, keepdims=True)).astype(np.float64) / temperature)
    probabilities = scaled / scaled.sum(axis=1, keepdims=True)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * 15).astype(int), 14)
    gaps = [abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(sum(gaps))
