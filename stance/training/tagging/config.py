"""The structured schema of the tagger's configuration: a misspelt or mistyped key fails before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING


@dataclass
class TaggerConfig:
    """The whole configuration of ``python -m stance.training.tagging``.

    ``run`` is the finished training run whose encoder is read; its first ``tap`` layers stay as they are, ``layers`` of
    the tagger's own follow, which begin as copies of the encoder's next ones. ``passages`` and ``articles`` are
    patterns of marked files to learn from, ``held_out`` of those to measure on (none of them is learnt from).
    ``restyle`` is how often a text is read with quotation marks of another kind.
    """

    run: str = MISSING
    passages: list[str] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    held_out: list[str] = field(default_factory=list)
    tap: int = 6
    layers: int = 3
    dropout: float = 0.1
    restyle: float = 0.3
    epochs: int = 12
    learning_rate: float = 4e-4
    head_learning_rate: float = 2e-3
    weight_decay: float = 0.01
    warmup: float = 0.05
    batch_tokens: int = 2048
    pointer_weight: float = 0.25
    max_gradient: float = 1.0
    evaluate_every: int = 3
    precision: str = "auto"
    threads: int | None = None
    seed: int = 13


def register() -> None:
    """Register the schema with Hydra under the name that ``configs/tagger.yaml`` builds on."""
    ConfigStore.instance().store(name="base_tagger", node=TaggerConfig)
