"""Sources of examples: files in several forms, read into one ``datasets`` schema.

Every example is a text with actors to ask about and their labels (-1 where a label is not known) and a sentiment (-1
likewise). A source's ``group`` keeps twins together when a share is held out.
"""

from __future__ import annotations

import glob
import hashlib
import json
import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import datasets
from ahocorasick_rs import AhoCorasick

from stance.actors import matcher_for, registry
from stance.errors import InputError, RecordError
from stance.training import articles
from stance.training.config import DataConfig, SourceConfig, SourceFormat
from stance.types import SentimentLabel, StanceLabel

log = logging.getLogger(__name__)

Record = dict[str, Any]
UNKNOWN = -1
STANCE_NUMBERS = {label.value: number for number, label in enumerate(StanceLabel)}
SENTIMENT_NUMBERS = {label.value: number for number, label in enumerate(SentimentLabel)}
# Labelled records write names of two words as one: SouthKorea, SaudiArabia.
_JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_WORD = re.compile(r"\W+")
# A text of fewer letters may stand in another by chance.
_TELLING = 20
TONE_OF_STANCE = {"against": "negative", "neutral": "neutral", "favor": "positive"}

FEATURES = datasets.Features(
    {
        "id": datasets.Value("string"),
        "source": datasets.Value("string"),
        "group": datasets.Value("string"),
        "language": datasets.Value("string"),
        "text": datasets.Value("string"),
        "speaker": datasets.Value("string"),
        "context": datasets.Value("string"),
        "actors": datasets.List(datasets.Value("string")),
        "labels": datasets.List(datasets.Value("int64")),
        "registered": datasets.Value("bool"),
        "sentiment": datasets.Value("int64"),
        "weight": datasets.Value("float64"),
        "drop_context": datasets.Value("float64"),
    }
)


def source_files(name: str, config: SourceConfig, *, group: str = "sources") -> list[Path]:
    """Return the files of a source in order; InputError names what is missing and where it comes from."""
    wanted = [pattern for pattern in (config.path, config.texts) if pattern]
    for pattern in wanted:
        if not glob.glob(pattern):
            raise InputError(
                f"the source {name!r} is missing: no file matches {pattern}. It comes from {config.origin} "
                f"({config.licence}); put it there, set data.root (data.own for the project's own) to the folder "
                f"that has it, or leave the source out with '~data.{group}.{name}'."
            )
    return [Path(path) for pattern in wanted for path in sorted(glob.glob(pattern))]


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def data_hashes(config: DataConfig) -> dict[str, str]:
    """Return the SHA-256 of every file that training and dev read, by path."""
    groups = {"sources": config.sources, "dev": config.dev}
    return {
        str(path): file_hash(path)
        for group, sources in groups.items()
        for name, source in sources.items()
        for path in source_files(name, source, group=group)
    }


def load_source(name: str, config: SourceConfig) -> datasets.Dataset:
    """Return the examples of one source in the schema of this module."""
    readers: dict[SourceFormat, Callable[[SourceConfig], Iterator[Record]]] = {
        SourceFormat.STATEMENTS: _statements,
        SourceFormat.LABELS: _labels,
        SourceFormat.TARGETS: _targets,
        SourceFormat.SENTIMENT: _sentiments,
        SourceFormat.UNLABELLED: _unlabelled,
        SourceFormat.ARTICLES: _articles,
    }
    shared = {"source": name, "weight": config.weight, "drop_context": config.drop_context}
    source_files(name, config)
    try:
        records = [record | shared for record in readers[config.format](config)]
    except KeyError as error:
        raise RecordError(f"a record of the source {name!r} ({config.path}) has no {error}") from error
    log.info("%s: %d examples", name, len(records))
    return datasets.Dataset.from_list(records, features=FEATURES)


def hold_out(dataset: datasets.Dataset, share: float) -> tuple[datasets.Dataset, datasets.Dataset]:
    """Return what is trained on and what is held out.

    Whole groups are held out, by the hash of their name: the same in every run.
    """

    def held(group: str) -> bool:
        return int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF < share

    flags = [held(group) for group in dataset["group"]]
    train = dataset.select([place for place, flag in enumerate(flags) if not flag])
    return train, dataset.select([place for place, flag in enumerate(flags) if flag])


def text_key(text: str) -> str:
    """Return what two copies of a text share whatever their case, spaces and punctuation."""
    return _NO_WORD.sub("", unicodedata.normalize("NFKC", text)).casefold()


def text_keys(patterns: Iterable[str]) -> set[str]:
    """Return the keys of all texts of the files that match; a pattern that matches no file is warned of."""
    patterns = list(patterns)
    for pattern in patterns:
        if not glob.glob(pattern):
            log.warning("no file matches %s: its texts cannot be kept out of training", pattern)
    return {text_key(record["text"]) for pattern in patterns for record in _read_lines(pattern)}


