"""How right the stances are: ``python -m benchmarks.stance_quality [--model FOLDER] [--data ROOT] [--set dev]``.

Statements with known labels go through the public ``classify`` with their speaker and context, and the answers are
compared: ``stance_f1`` (macro-F1 over the four labels, pooled over the pairs of a statement with NATO, Russia, DPRK and
China) with a 95 % interval from a bootstrap over statements, then by label, actor, language and source.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import stance
from benchmarks.scoring import IntArray, Pair, interval, macro_f1
from benchmarks.tables import table_lines
from stance.actors import DEFAULT_ACTORS
from stance.types import LONGEST_NAME, SentimentLabel, StanceLabel

SETS = {
    "dev": "real/dev.jsonl",
    "quotes": "quotes/*.jsonl",
    "newsmtsc": "train/newsmtsc/test.jsonl",
    "newsmtsc_mt": "train/newsmtsc/test_mt.jsonl",
    "ru_grouped": "train/ru_grouped/test.jsonl",
    "gerntsa": "train/gerntsa/test.jsonl",
}
LABELS = [label.value for label in StanceLabel]
TONES = [label.value for label in SentimentLabel]


def read(root: Path, name: str) -> list[dict[str, Any]]:
    """Return the labelled records of a set, targets grouped by sentence; exits with a message where there are none."""
    files = sorted(root.glob(SETS[name]))
    if not files:
        sys.exit(f"no file matches {root / SETS[name]}; give the folder that has it with --data")
    records = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line]
    if "stance" in records[0]:
        return records
    sentences: dict[str, dict[str, Any]] = {}
    for record in records:
        # An actor's name may not be longer; a handful of the targets of other corpora are whole clauses.
        target = " ".join(record["target"].split())
        if len(target) > LONGEST_NAME:
            continue
        sentence = sentences.setdefault(record["text"], record | {"stance": {}, "source": name})
        sentence["stance"][target] = record["label"]
    return list(sentences.values())


def answer(predictor: stance.Predictor, records: Sequence[dict[str, Any]]) -> tuple[list[Pair], IntArray, IntArray]:
    """Return the pairs with their answers, and the true and predicted sentiments of the records that have one."""
    pairs: list[Pair] = []
    # Other corpora ask about targets that are there: of the labels that they know the most probable one is the answer.
    allowed = [label for label in LABELS if any(label in record["stance"].values() for record in records)]
    tones: list[tuple[int, int]] = []
    for number, record in enumerate(records):
        speakers, contexts = [record.get("speaker")], [record.get("context")]
        for actor, label in record["stance"].items():
            # Each is asked alone, which changes no answer: targets of other corpora may be one actor in two spellings.
            # They ("She", "the company") are asked as they are; records of ours write two words as one: SouthKorea.
            name = stance.Actor(actor) if "target" in record else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", actor)
            prediction = predictor.classify([record["text"]], actors=[name], speakers=speakers, contexts=contexts)[0]
            found = next(iter(prediction.stances.values()))
            place = LABELS.index(label), LABELS.index(max(allowed, key=found.probabilities.__getitem__))
            pairs.append(Pair(number, actor, record["lang"], record["source"], *place))
        if "sentiment" in record:
            tones.append((TONES.index(record["sentiment"]), TONES.index(prediction.sentiment.label)))
    table = np.array(tones, np.int64).reshape(-1, 2)
    return pairs, table[:, 0], table[:, 1]


def row(name: str, pairs: Sequence[Pair], classes: int) -> str:
    """Return one line of the table: the score, each label's F1 and the number of pairs."""
    labels = np.array([pair.label for pair in pairs])
    predicted = np.array([pair.predicted for pair in pairs])
    each = []
    for number in range(classes):
        total = (labels == number).sum() + (predicted == number).sum()
        each.append(f"{200 * ((labels == number) & (predicted == number)).sum() / total:.1f}" if total else "–")
    return f"| {name} | {100 * macro_f1(labels, predicted, classes):.1f} | {' | '.join(each)} | {len(pairs)} |"


def report(name: str, pairs: Sequence[Pair], tones: tuple[IntArray, IntArray]) -> str:
    """Return the figures of a set as Markdown."""
    main = [pair for pair in pairs if pair.actor in DEFAULT_ACTORS] or list(pairs)
    classes = len(LABELS) if any(pair.label == 3 for pair in main) else 3
    head = ["", "score", *LABELS[:classes], "pairs"]
    low, high = interval(main, classes)
    whole = macro_f1(np.array([p.label for p in main]), np.array([p.predicted for p in main]), classes)
    lines = [
        f"## {name}: stance_f1 {100 * whole:.1f} (95 % interval {100 * low:.1f} to {100 * high:.1f})",
        "",
        *table_lines(head),
        row("all", main, classes),
    ]
    groupings: list[Callable[[Pair], str]] = [lambda p: p.actor, lambda p: p.language, lambda p: p.source]
    for key in groupings:
        values = sorted({key(pair) for pair in main})
        if 1 < len(values) <= 40:
            lines += [row(value, [pair for pair in main if key(pair) == value], classes) for value in values]
    others = [pair for pair in pairs if pair.actor not in DEFAULT_ACTORS] if len(main) < len(pairs) else []
    if others:
        lines.append(row("other actors", others, classes))
    if len(tones[0]):
        lines += ["", f"sentiment, macro-F1: {100 * macro_f1(*tones, len(TONES)):.1f} ({len(tones[0])} statements)"]
    return "\n".join(lines)


def main() -> None:
    """Print the figures of the sets asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None, help="a model folder; the package's own by default")
    parser.add_argument("--precision", default="auto", choices=["auto", "int8", "fp32"])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder with the labelled sets")
    parser.add_argument("--set", action="append", choices=[*SETS, "all"], dest="sets", help="dev by default")
    arguments = parser.parse_args()
    sets = arguments.sets or ["dev"]
    predictor = stance.load(arguments.model, precision=arguments.precision)
    for name in SETS if "all" in sets else sets:
        pairs, gold, predicted = answer(predictor, read(arguments.data, name))
        sys.stdout.write(report(name, pairs, (gold, predicted)) + "\n\n")


if __name__ == "__main__":
    main()
