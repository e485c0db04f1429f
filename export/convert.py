"""From a finished run to a model folder."""

from __future__ import annotations

import json
import logging
import random
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from export import blocks, graph, nodes, quantise, reliability, report, texts, verify, vocabulary
from export.card import card
from export.config import ExportConfig, QuantiseConfig
from export.quantise import LayerScales, Scheme, TaggerScales
from export.texts import Record
from export.verify import Ids
from export.weights import extract
from stance.actors import registry
from stance.encoding import StatementEncoder
from stance.errors import InputError, ModelError
from stance.folder import DESCRIPTION, MODEL_FILES, ModelFolder
from stance.training.articles import read, read_passages
from stance.training.checkpoint import LoadedRun, load_run
from stance.training.model import PairModel
from stance.training.tagging.examples import documents, windows
from stance.training.tagging.model import Tagger
from stance.training.tagging.run import LoadedTagger, load_tagger
from stance.types import FrozenMap, StanceLabel

log = logging.getLogger(__name__)

REPORT = "export_report.json"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tokenizer before and after, the ids that were kept, and what that changes for texts not counted."""

    full: Tokenizer
    trimmed: Tokenizer
    kept: Ids
    coverage: dict[str, dict[str, float]]

    def encoder(self, *, full: bool = False) -> StatementEncoder:
        """Return an encoder with a copy of the tokenizer as it is exported, or as it was in training."""
        return StatementEncoder(Tokenizer.from_str((self.full if full else self.trimmed).to_str()))


def export(config: ExportConfig) -> Path:
    """Write the model folder of a run and return its path.

    Everything is written beside the target and put in its place only when the files keep to the limits, so that a
    failure leaves an older folder as it was. ModelError says which limit was exceeded.
    """
    started = time.monotonic()
    run = load_run(config.run)
    tagger = _tagger_of(config)
    if isinstance(run.model, PairModel):
        raise ModelError(
            f"{config.run} trained a pair encoder, which is there to compare with; only joint ones are exported"
        )
    target = Path(config.target)
    work = target.with_name(target.name + ".unverified")
    if work.exists():
        shutil.rmtree(work)
    work.mkdir(parents=True)
    words = trim_vocabulary(run.tokenizer, config)
    log.info("%d of %d pieces are kept", len(words.kept), words.full.get_vocab_size())
    vocabulary.save(words.trimmed, work)
    files, exact = write_models(run, words, config, work, tagger=tagger.model if tagger else None)
    folder = ModelFolder(
        work,
        temperatures=FrozenMap({head: found["temperatures"] for head, found in run.scaling.items()}),
        offsets=FrozenMap({head: found["offsets"] for head, found in run.scaling.items()}),
        actors=registry.names(),
        languages=tuple(config.languages),
        data_hashes=FrozenMap(run.data_hashes | (tagger.report["data_hashes"] if tagger else {})),
    )
    write_json(work / DESCRIPTION, folder.describe())
    write_json(work / "config.json", transformers_config(run, words, config.name))
    measured = measure(run, words, files, config)
    measured["embeddings"] = {"lossless": exact}
    measured["calibration"] = run.calibration
    if tagger is not None:
        measured["tagger"] = measure_tagger(tagger, words, files, config)
    measured["seconds"] = round(time.monotonic() - started)
    write_json(work / REPORT, measured)
    (work / REPORT).with_suffix(".md").write_text(report.markdown(measured), encoding="utf-8")
    if run.calibration:
        (work / "reliability.svg").write_text(reliability.diagram(run.calibration), encoding="utf-8")
    text = card(folder, measured, run.metrics, run.stages, name=config.name, averaged=run.averaged)
    (work / "README.md").write_text(text, encoding="utf-8")
    log.info("the files in %s are %.1f MB", work, sum(p.stat().st_size for p in work.rglob("*")) / 1e6)
    verify.check(measured, config.verify)
    ModelFolder.open(work)
    if target.exists():
        shutil.rmtree(target)
    work.replace(target)
    log.info("the model folder is %s", target)
    return target


def trim_vocabulary(tokenizer: Tokenizer, config: ExportConfig) -> Vocabulary:
    """Return the tokenizer with the pieces that the configuration keeps; all where training had no more."""
    settings = config.vocabulary
    tokenizer.no_truncation()
    tokenizer.no_padding()
    # One more than the pieces is [ACTOR].
    if settings.pieces is None or tokenizer.get_vocab_size() <= settings.pieces + 1:
        kept = vocabulary.everything(tokenizer)
    else:
        groups: dict[str, list[str]] = {}
        for record in texts.read(texts.expand(settings.texts, never=config.never)):
            groups.setdefault(record.language, []).extend(record.words())
        counts: dict[str, Counter[int] | dict[int, float]] = {}
        for language in {**groups, **dict.fromkeys(settings.word_lists)}:
            found: dict[int, float] = dict(vocabulary.piece_counts(tokenizer, groups.get(language, [])))
            if language in settings.word_lists:
                for number, weight in vocabulary.word_counts(tokenizer, language, top=settings.top_words).items():
                    found[number] = found.get(number, 0.0) + weight
            counts[language] = found
        # No list of words holds numbers, signs, and what Chinese writes together.
        counts |= {name: vocabulary.score_counts(tokenizer, name) for name in vocabulary.SCORED_PIECES}
        choice = vocabulary.Choice(settings.pieces, tuple(settings.scripts), tuple(settings.whole_scripts))
        kept = vocabulary.choose(tokenizer, counts, vocabulary.actor_names(), choice)
    trimmed = vocabulary.trim(tokenizer, kept)
    held_out = texts.read(texts.expand(settings.held_out, never=config.never))
    return Vocabulary(tokenizer, trimmed, kept, vocabulary.coverage(tokenizer, trimmed, kept, held_out))


def _tagger_of(config: ExportConfig) -> LoadedTagger | None:
    if config.tagger is None:
        return None
    for key, patterns in (("quantise.passages", config.quantise.passages), ("verify.articles", config.verify.articles)):
        if not patterns:
            raise InputError(f"a tagger is calibrated and verified on marked texts; set {key}")
    tagger = load_tagger(config.tagger)
    if Path(tagger.report["run"]).resolve() != Path(config.run).resolve():
        raise ModelError(
            f"the tagger {config.tagger} was trained on {tagger.report['run']}, not on {config.run}: its layers go on "
            "from that encoder's; train it again with run=..."
        )
    return tagger


def write_models(
    run: LoadedRun, words: Vocabulary, config: ExportConfig, folder: Path, *, tagger: Tagger | None = None
) -> tuple[dict[str, Path], bool]:
    """Write the model files; return them by precision, and whether 4 bits hold the word embeddings exactly."""
    weights = extract(run.model, words.kept, len(words.kept) - 1, tagger=tagger)
    table = blocks.pack(weights.words)
    files = {"fp32": folder / MODEL_FILES["fp32"]}
    # Where 4 bits lose nothing, the float32 file has them too: it is 100 MB smaller and answers the same.
    nodes.save(graph.build(weights, table=table if table.exact else None, quantised=None), files["fp32"])
    if config.quantise.enabled:
        scales, tagger_scales = calibrate(run, words, config, tagger)
        quantised = quantise.quantise(weights, scales, scheme=scheme(config.quantise), tagger_scales=tagger_scales)
        files["int8"] = folder / MODEL_FILES["int8"]
        nodes.save(graph.build(weights, table=table, quantised=quantised), files["int8"])
    return files, table.exact


def scheme(config: QuantiseConfig) -> Scheme:
    """Return the scheme of a configuration; InputError for one whose products overflow on some processors."""
    if config.limit > quantise.WEIGHT_LIMIT and not config.unsigned:
        raise InputError(
            f"quantise.limit={config.limit} overflows on processors without VNNI, which this one may hide; "
            f"set quantise.unsigned=true, or a limit of at most {quantise.WEIGHT_LIMIT}"
        )
    return Scheme(
        smoothed=config.smoothed,
        alpha=config.alpha,
        limit=config.limit,
        unsigned=config.unsigned,
        fitted=config.fitted,
        dynamic=config.dynamic,
        exact=frozenset(config.exact),
    )


def calibrate(
    run: LoadedRun, words: Vocabulary, config: ExportConfig, tagger: Tagger | None
) -> tuple[list[LayerScales], TaggerScales | None]:
    """Return the ranges of the model's inputs and of its tagger's on the texts that the configuration names."""
    records = list(texts.read(texts.expand(config.quantise.texts, never=config.never)))
    inputs = calibration_inputs(texts.spread(records, config.quantise.count), words)
    scales = quantise.calibrate(run.model, inputs)
    if tagger is None:
        return scales, None
    # The layers that both read keep the ranges of statements: a window of 512 tokens would stretch them for all.
    return scales, quantise.calibrate_tagger(tagger, tagger_windows(words, config))


def tagger_windows(words: Vocabulary, config: ExportConfig) -> list[Ids]:
    """Return windows of passages as the tagger reads them, in the ids of the model before trimming."""
    encoder = words.encoder()
    passages = [
        one for path in texts.expand(config.quantise.passages, never=config.never) for one in read_passages(path)
    ]
    chance = random.Random(0)
    found = [
        window.ids
        for document in documents(encoder, passages, restyle=0.0, chance=chance)
        for window in windows(encoder, document)
    ]
    return [words.kept[ids] for ids in chance.sample(found, min(config.quantise.windows, len(found)))]


def measure_tagger(
    tagger: LoadedTagger, words: Vocabulary, files: dict[str, Path], config: ExportConfig
) -> dict[str, Any]:
    """Return how the files' tags agree with torch's on marked articles, and what training measured."""
    encoder = words.encoder()
    articles = [read(path) for path in texts.expand(config.verify.articles, never=config.never)]
    figures = verify.tagger_agreement(tagger.model, words.kept, files, encoder, [one.text for one in articles])
    return {
        "layers": len(tagger.model.layers),
        "tap": tagger.model.tap,
        "articles": len(articles),
        "files": figures,
        "limit": config.verify.tag_agreement,
        "texts": tagger.report["texts"],
    }


def calibration_inputs(records: Sequence[Record], words: Vocabulary) -> list[Ids]:
    """Return the records as the exported tokenizer reads them, in the ids of the model before trimming."""
    encoder = words.encoder()
    found = []
    for record in records:
        wordings = [texts.wording(actor) for actor in record.actors()]
        found += [words.kept[window.input_ids] for window in texts.encode(encoder, record, wordings).windows]
    return found


def measure(run: LoadedRun, words: Vocabulary, files: dict[str, Path], config: ExportConfig) -> dict[str, Any]:
    """Return the figures of the export report."""
    settings = config.verify

    def some(patterns: Sequence[str], count: int) -> list[Record]:
        return texts.spread(list(texts.read(texts.expand(patterns, never=config.never))), count)

    records = some(settings.texts, settings.count)
    if not records:
        raise InputError("there is nothing to verify on; set verify.texts")
    measured = report.measure(
        model=run.model,
        kept=words.kept,
        files=files,
        encoder=words.encoder(),
        full_encoder=words.encoder(full=True),
        records=[*records, *some(settings.more, settings.more_count)],
        written=some(settings.written, settings.written_count),
        config=settings,
    )
    return {
        **measured,
        "vocabulary": {
            "pieces": len(words.kept),
            "pieces_before": words.full.get_vocab_size(),
            "held_out": words.coverage,
        },
        "limits": {
            "fp32_difference": settings.fp32_difference,
            "int8_agreement": settings.int8_agreement,
            "int8_independence": settings.int8_independence,
            "score_loss": settings.score_loss,
        },
        "machine": report.machine(),
    }


def transformers_config(run: LoadedRun, words: Vocabulary, name: str) -> dict[str, Any]:
    """Return the content of ``config.json``, as plain classification clients read it."""
    labels = [str(label) for label in StanceLabel]
    encoder = run.model.encoder.config.to_dict()
    keys = (
        "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act",
        "max_position_embeddings", "type_vocab_size", "layer_norm_eps", "hidden_dropout_prob",
        "attention_probs_dropout_prob", "initializer_range",
    )  # fmt: skip
    special = StatementEncoder(words.trimmed)
    return {
        "_name_or_path": name,
        "model_type": "bert",
        "architectures": ["BertForSequenceClassification"],
        **{key: encoder[key] for key in keys if key in encoder},
        "vocab_size": len(words.kept),
        "pad_token_id": special.pad_id,
        "bos_token_id": special.start_id,
        "eos_token_id": special.end_id,
        "num_labels": len(labels),
        "id2label": {str(number): label for number, label in enumerate(labels)},
        "label2id": {label: number for number, label in enumerate(labels)},
        "problem_type": "single_label_classification",
    }


def write_json(path: Path, content: Any) -> None:
    """Write JSON that a person can read; numbers of numpy become plain ones."""

    def plain(value: Any) -> Any:
        if isinstance(value, np.generic):
            return value.item()
        raise TypeError(f"{type(value).__name__} does not go into JSON")

    text = json.dumps(content, ensure_ascii=False, indent=2, default=plain)
    path.write_text(text + "\n", encoding="utf-8")
