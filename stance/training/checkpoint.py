"""What a run leaves on disk: checkpoints to go on from, and the finished model.

The word embeddings are never trained, so they are not saved: they come from the base that the configuration names.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from omegaconf import OmegaConf
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from stance.errors import ModelError
from stance.training.base import actor_id, keep_layers, load_base, shorten, special_ids
from stance.training.config import BaseConfig, BaseKind, ModelKind
from stance.training.model import MODELS, StanceModel
from stance.types import SentimentLabel, StanceLabel

WORDS = "encoder.embeddings.word_embeddings.weight"
CHECKPOINT = "checkpoint.pt"
WEIGHTS = "model/weights.safetensors"
LAST_WEIGHTS = "model/last.safetensors"
WORD_WEIGHTS = "model/words.safetensors"
TOKENIZER = "model/tokenizer.json"
CONFIG = "config.yaml"
REPORT = "metrics.json"
HASHES = "data_hashes.json"


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """A finished run: the model in evaluation mode, its tokenizer, the resolved configuration and what was measured.

    ``stages`` are the configurations of the runs whose weights it began with, the first one first, and its own last.
    ``data_hashes`` are those of the files that any of them read. ``averaged`` are the runs that the weights are a mean
    of, with their shares; empty for a run of its own.
    """

    model: StanceModel
    tokenizer: Tokenizer
    config: dict[str, Any]
    scaling: dict[str, dict[str, list[float]]]
    calibration: dict[str, Any]
    metrics: dict[str, Any]
    data_hashes: dict[str, str]
    stages: tuple[dict[str, Any], ...] = ()
    averaged: dict[str, float] = field(default_factory=dict)


def trained_state(model: StanceModel) -> dict[str, Tensor]:
    """Return every weight but the word embeddings."""
    return {name: value.detach().clone() for name, value in model.state_dict().items() if name != WORDS}


def load_trained(model: StanceModel, state: Mapping[str, Tensor]) -> None:
    """Put the weights of :func:`trained_state` into a model; ModelError if they are another model's."""
    missing, unexpected = model.load_state_dict(dict(state), strict=False)
    if unexpected or set(missing) - {WORDS}:
        raise ModelError(f"the saved weights lack {sorted(set(missing) - {WORDS})} and have {unexpected} too many")


def save_model(
    folder: Path, state: Mapping[str, Tensor], tokenizer: Tokenizer, *, last: Mapping[str, Tensor] | None = None
) -> None:
    """Write the trained weights and the tokenizer of a run, and the weights that it ended with where there are any."""
    (folder / WEIGHTS).parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in state.items()}, folder / WEIGHTS)
    if last:
        save_file({name: value.contiguous() for name, value in last.items()}, folder / LAST_WEIGHTS)
    tokenizer.save(str(folder / TOKENIZER))


def save_words(folder: Path, model: StanceModel) -> None:
    """Write the word embeddings too: of a random base, which nothing else could give again."""
    (folder / WORD_WEIGHTS).parent.mkdir(parents=True, exist_ok=True)
    save_file({WORDS: model.state_dict()[WORDS].contiguous()}, folder / WORD_WEIGHTS)


def load_run(folder: str | Path) -> LoadedRun:
    """Read a finished run; ModelError says which file is missing."""
    folder = Path(folder)
    for name in (CONFIG, WEIGHTS, TOKENIZER, REPORT):
        if not (folder / name).is_file():
            raise ModelError(f"{folder} is no finished run: it has no {name}. Train with: python train.py")
    config: Any = OmegaConf.to_container(OmegaConf.load(folder / CONFIG), resolve=True)
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    base = BaseConfig(**(config["model"]["base"] | {"kind": BaseKind[config["model"]["base"]["kind"]]}))
    if base.tokenizer is not None:
        # The vectors must be in the order of the run's own pieces, whatever the package ships today.
        base = replace(base, tokenizer=str(folder / TOKENIZER))
    encoder, _ = load_base(base, texts=["a b c"])
    if (folder / WORD_WEIGHTS).is_file():
        words = load_file(folder / WORD_WEIGHTS)[WORDS]
        encoder.resize_token_embeddings(len(words))
        encoder.embeddings.word_embeddings.weight.data.copy_(words)
    kind = ModelKind[config["model"].get("kind", ModelKind.JOINT.name)]
    shorten(encoder, config["model"].get("layers"))
    keep_layers(encoder, config["model"].get("kept_layers"))
    special = special_ids(tokenizer) if config["model"].get("focus") else None
    model = MODELS[kind](encoder, actor_id=actor_id(tokenizer), special=special)
    load_trained(model, load_file(folder / WEIGHTS))
    report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    stages, hashes = _stages(folder)
    return LoadedRun(
        model.eval(),
        tokenizer,
        config,
        _scaling(report),
        report.get("calibration", {}),
        report["dev"],
        hashes,
        stages,
        report.get("averaged", {}),
    )


def _scaling(report: Mapping[str, Any]) -> dict[str, dict[str, list[float]]]:
    """Return each head's scaling; runs of before vector scaling have one temperature a head."""
    if "scaling" in report:
        found: dict[str, dict[str, list[float]]] = report["scaling"]
        return found
    labels = {"stance": len(StanceLabel), "sentiment": len(SentimentLabel)}
    temperatures = report["temperatures"]
    return {head: {"temperatures": [temperatures[head]] * n, "offsets": [0.0] * n} for head, n in labels.items()}


def _stages(folder: Path) -> tuple[tuple[dict[str, Any], ...], dict[str, str]]:
    """Return the configurations of a run and of those it began with, and the hashes of all that they read."""
    stages: list[dict[str, Any]] = []
    hashes: dict[str, str] = {}
    place: Path | None = folder
    while place is not None:
        if not (place / CONFIG).is_file() or not (place / REPORT).is_file():
            raise ModelError(f"the weights began with the run {place}, which is not there: its sources must be named")
        config: Any = OmegaConf.to_container(OmegaConf.load(place / CONFIG), resolve=True)
        hashes = json.loads((place / REPORT).read_text(encoding="utf-8"))["data_hashes"] | hashes
        stages.insert(0, config)
        place = Path(config["model"]["init_from"]) if config["model"].get("init_from") else None
    return tuple(stages), hashes


def random_states() -> dict[str, Any]:
    """Return the states of every random generator that training uses."""
    return {"torch": torch.get_rng_state(), "numpy": np.random.get_state(), "python": random.getstate()}  # noqa: NPY002


def restore_random_states(states: Mapping[str, Any]) -> None:
    """Go on where :func:`random_states` stood."""
    torch.set_rng_state(states["torch"])
    np.random.set_state(states["numpy"])  # noqa: NPY002
    random.setstate(states["python"])
