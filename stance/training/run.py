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

from stance.encoding import StatementEncoder
from stance.errors import InputError, ModelError
from stance.training.augmenter import Augmenter
from stance.training.base import actor_id, begin_anew, keep_layers, load_base, shorten, special_ids
from stance.training.calibration import choose, expected_calibration_error, reliability, unscaled
from stance.training.checkpoint import (
    CHECKPOINT,
    CONFIG,
    HASHES,
    REPORT,
    WEIGHTS,
    load_run,
    load_trained,
    save_model,
    save_words,
    trained_state,
)
from stance.training.config import BaseKind, DataConfig, SourceConfig, SourceFormat, TrainConfig
from stance.training.distillation import Teacher
from stance.training.dropout import set_dropout
from stance.training.evaluation import pairs, predict, scores
from stance.training.model import MODELS, StanceModel
from stance.training.resume import check_hashes
from stance.training.sources import UNKNOWN, data_hashes, file_hash, hold_out, load_source, text_key, text_keys, without
from stance.training.trainer import Trainer
from stance.types import StanceLabel

log = logging.getLogger(__name__)

PACKAGES = ("torch", "transformers", "tokenizers", "datasets", "evaluate", "hydra-core", "scikit-learn", "numpy")
Sources = dict[str, tuple[SourceConfig, datasets.Dataset]]


def load_data(config: DataConfig) -> tuple[Sources, datasets.Dataset]:
    """Return the sources to train on, and dev: its own sources and what the others hold out."""
    dev = [load_source(name, source) for name, source in config.dev.items()]
    never = text_keys(config.never)
    never_or_dev = never | {text_key(text) for records in dev for text in records["text"]}
    parts = {
        name: hold_out(without(load_source(name, source), never_or_dev), source.held_out)
        for name, source in config.sources.items()
    }
    held_keys = {text_key(text) for _, held in parts.values() for text in held["text"]}
    sources: Sources = {}
    for name, (train, held) in parts.items():
        # What one source holds out must not come in by another, or by another group of its own.
        kept = without(train, held_keys) if held_keys else train
        sources[name] = (config.sources[name], _first(kept, config.limit))
        if len(held):
            dev.append(_first(held, config.limit))
    if not any(len(records) for _, records in sources.values()) or not any(len(records) for records in dev):
        raise InputError(
            "there is nothing to train on or to choose models by; set data.sources and data.dev or held_out"
        )
    return sources, datasets.concatenate_datasets(dev)


def _first(records: datasets.Dataset, limit: int | None) -> datasets.Dataset:
    return records if limit is None else records.select(range(min(limit, len(records))))


