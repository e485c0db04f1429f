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
from pathlib import Path

from benchmarks.quotes import Answer, Count, baseline, hits, load, load_quotations, ours, rows_of, trim
from benchmarks.tables import table_lines
from stance.quotes import extract
from stance.training.articles import Article
from stance.types import StatementKind

Find = Callable[[Article], list[Answer]]
FOREIGN = ("polnear", "german_news_quotes", "adaq_ru", "adaq_cs")
SYSTEMS: Mapping[str, Find] = {"stance": ours, "regular expression": baseline}
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


def direct_parts(articles: Iterable[Article], find: Find) -> Count:
    """Compare parts of direct quotations; an answer that is a marked part of another kind counts for nothing."""
    counted = Count()
    for article in articles:
        text = article.text
        marked = [(one.kind, trim(text, span)) for one in article.statements for span in one.spans]
        gold = tuple(span for kind, span in marked if kind == StatementKind.DIRECT)
        others = tuple(span for kind, span in marked if kind != StatementKind.DIRECT)
        answered = [trim(text, span) for spans, _, _ in find(article) for span in spans]
        found = tuple(span for span in answered if hits((span,), gold) or not hits((span,), others))
        counted.gold += len(gold)
        counted.found += len(found)
        counted.exact += len(set(gold) & set(found))
        counted.overlapped += sum(hits((span,), found) for span in gold)
        counted.overlap += sum(hits((span,), gold) for span in found)
    return counted


def _f1_cells(articles: Iterable[Article], find: Find) -> list[str]:
    """Return exact and overlap F1 of direct parts."""
    row = direct_parts(articles, find).row()
    return [f"{row[name]:.1f}" for name in ("exact F1", "overlap F1")]


def _read_once(articles: Iterable[Article], find: Find) -> Find:
    answers = {article.name: find(article) for article in articles}
    return lambda article: answers[article.name]


def own_section(articles: Sequence[Article]) -> list[str]:
    """Return the tables of the marked articles."""
    lines = [f"## Our test articles ({len(articles)}, none of them looked at)", ""]
    wire = [article for article in articles if article.style.startswith("wire")]
    direct = []
    for name, system in SYSTEMS.items():
        find = _read_once(articles, system)
        rows, mean, total = rows_of(articles, find)
        shown = [*rows.items(), ("**mean of languages**", mean), ("all", total)]
        cells = [[language, *(f"{value:.1f}" for value in row.values())] for language, row in shown]
        lines += [f"Direct and mixed statements, {name}:", "", *table_lines(["", *mean], cells), ""]
        direct.append([name, *_f1_cells(articles, find), *_f1_cells(wire, find)])
    head = ["direct parts", "exact F1", "overlap F1", f"exact F1, {len(wire)} articles in wire style", "overlap F1"]
    indirect = sum(one.kind == StatementKind.INDIRECT for article in articles for one in article.statements)
    lines += [*table_lines(head, direct), ""]
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
        scores = [cell for find in SYSTEMS.values() for cell in _f1_cells(articles, find)]
        count = sum(one.kind == StatementKind.DIRECT for article in articles for one in article.statements)
        cells.append([name, str(count), *scores])
    head = ["test part of", "direct quotations", "exact F1", "overlap F1", "regular expression: exact F1", "overlap F1"]
    return [
        FOREIGN_NOTE,
        *table_lines(head, cells),
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
    return ["## Time", "", f"Median of {REPEATS} runs, one core.", "", *table_lines(["", "ours"], cells), ""]


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
