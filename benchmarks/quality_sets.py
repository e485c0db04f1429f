"""What the quality benchmark asks: the sets, their questions, and what the baselines may learn from."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

import stance
from benchmarks.stance_quality import LABELS, TONES
from stance.actors import DEFAULT_ACTORS, matcher_for, registry
from stance.errors import StanceError
from stance.training.config import SourceConfig, SourceFormat
from stance.training.sources import load_source, text_key, text_keys, without
from stance.types import LONGEST_NAME, Span

STATEMENTS = "statements"
CONFIGS = Path(__file__).parents[1] / "configs" / "data" / "source"
NEVER = "real/test_unlabelled.jsonl"
LARGEST = 1500
_JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Question:
    """A statement with one actor, or with none where its sentiment is asked for, and the right answer.

    ``shown`` is what a baseline reads: the text, or the context where that alone names the actor; ``places`` are the
    mentions in it.
    """

    statement: int
    language: str
    source: str
    text: str
    label: str
    actor: stance.Actor | None = None
    speaker: str | None = None
    context: str | None = None
    shown: str = ""
    places: tuple[Span, ...] = ()

    @property
    def name(self) -> str:
        """Return the actor's name, empty for the sentiment."""
        return self.actor.name if self.actor else ""


@dataclass(frozen=True, slots=True)
class TestSet:
    """A set to report on; ``pool`` names what its baselines learn from, ``keep`` the value that a field must have."""

    key: str
    title: str
    path: str
    pool: str
    keep: tuple[str, Any] | None = None
    clear_neutral: bool = True

    # The name is no test class for pytest.
    __test__ = False


TARGETS = (
    TestSet("newsmtsc", "NewsMTSC rw", "train/newsmtsc/test.jsonl", "newsmtsc"),
    TestSet("newsmtsc_mt", "NewsMTSC mt", "train/newsmtsc/test_mt.jsonl", "newsmtsc"),
    TestSet("ru_grouped", "RuSentNE and RuOpinionNE", "train/ru_grouped/test.jsonl", "ru_grouped"),
    TestSet("gerntsa", "GerNTSA", "train/gerntsa/test.jsonl", "gerntsa"),
    TestSet("ruw", "RUW, Russia and Ukraine", "eval/ruw/test.jsonl", STATEMENTS),
    TestSet("cstance", "C-STANCE, noun phrases", "eval/cstance/test.jsonl", STATEMENTS, ("type", "noun_phrases")),
    # Neutral rows of VAST repeat texts under another topic, which the files at hand do not name.
    TestSet("vast", "VAST, zero-shot", "eval/vast/test.jsonl", STATEMENTS, ("seen", 0), clear_neutral=False),
)
DEV = TestSet("dev", "real statements", "real/dev.jsonl", STATEMENTS)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The questions of a set that are asked, and how many it has after those that cannot be asked were left out."""

    questions: tuple[Question, ...]
    available: int
    rows: int


def mentions(actor: stance.Actor, text: str) -> tuple[Span, ...]:
    """Return where a text names an actor: by the registry's aliases, or else by the very words of the name."""
    known = registry.get(actor.name)
    if known is not None:
        return tuple((found.start, found.end) for found in matcher_for((known,)).find(text))
    pattern = re.escape(actor.name)
    return tuple(match.span() for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE)) or tuple(
        match.span() for match in re.finditer(pattern, text, re.IGNORECASE)
    )


