"""The structured schema of the training configuration: a misspelt or mistyped key fails before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING


class BaseKind(StrEnum):
    """Where the pretrained encoder comes from."""

    HUB = "hub"
    PYPI = "pypi"
    RANDOM = "random"


class SourceFormat(StrEnum):
    """How the records of a source are read."""

    STATEMENTS = "statements"
    LABELS = "labels"
    TARGETS = "targets"
    SENTIMENT = "sentiment"
    UNLABELLED = "unlabelled"
    ARTICLES = "articles"


class ModelKind(StrEnum):
    """How the encoder meets the actors: all in one pass, or one statement-actor pair an input, to compare with."""

    JOINT = "joint"
    PAIRS = "pairs"


@dataclass
class BaseConfig:
    """The pretrained encoder: ``name`` is a model id or folder; the sizes are those of a random one.

    ``tokenizer`` is a ``tokenizer.json`` made of some of the encoder's pieces, or ``shipped`` for that of the package's
    model: training then reads texts as the exported model will.
    """

    kind: BaseKind = MISSING
    name: str = MISSING
    cache: str = "~/.cache/stance/base"
    tokenizer: str | None = None
    hidden_size: int = 64
    layers: int = 2
    heads: int = 4
    vocabulary: int = 800


@dataclass
class ModelConfig:
    """The encoder with its heads.

    ``focus`` lets an actor's block see of a text that names the actor the names alone. ``layers`` keeps so many of the
    encoder's layers, ``new_layers`` begins the uppermost of them anew: those of an encoder made for comparing sentences
    give every token the same state. ``init_from`` is a run's folder whose weights training starts with; of its layers
    those of ``kept_layers`` remain, counted from 0, all where it is None.
    """

    kind: ModelKind = ModelKind.JOINT
    base: BaseConfig = field(default_factory=BaseConfig)
    dropout: float = 0.1
    encoder_dropout: float = 0.1
    attention_dropout: float = 0.0
    frozen_layers: int = 0
    focus: bool = False
    layers: int | None = None
    new_layers: int = 0
    init_from: str | None = None
    kept_layers: list[int] | None = None


@dataclass
class SourceConfig:
    """One source of examples.

    ``path`` is a file or a pattern; ``texts`` the file that holds the sentences where ``path`` holds labels by id.
    ``sample`` draws so many examples anew every epoch, ``repeat`` takes each several times, ``weight`` scales their
    loss. ``held_out`` keeps that share of the groups out of training, for dev. ``drop_context`` replaces the share of
    ``data.augment`` where the labels rest on the context.
    """

    path: str = MISSING
    format: SourceFormat = MISSING
    origin: str = MISSING
    licence: str = MISSING
    texts: str | None = None
    language: str | None = None
    repeat: int = 1
    sample: int | None = None
    weight: float = 1.0
    held_out: float = 0.0
    drop_context: float | None = None


@dataclass
class AugmentConfig:
    """What is changed at random each time an example is read; each value is a probability or a count.

    With ``second_name`` and a ``trainer.consistency`` above 0 the second reading of a statement has a new name for one
    of its actors.
    """

    other_wording: float = 0.5
    rename: float = 0.1
    drop_context: float = 0.4
    drop_speaker: float = 0.2
    unrelated_actors: int = 1
    exchange: float = 0.0
    noise: float = 0.0
    second_name: bool = False


@dataclass
class DataConfig:
    """Sources to train on and to choose models by; ``root`` holds the sources from elsewhere, ``own`` the project's.

    ``never`` are files whose texts are left out of training wherever they turn up, as those of dev are.
    """

    root: str = "../shared/data"
    own: str = "data"
    sources: dict[str, SourceConfig] = field(default_factory=dict)
    dev: dict[str, SourceConfig] = field(default_factory=dict)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    never: list[str] = field(default_factory=list)
    limit: int | None = None


@dataclass
class TrainerConfig:
    """The loop.

    ``precision`` is fp32, bf16 or auto (bf16 where the processor multiplies it in hardware). ``consistency`` above 0
    reads every batch twice, under two dropouts, and weighs how far the two answers are apart.
    """

    epochs: int = 4
    learning_rate: float = 8e-5
    head_learning_rate: float = 4e-4
    layer_decay: float = 0.95
    weight_decay: float = 0.01
    warmup: float = 0.08
    batch_tokens: int = 3072
    batch_examples: int = 32
    max_gradient: float = 1.0
    label_smoothing: float = 0.05
    consistency: float = 0.0
    class_weights: list[float] = field(default_factory=lambda: [1.0, 1.0, 1.0, 1.0])
    sentiment_weight: float = 0.3
    average_decay: float = 0.0
    evaluations_per_epoch: int = 1
    patience: int = 4
    checkpoint_minutes: float = 5.0
    precision: str = "auto"
    threads: int | None = None
    max_steps: int | None = None


@dataclass
class DistilConfig:
    """Learning from a larger model, ``teacher``, which is the folder of a finished run; None learns from labels alone.

    ``share`` is the teacher's part of the loss, the labels have the rest. Answers are compared at a ``temperature``;
    ``sentiment`` and ``states`` weigh the answers about sentiment and the states of the layers against those about
    stance.
    """

    teacher: str | None = None
    share: float = 0.8
    temperature: float = 2.0
    sentiment: float = 0.3
    states: float = 1.0


@dataclass
class TrainConfig:
    """The whole configuration of ``train.py``; ``resume`` is the folder of a run that was interrupted."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    distil: DistilConfig = field(default_factory=DistilConfig)
    seed: int = 13
    task: str = "train"
    resume: str | None = None


def register() -> None:
    """Register the schema with Hydra under the names that the files in ``configs`` build on."""
    store = ConfigStore.instance()
    store.store(name="base_train", node=TrainConfig)
    store.store(group="data", name="base_data", node=DataConfig)
    store.store(group="model", name="base_model", node=ModelConfig)
    store.store(group="model/base", name="base_base", node=BaseConfig)
    store.store(group="trainer", name="base_trainer", node=TrainerConfig)
