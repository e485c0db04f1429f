"""A small model learns from a large one: from its answers, and from the states of its layers.

The student keeps some of the layers of its teacher and is trained to give the same logits at a raised temperature
(Hinton et al. 2015, arXiv:1503.02531) and the same states after each of the layers that it kept (Jiao et al. 2020,
arXiv:1909.10351). Both read the same ids, so texts without labels teach as well as others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from stance.errors import InputError
from stance.training.base import rising
from stance.training.config import DistilConfig
from stance.training.examples import Batch
from stance.training.model import Logits, StanceModel


class Teacher:
    """A trained model beside the student that learns from it."""

    def __init__(
        self, model: StanceModel, student: StanceModel, layers: Sequence[int], *, config: DistilConfig
    ) -> None:
        """Take both models; ``layers`` are the teacher's layers, from 0, whose states the student's shall have.

        The word embeddings are frozen and the same for both, so the teacher reads with the student's: its ids are
        those of the student's tokenizer from now on. InputError if there is not one layer for each of the student's, or
        if the two began with different pretrained encoders.
        """
        if not (0.0 <= config.share <= 1.0 and config.temperature > 0 and min(config.sentiment, config.states) >= 0):
            raise InputError(
                "distil.share must be from 0 to 1, distil.temperature above 0, the other weights 0 or more"
            )
        own, others = model.encoder.encoder.layer, student.encoder.encoder.layer
        if type(model) is not type(student) or (model.special is None) != (student.special is None):
            raise InputError("distil.teacher reads actors in another way: model.kind and model.focus must be the same")
        if len(layers) != len(others) or not rising(layers, len(own)):
            raise InputError(
                f"the student has {len(others)} layers; name as many of the teacher's 0 to {len(own) - 1}, rising, in "
                f"model.kept_layers, not {list(layers)}"
            )
        # The special tokens come first in every tokenizer of one base.
        first, other = (one.encoder.embeddings.word_embeddings.weight[:4] for one in (model, student))
        if not torch.equal(first, other):
            raise InputError("distil.teacher has other word embeddings; both must begin with the same model.base")
        model.encoder.embeddings.word_embeddings = student.encoder.embeddings.word_embeddings
        model.actor_id, model.special = student.actor_id, student.special
        self._model = model.eval().requires_grad_(False)
        self.share = config.share
        self._config = config
        self._own = _States(own[number] for number in layers)
        self._student = _States(others)

    def loss(self, logits: Logits, batch: Batch, *, bf16: bool) -> Tensor:
        """Return how far the student's answers and states are from the teacher's; call it after the student's pass."""
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            wanted: Logits = self._model(batch.input_ids, batch.attention_mask)
        heat = self._config.temperature
        loss = divergence(logits.stance, wanted.stance, batch.label_weights, heat)
        loss = loss + self._config.sentiment * divergence(logits.sentiment, wanted.sentiment, batch.weights, heat)
        if self._config.states:
            loss = loss + self._config.states * self._distance(batch.attention_mask > 0)
        return loss

    def _distance(self, real: Tensor) -> Tensor:
        """Return the mean squared difference of the states, in units of the teacher's variance."""
        each = []
        for own, student in zip(self._own.seen, self._student.seen, strict=True):
            wanted = own[real].float()
            each.append(functional.mse_loss(student[real].float(), wanted) / wanted.var())
        return torch.stack(each).mean()


def divergence(logits: Tensor, wanted: Tensor, weights: Tensor, temperature: float) -> Tensor:
    """Return the weighted mean Kullback-Leibler divergence of answers from those that are wanted, in nats.

    Both are softened by the temperature, and the result is multiplied by its square, so that gradients keep their size.
    """
    one = functional.log_softmax(logits / temperature, dim=-1)
    other = functional.log_softmax(wanted / temperature, dim=-1)
    each = (other.exp() * (other - one)).sum(dim=-1) * temperature**2
    return (each * weights).sum() / weights.sum().clamp(min=1.0)


class _States:
    """What layers gave in their last pass, in their order."""

    def __init__(self, layers: Iterable[nn.Module]) -> None:
        self._layers = list(layers)
        self.seen: list[Tensor] = []
        for place, layer in enumerate(self._layers):
            layer.register_forward_hook(self._keeper(place))

    def _keeper(self, place: int) -> Any:
        def keep(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            if place == 0:
                self.seen = []
            self.seen.append(output if isinstance(output, Tensor) else output[0])

        return keep
