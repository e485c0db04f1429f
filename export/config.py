"""The structured schema of the export's configuration: a misspelt or mistyped key fails before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING


@dataclass
class VocabularyConfig:
    """Which pieces of the tokenizer are kept.

    ``pieces`` is how many, None keeps all. Pieces are counted in ``texts`` (patterns of files) and in the ``top_words``
    most frequent words of each of ``word_lists`` (ISO 639-1 codes). Single characters of ``scripts`` and every piece of
    ``whole_scripts`` are kept whatever the counts. ``held_out`` are texts to measure on what the trimming changes.
    """

    pieces: int | None = None
    texts: list[str] = field(default_factory=list)
    word_lists: list[str] = field(default_factory=list)
    top_words: int = 60000
    scripts: list[str] = field(default_factory=list)
    whole_scripts: list[str] = field(default_factory=list)
    held_out: list[str] = field(default_factory=list)


@dataclass
class QuantiseConfig:
    """The int8 file, calibrated on ``count`` statements of ``texts`` (patterns of files).

    ``smoothed``, ``alpha``, ``limit``, ``unsigned``, ``fitted``, ``dynamic`` and ``exact`` are those of
    :class:`export.quantise.Scheme`.
    ``passages`` are patterns of marked passages that the tagger is calibrated on, ``windows`` how many windows of them.
    """

    enabled: bool = True
    smoothed: bool = True
    alpha: float | None = None
    limit: int = 64
    unsigned: bool = False
    fitted: bool = True
    dynamic: bool = False
    exact: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    count: int = 200
    passages: list[str] = field(default_factory=list)
    windows: int = 120


@dataclass
class VerifyConfig:
    """What the files must keep to, on ``count`` statements of ``texts`` and ``more_count`` of ``more``.

    ``texts`` are labelled statements, ``more`` real ones without labels. ``parity_count`` of them are read by the torch
    model too. ``fp32_difference`` is the greatest difference of a logit to it; ``int8_agreement`` the least share of
    stance labels, in all and in every language, that are the float32 ones; ``int8_independence`` the greatest change of
    a probability when other actors are asked about as well; ``score_loss`` the greatest fall of ``stance_f1`` from
    float32 to int8 where there are labels. ``written`` are statements that somebody made up, of which ``written_count``
    are only reported: for languages of which there are no real ones. ``articles`` are patterns of marked articles that
    the tagger reads, ``tag_agreement`` the least share of its tags in int8 that are the float32 ones; the scores of its
    tags may differ ten times as much as logits.
    """

    texts: list[str] = field(default_factory=list)
    count: int = 400
    more: list[str] = field(default_factory=list)
    more_count: int = 600
    written: list[str] = field(default_factory=list)
    written_count: int = 850
    parity_count: int = 60
    fp32_difference: float = 1e-4
    int8_agreement: float = 0.99
    int8_independence: float = 0.01
    score_loss: float = 0.005
    articles: list[str] = field(default_factory=list)
    tag_agreement: float = 0.98


@dataclass
class TritonConfig:
    """The Triton repository.

    ``folder`` is the model folder to serve, None for the package's; ``precision`` which of its files, and ``instances``
    how many statements are computed at a time, None for as many as there are processors.
    """

    folder: str | None = None
    precision: str = "auto"
    instances: int | None = None


@dataclass
class ExportConfig:
    """The whole configuration of ``python -m export``.

    ``format`` is what is written: a model folder (onnx) or a repository that Triton serves (triton). ``run`` is the
    folder of a finished training run, ``target`` the folder to write. ``tagger`` is the folder of a tagger trained on
    that run; None for a model that finds no statements. ``never`` are names of files that no list of texts may bring
    in.
    """

    format: str = "onnx"
    run: str = MISSING
    tagger: str | None = None
    target: str = MISSING
    name: str = MISSING
    data_root: str = "../shared/data"
    data_own: str = "data"
    never: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    vocabulary: VocabularyConfig = field(default_factory=VocabularyConfig)
    quantise: QuantiseConfig = field(default_factory=QuantiseConfig)
    triton: TritonConfig = field(default_factory=TritonConfig)
    verify: VerifyConfig = field(default_factory=VerifyConfig)


def register() -> None:
    """Register the schema with Hydra under the name that ``configs/export.yaml`` builds on."""
    ConfigStore.instance().store(name="base_export", node=ExportConfig)