def _read(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            yield json.loads(line)


def target_questions(path: Path, test_set: TestSet) -> list[Question]:
    """Return the questions of a file with one target a record.

    A question (text, target, place) that stands there twice is asked once; one that has two labels is left out, or
    loses its neutral label where ``clear_neutral`` is false. Targets longer than a name may be are left out.
    """
    records = list(_read(path))
    labels: dict[tuple[Any, ...], set[str]] = {}
    for record in records:
        labels.setdefault(_key(record), set()).add(record["label"])
    questions, asked, statements = [], set(), dict[str, int]()
    for record in records:
        key = _key(record)
        found = labels[key] if test_set.clear_neutral or labels[key] == {"neutral"} else labels[key] - {"neutral"}
        kept = test_set.keep is None or record[test_set.keep[0]] == test_set.keep[1]
        if key in asked or len(found) > 1 or not kept or len(key[1]) > LONGEST_NAME:
            continue
        asked.add(key)
        actor = stance.Actor(key[1])
        start = record.get("target_start")
        places = mentions(actor, record["text"]) if start is None else ((start, record["target_end"]),)
        questions.append(
            Question(
                statement=statements.setdefault(record["text"], len(statements)),
                language=record["lang"],
                source=test_set.key,
                text=record["text"],
                label=min(found),
                actor=actor,
                shown=record["text"],
                places=places,
            )
        )
    return questions


def _key(record: Mapping[str, Any]) -> tuple[Any, ...]:
    return record["text"], " ".join(record["target"].split()), record.get("target_start")


def _about(question: Question, actor: stance.Actor, label: str) -> Question:
    """Return a question on a statement about an actor, with what a baseline reads."""
    shown, places = question.text, mentions(actor, question.text)
    if not places and question.context and (elsewhere := mentions(actor, question.context)):
        shown, places = question.context, elsewhere
    return replace(question, actor=actor, label=label, shown=shown, places=places)


def statement_questions(records: Iterable[Mapping[str, Any]], *, main_only: bool) -> list[Question]:
    """Return the questions of labelled statements: one an actor, and one for the sentiment where it is labelled."""
    questions = []
    for number, record in enumerate(records):
        plain = Question(
            statement=number,
            language=record["lang"],
            source=record["source"],
            text=record["text"],
            label=record.get("sentiment") or "",
            speaker=record.get("speaker"),
            context=record.get("context"),
            shown=record["text"],
        )
        for name, label in record["stance"].items():
            if main_only and name not in DEFAULT_ACTORS:
                continue
            (actor,) = registry.resolve([_JOINED.sub(" ", name)])
            questions.append(_about(plain, actor, label))
        if plain.label:
            questions.append(plain)
    return questions


def read_set(root: Path, test_set: TestSet) -> list[Question] | None:
    """Return the questions of a set; None where its file is absent."""
    path = root / test_set.path
    if not path.is_file():
        return None
    if test_set.pool == STATEMENTS and test_set.key == DEV.key:
        return statement_questions(_read(path), main_only=True)
    return target_questions(path, test_set)


def draw(questions: Sequence[Question], *, limit: int, seed: int = 7) -> list[Question]:
    """Return the questions of whole statements drawn evenly, at most ``limit`` on actors, in their order."""
    chosen: set[int] = set()
    count = 0
    sizes: dict[int, int] = {}
    for question in questions:
        sizes[question.statement] = sizes.get(question.statement, 0) + (question.actor is not None)
    order = list(sizes)
    random.Random(seed).shuffle(order)
    for statement in order:
        if count + sizes[statement] <= limit:
            chosen.add(statement)
            count += sizes[statement]
    return [question for question in questions if question.statement in chosen]


def drawn_without(questions: Sequence[Question], learnt: set[str], *, limit: int, rows: int) -> Drawn:
    """Return the questions to ask of a set, those left out whose text a training source has."""
    clean = [question for question in questions if text_key(question.text) not in learnt]
    return Drawn(tuple(draw(clean, limit=limit)), sum(question.actor is not None for question in clean), rows)


def source_config(name: str, root: Path, own: Path) -> SourceConfig:
    """Return the project's configuration of a training source, with the folders put in."""
    tree = {"data": {"root": str(root), "own": str(own)}, "source": OmegaConf.load(CONFIGS / f"{name}.yaml")}
    found: Any = OmegaConf.to_container(OmegaConf.create(tree), resolve=True)
    return SourceConfig(**(found["source"] | {"format": SourceFormat[found["source"]["format"]]}))


def statement_sources() -> list[str]:
    """Return the names of the sources of labelled statements."""
    return ["quotes", "real_train", *sorted(path.stem for path in CONFIGS.glob("labels_*.yaml"))]


def read_pools(root: Path, own: Path) -> tuple[dict[str, list[Question]], set[str], list[str]]:
    """Return what the baselines learn from, by pool, the keys of all its texts, and what is missing.

    The texts of every set to report on and of the test set are left out of the pools, but not of the keys.
    """
    never = text_keys([str(root / path) for path in (NEVER, DEV.path, *(one.path for one in TARGETS))])
    pools: dict[str, list[Question]] = {STATEMENTS: []}
    learnt: set[str] = set()
    missing = []
    records: list[dict[str, Any]] = []
    for name in statement_sources():
        try:
            dataset = load_source(name, source_config(name, root, own))
        except StanceError as error:
            missing.append(str(error))
            continue
        learnt |= {text_key(text) for text in dataset["text"]}
        records += [_labelled(record) for record in without(dataset, never)]
    pools[STATEMENTS] = statement_questions(records, main_only=False)
    for name in sorted({one.pool for one in TARGETS} - {STATEMENTS}):
        path = root / f"train/{name}/train.jsonl"
        if not path.is_file():
            missing.append(f"there is no {path}")
            continue
        questions = target_questions(path, TestSet(name, name, str(path), name))
        learnt |= {text_key(question.text) for question in questions}
        pools[name] = [question for question in questions if text_key(question.text) not in never]
    return pools, learnt, missing


def _labelled(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return an example of training as a labelled statement."""
    known = zip(record["actors"], record["labels"], strict=True)
    return {
        "lang": record["language"],
        "source": record["source"],
        "text": record["text"],
        "speaker": record["speaker"],
        "context": record["context"],
        "stance": {name: LABELS[label] for name, label in known if label >= 0},
        "sentiment": TONES[record["sentiment"]] if record["sentiment"] >= 0 else None,
    }
