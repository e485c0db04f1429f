"""How often a whole answer is right: ``python -m benchmarks.end_to_end [--model FOLDER] [--split test]``.

Every marked article goes through ``predict`` as a reader would send it. A direct or mixed statement counts as found
when all its spans are right, an indirect one when any of its words are; and as whole when its speaker (same person)
and the stances toward all four actors are right too. ``stance_f1`` is that of the statements found: it holds the errors
of context and model, not of extraction.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import stance
from benchmarks.scoring import macro_f1
from benchmarks.stance_quality import LABELS
from benchmarks.statements import INDIRECT, QUOTED, Kinds, hits, load, same_person, trim
from benchmarks.tables import table_lines
from stance.actors import DEFAULT_ACTORS
from stance.training.articles import Article
from stance.types import Prediction, StatementKind


@dataclass(slots=True)
class Tally:
    """What was counted: statements marked, found, with the right speaker, with all stances right, and all of it."""

    marked: int = 0
    found: int = 0
    speaker: int = 0
    stances: int = 0
    whole: int = 0
    reported: int = 0
    labels: list[int] = field(default_factory=list)
    predicted: list[int] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add the counts of another tally."""
        for name in ("marked", "found", "speaker", "stances", "whole", "reported"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.labels += other.labels
        self.predicted += other.predicted

    def row(self, name: str) -> str:
        """Return a line of the table; percentages of the statements marked, and of those found for the stances."""

        def share(part: int, whole: int) -> str:
            return f"{100 * part / whole:.1f}" if whole else "–"

        score = macro_f1(np.array(self.labels), np.array(self.predicted), len(LABELS)) if self.labels else 0.0
        cells = [share(self.found, self.marked), share(self.found, self.reported), share(self.speaker, self.found)]
        cells += [share(self.stances, self.found), f"{100 * score:.1f}", share(self.whole, self.marked)]
        return f"| {name} | {self.marked} | {' | '.join(cells)} |"


def judge(article: Article, predictions: Sequence[Prediction], kinds: Kinds = QUOTED) -> Tally:
    """Return the counts of one article for statements of some kinds; indirect ones need overlap alone."""
    answers = [
        (tuple(trim(article.text, span) for span in one.statement.spans), one)
        for one in predictions
        if one.statement.kind in kinds
    ]
    tally = Tally(reported=len(answers))
    for marked in article.statements:
        if marked.kind not in kinds or not marked.stances:
            continue
        tally.marked += 1
        spans = tuple(trim(article.text, span) for span in marked.spans)
        answer = next((one for theirs, one in answers if theirs == spans), None)
        if answer is None and marked.kind == StatementKind.INDIRECT:
            answer = next((one for theirs, one in answers if hits(theirs, spans)), None)
        if answer is None:
            continue
        right_speaker = same_person(answer.statement.speaker, marked.speaker)
        labels = [LABELS.index(marked.stances[actor]) for actor in DEFAULT_ACTORS]
        predicted = [LABELS.index(answer.stances[actor].label) for actor in DEFAULT_ACTORS]
        tally.labels += labels
        tally.predicted += predicted
        tally.found += 1
        tally.speaker += right_speaker
        tally.stances += labels == predicted
        tally.whole += right_speaker and labels == predicted
    return tally


def main() -> None:
    """Print the figures by language and over all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, default=Path("data/articles"))
    parser.add_argument("--split", choices=("dev", "test", "all"), default="test")
    parser.add_argument("--language", default=None, help="ISO 639-1 code; all by default")
    parser.add_argument("--model", type=Path, default=None, help="a model folder; the package's own by default")
    arguments = parser.parse_args()
    predictor = stance.load(arguments.model)
    tallies: dict[str, Tally] = {}
    indirect = Tally()
    for article in load(arguments.articles, arguments.split, arguments.language):
        document = predictor.predict(article.text, language=article.language)
        tallies.setdefault(article.language, Tally()).add(judge(article, document.predictions))
        indirect.add(judge(article, document.predictions, INDIRECT))
    total = Tally()
    for tally in tallies.values():
        total.add(tally)
    head = ["", "statements", "found %", "precision %", "speaker %", "all stances %", "stance_f1", "whole answer %"]
    lines = table_lines(head)
    lines += [tallies[language].row(language) for language in sorted(tallies)]
    lines += [total.row("all direct and mixed"), indirect.row("all indirect, by overlap")]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