def train(config: TrainConfig, folder: Path, resolved: DictConfig) -> float:
    """Train as configured, leave everything in ``folder``, return ``stance_f1`` on dev.

    With ``config.resume`` the run in ``folder`` goes on from its checkpoint; a finished one is left as it is.
    """
    if config.resume and (folder / REPORT).is_file():
        log.info("the run in %s is finished: nothing to go on with", folder)
        return float(json.loads((folder / REPORT).read_text(encoding="utf-8"))["dev"]["stance_f1"])
    if config.trainer.threads:
        torch.set_num_threads(config.trainer.threads)
    random.seed(config.seed)
    np.random.seed(config.seed)  # noqa: NPY002
    torch.manual_seed(config.seed)
    folder.mkdir(parents=True, exist_ok=True)
    hashes = data_hashes(config.data)
    if config.distil.teacher is not None:
        weights = _weights_of(config.distil.teacher, key="distil.teacher")
        hashes[str(weights)] = file_hash(weights)
    elif any(source.format is SourceFormat.UNLABELLED for source in config.data.sources.values()):
        raise InputError("sources without labels (format: UNLABELLED) teach nothing alone; set distil.teacher")
    if config.resume:
        check_hashes(folder, hashes)
    else:
        OmegaConf.save(resolved, folder / CONFIG, resolve=True)
        (folder / HASHES).write_text(json.dumps(hashes, indent=1, ensure_ascii=False), encoding="utf-8")
    sources, dev = load_data(config.data)
    texts = [text for _, records in sources.values() for text in records["text"]]
    base, tokenizer = load_base(config.model.base, texts=texts)
    set_dropout(base, hidden=config.model.encoder_dropout, attention=config.model.attention_dropout)
    shorten(base, config.model.layers)
    begin_anew(base, config.model.new_layers)
    model = MODELS[config.model.kind](
        base,
        actor_id=actor_id(tokenizer),
        special=special_ids(tokenizer) if config.model.focus else None,
        dropout=config.model.dropout,
        frozen_layers=config.model.frozen_layers,
    )
    if config.model.init_from:
        load_trained(model, load_file(_weights_of(config.model.init_from)))
    keep_layers(base, config.model.kept_layers)
    if config.model.base.kind is BaseKind.RANDOM:
        save_words(folder, model)
    encoder = StatementEncoder(tokenizer)
    teacher = None
    if config.distil.teacher is not None:
        large = load_run(config.distil.teacher).model
        layers = config.model.kept_layers or range(len(base.encoder.layer))
        teacher = Teacher(large, model, layers, config=config.distil)
    trainer = Trainer(
        model,
        encoder,
        sources,
        dev,
        config=config.trainer,
        augmenter=Augmenter(config.data.augment),
        seed=config.seed,
        folder=folder,
        teacher=teacher,
    )
    if config.resume:
        trainer.restore()
    found = trainer.run()
    save_model(folder, trained_state(model), tokenizer, last=trainer.last_state)
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
    # Only now: an interruption before this line must not cost the whole run.
    (folder / CHECKPOINT).unlink(missing_ok=True)
    log.info("stance_f1 on dev %.4f; the run is in %s", found["stance_f1"], folder)
    return float(found["stance_f1"])


def calibrate(model: StanceModel, encoder: StatementEncoder, dev: datasets.Dataset) -> dict[str, Any]:
    """Return the scaling of each head fitted on dev, and how far confidence is from accuracy before and after.

    The errors after are those of cross-validation; ``related`` counts the answers that say anything but unrelated.
    """
    outputs = predict(model, encoder, dev)
    rows = pairs(dev)
    labels, tones = np.array([row["label"] for row in rows]), np.array(dev["sentiment"])
    unrelated = list(StanceLabel).index(StanceLabel.UNRELATED)
    heads = {
        "stance": (outputs.stance, labels, [row["id"] for row in rows], unrelated),
        "sentiment": (outputs.sentiment, tones, dev["id"], None),
    }
    report: dict[str, Any] = {"scaling": {}, "calibration": {}}
    for head, (logits, truth, groups, apart) in heads.items():
        known = np.flatnonzero(truth != UNKNOWN)
        given = logits[known], truth[known], [groups[place] for place in known]
        scaling, found = choose(*given, apart=apart)
        before = unscaled(logits.shape[1]).probabilities(given[0])
        report["scaling"][head] = {"temperatures": scaling.temperatures, "offsets": scaling.offsets}
        measured: dict[str, Any] = {
            "before": expected_calibration_error(before, given[1]),
            "after": expected_calibration_error(found, given[1]),
            "bins": reliability(found, given[1]),
        }
        if head == "stance":
            related = found.argmax(axis=1) != unrelated
            measured["related"] = expected_calibration_error(found[related], given[1][related])
        report["calibration"][head] = measured
    return report


def evaluate_run(model: StanceModel, encoder: StatementEncoder, records: datasets.Dataset) -> dict[str, Any]:
    """Return the scores of a model on labelled records."""
    return scores(predict(model, encoder, records), records)


def _weights_of(run: str, *, key: str = "model.init_from") -> Path:
    path = Path(run) / WEIGHTS
    if not path.is_file():
        raise ModelError(f"{key}={run} is no finished run: it has no {WEIGHTS}")
    return path
