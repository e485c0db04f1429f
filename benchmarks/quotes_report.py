"""Writes docs/quotes.md: ``python -m benchmarks.quotes_report [--data ../shared/data] [--output docs]``.

The marked test articles by language, kind and style; the quotation sets from elsewhere under ``--data``, compared part
by part because each joins the parts of a quotation by a rule of its own; and the time that extraction takes.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quotes import Answer, baseline, load, load_quotations, ours, rows_of, trim
from stance.quotes import extract
from stance.training.articles import Article
from stance.types import Span, StatementKind

FOREIGN = ("polnear", "german_news_quotes", "adaq_ru", "adaq_cs")
SYSTEMS: Mapping[str, Callable[[Article], list[Answer]]] = {"stance": ours, "regular expression": baseline}
REPEATS = 5
INTRODUCTION = """# How well statements are found

Printed by `python -m benchmarks.quotes_report`. *Exact*: all spans of a statement right but for marks and
punctuation at the edges. *Person*: the speaker of those found is the same person; *mention*: the very words too.
*x as statement*: scare quotes, titles and names that were reported as statements.
"""
FOREIGN_NOTE = """## Sets from elsewhere

Direct quotations, part by part: each set joins parts by a rule of its own. Parts that it counts as another kind
are left out.
"""
PUBLISHED = """Published, on other texts or by other measures: Citron has 59.3 exact and 83.3 overlap F1 for contents of
all kinds in English (PARC3); direct quotations alone about 94 (Pareti et al. 2013).
"""
ODD: Mapping[str, str] = {
    "10,000 quotation marks in a row": '"' * 10_000,
    "10,000 opening marks, never closed": "“ab " * 10_000,
    "100 kB of one letter": "a" * 100_000,
}


@dataclass(slots=True)
class Parts:
    """Counts of quoted parts: marked, answered, and how many of either have a counterpart."""

    gold: int = 0
    found: int = 0
    exact: int = 0
    touched: int = 0
    touching: int = 0

    def f1(self) -> tuple[float, float]:
        """Return exact and overlap F1 in per cent."""
        total = max(self.gold + self.found, 1)
        return 200 * self.exact / total, 100 * (self.touched + self.touching) / total


def direct_parts(articles: Iterable[Article], find: Callable[[Article], list[Answer]]) -> Parts:
    """Compare parts of direct quotations; an answer that is a marked part of another kind counts for nothing."""
    counted = Parts()
    for article in articles:
        text = article.text
        marked = [(one.kind, trim(text, span)) for one in article.statements for span in one.spans]
        gold = [span for kind, span in marked if kind == StatementKind.DIRECT]
        others = [span for kind, span in marked if kind != StatementKind.DIRECT]
        answered = [trim(text, span) for spans, _, _ in find(article) for span in spans]
        found = [span for span in answered if _touches(span, gold) or not _touches(span, others)]
        counted.gold += len(gold)
        counted.found += len(found)
        counted.exact += len(set(gold) & set(found))
        counted.touched += sum(_touches(span, found) for span in gold)
        counted.touching += sum(_touches(span, gold) for span in found)
    return counted


def _touches(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def own_section(articles: Sequence[Article]) -> list[str]:
    """Return the tables of the marked articles."""
    lines = [f"## Our test articles ({len(articles)}, none of them looked at)", ""]
    for name, find in SYSTEMS.items():
        rows, mean, total = rows_of(articles, find)
        shown = [(language, row) for language, row in [*rows.items(), ("**mean of languages**", mean), ("all", total)]]
        cells = [[language, *(f"{value:.1f}" for value in row.values())] for language, row in shown]
        lines += [f"Direct and mixed statements, {name}:", "", *_table(["", *mean], cells), ""]
    direct = {name: direct_parts(articles, find).f1() for name, find in SYSTEMS.items()}
    wire = [article for article in articles if article.style.startswith("wire")]
    clean = {name: direct_parts(wire, find).f1() for name, find in SYSTEMS.items()}
    cells = [[name, *(f"{value:.1f}" for value in (*direct[name], *clean[name]))] for name in SYSTEMS]
    head = ["direct parts", "exact F1", "overlap F1", f"exact F1, {len(wire)} articles in wire style", "overlap F1"]
    indirect = sum(one.kind == StatementKind.INDIRECT for article in articles for one in article.statements)
    lines += [*_table(head, cells), ""]
    return [*lines, f"Indirect statements are not looked for yet: {indirect} of them stand in these articles.", ""]


def foreign_section(data: Path) -> list[str]:
    """Return the table of the sets from elsewhere, which are only reported on."""
    cells = []
    for name in FOREIGN:
        path = data / "quotations" / name / "test.jsonl"
        if not path.is_file():
            cells.append([name, "–", *["not there"] * 4])
            continue
        articles = load_quotations(path, sys.maxsize)
        values = [value for find in SYSTEMS.values() for value in direct_parts(articles, find).f1()]
        count = sum(one.kind == StatementKind.DIRECT for article in articles for one in article.statements)
        cells.append([name, str(count), *(f"{value:.1f}" for value in values)])
    head = ["test part of", "direct quotations", "exact F1", "overlap F1", "regular expression: exact F1", "overlap F1"]
    return [
        FOREIGN_NOTE,
        *_table(head, cells),
        "",
        PUBLISHED,
    ]


def _seconds(text: str, language: str) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        extract(text, language=language)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def time_section(articles: Sequence[Article]) -> list[str]:
    """Return how long extraction takes: of a text, of twice the text, of a megabyte and of odd input."""
    text = "\n\n".join(article.text for article in articles if article.language == "en")
    half, whole = text * 10, text * 20
    ratio = _seconds(whole, "en") / _seconds(half, "en")
    megabyte = (text * (1_000_000 // len(text) + 1))[:1_000_000]
    cells = [
        [f"twice the text ({len(whole) // 1000} and {len(half) // 1000} kB), times as long", f"{ratio:.2f}"],
        ["1 MB, seconds", f"{_seconds(megabyte, 'en'):.2f}"],
    ]
    cells += [[f"{name}, seconds", f"{_seconds(odd, 'en'):.2f}"] for name, odd in ODD.items()]
    return ["## Time", "", f"Median of {REPEATS} runs, one core.", "", *_table(["", "ours"], cells), ""]


def main() -> None:
    """Read the command line and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path, default=Path("data/articles"), help="folder of marked articles")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with quotations/")
    parser.add_argument("--output", type=Path, default=None, help="a folder for quotes.md; printed without it")
    options = parser.parse_args()
    articles = load(options.articles, "test", None)
    lines = [
        INTRODUCTION,
        *own_section(articles),
        *foreign_section(options.data),
        *time_section(articles),
    ]
    page = "\n".join(lines).rstrip() + "\n"
    if options.output is None:
        sys.stdout.write(page)
    else:
        (options.output / "quotes.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
