"""How well statements are found: ``python -m benchmarks.quotes [--data ../shared/data] [--output docs]``.

The marked test articles by language, kind and style, by the rules, by the tagger and by both; the quotation sets from
elsewhere under ``--data``; and the time that extraction takes. ``--output`` writes quotes.md into a folder. With
``--split dev`` and ``--show`` it lists what differs from the marks instead; articles numbered 04 to 10 and from 21 are
the test and were never looked at in development.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks import textacy_quotes
from benchmarks.statements import (
    INDIRECT,
    QUOTED,
    Answer,
    Find,
    Kinds,
    Row,
    baseline,
    direct_parts,
    load,
    load_quotations,
    rows_of,
    score,
)
from benchmarks.tables import table_lines
from stance import quotes
from stance.encoding import StatementEncoder
from stance.folder import ModelFolder
from stance.quotes import Extraction
from stance.runtime import Runtime, RuntimeOptions
from stance.tagging.decoding import Reading
from stance.tagging.finder import StatementFinder
from stance.tagging.union import LIMITS, unite
from stance.text import clean
from stance.training.articles import Article
from stance.types import ExtractionMode, Statement, StatementKind

FOREIGN = ("polnear", "german_news_quotes", "adaq_ru", "adaq_cs")
REPEATS = 3
FULL, PRECISE, RULES = "stance", "stance, mode precise", "rules alone (mode rules)"
REGULAR = "regular expression"
COMPARED = (FULL, PRECISE, RULES, REGULAR)
PEOPLE = ("person", "speaker given", "right of those", "mention")
INTRODUCTION = """# How well statements are found

Printed by `python -m benchmarks.quotes`. *Exact*: all spans of a statement right but for marks and punctuation at the
edges; *overlap*: any words of it. *Person*: the speaker of those found is the same person, and none given counts as
wrong where there is one; *right of those*: of those given alone. *Mention*: the very words too. *x as statement*: scare
quotes, titles and names that were reported as statements.
"""
FOREIGN_NOTE = """## Sets from elsewhere

Only reported on, never learnt from. Direct quotations, part by part: each set joins parts by a rule of its own; parts
that it counts as another kind are left out. Indirect ones by overlap; those of polnear are filtered by a cue of speech,
for it marks beliefs and plans as well.
"""
PUBLISHED = """Published, on other texts or by other measures: Citron has 59.3 exact and 83.3 overlap F1 for contents of
all kinds in English (PARC3), CofeNet 72.9 exact for contents of all kinds in PolNeAR and 78.0 in Chinese PoliticsZH;
direct quotations alone about 94, indirect ones 60 to 65 (Pareti et al. 2013).
"""
_SPEECH = """
    said says say saying told tells tell wrote writes write added adds asked asks argued argues claimed claims stated
    states declared insisted announced explained acknowledged admitted warned suggested suggests denied replied
    responded called noted reported reports according testified tweeted confirmed vowed promised
"""
SPEECH = frozenset(_SPEECH.split())
ODD: Mapping[str, str] = {
    "10,000 quotation marks in a row": '"' * 10_000,
    "10,000 opening marks, never closed": "“ab " * 10_000,
    "100 kB of one letter": "a" * 100_000,
}


class Systems:
    """Our ways to find statements on one model; an article is read once for all of them."""

    def __init__(self, model: Path | None) -> None:
        """Open a model folder, the package's own for None."""
        folder = ModelFolder.open(model)
        runtime = Runtime(folder.model(), options=RuntimeOptions(threads=1))
        self.finder = StatementFinder(StatementEncoder.from_file(folder.tokenizer), runtime)
        self._read: dict[str, tuple[Extraction, Reading]] = {}

    def _once(self, article: Article) -> tuple[Extraction, Reading]:
        if article.name not in self._read:
            reading = self.finder.read(clean(article.text).text)
            self._read[article.name] = (quotes.extract(article.text, language=article.language), reading)
        return self._read[article.name]

    def united(self, article: Article, *, mode: ExtractionMode = ExtractionMode.FULL) -> list[Answer]:
        """Return what rules and tagger find together."""
        found, reading = self._once(article)
        return _answers(unite(clean(article.text), article.text, found, reading, limits=LIMITS[mode]))

    def rules(self, article: Article) -> list[Answer]:
        """Return what the rules find."""
        return _answers(self._once(article)[0].statements)

    def tagger(self, article: Article) -> list[Answer]:
        """Return what the tagger finds by itself."""
        found, reading = self._once(article)
        nothing = dataclasses.replace(found, statements=())
        limits = dataclasses.replace(LIMITS[ExtractionMode.FULL], direct=0.5)
        return _answers(unite(clean(article.text), article.text, nothing, reading, limits=limits))

    def all(self) -> dict[str, Find]:
        """Return every way by its name, the one that ships first."""
        return {
            FULL: self.united,
            PRECISE: partial(self.united, mode=ExtractionMode.PRECISE),
            RULES: self.rules,
            "tagger alone": self.tagger,
            REGULAR: baseline,
        }


