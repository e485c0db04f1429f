"""The loop: epochs of batches, checkpoints to go on from, early stopping on dev."""

from __future__ import annotations

import dataclasses
import logging
import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datasets
import torch
from torch import Tensor
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from stance.encoding import StatementEncoder
from stance.errors import InputError
from stance.training.augmenter import Augmenter
from stance.training.checkpoint import (
    CHECKPOINT,
    load_trained,
    random_states,
    restore_random_states,
    trained_state,
)
from stance.training.config import SourceConfig, TrainerConfig
from stance.training.distillation import Teacher
from stance.training.evaluation import predict, scores
from stance.training.examples import Batch, Encoded, bucketed, collate, encode, encode_pairs
from stance.training.losses import disagreement, loss_of
from stance.training.model import Logits, PairModel, StanceModel

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Progress:
    """Where a run stands; saved with every checkpoint."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    seconds: float = 0.0
    best: float = -1.0
    best_step: int = 0
    without_gain: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)


def use_bf16(precision: str) -> bool:
    """Tell whether to multiply in bfloat16: as asked, or where the processor does it in hardware.

    InputError if ``precision`` is none of auto, bf16 and fp32.
    """
    if precision not in ("auto", "bf16", "fp32"):
        raise InputError(f"trainer.precision must be auto, bf16 or fp32, not {precision!r}")
    if precision == "auto":
        flags = torch.cpu.get_capabilities()
        return bool(flags.get("avx512_bf16") or flags.get("amx_bf16"))
    return precision == "bf16"


def parameter_groups(model: StanceModel, config: TrainerConfig) -> list[dict[str, Any]]:
    """Return the optimiser's groups: lower layers learn slower, by ``layer_decay`` a layer.

    The weights of biases and norms do not decay.
    """
    layers = len(model.encoder.encoder.layer)
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.startswith("encoder.encoder.layer."):
            rate = config.learning_rate * config.layer_decay ** (layers - 1 - int(name.split(".")[3]))
        elif name.startswith("encoder."):
            rate = config.learning_rate * config.layer_decay**layers
        else:
            rate = config.head_learning_rate
        decay = config.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": found, "lr": rate, "weight_decay": decay} for (rate, decay), found in groups.items()]


def learning_rate_share(step: int, *, total: int, warmup: float) -> float:
    """Return the share of the learning rate: linear warm-up, then a cosine down to a fiftieth.

    ``warmup`` is the share of the ``total`` steps in which it rises.
    """
    warm = max(1, round(warmup * total))
    if step < warm:
        return (step + 1) / warm
    done = min(1.0, (step - warm) / max(1, total - warm))
    return 0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * done))


class Trainer:
    """Trains a model on sources of examples and keeps the weights that are best on dev."""

    def __init__(
        self,
        model: StanceModel,
        encoder: StatementEncoder,
        sources: Mapping[str, tuple[SourceConfig, datasets.Dataset]],
        dev: datasets.Dataset,
        *,
        config: TrainerConfig,
        augmenter: Augmenter,
        seed: int,
        folder: Path,
        teacher: Teacher | None = None,
    ) -> None:
        self.model, self.encoder, self.sources, self.dev = model, encoder, sources, dev
        self.config, self.augmenter, self.seed, self.folder = config, augmenter, seed, folder
        self.teacher = teacher
        self.bf16 = use_bf16(config.precision)
        self._renames = config.consistency > 0 and augmenter.config.second_name
        self.class_weights = torch.tensor(list(config.class_weights))
        self.optimizer = AdamW(parameter_groups(model, config), betas=(0.9, 0.98), eps=1e-6)
        self.progress = Progress()
        self.best_state: dict[str, Tensor] = {}
        self.last_state: dict[str, Tensor] = {}
        self.average: dict[str, Tensor] = trained_state(model) if config.average_decay else {}
        self._saved_at = time.monotonic()
        torch.manual_seed(seed)
        self.steps_per_epoch = len(self._batches(self._epoch_items(0), 0))
        self.total_steps = config.epochs * self.steps_per_epoch
        if config.max_steps is not None:
            self.total_steps = min(self.total_steps, config.max_steps)
        self.scheduler = LambdaLR(self.optimizer, self._rate)

    def _rate(self, step: int) -> float:
        return learning_rate_share(step, total=self.total_steps, warmup=self.config.warmup)

    def _epoch_records(self, epoch: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield a key and a record for each example of an epoch: repeated or sampled as its source says."""
        for name, (config, records) in self.sources.items():
            places = list(range(len(records)))
            if config.sample is not None and config.sample < len(places):
                places = random.Random(f"{self.seed}/{epoch}/{name}").sample(places, config.sample)
            chosen = records.select(places)
            for turn in range(config.repeat):
                for place, record in zip(places, chosen, strict=True):
                    yield f"{self.seed}/{epoch}/{name}/{place}/{turn}", record

    def _epoch_items(self, epoch: int) -> list[Encoded]:
        items: list[Encoded] = []
        for key, record in self._epoch_records(epoch):
            chance = random.Random(key)
            known = {"sentiment": record["sentiment"], "weight": record["weight"]}
            if isinstance(self.model, PairModel):
                items += encode_pairs(self.encoder, self.augmenter(record, chance), **known)
                continue
            if not self._renames:
                items.append(encode(self.encoder, self.augmenter(record, chance), **known))
                continue
            example, other = self.augmenter.pair(record, chance)
            again = encode(self.encoder, other).input_ids
            items.append(dataclasses.replace(encode(self.encoder, example, **known), again=again))
        return items

    def _batches(self, items: Sequence[Encoded], epoch: int) -> list[list[int]]:
        return bucketed(
            [len(item.input_ids) for item in items],
            tokens=self.config.batch_tokens,
            examples=self.config.batch_examples,
            seed=f"{self.seed}/{epoch}",
        )

    def run(self) -> dict[str, Any]:
        """Train to the end, or until dev gains nothing for ``patience`` evaluations.

        Returns the scores on dev of the best weights, which the model has afterwards.
        """
        log.info(
            "%d steps in %d epochs of %d, in %s", self.total_steps, self.config.epochs, self.steps_per_epoch,
            "bf16" if self.bf16 else "fp32",
        )  # fmt: skip
        while not self._finished():
            started = time.monotonic()
            items = self._epoch_items(self.progress.epoch)
            self.progress.seconds += time.monotonic() - started
            self._run_epoch(items, self._batches(items, self.progress.epoch))
            self.progress.epoch, self.progress.batch = self.progress.epoch + 1, 0
        if self.progress.best_step == 0 or (
            self.progress.history and self.progress.history[-1]["step"] != self.progress.step
        ):
            self._evaluate()
        self.last_state = self.average or trained_state(self.model)
        load_trained(self.model, self.best_state)
        return scores(predict(self.model, self.encoder, self.dev), self.dev)

    def _finished(self) -> bool:
        done = self.progress.epoch >= self.config.epochs or self.progress.step >= self.total_steps
        return done or self.progress.without_gain >= self.config.patience

    def _run_epoch(self, items: Sequence[Encoded], batches: Sequence[Sequence[int]]) -> None:
        per_epoch = max(1, self.config.evaluations_per_epoch)
        marks = {len(batches) * (turn + 1) // per_epoch for turn in range(per_epoch)}
        self.model.train()
        for number in range(self.progress.batch, len(batches)):
            if self._finished():
                return
            started = time.monotonic()
            loss = self._step([items[place] for place in batches[number]])
            self.progress.batch, self.progress.step = number + 1, self.progress.step + 1
            self.progress.seconds += time.monotonic() - started
            if self.progress.step % 50 == 0 or self.progress.step == 10:
                self._report(loss)
            if number + 1 in marks:
                self._evaluate()
            if time.monotonic() - self._saved_at > self.config.checkpoint_minutes * 60:
                self.save()

    def _answer(self, batch: Batch) -> Logits:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            logits: Logits = self.model(batch.input_ids, batch.attention_mask)
        return logits

    def _step(self, items: Sequence[Encoded]) -> float:
        batch = collate(items, pad_id=self.encoder.pad_id)
        logits = self._answer(batch)
        loss = loss_of(logits, batch, self.config, self.class_weights)
        # At once: a second reading of the batch would leave other states.
        taught = None if self.teacher is None else self.teacher.loss(logits, batch, bf16=self.bf16)
        if self.config.consistency:
            renamed = collate(items, pad_id=self.encoder.pad_id, again=True) if self._renames else batch
            again = self._answer(renamed)
            loss = (loss + loss_of(again, batch, self.config, self.class_weights)) / 2
            loss = loss + self.config.consistency * disagreement(logits, again, batch)
        if self.teacher is not None and taught is not None:
            loss = (1.0 - self.teacher.share) * loss + self.teacher.share * taught
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.max_gradient)
        self.optimizer.step()
        self.scheduler.step()
        self.optimizer.zero_grad(set_to_none=True)
        decay = min(self.config.average_decay, (1 + self.progress.step) / (10 + self.progress.step))
        if self.average:
            for name, value in self.model.state_dict().items():
                if name in self.average:
                    self.average[name].lerp_(value, 1.0 - decay)
        return loss.item()

    def _report(self, loss: float) -> None:
        left = (self.total_steps - self.progress.step) * self.progress.seconds / max(1, self.progress.step)
        log.info(
            "epoch %d step %d/%d loss %.3f, %.0f minutes left",
            self.progress.epoch + 1, self.progress.step, self.total_steps, loss, left / 60,
        )  # fmt: skip

    def _evaluate(self) -> None:
        """Score dev with the weights that would be kept: the running average where there is one."""
        started = time.monotonic()
        own = trained_state(self.model)
        if self.average:
            load_trained(self.model, self.average)
        found = scores(predict(self.model, self.encoder, self.dev, bf16=self.bf16), self.dev)
        kept = {key: value for key, value in found.items() if isinstance(value, float)}
        self.progress.history.append({"step": self.progress.step, "epoch": self.progress.epoch, **kept})
        log.info("dev %s", {key: round(value, 4) for key, value in kept.items()})
        if found["stance_f1"] > self.progress.best:
            self.progress.best, self.progress.best_step = found["stance_f1"], self.progress.step
            self.progress.without_gain = 0
            self.best_state = trained_state(self.model)
        else:
            self.progress.without_gain += 1
        load_trained(self.model, own)
        self.model.train()
        # Evaluations take their share of the time that is left.
        self.progress.seconds += time.monotonic() - started

    def save(self) -> None:
        """Write a checkpoint, whole or not at all."""
        part = self.folder / f"{CHECKPOINT}.part"
        torch.save(
            {
                "model": trained_state(self.model),
                "best": self.best_state,
                "average": self.average,
                "optimizer": self.optimizer.state_dict(),
                "scheduler": self.scheduler.state_dict(),
                "progress": {name: getattr(self.progress, name) for name in Progress.__slots__},
                "random": random_states(),
            },
            part,
        )
        part.replace(self.folder / CHECKPOINT)
        self._saved_at = time.monotonic()

    def restore(self) -> None:
        """Go on from the checkpoint of this run's folder; a run without one starts anew."""
        path = self.folder / CHECKPOINT
        if not path.is_file():
            log.info("%s has no checkpoint yet: starting anew", self.folder)
            return
        # The checkpoint holds states of Python's generators, which torch's restricted reader does not take.
        saved = torch.load(path, weights_only=False)
        load_trained(self.model, saved["model"])
        self.best_state, self.average = saved["best"], saved["average"]
        self.optimizer.load_state_dict(saved["optimizer"])
        self.scheduler.load_state_dict(saved["scheduler"])
        self.progress = Progress(**saved["progress"])
        restore_random_states(saved["random"])
        log.info("going on at epoch %d, step %d", self.progress.epoch + 1, self.progress.step)
