"""From logits to labels: the calibrated probabilities of a statement's stances and of its sentiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from stance.encoding import Encoding
from stance.folder import HEADS, ModelFolder
from stance.runtime import Outputs
from stance.types import Actor, Prediction, Sentiment, SentimentLabel, Span, Stance, StanceLabel, Statement

Label = TypeVar("Label", StanceLabel, SentimentLabel)
FloatArray = npt.NDArray[np.float64]


class Judge:
    """Reads logits with the temperatures and offsets of a model folder; it keeps no state of a call."""

    def __init__(self, folder: ModelFolder) -> None:
        self._scaling = {head: folder.scaling(head) for head in HEADS}

    def prediction(
        self,
        statement: Statement,
        encoding: Encoding,
        outputs: Sequence[Outputs],
        asked: Sequence[Actor],
        mentions: Sequence[tuple[str, int, int]],
    ) -> Prediction:
        """Return what the outputs of a statement's windows say; ``mentions`` are actors' names with start and end."""
        tones = [_softmax(output.sentiment, *self._scaling["sentiment"]) for output in outputs]
        lengths = np.array([window.tokens for window in encoding.windows], dtype=np.float64) + 1e-9
        stances = {}
        for name, probabilities in self.probabilities(outputs, asked).items():
            spans: tuple[Span, ...] = tuple((start, end) for actor, start, end in mentions if actor == name)
            label = _most_likely(StanceLabel, probabilities)
            stances[name] = Stance(name, label, probabilities[label], probabilities, spans)
        shares = _shares(SentimentLabel, np.average(np.stack(tones), axis=0, weights=lengths))
        tone = _most_likely(SentimentLabel, shares)
        return Prediction(statement, stances, Sentiment(tone, shares[tone], shares))

    def probabilities(self, outputs: Sequence[Outputs], asked: Sequence[Actor]) -> dict[str, dict[str, float]]:
        """Return the calibrated probabilities of a statement's stances, by actor and label."""
        found = {}
        for place, actor in enumerate(asked):
            windows = np.stack([_softmax(output.stance[place], *self._scaling["stance"]) for output in outputs])
            # Of a statement in several windows, those that speak of the actor tell its stance.
            related = 1.0 - windows[:, list(StanceLabel).index(StanceLabel.UNRELATED)]
            found[actor.name] = _shares(StanceLabel, np.average(windows, axis=0, weights=related + 1e-9))
        return found


def _softmax(logits: npt.NDArray[np.floating], temperatures: FloatArray, offsets: FloatArray) -> FloatArray:
    scaled = logits.astype(np.float64) / temperatures + offsets
    exponents = np.exp(scaled - scaled.max())
    shares: FloatArray = exponents / exponents.sum()
    return shares


def _shares(labels: type[Label], shares: FloatArray) -> dict[str, float]:
    return {label.value: float(share) for label, share in zip(labels, shares, strict=True)}


def _most_likely(labels: type[Label], probabilities: Mapping[str, float]) -> Label:
    return labels(max(probabilities, key=probabilities.__getitem__))