def _answers(statements: Iterable[Statement]) -> list[Answer]:
    return [Answer(one.spans, one.kind, one.speaker, one.speaker_span) for one in statements]


def _cells(row: Row, names: Sequence[str]) -> list[str]:
    return [f"{row[name]:.1f}" for name in names]


def language_table(articles: Sequence[Article], find: Find, kinds: Kinds, names: Sequence[str]) -> list[str]:
    """Return the scores of some kinds by language, their mean over languages and those of all together."""
    rows, mean, total = rows_of(articles, find, kinds=kinds)
    shown = [*rows.items(), ("**mean of languages**", mean), ("all", total)]
    return table_lines(["", *names], [[language, *_cells(row, names)] for language, row in shown])


def own_section(articles: Sequence[Article], systems: Mapping[str, Find]) -> list[str]:
    """Return the tables of the marked articles."""
    find = next(iter(systems.values()))
    counts = {kind: sum(one.kind == kind for a in articles for one in a.statements) for kind in StatementKind}
    quoted = ("exact F1", "overlap F1", "person", "mention", "x as statement")
    indirect = ("exact F1", "overlap F1", "precision", "recall", "person", "mention")
    lines = [
        f"## Our test articles ({len(articles)}, none of them looked at)",
        "",
        f"Direct and mixed statements ({counts[StatementKind.DIRECT]} and {counts[StatementKind.MIXED]}):",
        "",
        *language_table(articles, find, QUOTED, quoted),
        "",
        f"Indirect statements ({counts[StatementKind.INDIRECT]}):",
        "",
        *language_table(articles, find, INDIRECT, indirect),
        "",
        "Side by side, mean over languages:",
        "",
    ]
    both = ("exact F1", "overlap F1", "precision", "recall", "person", "speaker given", "right of those")
    cells = []
    for name, system in systems.items():
        some = [article for article in articles if name not in LANGUAGES or article.language in LANGUAGES[name]]
        quoted_mean, indirect_mean = (rows_of(some, system, kinds=kinds)[1] for kinds in (QUOTED, INDIRECT))
        cells.append([name, *_cells(quoted_mean, (*both, "x as statement")), *_cells(indirect_mean, both)])
    head = ["", *(f"quoted: {name}" for name in both), "x as statement", *(f"indirect: {name}" for name in both)]
    return [*lines, *table_lines(head, cells), "", *_wire(articles, systems), ""]


LANGUAGES = {name: textacy_quotes.LANGUAGES for name in ("textacy (es, fr)", "stance (es, fr)")}


def _wire(articles: Sequence[Article], systems: Mapping[str, Find]) -> list[str]:
    wire = [article for article in articles if article.style.startswith("wire")]
    names = ("exact F1", "overlap F1")
    cells = []
    for name, find in systems.items():
        if name not in LANGUAGES:
            rows = [direct_parts(some, find).row() for some in (articles, wire)]
            cells.append([name, *_cells(rows[0], names), *_cells(rows[1], names)])
    head = ["direct parts", *names, f"exact F1, {len(wire)} articles in wire style", "overlap F1"]
    return table_lines(head, cells)


