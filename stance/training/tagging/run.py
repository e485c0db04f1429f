"""One training of the tagger from its configuration to its folder."""

from __future__ import annotations

import glob
import json
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from omegaconf import OmegaConf
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from stance.encoding import StatementEncoder
from stance.errors import InputError, ModelError
from stance.tagging.labels import POINTER_SIZE
from stance.training.articles import Article, read, read_passages
from stance.training.checkpoint import CONFIG, LoadedRun, load_run
from stance.training.examples import bucketed
from stance.training.sources import file_hash
from stance.training.tagging.config import TaggerConfig
from stance.training.tagging.evaluation import evaluate
from stance.training.tagging.examples import IGNORED, Batch, Example, collate, documents, windows
from stance.training.tagging.model import Tagger, TagOutputs
from stance.training.trainer import learning_rate_share, use_bf16

log = logging.getLogger(__name__)

WEIGHTS = "tagger.safetensors"
REPORT = "tagger.json"


@dataclass(frozen=True, slots=True)
class LoadedTagger:
    """A trained tagger in evaluation mode, on the stance run it was trained on, and its report."""

    model: Tagger
    run: LoadedRun
    report: dict[str, Any]


def files(patterns: Sequence[str]) -> list[Path]:
    """Return the files of some patterns, each once, in order; InputError for a pattern that fits none."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        some = sorted(map(Path, glob.glob(str(Path(pattern).expanduser()))))
        if not some:
            raise InputError(f"no file fits {pattern!r}")
        found.update(dict.fromkeys(some))
    return list(found)


def load_articles(config: TaggerConfig) -> tuple[list[Article], list[Article], dict[str, str]]:
    """Return what to learn from, what to measure on, and the SHA-256 of every file learnt from."""
    held = files(config.held_out)
    paths = [path for path in files(config.articles) if path not in held]
    passages = files(config.passages)
    known = [read(path) for path in paths] + [one for path in passages for one in read_passages(path)]
    if not known:
        raise InputError("there is nothing to learn from; set passages or articles")
    hashes = {str(path): file_hash(path) for path in [*passages, *paths]}
    return known, [read(path) for path in held], hashes


def loss_of(outputs: TagOutputs, batch: Batch, pointer_weight: float) -> Tensor:
    """Return the loss of the tags, and of where the words of statements point to: any right place will do."""
    tags = functional.cross_entropy(outputs.tags.flatten(0, 1), batch.tags.flatten(), ignore_index=IGNORED)
    rows, places = (batch.owner >= 0).nonzero(as_tuple=True)
    if not len(rows):
        return tags
    losses = []
    for row in sorted(set(rows.tolist())):
        words = places[rows == row]
        scores = torch.einsum("wpd,npd->wpn", outputs.queries[row, words], outputs.keys[row]) / POINTER_SIZE**0.5
        scores = scores.masked_fill(batch.attention_mask[row] == 0, -1e4)
        right = batch.right[row, batch.owner[row, words]]
        known = right.any(dim=-1)
        chosen = scores.masked_fill(~right, -1e4).logsumexp(dim=-1)
        losses.append((scores.logsumexp(dim=-1) - chosen)[known])
    return tags + pointer_weight * torch.cat(losses).mean() * outputs.queries.shape[2] / 2


def train(config: TaggerConfig, folder: Path) -> dict[str, Any]:
    """Train as configured, leave everything in ``folder``, return what was measured at the end."""
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    known, held, hashes = load_articles(config)
    run = load_run(config.run)
    encoder = StatementEncoder(run.tokenizer)
    model = Tagger(run.model, tap=config.tap, layers=config.layers, dropout=config.dropout)
    folder.mkdir(parents=True, exist_ok=True)
    OmegaConf.save(OmegaConf.structured(config), folder / CONFIG)
    log.info("%d texts to learn from, %d to measure on", len(known), len(held))
    history = _epochs(model, encoder, known, held, config)
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, folder / WEIGHTS)
    report = {"run": config.run, "texts": len(known), "history": history, "data_hashes": hashes}
    (folder / REPORT).write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")
    log.info("the tagger is in %s", folder)
    return report


def _epochs(
    model: Tagger,
    encoder: StatementEncoder,
    known: Sequence[Article],
    held: Sequence[Article],
    config: TaggerConfig,
) -> list[dict[str, Any]]:
    heads = [value for name, value in model.named_parameters() if not name.startswith("layers.")]
    groups = [
        {"params": list(model.layers.parameters()), "lr": config.learning_rate},
        {"params": heads, "lr": config.head_learning_rate},
    ]
    optimizer = AdamW(groups, betas=(0.9, 0.98), eps=1e-6, weight_decay=config.weight_decay)
    bf16 = use_bf16(config.precision)
    history: list[dict[str, Any]] = []
    scheduler: LambdaLR | None = None
    started = time.monotonic()
    for epoch in range(config.epochs):
        examples, places = _batches(encoder, known, config, epoch)
        if scheduler is None:
            total = len(places) * config.epochs
            scheduler = LambdaLR(optimizer, partial(learning_rate_share, total=total, warmup=config.warmup))
        model.train()
        losses = []
        for chosen in places:
            batch = collate([examples[place] for place in chosen], pad_id=encoder.pad_id)
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                outputs = model(batch.input_ids, batch.attention_mask)
            loss = loss_of(outputs, batch, config.pointer_weight)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), config.max_gradient)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad(set_to_none=True)
            losses.append(loss.item())
        row: dict[str, Any] = {"epoch": epoch + 1, "loss": sum(losses) / len(losses)}
        row["seconds"] = round(time.monotonic() - started, 1)
        if held and ((epoch + 1) % config.evaluate_every == 0 or epoch + 1 == config.epochs):
            row |= evaluate(model, encoder, held)
        history.append(row)
        log.info("%s", {key: round(value, 3) for key, value in row.items() if isinstance(value, int | float)})
    return history


def _batches(
    encoder: StatementEncoder, known: Sequence[Article], config: TaggerConfig, epoch: int
) -> tuple[list[Example], list[list[int]]]:
    """Return the windows of an epoch, made of the texts anew, and the places of each batch's."""
    chance = random.Random(f"{config.seed}/{epoch}")
    texts = documents(encoder, known, restyle=config.restyle, chance=chance)
    examples = [window for text in texts for window in windows(encoder, text)]
    places = bucketed(
        [len(one.ids) for one in examples],
        tokens=config.batch_tokens,
        examples=len(examples),
        seed=f"{config.seed}/{epoch}",
    )
    return examples, places


def load_tagger(folder: str | Path) -> LoadedTagger:
    """Read a trained tagger; ModelError says which file is missing."""
    folder = Path(folder)
    for name in (CONFIG, WEIGHTS, REPORT):
        if not (folder / name).is_file():
            raise ModelError(f"{folder} has no {name}; train with: python -m stance.training.tagging")
    config: Any = OmegaConf.merge(OmegaConf.structured(TaggerConfig), OmegaConf.load(folder / CONFIG))
    run = load_run(config.run)
    model = Tagger(run.model, tap=config.tap, layers=config.layers)
    model.load_state_dict(load_file(folder / WEIGHTS))
    return LoadedTagger(model.eval(), run, json.loads((folder / REPORT).read_text(encoding="utf-8")))