def without(dataset: datasets.Dataset, keys: set[str]) -> datasets.Dataset:
    """Return the examples that do not hold one of the texts of the keys, and log how many were left out.

    A text is held that is the example's text, or, unless it is very short, a part of the text or of the context.
    """
    long_keys = [key for key in keys if len(key) >= _TELLING]
    inside = AhoCorasick(long_keys) if long_keys else None

    def clean(record: Mapping[str, Any]) -> bool:
        found = [text_key(record["text"]), text_key(record["context"] or "")]
        return found[0] not in keys and not (inside and any(inside.find_matches_as_indexes(key) for key in found))

    places = [place for place, record in enumerate(dataset) if clean(record)]
    if len(places) < len(dataset):
        log.info("left out %d examples that stand in dev or test too", len(dataset) - len(places))
    return dataset.select(places)


def _read_lines(pattern: str) -> Iterator[Record]:
    for path in sorted(glob.glob(pattern)):
        with open(path, encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except json.JSONDecodeError as error:
                    raise RecordError(f"{path}:{number} is not JSON: {error}") from error
                if not isinstance(record, dict) or "id" not in record:
                    raise RecordError(f"{path}:{number} is no object with an 'id'")
                yield record


def _number(numbers: Mapping[str, int], label: Any, record_id: str) -> int:
    if label is None:
        return UNKNOWN
    try:
        return numbers[label]
    except (KeyError, TypeError):
        raise RecordError(f"{record_id}: {label!r} is none of {list(numbers)}") from None


def _example(record: Record, stance: Mapping[str, str], *, registered: bool, sentiment: str | None) -> Record:
    return {
        "id": record["id"],
        "group": str(record.get("contrast_of") or record["id"]),
        "language": record["lang"],
        "text": record["text"],
        "speaker": record.get("speaker"),
        "context": record.get("context"),
        "actors": [_JOINED.sub(" ", name) if registered else name for name in stance],
        "labels": [_number(STANCE_NUMBERS, label, record["id"]) for label in stance.values()],
        "registered": registered,
        "sentiment": _number(SENTIMENT_NUMBERS, sentiment, record["id"]),
    }


def _statements(config: SourceConfig) -> Iterator[Record]:
    for record in _read_lines(config.path):
        if "stance" not in record:
            raise RecordError(f"{record['id']} of {config.path} has no 'stance': it is not labelled")
        yield _example(record, record["stance"], registered=True, sentiment=record.get("sentiment"))


def _labels(config: SourceConfig) -> Iterator[Record]:
    if config.texts is None:
        raise InputError(f"labels by id ({config.path}) need 'texts', the file that holds the sentences")
    texts = {record["id"]: record for record in _read_lines(config.texts)}
    for record in _read_lines(config.path):
        if record["id"] not in texts:
            raise RecordError(f"{record['id']} of {config.path} does not stand in {config.texts}")
        merged = texts[record["id"]] | record
        yield _example(merged, record["stance"], registered=True, sentiment=record.get("sentiment"))


def _targets(config: SourceConfig) -> Iterator[Record]:
    """Group the targets of one sentence into one example; a target with two labels in a sentence is left out."""
    sentences: dict[str, list[Record]] = {}
    for record in _read_lines(config.path):
        sentences.setdefault(record["text"], []).append(record)
    for records in sentences.values():
        labels: dict[str, set[str]] = {}
        for record in records:
            labels.setdefault(record["target"], set()).add(record["label"])
        stance = {target: min(found) for target, found in labels.items() if len(found) == 1}
        if stance:
            yield _example(records[0], stance, registered=False, sentiment=None)


def _sentiments(config: SourceConfig) -> Iterator[Record]:
    for record in _read_lines(config.path):
        yield _example(record, {}, registered=False, sentiment=TONE_OF_STANCE[record["label"]])


def _unlabelled(config: SourceConfig) -> Iterator[Record]:
    """Read texts without labels, asked about the actors that they name: what a teacher alone can tell."""
    matcher = matcher_for(registry.resolve(registry.names()))
    for record in _read_lines(config.path):
        mentions = matcher.find(record["text"], language=record["lang"])
        example = _example(record, {}, registered=True, sentiment=None)
        example["actors"] = list(dict.fromkeys(mention.actor for mention in mentions))
        yield example | {"labels": [UNKNOWN] * len(example["actors"])}


def _articles(config: SourceConfig) -> Iterator[Record]:
    """Read the statements of marked articles, indirect ones too, each with the context that extraction gives it."""
    for path in sorted(glob.glob(config.path)):
        article = articles.read(Path(path))
        for number, (one, context) in enumerate(zip(article.statements, articles.contexts(article), strict=True), 1):
            if not one.stances:
                continue
            record = {
                "id": f"{article.name}-{number}",
                "lang": article.language,
                "text": " ".join(article.text[start:end] for start, end in one.spans),
                "speaker": one.speaker,
                "context": context or None,
            }
            yield _example(record, one.stances, registered=True, sentiment=None)