def foreign_section(data: Path, systems: Mapping[str, Find]) -> list[str]:
    """Return the tables of the sets from elsewhere, which are only reported on."""
    names = ("exact F1", "overlap F1")
    compared = [name for name in systems if name in COMPARED]
    abstaining = [name for name in compared if name in (FULL, PRECISE)]
    direct, others = [], []
    for name in FOREIGN:
        path = data / "quotations" / name / "test.jsonl"
        if not path.is_file():
            direct.append([name, "–", *["not there"] * 2 * len(compared)])
            continue
        articles = load_quotations(path)
        scores = [cell for one in compared for cell in _cells(direct_parts(articles, systems[one]).row(), names)]
        count = sum(one.kind == StatementKind.DIRECT for article in articles for one in article.statements)
        direct.append([name, str(count), *scores])
        spoken = load_quotations(path, kinds=INDIRECT)
        if name == "polnear":
            spoken = [_spoken(article) for article in spoken]
        for one in abstaining:
            parts = direct_parts(articles, systems[one]).row()
            people = rows_of(articles, systems[one])[2]
            reported = rows_of(spoken, systems[one], kinds=INDIRECT)[2]
            count = sum(one.kind == StatementKind.INDIRECT for article in spoken for one in article.statements)
            cells = [*_cells(parts, ("precision", "recall")), *_cells(people, PEOPLE), str(count)]
            others.append([name, one, *cells, *_cells(reported, ("overlap F1", "precision", "recall", *PEOPLE))])
    head = ["test part of", "direct quotations", *(f"{name}: {what}" for name in compared for what in names)]
    lines = [FOREIGN_NOTE, *table_lines(head, direct), ""]
    if others:
        head = [
            "test part of",
            "",
            "direct parts: precision",
            "recall",
            *(f"direct and mixed: {one}" for one in PEOPLE),
        ]
        head += ["indirect", "overlap F1", "precision", "recall", *PEOPLE]
        lines += [*table_lines(head, others), ""]
    return [*lines, PUBLISHED]


def _spoken(article: Article) -> Article:
    """Return an article with those statements alone that a word of speech reports."""
    kept = tuple(one for one in article.statements if any(word in SPEECH for word in one.cue.casefold().split()))
    return dataclasses.replace(article, statements=kept)


def _seconds(read: Callable[[str], object], text: str) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        read(text)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def time_section(articles: Sequence[Article], finder: StatementFinder) -> list[str]:
    """Return how long extraction takes: of a text, of twice the text, of a megabyte and of odd input."""
    text = "\n\n".join(article.text for article in articles if article.language == "en")
    half, whole = text * 3, text * 6
    megabyte = (text * (1_000_000 // len(text) + 1))[:1_000_000]
    one = next(article.text for article in articles if article.language == "en")
    columns = []
    for mode in (ExtractionMode.RULES, ExtractionMode.FULL):

        def read(given: str, mode: ExtractionMode = mode) -> object:
            return finder.extract(given, language="en", mode=mode)

        started = time.perf_counter()
        read(megabyte)
        seconds = time.perf_counter() - started
        columns.append(
            [
                f"{1000 * _seconds(read, one):.1f}",
                f"{_seconds(read, whole) / _seconds(read, half):.2f}",
                f"{seconds:.2f}",
                *(f"{_seconds(read, odd):.2f}" for odd in ODD.values()),
            ]
        )
    names = [
        f"an article of {len(one)} characters, milliseconds",
        f"twice the text ({len(whole) // 1000} and {len(half) // 1000} kB), times as long",
        "1 MB, seconds",
        *(f"{name}, seconds" for name in ODD),
    ]
    rows = [list(row) for row in zip(names, *columns, strict=True)]
    return ["## Time", "", "One core.", "", *table_lines(["", "mode rules", "mode full"], rows), ""]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main() -> None:
    """Read the command line and write the page, or list the differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, default=Path("data/articles"), help="folder of marked articles")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with quotations/")
    parser.add_argument("--model", type=Path, default=None, help="a model folder; the package's own by default")
    parser.add_argument("--output", type=Path, default=None, help="a folder for quotes.md; printed without it")
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--language", help="one language alone")
    parser.add_argument("--show", action="store_true", help="list what differs (--split dev only)")
    options = parser.parse_args()
    if options.show and options.split != "dev":
        parser.error("--show is for --split dev: what is read in the test articles is no test any more")
    articles = load(options.articles, options.split, options.language)
    ours = Systems(options.model)
    if options.show:
        for article in articles:
            for kinds in (QUOTED, INDIRECT):
                score(article, ours.united(article), kinds=kinds, say=_say)
        return
    systems = ours.all()
    if textacy_quotes.available():
        systems |= {"textacy (es, fr)": textacy_quotes.find, "stance (es, fr)": ours.united}
    lines = [INTRODUCTION, *own_section(articles, systems)]
    if options.split == "test" and options.language is None:
        lines += [*foreign_section(options.data, systems), *time_section(articles, ours.finder)]
    page = "\n".join(lines).rstrip() + "\n"
    if options.output is None:
        sys.stdout.write(page)
    else:
        (options.output / "quotes.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
