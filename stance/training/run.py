"""One training run from its configuration to its folder."""

from __future__ import annotations

import json
import logging
import platform
import random
from importlib import metadata
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from omegaconf import DictConfig, OmegaConf
from safetensors.torch import load_file

from stance.encoding import ACTOR, StatementEncoder
from stance.errors import InputError
from stance.training.base import load_base
from stance.training.calibration import expected_calibration_error, fit_temperature
from stance.training.checkpoint import CONFIG, REPORT, WEIGHTS, load_trained, save_model, save_words, trained_state
from stance.training.config import BaseKind, DataConfig, SourceConfig, TrainConfig
from stance.training.evaluation import pairs, predict, scores
from stance.training.examples import Augmenter
from stance.training.model import StanceModel
from stance.training.sources import UNKNOWN, data_hashes, hold_out, load_source, text_key, text_keys, without
from stance.training.trainer import Trainer

log = logging.getLogger(__name__)

PACKAGES = ("torch", "transformers", "tokenizers", "datasets", "evaluate", "hydra-core", "scikit-learn", "numpy")
Sources = dict[str, tuple[SourceConfig, datasets.Dataset]]


def load_data(config: DataConfig) -> tuple[Sources, datasets.Dataset]:
    """Return the sources to train on, and dev: its own sources and what the others hold out."""
    sources: Sources = {}
    dev = [load_source(name, source) for name, source in config.dev.items()]
    forbidden = text_keys(config.never) | {text_key(text) for records in dev for text in records["text"]}
    for name, source in config.sources.items():
        train, held = hold_out(without(load_source(name, source), forbidden), source.held_out)
        if config.limit is not None:
            train = train.select(range(min(config.limit, len(train))))
            held = held.select(range(min(config.limit, len(held))))
        sources[name] = (source, train)
        if len(held):
            dev.append(held)
    if not sources or not dev:
        raise InputError("there is nothing to train on or to choose models by; set data.sources and data.dev or held_out")
    return sources, datasets.concatenate_datasets(dev)


def train(config: TrainConfig, folder: Path, resolved: DictConfig) -> float:
    """Train as configured, leave everything in ``folder``, return ``stance_f1`` on dev."""
    if config.trainer.threads:
        torch.set_num_threads(config.trainer.threads)
    random.seed(config.seed)
    np.random.seed(config.seed)  # noqa: NPY002
    torch.manual_seed(config.seed)
    folder.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(resolved, folder / CONFIG, resolve=True)
    hashes = data_hashes(config.data)
    sources, dev = load_data(config.data)
    texts = [text for _, records in sources.values() for text in records["text"]]
    base, tokenizer = load_base(config.model.base, texts=texts)
    _set_dropout(base, config.model.encoder_dropout)
    model = StanceModel(
        base,
        actor_id=tokenizer.token_to_id(ACTOR),
        dropout=config.model.dropout,
        frozen_layers=config.model.frozen_layers,
    )
    if config.model.init_from:
        load_trained(model, load_file(Path(config.model.init_from) / WEIGHTS))
    if config.model.base.kind is BaseKind.RANDOM:
        save_words(folder, model)
    encoder = StatementEncoder(tokenizer)
    trainer = Trainer(
        model,
        encoder,
        sources,
        dev,
        config=config.trainer,
        augmenter=Augmenter(config.data.augment),
        seed=config.seed,
        folder=folder,
    )
    if config.resume:
        trainer.restore()
    found = trainer.run()
    save_model(folder, trained_state(model), tokenizer)
    report = {
        "dev": found,
        **calibrate(model, encoder, dev),
        "history": trainer.progress.history,
        "best_step": trainer.progress.best_step,
        "train_seconds": round(trainer.progress.seconds, 1),
        "seed": config.seed,
        "data_hashes": hashes,
        "versions": {name: metadata.version(name) for name in PACKAGES} | {"python": platform.python_version()},
    }
    (folder / REPORT).write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    log.info("stance_f1 on dev %.4f; the run is in %s", found["stance_f1"], folder)
    return float(found["stance_f1"])


def calibrate(model: StanceModel, encoder: StatementEncoder, dev: datasets.Dataset) -> dict[str, Any]:
    """Return the temperature of each head fitted on dev, and the calibration error of the stance head before and after."""
    outputs = predict(model, encoder, dev)
    labels = np.array([row["label"] for row in pairs(dev)])
    known = labels != UNKNOWN
    tones = np.array(dev["sentiment"])
    stance = fit_temperature(outputs.stance[known], labels[known])
    sentiment = fit_temperature(outputs.sentiment[tones != UNKNOWN], tones[tones != UNKNOWN])
    before, after = (expected_calibration_error(outputs.stance[known], labels[known], t) for t in (1.0, stance))
    return {
        "temperatures": {"stance": stance, "sentiment": sentiment},
        "calibration_error": {"before": before, "after": after},
    }


def evaluate_run(model: StanceModel, encoder: StatementEncoder, records: datasets.Dataset) -> dict[str, Any]:
    """Return the scores of a model on labelled records."""
    return scores(predict(model, encoder, records), records)


def _set_dropout(encoder: torch.nn.Module, share: float) -> None:
    for module in encoder.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share
        elif hasattr(module, "dropout_prob"):
            module.dropout_prob = share
